//! What a hook knows of its actor, and what it can ask of the runtime.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::actor::Actor;
use super::stash::Stash;
use super::tasks::Tasks;
use super::timers::Timers;
use super::watches::Watches;
use crate::id::ActorPath;
use crate::mailbox::{Batch, Notice};
use crate::refs::{ActorRef, Adapter, Subject, Watcher, WatcherId};
use crate::supervision::ChildKind;
use crate::tree::Cell;

/// How an actor ends itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// After the message in hand: its supervisor will start it again.
    Now,
    /// After what is queued.
    Drained,
}

/// The actor's own view of itself, handed to every hook.
///
/// - Itself: [`myself`](Self::myself), [`path`](Self::path), [`system`](Self::system),
///   [`stop`](Self::stop), [`adapt`](Self::adapt).
/// - Children: [`spawn`](Self::spawn), [`spawn_blocking_actor`](Self::spawn_blocking_actor),
///   [`pool`](Self::pool), [`supervise`](Self::supervise).
/// - The ends of others: [`watch`](Self::watch), [`watch_with`](Self::watch_with),
///   [`unwatch`](Self::unwatch).
/// - Time: [`set_timer`](Self::set_timer), [`set_interval`](Self::set_interval),
///   [`cancel_timer`](Self::cancel_timer), [`has_timer`](Self::has_timer).
/// - Work beside the messages: [`spawn_task`](Self::spawn_task),
///   [`pipe_to_self`](Self::pipe_to_self), [`attach`](Self::attach).
/// - Messages that came too early: [`stash`](Self::stash), [`unstash_all`](Self::unstash_all),
///   [`stashed`](Self::stashed), [`stash_capacity`](Self::stash_capacity).
pub struct Context<A: Actor> {
    pub(crate) cell: Arc<Cell<A::Msg>>,
    /// What was taken from the mailbox and not handled yet; it survives a restart.
    pub(crate) batch: Batch<A::Msg>,
    pub(crate) ending: Option<Ending>,
    /// Which instance this is, from 0.
    pub(crate) instance: u32,
    pub(crate) rare: Option<Box<Rare<A>>>,
}

/// What only some actors have, allocated when they first need it.
pub(crate) struct Rare<A: Actor> {
    pub(crate) watches: Watches,
    /// Each adapter holds a clone, so that they are counted while they live.
    pub(crate) adapters: Arc<()>,
    pub(crate) stash: Stash<A::Msg>,
    pub(crate) timers: Timers<A::Msg>,
    pub(crate) tasks: Tasks,
}

impl<A: Actor> Default for Rare<A> {
    fn default() -> Self {
        Self {
            watches: Watches::default(),
            adapters: Arc::new(()),
            stash: Stash::default(),
            timers: Timers::default(),
            tasks: Tasks::default(),
        }
    }
}

impl<A: Actor> Context<A> {
    pub(crate) fn new(cell: Arc<Cell<A::Msg>>) -> Self {
        Self {
            cell,
            batch: Batch::new(),
            ending: None,
            instance: 0,
            rare: None,
        }
    }

    /// Ends what belongs to one instance.
    pub(crate) fn end_instance(&mut self) {
        self.ending = None;
        self.cancel_timers();
        self.abort_tasks();
    }

    /// Takes all watches back; the actor has ended.
    pub(crate) fn forget_watches(&mut self) {
        let Some(rare) = &mut self.rare else { return };
        for subject in rare.watches.take() {
            subject.unwatch(self.watcher_id());
        }
    }

    /// Who this actor is to those it watches.
    fn watcher_id(&self) -> WatcherId {
        WatcherId::new(&self.cell.head.environment, self.cell.head.id)
    }

    /// What is stashed, for its burial.
    pub(crate) fn take_stash(&mut self) -> VecDeque<A::Msg> {
        self.rare
            .as_mut()
            .map(|rare| rare.stash.take())
            .unwrap_or_default()
    }

    pub(crate) fn rare(&mut self) -> &mut Rare<A> {
        self.rare.get_or_insert_default()
    }

    /// A reference to this actor.
    #[must_use]
    pub fn myself(&self) -> ActorRef<A::Msg> {
        ActorRef::new(Arc::clone(&self.cell) as _)
    }

    /// Where this actor stands in the tree.
    #[must_use]
    pub fn path(&self) -> ActorPath {
        self.cell.path()
    }

