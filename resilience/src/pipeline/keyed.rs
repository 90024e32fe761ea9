//! [`Keyed`]: a pipeline for each key, in bounded memory.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;

use parking_lot::Mutex;

use super::builder::PipelineBuilder;
use super::check::PipelineError;
use super::pipeline::Pipeline;
use super::policy::Loss;
use crate::clock::Now;
use crate::lock::lock_busy;
use crate::recency::{KEYS_MAX, Recency};

/// A pipeline for each key, all from one builder, in bounded memory: a breaker for each host, a
/// bulkhead for each tenant, a rate limit for each client.
///
/// A pipeline is made when its key is first asked for, and kept with all its state. Where there is
/// no room for another key, one of the eight least recently used goes, in this order:
///
/// 1. one that remembers nothing: nobody holds it, its breaker is closed and has seen no failure
///    within its window, nor has its throttle, its rate limit is unused again, its budget has no
///    repeats, its adaptive limit is the one it began with. A new one would act alike, so this is
///    not counted;
/// 2. the one used least recently that nobody holds and whose breaker is closed. Its failures, used
///    permits and repeats are forgotten;
/// 3. the one used least recently. Calls that run in it go on, and end in it; but the next call of
///    its key comes to a new pipeline, which knows of neither them nor an open breaker.
///
/// The last two are [counted](Self::evicted): if the count rises, there are more keys in use than
/// room for them. Whoever keeps a clone of a pipeline for long makes it one that is held.
///
/// All of them have the name of the builder, in errors too: a key may be the name of a person.
/// Their seeds are counted from the builder's on, so that no two keys draw the same delays.
///
/// Clones share nothing: put it in an [`Arc`](std::sync::Arc).
///
/// # Examples
///
/// ```
/// use greenroom_resilience::pipeline::{CallError, Keyed, Pipeline};
/// use greenroom_resilience::{Breaker, Bulkhead};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let each = Pipeline::builder("shards")
///     .circuit_breaker(Breaker::consecutive(1))
///     .bulkhead(Bulkhead::concurrent(16));
/// let shards = Keyed::<String>::new(each, 1_000)?;
///
/// let failed = shards.get("north").call(|| async { Err::<u32, _>("down") }).await;
/// assert!(matches!(failed, Err(CallError::Inner("down", _))));
///
/// let rejected = shards.get("north").call(|| async { Ok::<_, &str>(1) }).await;
/// assert!(matches!(rejected, Err(CallError::Rejected(_))));
/// assert_eq!(shards.get("south").call(|| async { Ok::<_, &str>(2) }).await, Ok(2));
/// # Ok(())
/// # }
/// ```
pub struct Keyed<K> {
    builder: PipelineBuilder,
    capacity: usize,
    table: Mutex<Table<K>>,
}

struct Table<K> {
    keys: Recency<K, Pipeline>,
    made: u64,
    evicted: u64,
}

impl<K: Hash + Eq> Keyed<K> {
    /// Pipelines as of `builder`, for at most so many keys at a time. Room is taken as keys come;
    /// what each takes is decided by its policies: from some hundred bytes for a bulkhead to a few
    /// kilobytes for a retry with its budget.
    ///
    /// # Errors
    ///
    /// Those of [`PipelineBuilder::build`], and
    /// [`InvalidCapacity`](PipelineError::InvalidCapacity): room for no key, or for more than
    /// `u32::MAX` less one.
    pub fn new(builder: PipelineBuilder, capacity: usize) -> Result<Self, PipelineError> {
        if !(1..=KEYS_MAX).contains(&capacity) {
            return Err(PipelineError::InvalidCapacity { capacity });
        }
        builder.clone().build()?;
        let table = Table {
            keys: Recency::new(),
            made: 0,
            evicted: 0,
        };
        Ok(Self {
            builder,
            capacity,
            table: Mutex::new(table),
        })
    }

    /// The pipeline of a key. One that is not remembered is new.
    ///
    /// Never waits. Where the key is remembered this is one short lock and a look-up.
    pub fn get<Q>(&self, key: &Q) -> Pipeline
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let number = {
            let mut table = lock_busy(&self.table);
            if let Some(pipeline) = table.find(key) {
                return pipeline;
            }
            table.made += 1;
            table.made - 1
        };
        let (key, pipeline) = (key.to_owned(), self.make(number));
        let mut table = lock_busy(&self.table);
        // Another caller may have been quicker.
        if let Some(pipeline) = table.find(key.borrow()) {
            return pipeline;
        }
        let evicted = table.make_room(self.capacity);
        table.keys.insert(key, pipeline.clone());
        // A key is the user's: none is dropped under the lock.
        drop(table);
        drop(evicted);
        pipeline
    }

    /// How many keys are remembered, at most the capacity.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.lock().keys.len()
    }

    /// Whether no key is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pipelines were given up, for want of room, that remembered something.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.table.lock().evicted
    }

    fn make(&self, number: u64) -> Pipeline {
        let builder = self.builder.clone().seed_plus(number);
        builder.build().expect("one was built with these settings")
    }
}

impl<K: Hash + Eq> Table<K> {
    fn find<Q>(&mut self, key: &Q) -> Option<Pipeline>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.keys.find(key)?;
        self.keys.touch(slot);
        Some(self.keys.value(slot).clone())
    }

    /// Gives up one key if there is no room for another.
    fn make_room(&mut self, capacity: usize) -> Option<(K, Pipeline)> {
        if self.keys.len() < capacity {
            return None;
        }
        let (slot, loss) = self.keys.cheapest(loss)?;
        self.evicted += u64::from(loss != Loss::Nothing);
        Some(self.keys.remove(slot))
    }
}

/// What is lost with a pipeline. Takes the locks of its policies, one after the other.
fn loss(pipeline: &Pipeline) -> Loss {
    // It is cloned under the lock of the table alone, or from a clone.
    if pipeline.is_shared() {
        return Loss::State;
    }
    let mut now = Now::default();
    let held = pipeline.hold();
    let policies = &held.policies(pipeline).policies;
    let losses = policies.iter().map(|policy| policy.loss(&mut now));
    losses.max().unwrap_or_default()
}

/// Shows how full it is, and no keys: these may be addresses or names of people.
impl<K> fmt::Debug for Keyed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("builder", &self.builder)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
