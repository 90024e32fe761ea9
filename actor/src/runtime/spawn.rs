//! Spawning: a child of an actor, or of the system's root.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::channel::oneshot;
use pin_project::pin_project;
use thiserror::Error;

use super::life::Life;
use super::thread::run_on_thread;
use crate::behavior::{Actor, Context};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::mailbox::{MailboxError, MailboxSettings, Policy};
use crate::refs::{ActorRef, Subject, current};
use crate::supervision::{ChildKind, Strategy};
use crate::tree::{Cell, ChildSpec, Family, Head, Resident, flag};

/// An actor that could not be spawned; nothing of it is left.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// A sibling has that name. Choose another, or end the sibling first.
    #[error("the name `{0}` is taken")]
    NameTaken(String),
    /// Names make paths, and name threads: they are not empty and hold neither `/` nor NUL.
    #[error("{0:?} is no name: it must not be empty and must hold neither `/` nor NUL")]
    InvalidName(String),
    /// The mailbox's settings can't work.
    #[error("mailbox: {0}")]
    Mailbox(#[from] MailboxError),
    /// Its factory or its `started` failed.
    #[error("it did not start: {0}")]
    Failed(Failure),
    /// It was stopped or killed before it had started.
    #[error("it was ended before it had started")]
    Ended,
    /// Its parent, or the system, is shutting down.
    #[error("the parent is shutting down")]
    ShuttingDown,
    /// The operating system gave no thread for a blocking actor.
    #[error("no thread for it: {0}")]
    Thread(String),
    /// There is no tokio runtime here, or one without timers. Spawn from within one that was built
    /// with `enable_time` or `enable_all`, as `#[tokio::main]` builds it.
    #[error("no tokio runtime with timers: spawn from within one, built with `enable_time`")]
    NoRuntime,
}

type Settings<M> = Box<dyn FnOnce(MailboxSettings<M>) -> MailboxSettings<M> + Send>;

/// An actor about to be spawned; `.await` does it.
///
/// # Errors
///
/// The future ends with a [`SpawnError`]; then nothing of the actor is left.
///
/// # Cancel safety
///
/// Dropped while the actor starts, the future ends the actor.
///
/// # Examples
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom::supervision::ChildKind;
/// # use std::time::Duration;
/// # #[derive(Default)] struct Worker;
/// # #[actor] impl Worker {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), SpawnError> {
/// # let system = System::new("demo");
/// let worker = system
///     .spawn("worker", Worker::default)
///     .mailbox(|m| m.capacity(64).overflow(Overflow::Reject))
///     .kind(ChildKind::Permanent)
///     .stop_grace(Duration::from_secs(1))
///     .await?;
/// # let _ = worker; Ok(()) }
/// ```
#[must_use = "nothing is spawned unless awaited"]
pub struct Spawn<'a, A: Actor, F> {
    parent: Arc<dyn Resident>,
    strategy: fn() -> Strategy,
    name: String,
    factory: F,
    settings: Option<Settings<A::Msg>>,
    spec: ChildSpec,
    on_thread: bool,
    scope: std::marker::PhantomData<&'a ()>,
}

/// Prepares a child of `parent`; `strategy` is the parent's, for its first child.
pub(crate) fn spawn_under<'a, A: Actor, F>(
    parent: Arc<dyn Resident>,
    strategy: fn() -> Strategy,
    name: String,
    factory: F,
) -> Spawn<'a, A, F> {
    let stop_grace = parent.head().environment.stop_grace;
    let spec = ChildSpec {
        kind: ChildKind::default(),
        stop_grace,
        traced: false,
    };
    let scope = std::marker::PhantomData;
    Spawn {
        parent,
        strategy,
        name,
        factory,
        settings: None,
        spec,
        on_thread: false,
        scope,
    }
}

impl<'a, A: Actor, F: FnMut() -> A + Send + 'static> Spawn<'a, A, F> {
    /// Sets the mailbox: `.mailbox(|m| m.capacity(64))`; 1,024 messages and senders that wait
    /// unless set.
    pub fn mailbox(
        mut self,
        settings: impl FnOnce(MailboxSettings<A::Msg>) -> MailboxSettings<A::Msg> + Send + 'static,
    ) -> Self {
        self.settings = Some(Box::new(settings));
        self
    }

    /// Makes it a permanent, transient or temporary child; transient is the default.
    pub fn kind(mut self, kind: ChildKind) -> Self {
        self.spec.kind = kind;
        self
    }

    /// Sets how long it may take to end when it is stopped, before it is killed (5 s by default).
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.spec.stop_grace = grace;
        self
    }

    /// Gives each message a tracing span, linked to (not nested in) the span in which it was sent:
    /// a message that causes the next one would nest without end. Off unless called, as it costs
    /// more than most handlers do.
    pub fn trace_messages(mut self) -> Self {
        self.spec.traced = true;
        self
    }

    /// Runs the actor on a thread of its own, so that its handlers may block.
    pub(crate) fn on_thread(mut self) -> Self {
        self.on_thread = true;
        self
    }

    async fn start(self) -> Result<ActorRef<A::Msg>, SpawnError> {
        if self.name.is_empty() || self.name.contains(['/', '\0']) {
            return Err(SpawnError::InvalidName(self.name));
        }
        let policy = match self.settings {
            None => Policy::default(),
            Some(with) => {
                let settings = crate::failure::caught(|| with(MailboxSettings::new()));
                settings.map_err(SpawnError::Failed)?.build()?
            }
        };
        let environment = Arc::clone(&self.parent.head().environment);
        let runtime = environment.runtime().ok_or(SpawnError::NoRuntime)?.clone();
        let name = self.name.into_boxed_str();
        let parent = Some(Arc::clone(&self.parent));
        let head = Head::new(name, parent, environment, self.spec);
        let cell = Cell::new(policy, head, A::describe);
        join_family(&self.parent, self.strategy, &(Arc::clone(&cell) as _))?;
        let (ready, started) = oneshot::channel();
        let mut unfinished = Unfinished(Some(Arc::clone(&cell) as _));
        let subject = Some(Arc::clone(&cell) as _);
        let life = Life::new(Arc::clone(&cell), self.factory, ready);
        let task = Resides {
            subject,
            life: life.run(),
        };
        if self.on_thread {
            run_on_thread(&runtime, Arc::clone(&cell) as _, task)
                .map_err(|error| SpawnError::Thread(error.to_string()))?;
        } else {
            runtime.spawn(task);
        }
        match started.await {
            Ok(Ok(())) => {
                unfinished.0 = None;
                let totals = &cell.head.environment.totals;
                totals.spawned.fetch_add(1, Ordering::Relaxed);
                Ok(ActorRef::new(cell))
            }
            Ok(Err(failure)) => Err(SpawnError::Failed(failure)),
            Err(_) => Err(SpawnError::Ended),
        }
    }
}

