//! The handle of a pool: told and asked like a reference.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use greenroom_resilience::Pipeline;

use super::routing::{Routing, Rule, Worker, rendezvous};
use super::spawn::PoolError;
use super::supervisor::Order;
use crate::refs::{
    ActorRef, Ask, AskError, Choose, Deliver, Guarded, Reply, SendError, Target, Tell,
    TrySendError, Way,
};
use crate::sync::Mutex;

/// Several like actors behind one handle; see [`System::pool`](crate::System::pool).
///
/// Cheap to clone. The worker is chosen when the message is sent, not before; dropping the handle
/// stops nobody. While a worker is restarted its messages wait for it. The calls that `#[actor]`
/// writes work on a pool as on a reference.
pub struct Pool<M> {
    pub(super) shared: Arc<Shared<M>>,
    pub(super) supervisor: ActorRef<Order>,
}

pub(super) struct Shared<M> {
    pub(super) routing: Routing<M>,
    /// Replaced as a whole when the pool changes, so that senders hold the lock for a clone.
    pub(super) workers: Mutex<Arc<[Worker<M>]>>,
    pub(super) nobody: Arc<dyn Deliver<M>>,
    pub(super) next: AtomicUsize,
}

/// What came of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// How many workers were told.
    pub delivered: usize,
    /// How many were not: stopped, or full until the time-out.
    pub refused: usize,
}

impl<M: Send + 'static> Choose<M> for Shared<M> {
    fn choose(&self, message: &M) -> Arc<dyn Deliver<M>> {
        let workers = Arc::clone(&self.workers.lock());
        if workers.is_empty() {
            return Arc::clone(&self.nobody);
        }
        let next = || self.next.fetch_add(1, Ordering::Relaxed) % workers.len();
        let index = match &self.routing.0 {
            Rule::RoundRobin => next(),
            Rule::Random => {
                let random = self.nobody.environment().random();
                (random % workers.len() as u64) as usize
            }
            Rule::LeastLoaded => {
                let first = next();
                (first..workers.len())
                    .chain(0..first)
                    .min_by_key(|index| workers[*index].actor.port().load())
                    .unwrap_or(first)
            }
            // A panic in the user's closure is the sender's own.
            Rule::ByKey(key) => rendezvous(&workers, &key(message)),
        };
        Arc::clone(workers[index].actor.port())
    }

    fn nobody(&self) -> &Arc<dyn Deliver<M>> {
        &self.nobody
    }
}

impl<M: Send + 'static> Shared<M> {
    /// The mean fill of the workers' mailboxes.
    pub(super) fn fill(&self) -> f64 {
        let workers = Arc::clone(&self.workers.lock());
        let fills = workers.iter().map(|worker| worker.actor.mailbox_fill());
        fills.sum::<f64>() / workers.len().max(1) as f64
    }
}

impl<M: Send + 'static> Pool<M> {
    /// Tells the worker that the routing chooses; as [`ActorRef::tell`].
    pub fn tell(&self, message: M) -> Tell<'static, M> {
        Tell::new(self.way(), message)
    }

    /// Tells the worker that the routing chooses, if it has room now.
    ///
    /// # Errors
    ///
    /// As [`ActorRef::try_tell`].
    pub fn try_tell(&self, message: M) -> Result<(), TrySendError<M>> {
        ActorRef::new(self.shared.choose(&message)).try_tell(message)
    }

    /// Asks the worker that the routing chooses; as [`ActorRef::ask`].
    pub fn ask<R, F>(&self, make: F) -> Ask<'static, M, R>
    where
        R: Send + 'static,
        F: FnOnce(Reply<R>) -> M,
    {
        Ask::new(self.way(), make)
    }

    /// This pool behind a pipeline; as [`ActorRef::guarded`]. Each attempt goes to the worker that
    /// the routing chooses then.
    #[must_use]
    pub fn guarded(&self, pipeline: &Pipeline) -> Guarded<M> {
        Guarded::pool(Arc::clone(&self.shared) as _, pipeline)
    }

    fn way(&self) -> Way<'static, M> {
        Way::Open(Arc::clone(&self.shared) as _)
    }

    /// Tells every worker, waiting for room in all of them side by side, for at most 5 s.
    ///
    /// # Cancel safety
    ///
    /// Workers that were told stay told when the future is dropped.
    pub async fn broadcast(&self, message: M) -> Broadcast
    where
        M: Clone,
    {
        let workers = self.workers();
        let told = join_all(workers.iter().map(|worker| worker.tell(message.clone()))).await;
        let delivered = told.iter().filter(|result| result.is_ok()).count();
        Broadcast {
            delivered,
            refused: told.len() - delivered,
        }
    }

    /// How full the mailboxes of the workers are in the mean, from 0 to 1: as
    /// [`ActorRef::mailbox_fill`].
    #[must_use]
    pub fn mailbox_fill(&self) -> f64 {
        self.shared.fill()
    }

    /// Changes the number of workers while they run. Those started last go first; they handle what
    /// they have queued, and the future does not wait for that. An
    /// [elastic](crate::SpawnPool::elastic) pool goes on from there.
    ///
    /// # Errors
    ///
    /// [`PoolError`]: a pool has at least one worker; a new worker may fail to start, then the pool
    /// keeps those it has.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the change goes on by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # async fn demo(pool: Pool<u8>) -> Result<(), Box<dyn std::error::Error>> {
    /// pool.resize(8).await?;
    /// assert_eq!(pool.size(), 8);
    /// let told = pool.broadcast(7).await;
    /// println!("{} told, {} not", told.delivered, told.refused);
    /// # Ok(()) }
    /// ```
    pub async fn resize(&self, workers: usize) -> Result<(), PoolError> {
        if workers == 0 {
            return Err(PoolError::Empty);
        }
        match self
            .supervisor
            .ask(|reply| Order::Resize(workers, reply))
            .await
        {
            Ok(result) => result,
            Err(error) => Err(PoolError::Unanswered(error)),
        }
    }

    /// References to the workers, in the order in which they were started.
    #[must_use]
    pub fn workers(&self) -> Vec<ActorRef<M>> {
        self.shared
            .workers
            .lock()
            .iter()
            .map(|worker| worker.actor.clone())
            .collect()
    }

    /// How many workers there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.shared.workers.lock().len()
    }

    /// Stops all workers, each after what it has queued. It returns at once and is final.
    pub fn stop(&self) {
        self.supervisor.stop();
    }

    /// Waits until all workers have ended, and says why the pool did.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn terminated(&self) -> crate::signal::StopReason {
        self.supervisor.terminated().await
    }
}

impl<M: Send + 'static> Target for Pool<M> {
    type Msg = M;
    type TellError = SendError<M>;
    type AskError = AskError;
    type Tell<'a, A: Send + 'static> = Tell<'a, M>;
    type Ask<'a, A: Send + 'static, R: Send + 'static> = Ask<'a, M, R>;

    fn call_tell<A: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>) -> Option<M>,
    ) -> Tell<'_, M> {
        self.tell(make(&mut Some(arguments)).expect("the first attempt has its arguments"))
    }

    fn call_ask<A: Send + 'static, R: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>, Reply<R>) -> Option<M>,
    ) -> Ask<'_, M, R> {
        self.ask(|reply| {
            make(&mut Some(arguments), reply).expect("the first attempt has its arguments")
        })
    }
}

impl<M> Clone for Pool<M> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            supervisor: self.supervisor.clone(),
        }
    }
}

impl<M> fmt::Debug for Pool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("supervisor", &self.supervisor)
            .field("routing", &self.shared.routing)
            .finish_non_exhaustive()
    }
}