    /// Ends this actor: after what is queued now, or, for a permanent child, which its supervisor
    /// starts again, after the message in hand.
    ///
    /// A failure that comes after it, in the same handler or in a later one, ends the actor at
    /// once, unless it is permanent or its supervisor lets it resume.
    ///
    /// Later sends are refused with `Stopped`, so a caller may safely send again to whoever takes
    /// over. To end a permanent child for good, use [`ActorRef::stop`] on
    /// [`myself`](Self::myself).
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Session;
    /// #[actor]
    /// impl Session {
    ///     #[message]
    ///     fn end(&mut self, ctx: &mut Context<Self>) {
    ///         ctx.stop();
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// let session = system.spawn("session", || Session).await?;
    /// session.end().await?;
    /// assert!(matches!(session.terminated().await, StopReason::Finished));
    /// # Ok(()) }
    /// ```
    pub fn stop(&mut self) {
        if self.cell.head.spec.kind == ChildKind::Permanent {
            self.ending = Some(Ending::Now);
        } else {
            self.ending = Some(Ending::Drained);
            self.cell.mailbox.close();
        }
    }

    /// Watches another actor: [`Signal::Terminated`](crate::Signal::Terminated) comes once, when it
    /// has ended, or at once if it has already, and after every message that it had put into this
    /// actor's mailbox.
    ///
    /// A watch survives restarts of both. Watching again replaces the watch, so `started` may watch
    /// anew. A parent is told of its children's ends without it
    /// ([`Signal::ChildStopped`](crate::Signal::ChildStopped)), though not in order with their
    /// messages.
    pub fn watch<M: Send + 'static>(&mut self, other: &ActorRef<M>) {
        self.watch_as(&other.subject().actor(), |terminated| {
            Notice::Terminated(terminated)
        });
    }

    /// Watches another actor and is told of its end by a message of its own choice, which comes to
    /// `handle`, in the same order, and takes no place in the mailbox.
    pub fn watch_with<M: Send + 'static>(&mut self, other: &ActorRef<M>, message: A::Msg) {
        self.watch_as(&other.subject().actor(), |_| Notice::Message(message));
    }

    /// Takes a watch back; nothing happens when there was none. A notice that is on its way already
    /// still comes.
    pub fn unwatch<M: Send + 'static>(&mut self, other: &ActorRef<M>) {
        let subject = other.subject().actor();
        subject.unwatch(self.watcher_id());
        if let Some(rare) = &mut self.rare {
            rare.watches.remove(&*subject);
        }
    }

    fn watch_as(
        &mut self,
        subject: &Arc<dyn Subject>,
        notice: impl FnOnce(crate::signal::Terminated) -> Notice<A::Msg> + Send + 'static,
    ) {
        let cell = Arc::downgrade(&self.cell);
        let tell = move |terminated| {
            if let Some(cell) = cell.upgrade() {
                cell.notify(notice(terminated));
            }
        };
        subject.watch(Watcher {
            id: self.watcher_id(),
            tell: Box::new(tell),
        });
        self.rare().watches.insert(subject);
    }

    /// A reference that takes messages of another type and converts them into this actor's.
    ///
    /// The conversion runs in the sender, once a place in the mailbox is reserved. An adapter is
    /// freed with its last reference and ends with this actor, not with this instance; there can be
    /// 1,024 at a time, so make one where it is needed for long, not one a message.
    ///
    /// Each call makes another reference, equal to none before: an adapter that `started` makes and
    /// subscribes somewhere is one more subscriber after each restart.
    ///
    /// # Errors
    ///
    /// [`AdapterError`] when this actor has that many adapters already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Price(u64); enum ShopMsg { Changed(Price) }
    /// # fn demo<A: Actor<Msg = ShopMsg>>(ctx: &mut Context<A>) -> ActorResult {
    /// let prices: ActorRef<Price> = ctx.adapt(ShopMsg::Changed)?;
    /// # let _ = prices; Ok(()) }
    /// ```
    pub fn adapt<N: Send + 'static>(
        &mut self,
        convert: impl Fn(N) -> A::Msg + Send + Sync + 'static,
    ) -> Result<ActorRef<N>, AdapterError> {
        let id = self.cell.head.environment.next_id();
        let target = Arc::clone(&self.cell) as _;
        let count = Arc::clone(&self.rare().adapters);
        if Arc::strong_count(&count) > ADAPTERS_MAX + 1 {
            return Err(AdapterError {
                limit: ADAPTERS_MAX,
            });
        }
        Ok(ActorRef::new(
            Arc::new(Adapter::new(id, target, convert, count)) as _,
        ))
    }
}

/// How many adapters an actor may have: far more than protocols, far fewer than messages.
const ADAPTERS_MAX: usize = 1_024;

/// An actor has as many adapters as it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the actor has {limit} adapters already; make one and keep it, not one a message")]
pub struct AdapterError {
    limit: usize,
}

impl<A: Actor> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("path", &self.path())
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}