/// Makes the root of a tree; its task begins when the system first has a runtime.
pub(crate) fn found_root<A, F>(
    environment: &Arc<Environment>,
    strategy: Strategy,
    factory: F,
) -> Arc<dyn Resident>
where
    A: Actor,
    F: FnMut() -> A + Send + 'static,
{
    let spec = ChildSpec {
        kind: ChildKind::Temporary,
        stop_grace: environment.stop_grace,
        traced: false,
    };
    let head = Head::new("user".into(), None, Arc::clone(environment), spec);
    *head.family.lock() = Some(Box::new(Family::new(strategy)));
    let cell = Cell::new(Policy::default(), head, A::describe);
    // The environment does not hold the root, which holds the environment: a system that is dropped
    // before it was used leaves nothing.
    let root = Arc::downgrade(&cell);
    environment.boot_with(move |runtime| {
        let Some(cell) = root.upgrade() else { return };
        let (ready, _) = oneshot::channel();
        let life = Life::new(Arc::clone(&cell), factory, ready);
        runtime.spawn(Resides {
            subject: Some(cell as _),
            life: life.run(),
        });
    });
    cell
}

fn join_family(
    parent: &Arc<dyn Resident>,
    strategy: fn() -> Strategy,
    child: &Arc<dyn Resident>,
) -> Result<(), SpawnError> {
    // The user's code, so it runs before the lock.
    let is_first = parent.head().family.lock().is_none();
    let mut first = is_first.then(strategy);
    let mut slot = parent.head().family.lock();
    if parent.head().has(flag::CLOSING) || parent.head().ended().is_some() {
        return Err(SpawnError::ShuttingDown);
    }
    let family =
        slot.get_or_insert_with(|| Box::new(Family::new(first.take().unwrap_or_default())));
    if family.insert(child) {
        Ok(())
    } else {
        Err(SpawnError::NameTaken(child.head().name.to_string()))
    }
}

/// Ends an actor whose spawning was given up.
struct Unfinished(Option<Arc<dyn Subject>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(subject) = self.0.take() {
            subject.kill();
        }
    }
}

/// The actor's task: while it is polled, it is the current actor of its thread.
#[pin_project]
pub(super) struct Resides<F> {
    subject: Option<Arc<dyn Subject>>,
    #[pin]
    life: F,
}

impl<F: Future<Output = ()>> Future for Resides<F> {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        let this = self.project();
        let life = this.life;
        current::enter(this.subject, || life.poll(cx))
    }
}

impl<'a, A: Actor, F: FnMut() -> A + Send + 'static> IntoFuture for Spawn<'a, A, F> {
    type Output = Result<ActorRef<A::Msg>, SpawnError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl<A: Actor, F> fmt::Debug for Spawn<'_, A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawn")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<A: Actor> Context<A> {
    /// Spawns a child. It belongs to this instance: it is stopped before the instance ends, in
    /// reverse order of starting.
    ///
    /// `factory` makes the first instance, and a new one at each restart.
    ///
    /// # Errors
    ///
    /// [`SpawnError`], as for [`System::spawn`](crate::System::spawn). A `?` in `started` makes it
    /// this actor's own failure.
    ///
    /// # Cancel safety
    ///
    /// As for [`Spawn`].
    pub fn spawn<B, F>(&mut self, name: impl Into<String>, factory: F) -> Spawn<'_, B, F>
    where
        B: Actor,
        F: FnMut() -> B + Send + 'static,
    {
        spawn_under(
            Arc::clone(&self.cell) as _,
            A::supervision,
            name.into(),
            factory,
        )
    }

    /// Spawns a child on a thread of its own; as
    /// [`System::spawn_blocking_actor`](crate::System::spawn_blocking_actor).
    pub fn spawn_blocking_actor<B, F>(
        &mut self,
        name: impl Into<String>,
        factory: F,
    ) -> Spawn<'_, B, F>
    where
        B: Actor,
        F: FnMut() -> B + Send + 'static,
    {
        self.spawn(name, factory).on_thread()
    }

    /// Sets how this actor supervises its children, in place of [`Actor::supervision`]: for a
    /// strategy that depends on the instance. It counts from the next failure on, and until it is
    /// set again, also after a restart of this actor.
    pub fn supervise(&mut self, strategy: Strategy) {
        let mut slot = self.cell.head.family.lock();
        let previous = match slot.as_mut() {
            Some(family) => Some(std::mem::replace(&mut family.strategy, Arc::new(strategy))),
            None => {
                *slot = Some(Box::new(Family::new(strategy)));
                None
            }
        };
        // Dropped after the lock, as it holds a closure of the user's.
        drop(slot);
        drop(previous);
    }
}
