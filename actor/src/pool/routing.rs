//! Who of a pool gets a message.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::key::Key;
use crate::refs::ActorRef;

type KeyOf<M> = Arc<dyn Fn(&M) -> Key + Send + Sync>;

/// How a pool chooses a worker.
///
/// A message waits for the worker that was chosen, also when another has room: the order of
/// messages to one worker is kept.
pub struct Routing<M>(pub(super) Rule<M>);

pub(super) enum Rule<M> {
    RoundRobin,
    Random,
    LeastLoaded,
    ByKey(KeyOf<M>),
}

impl<M> Routing<M> {
    /// One after the other. The default: cheapest, and even where messages are alike.
    #[must_use]
    pub fn round_robin() -> Self {
        Self(Rule::RoundRobin)
    }

    /// At random, from the system's seed.
    #[must_use]
    pub fn random() -> Self {
        Self(Rule::Random)
    }

    /// The one with the fewest messages, the one it handles counted in; among equals one after the
    /// other. For messages that differ much in what they cost.
    ///
    /// Workers take their messages one by one then, so that what waits is seen; that costs a lock
    /// for each, which such messages don't notice.
    #[must_use]
    pub fn least_loaded() -> Self {
        Self(Rule::LeastLoaded)
    }

    /// Always the same one for a key, by rendezvous hashing (Thaler and Ravishankar, 1998): when a
    /// worker comes or goes, only its own share of the keys moves.
    ///
    /// Keys are hashed by the standard library's hasher: the same in every run of one build, but it
    /// may change with the toolchain, so nothing should be stored by worker. A worker that is gone,
    /// as after a failure under [`OnFailure::Stop`](crate::supervision::OnFailure::Stop), takes
    /// what it knew of its keys with it.
    ///
    /// A panic in `key` is the sender's own.
    ///
    /// ```
    /// # use greenroom::Routing;
    /// enum CacheMsg {
    ///     Put(String, u64),
    ///     Clear(String),
    /// }
    /// let routing = Routing::by_key(|msg: &CacheMsg| match msg {
    ///     CacheMsg::Put(key, _) | CacheMsg::Clear(key) => key.clone(),
    /// });
    /// # let _ = routing;
    /// ```
    #[must_use]
    pub fn by_key<K: Into<Key>>(key: impl Fn(&M) -> K + Send + Sync + 'static) -> Self {
        Self(Rule::ByKey(Arc::new(move |message| key(message).into())))
    }
}

impl<M> Default for Routing<M> {
    fn default() -> Self {
        Self::round_robin()
    }
}

impl<M> Clone for Routing<M> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Rule::RoundRobin => Rule::RoundRobin,
            Rule::Random => Rule::Random,
            Rule::LeastLoaded => Rule::LeastLoaded,
            Rule::ByKey(key) => Rule::ByKey(Arc::clone(key)),
        })
    }
}

impl<M> fmt::Debug for Routing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Rule::RoundRobin => "Routing::round_robin",
            Rule::Random => "Routing::random",
            Rule::LeastLoaded => "Routing::least_loaded",
            Rule::ByKey(_) => "Routing::by_key",
        })
    }
}

/// One worker, and the number by which keys find it.
pub(super) struct Worker<M> {
    pub(super) number: u64,
    pub(super) actor: ActorRef<M>,
}

/// The worker whose hash with the key is the highest.
pub(super) fn rendezvous<M>(workers: &[Worker<M>], key: &Key) -> usize {
    let weight = |worker: &Worker<M>| {
        // Fixed keys: the same key finds the same worker in every run.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        worker.number.hash(&mut hasher);
        hasher.finish()
    };
    let best = workers
        .iter()
        .enumerate()
        .max_by_key(|(_, worker)| weight(worker));
    best.map_or(0, |(index, _)| index)
}
