//! Spawning a pool.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use thiserror::Error;

use super::elastic::{Elastic, ElasticError};
use super::handle::{Pool, Shared};
use super::routing::{Routing, Rule};
use super::supervisor::Supervisor;
use crate::behavior::{Actor, Context};
use crate::mailbox::MailboxSettings;
use crate::refs::{AskError, Nobody};
use crate::runtime::{SpawnError, spawn_under};
use crate::supervision::{ChildKind, Strategy};
use crate::sync::Mutex;
use crate::tree::Resident;

/// A pool that could not be made or changed.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum PoolError {
    /// A pool has at least one worker; `stop` ends it.
    #[error("a pool needs at least one worker")]
    Empty,
    /// A worker, or the pool itself, could not be spawned.
    #[error("a worker did not start: {0}")]
    Spawn(#[from] SpawnError),
    /// It can't be elastic so.
    #[error(transparent)]
    Elastic(#[from] ElasticError),
    /// The pool did not answer; it may still change.
    #[error("the pool did not answer: {0}")]
    Unanswered(AskError),
}

type Mailbox<M> = Box<dyn Fn(MailboxSettings<M>) -> MailboxSettings<M> + Send + Sync>;

/// How the workers are made.
pub(super) struct Plan<A: Actor> {
    /// As many as were asked for last, also for the next instance of the supervisor.
    pub(super) workers: AtomicUsize,
    pub(super) factory: Box<dyn Fn() -> A + Send + Sync>,
    pub(super) mailbox: Option<Mailbox<A::Msg>>,
    pub(super) strategy: Strategy,
    pub(super) kind: ChildKind,
    pub(super) elastic: Option<Elastic>,
}

/// A pool about to be spawned; `.await` does it.
///
/// # Errors
///
/// The future ends with a [`PoolError`]; then no worker is left.
///
/// # Cancel safety
///
/// Dropped while the workers start, the future ends the pool.
#[must_use = "nothing is spawned unless awaited"]
pub struct SpawnPool<'a, A: Actor> {
    parent: Arc<dyn Resident>,
    parent_strategy: fn() -> Strategy,
    name: String,
    plan: Plan<A>,
    routing: Routing<A::Msg>,
    scope: std::marker::PhantomData<&'a ()>,
}

pub(crate) fn pool_under<'a, A: Actor>(
    parent: Arc<dyn Resident>,
    parent_strategy: fn() -> Strategy,
    name: String,
    workers: usize,
    factory: impl Fn() -> A + Send + Sync + 'static,
) -> SpawnPool<'a, A> {
    let plan = Plan {
        workers: AtomicUsize::new(workers),
        factory: Box::new(factory),
        mailbox: None,
        strategy: Strategy::one_for_one(),
        kind: ChildKind::Permanent,
        elastic: None,
    };
    let (routing, scope) = (Routing::default(), std::marker::PhantomData);
    SpawnPool {
        parent,
        parent_strategy,
        name,
        plan,
        routing,
        scope,
    }
}

impl<'a, A: Actor> SpawnPool<'a, A> {
    /// Sets who gets which message; round-robin unless set.
    pub fn routing(mut self, routing: Routing<A::Msg>) -> Self {
        self.routing = routing;
        self
    }

    /// Sets the mailbox of each worker; 1,024 messages and senders that wait unless set.
    pub fn mailbox<F>(mut self, settings: F) -> Self
    where
        F: Fn(MailboxSettings<A::Msg>) -> MailboxSettings<A::Msg> + Send + Sync + 'static,
    {
        self.plan.mailbox = Some(Box::new(settings));
        self
    }

    /// Sets how the workers are supervised; one for one unless set.
    pub fn supervision(mut self, strategy: Strategy) -> Self {
        self.plan.strategy = strategy;
        self
    }

    /// Sets what kind of children the workers are; permanent unless set, so that the pool keeps its
    /// size.
    pub fn kind(mut self, kind: ChildKind) -> Self {
        self.plan.kind = kind;
        self
    }

    /// Lets the pool grow and shrink by itself, by how full the mailboxes of its workers are. Its
    /// size stays as it is unless set.
    ///
    /// A worker that goes handles what it has queued; one that does not start leaves the pool as it
    /// is until the next look.
    pub fn elastic(mut self, elastic: Elastic) -> Self {
        self.plan.elastic = Some(elastic);
        self
    }

    async fn start(mut self) -> Result<Pool<A::Msg>, PoolError> {
        if *self.plan.workers.get_mut() == 0 {
            return Err(PoolError::Empty);
        }
        if let Some(elastic) = &self.plan.elastic {
            elastic.check_start(*self.plan.workers.get_mut())?;
        }
        if matches!(self.routing.0, Rule::LeastLoaded) {
            let with = self.plan.mailbox.take();
            self.plan.mailbox = Some(Box::new(move |mailbox| {
                let mailbox = match &with {
                    Some(with) => with(mailbox),
                    None => mailbox,
                };
                mailbox.one_by_one()
            }));
        }
        let environment = Arc::clone(&self.parent.head().environment);
        let path = self.parent.head().path().child(&self.name);
        let shared = Arc::new(Shared {
            routing: self.routing,
            workers: Mutex::new(Arc::from(Vec::new())),
            nobody: Arc::new(Nobody::new(path, environment)) as _,
            next: AtomicUsize::new(0),
        });
        let plan = Arc::new(self.plan);
        let for_factory = Arc::clone(&shared);
        let factory = move || Supervisor::new(Arc::clone(&plan), Arc::clone(&for_factory));
        let supervisor = spawn_under(self.parent, self.parent_strategy, self.name, factory).await?;
        Ok(Pool { shared, supervisor })
    }
}

impl<'a, A: Actor> IntoFuture for SpawnPool<'a, A> {
    type Output = Result<Pool<A::Msg>, PoolError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl<A: Actor> fmt::Debug for SpawnPool<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnPool")
            .field("name", &self.name)
            .field("workers", &self.plan.workers)
            .finish_non_exhaustive()
    }
}

impl<A: Actor> Context<A> {
    /// Spawns a pool of children; as [`System::pool`](crate::System::pool).
    ///
    /// # Errors
    ///
    /// [`PoolError`], as there.
    ///
    /// # Cancel safety
    ///
    /// As for [`SpawnPool`].
    pub fn pool<B: Actor>(
        &mut self,
        name: impl Into<String>,
        workers: usize,
        factory: impl Fn() -> B + Send + Sync + 'static,
    ) -> SpawnPool<'_, B> {
        let parent = Arc::clone(&self.cell) as _;
        pool_under(parent, A::supervision, name.into(), workers, factory)
    }
}
