//! The handle of a system: spawn, look up, shut down.

use std::fmt;
use std::sync::Arc;

use super::builder::SystemBuilder;
use super::root::Root;
use crate::behavior::{Actor, Context};
use crate::dead_letters::{DeadLetterCounts, DeadLetters};
use crate::environment::Environment;
use crate::pool::{SpawnPool, pool_under};
use crate::refs::terminated;
use crate::runtime::{Spawn, found_root, spawn_under};
use crate::signal::StopReason;
use crate::supervision::Strategy;
use crate::tree::Resident;

/// A tree of actors with its own names, time and randomness; cheap to clone.
///
/// Nothing is global: any number of systems live in one process. Dropping the handle does not stop
/// the actors; [`shutdown`](Self::shutdown) does.
///
/// ```
/// # use greenroom::prelude::*;
/// # #[derive(Default)] struct Counter { count: u64 }
/// # enum CounterMsg { Add(u64), Get(Reply<u64>) }
/// # impl Actor for Counter { type Msg = CounterMsg;
/// #   async fn handle(&mut self, msg: CounterMsg, _: &mut Context<Self>) -> ActorResult {
/// #     match msg {
/// #       CounterMsg::Add(n) => self.count += n,
/// #       CounterMsg::Get(reply) => reply.send(self.count),
/// #     }
/// #     Ok(()) } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::new("demo");
/// let counter = system.spawn("counter", Counter::default).await?;
/// counter.tell(CounterMsg::Add(3)).await?;
/// assert_eq!(counter.ask(CounterMsg::Get).await?, 3);
/// system.shutdown().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct System {
    root: Arc<dyn Resident>,
}

impl System {
    /// Makes a system with the default settings.
    ///
    /// It lives in the tokio runtime in which it first spawns an actor. That runtime needs its time
    /// enabled (`#[tokio::main]` does that, `Builder::enable_time` too): without it no time-out
    /// passes and no timer ticks.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self::builder(name).build()
    }

    /// Makes a system with settings.
    pub fn builder(name: impl Into<String>) -> SystemBuilder {
        SystemBuilder::new(name.into())
    }

    pub(super) fn with(environment: &Arc<Environment>, strategy: Strategy) -> Self {
        Self {
            root: found_root(environment, strategy, || Root),
        }
    }

    /// The system of the actor that `resident` is.
    pub(crate) fn of(resident: Arc<dyn Resident>) -> Self {
        let mut root = resident;
        while let Some(parent) = root.head().parent.clone() {
            root = parent;
        }
        Self { root }
    }

    /// Spawns an actor; `factory` makes its first instance, and a new one at each restart.
    ///
    /// The future ends once its `started` has succeeded. That may take as long as it needs: where
    /// it must not, put a time-out around the future, which ends the actor when it is dropped.
    ///
    /// # Errors
    ///
    /// [`SpawnError`](crate::SpawnError): the name is taken, the mailbox can't work, `started`
    /// failed, or the system is shutting down.
    ///
    /// # Cancel safety
    ///
    /// As for [`Spawn`]: dropped while the actor starts, the future ends the actor.
    ///
    /// # Examples
    ///
    /// What a new instance needs is cloned for each:
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Worker { name: String }
    /// # #[actor] impl Worker { #[message] fn name(&mut self) -> String { self.name.clone() } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// let name = "seven".to_owned();
    /// let worker = system.spawn("worker", move || Worker { name: name.clone() }).await?;
    /// assert_eq!(worker.name().await?, "seven");
    /// # Ok(()) }
    /// ```
    pub fn spawn<A, F>(&self, name: impl Into<String>, factory: F) -> Spawn<'_, A, F>
    where
        A: Actor,
        F: FnMut() -> A + Send + 'static,
    {
        spawn_under(
            Arc::clone(&self.root),
            Strategy::default,
            name.into(),
            factory,
        )
    }

    /// Spawns an actor on a thread of its own, where its handlers may block: for file systems,
    /// databases without an async client, long computations. The reference is the same type.
    ///
    /// All hooks and all instances run on that thread, which bears the actor's name. It is inside
    /// the system's runtime, but not one of its workers, so the blocking verbs
    /// ([`blocking_ask`](crate::ActorRef::blocking_ask)) and `Handle::block_on` work in its hooks.
    ///
    /// While a hook blocks, the actor is deaf: stop, kill and what its children report wait for the
    /// next await. When the runtime is dropped, the actor is killed like all others; a thread that
    /// blocks at that time ends when its hook comes back. A paused clock does not wait for threads:
    /// test blocking actors in real time.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn), and when there is no thread to be had.
    pub fn spawn_blocking_actor<A, F>(&self, name: impl Into<String>, factory: F) -> Spawn<'_, A, F>
    where
        A: Actor,
        F: FnMut() -> A + Send + 'static,
    {
        self.spawn(name, factory).on_thread()
    }

    /// Spawns a pool: `workers` like actors behind one handle, supervised together.
    ///
    /// # Errors
    ///
    /// [`PoolError`](crate::PoolError): no workers, or one that did not start.
    ///
    /// # Cancel safety
    ///
    /// Dropped while the workers start, the future ends the pool.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Worker;
    /// # #[actor] impl Worker { #[message] fn double(&mut self, n: u32) -> u32 { 2 * n } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// let pool = system.pool("workers", 4, || Worker).routing(Routing::least_loaded()).await?;
    /// assert_eq!(pool.double(21).await?, 42);
    /// # Ok(()) }
    /// ```
    pub fn pool<A: Actor>(
        &self,
        name: impl Into<String>,
        workers: usize,
        factory: impl Fn() -> A + Send + Sync + 'static,
    ) -> SpawnPool<'_, A> {
        let parent = Arc::clone(&self.root);
        pool_under(parent, Strategy::default, name.into(), workers, factory)
    }

    /// Waits until the system has stopped, by [`shutdown`](Self::shutdown) or by itself.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn terminated(&self) -> StopReason {
        terminated(&*self.root).await
    }

    /// The name that the system was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.environment().name
    }

    /// Subscribes to messages that were not handled; up to `capacity` letters wait to be read, at
    /// least one. Those that find it full are missed and counted
    /// ([`DeadLetters::missed`](crate::DeadLetters::missed)). A letter holds its message, so what
    /// is not read is kept alive.
    #[must_use]
    pub fn dead_letters(&self, capacity: usize) -> DeadLetters {
        self.environment().dead_letters.subscribe(capacity)
    }

    /// How many messages were not handled so far, by reason; also without a subscription.
    #[must_use]
    pub fn dead_letter_counts(&self) -> DeadLetterCounts {
        self.environment().dead_letters.counts()
    }

    pub(crate) fn root(&self) -> &Arc<dyn Resident> {
        &self.root
    }

    pub(crate) fn environment(&self) -> &Arc<Environment> {
        &self.root.head().environment
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("System")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl<A: Actor> Context<A> {
    /// The system this actor lives in.
    #[must_use]
    pub fn system(&self) -> System {
        System::of(Arc::clone(&self.cell) as _)
    }
}
