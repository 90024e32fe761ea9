//! [`Flights`]: what callers go through to share a call.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::seat::{Seat, Table, Ticket, forget};
use super::settings::{Coalesce, CoalesceError};

/// Calls in progress by key, for all that want the same answer.
///
/// `V` is what a call gives, a `Result` with its errors included; each caller gets a clone. Where
/// it is large, or an error can't be cloned, put it in an [`Arc`](std::sync::Arc).
///
/// Made of a [`Coalesce`]. See the [module](super) for what it does.
pub struct Flights<K, V> {
    settings: Coalesce,
    shares: fn(&V) -> bool,
    table: Table<K, V>,
    made: AtomicU64,
    shared: AtomicU64,
    alone: AtomicU64,
}

/// What has been shared so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Calls that were begun.
    pub made: u64,
    /// Callers that got the answer of another's call.
    pub shared: u64,
    /// Of the calls, those that nobody could join for want of room. If the number rises, the
    /// capacity is too small for what is called at a time.
    pub alone: u64,
}

impl<K: Hash + Eq, V: Clone> Flights<K, V> {
    /// Without a call in progress. All answers are shared.
    ///
    /// # Errors
    ///
    /// What [`Coalesce::check`] finds.
    pub fn new(settings: &Coalesce) -> Result<Self, CoalesceError> {
        settings.check()?;
        Ok(Self {
            settings: *settings,
            shares: |_| true,
            table: Mutex::new(HashMap::new()),
            made: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            alone: AtomicU64::new(0),
        })
    }

    /// Sets which answers are shared: all unless set. The caller whose call gave another one gets
    /// it, and the next of those that wait makes its own call.
    ///
    /// With `Result::is_ok` a failure is that of one caller. They fail one after the other then, so
    /// that a service that is down is not called by all at once; what bounds their wait is a
    /// time-out around each.
    #[must_use]
    pub fn share(mut self, shares: fn(&V) -> bool) -> Self {
        self.shares = shares;
        self
    }

    /// Makes a call for `key`, or waits for the answer of one that is in progress.
    ///
    /// The caller that comes first makes its call, in its own task and under its own deadline. When
    /// it is dropped before its end, or panics, the next in line makes its own instead; `make` is
    /// called then, and at most once. Nothing is spawned.
    ///
    /// # Panics
    ///
    /// If its own call, or the clone of an answer, does. A panic in another's call is not passed
    /// on.
    ///
    /// # Cancel safety
    ///
    /// Dropped at any point, the future leaves nothing behind. If it was making its call, that is
    /// dropped first, and then the next in line is woken; if that one is dropped before it has run,
    /// the one after it is. A caller comes when the future is first polled. Whoever holds it
    /// without polling it on holds up those that wait for its call.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::coalesce::{Coalesce, Flights};
    /// use tokio::time::{Duration, sleep};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let flights = Flights::<String, u32>::new(&Coalesce::new(100))?;
    /// let load = async || {
    ///     sleep(Duration::from_millis(10)).await;
    ///     7
    /// };
    /// let answers = tokio::join!(flights.call("sku-1", load), flights.call("sku-1", load));
    /// assert_eq!(answers, (7, 7));
    /// assert_eq!(flights.stats().made, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call<Q, F, Fut>(&self, key: &Q, make: F) -> V
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        F: FnOnce() -> Fut,
        Fut: Future<Output = V>,
    {
        self.call_with(key, |_| make()).await
    }

    /// As [`call`](Self::call). `make` gets the ticket of the flight; there is none where nobody
    /// could join it.
    pub(crate) async fn call_with<Q, F, Fut>(&self, key: &Q, make: F) -> V
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        F: FnOnce(Option<Ticket>) -> Fut,
        Fut: Future<Output = V>,
    {
        let Some(seat) = Seat::take(&self.table, &self.settings, key) else {
            count(&self.alone);
            count(&self.made);
            return make(None).await;
        };
        let mut is_own = false;
        let flown = seat.flight.cell.get_or_try_init(|| {
            is_own = true;
            count(&self.made);
            let call = make(Some(seat.flight.ticket.clone()));
            async {
                let answer = call.await;
                if (self.shares)(&answer) {
                    Ok(answer)
                } else {
                    Err(answer)
                }
            }
        });
        match flown.await {
            Ok(answer) => {
                let answer = answer.clone();
                if !is_own {
                    count(&self.shared);
                }
                answer
            }
            Err(unshared) => unshared,
        }
    }

    /// Lets nobody join the flight of `key` that is in progress: a caller from now on begins
    /// another. For who has just changed what the call reads. Those in it stay there.
    pub fn forget<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        forget(&self.table, key);
    }

    /// How many flights are in progress that can be joined, at most the capacity.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.lock().len()
    }

    /// Whether there is no flight that can be joined.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What has been shared so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            made: self.made.load(Ordering::Relaxed),
            shared: self.shared.load(Ordering::Relaxed),
            alone: self.alone.load(Ordering::Relaxed),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Shows the settings, and no keys: these may be addresses or names of people.
impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
