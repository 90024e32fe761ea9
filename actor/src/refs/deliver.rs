//! The port behind a reference: whatever can take messages for an actor implements it.

use std::sync::Arc;
use std::task::{Context, Poll};

use crate::environment::Environment;
use crate::id::{ActorId, ActorPath};
use crate::mailbox::{Envelope, Refusal, Refused, Ticket};
use crate::signal::{StopReason, Terminated};

/// Who stands behind a reference, whatever its messages are.
pub(crate) trait Subject: Send + Sync {
    /// The identity of this way to the actor: an adapter has one of its own.
    fn id(&self) -> ActorId;

    /// The actor whose mailbox the messages end up in.
    fn owner(&self) -> ActorId;

    /// That actor itself; a way to it may end earlier.
    fn actor(self: Arc<Self>) -> Arc<dyn Subject>;

    fn path(&self) -> ActorPath;

    fn environment(&self) -> &Arc<Environment>;

    fn stop(self: Arc<Self>);

    fn kill(self: Arc<Self>);

    fn is_stopped(&self) -> bool;

    /// How many messages wait there.
    fn load(&self) -> usize;

    /// How full its mailbox is, from 0 to 1.
    fn fullness(&self) -> f64;

    /// Tells `watcher` of the actor's end, at once if it has ended; replaces the one of its id.
    fn watch(&self, watcher: Watcher);

    fn unwatch(&self, watcher: WatcherId);

    /// Notes that this actor waits for `other`, for `inspect()`.
    fn waits_for(&self, other: Arc<dyn Subject>);

    /// Notes that it does no more.
    fn waited_for(&self, address: usize);
}

/// A way that leads to another one: all but its identity is that one's.
pub(crate) trait Detour: Send + Sync {
    fn own_id(&self) -> ActorId;

    fn target(&self) -> &dyn Subject;

    fn shared_target(&self) -> Arc<dyn Subject>;
}

impl<T: Detour> Subject for T {
    fn id(&self) -> ActorId {
        self.own_id()
    }

    fn owner(&self) -> ActorId {
        self.target().owner()
    }

    fn actor(self: Arc<Self>) -> Arc<dyn Subject> {
        self.shared_target().actor()
    }

    fn path(&self) -> ActorPath {
        self.target().path()
    }

    fn environment(&self) -> &Arc<Environment> {
        self.target().environment()
    }

    fn stop(self: Arc<Self>) {
        self.shared_target().stop();
    }

    fn kill(self: Arc<Self>) {
        self.shared_target().kill();
    }

    fn is_stopped(&self) -> bool {
        self.target().is_stopped()
    }

    fn load(&self) -> usize {
        self.target().load()
    }

    fn fullness(&self) -> f64 {
        self.target().fullness()
    }

    fn watch(&self, watcher: Watcher) {
        self.target().watch(watcher);
    }

    fn unwatch(&self, watcher: WatcherId) {
        self.target().unwatch(watcher);
    }

    fn waits_for(&self, other: Arc<dyn Subject>) {
        self.target().waits_for(other);
    }

    fn waited_for(&self, address: usize) {
        self.target().waited_for(address);
    }
}

/// Takes messages for an actor: its mailbox, an adapter before it, or the way to another node.
pub(crate) trait Deliver<M>: Subject {
    /// Takes the message now or not at all.
    fn push(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>>;

    /// As `push`, for a sender that can yield: it may be told `Refusal::Hasty`, and has to yield
    /// before it tries again.
    fn push_in_turn(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        self.push(envelope)
    }

    /// Waits for a place. Admission does not depend on the message, so that a message is converted
    /// or encoded only once there is room for it.
    fn poll_reserve(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>>;

    /// Takes the message into the place that was reserved.
    fn push_reserved(
        &self,
        ticket: &mut Ticket,
        envelope: Envelope<M>,
    ) -> Result<(), Undelivered<M>>;

    /// Gives a place, or the wait for one, back.
    fn release(&self, ticket: &mut Ticket);
}

/// Chooses, of several actors, the one that gets a message.
pub(crate) trait Choose<M>: Send + Sync {
    fn choose(&self, message: &M) -> Arc<dyn Deliver<M>>;

    /// Stands for all of them while none is chosen.
    fn nobody(&self) -> &Arc<dyn Deliver<M>>;
}

/// The way to an actor, borrowed from a reference or chosen for one message.
pub(crate) enum Way<'a, M> {
    Borrowed(&'a Arc<dyn Deliver<M>>),
    Chosen(Arc<dyn Deliver<M>>),
    /// Not chosen yet: that is done when the message is sent, not when its future is made.
    Open(Arc<dyn Choose<M>>),
}

impl<M> Way<'_, M> {
    /// Settles on an actor for this message.
    #[inline]
    pub(super) fn settle(&mut self, message: &M) {
        if let Self::Open(several) = self {
            *self = Self::Chosen(several.choose(message));
        }
    }
}

impl<M> std::ops::Deref for Way<'_, M> {
    type Target = Arc<dyn Deliver<M>>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(port) => port,
            Self::Chosen(port) => port,
            Self::Open(several) => several.nobody(),
        }
    }
}

/// A message that was not delivered.
pub(crate) enum Undelivered<M> {
    /// It is still here.
    Refused(Refused<M>),
    /// It was consumed on the way; it has been counted.
    Lost(Refusal),
}

impl<M> From<Refused<M>> for Undelivered<M> {
    fn from(refused: Refused<M>) -> Self {
        Self::Refused(refused)
    }
}

/// Who watches. Ids are a system's own, and an actor can be watched out of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WatcherId {
    // First, so that within a system the order is that of the ids.
    id: ActorId,
    system: usize,
}

impl WatcherId {
    pub(crate) fn new(environment: &Arc<Environment>, id: ActorId) -> Self {
        Self {
            id,
            system: Arc::as_ptr(environment).addr(),
        }
    }
}

/// Somebody who wants to know when an actor ends.
pub(crate) struct Watcher {
    /// Who watches, so that it can be taken back.
    pub(crate) id: WatcherId,
    pub(crate) tell: Box<dyn FnOnce(Terminated) + Send>,
}

/// The way to nobody: where all whom a message could have gone to have ended.
pub(crate) struct Nobody {
    id: ActorId,
    path: ActorPath,
    environment: Arc<Environment>,
}

impl Nobody {
    pub(crate) fn new(path: ActorPath, environment: Arc<Environment>) -> Self {
        Self {
            id: environment.next_id(),
            path,
            environment,
        }
    }
}

impl Subject for Nobody {
    fn id(&self) -> ActorId {
        self.id
    }

    fn owner(&self) -> ActorId {
        self.id
    }

    fn actor(self: Arc<Self>) -> Arc<dyn Subject> {
        self
    }

    fn path(&self) -> ActorPath {
        self.path.clone()
    }

    fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    fn stop(self: Arc<Self>) {}

    fn kill(self: Arc<Self>) {}

    fn is_stopped(&self) -> bool {
        true
    }

    fn load(&self) -> usize {
        0
    }

    fn fullness(&self) -> f64 {
        0.0
    }

    fn watch(&self, watcher: Watcher) {
        let (path, reason) = (self.path.clone(), StopReason::Stopped);
        (watcher.tell)(Terminated {
            id: self.id,
            path,
            reason,
        });
    }

    fn unwatch(&self, _watcher: WatcherId) {}

    fn waits_for(&self, _other: Arc<dyn Subject>) {}

    fn waited_for(&self, _address: usize) {}
}

impl<M> Deliver<M> for Nobody {
    fn push(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        Err(Refused {
            envelope,
            why: Refusal::Stopped,
        }
        .into())
    }

    fn poll_reserve(
        &self,
        _ticket: &mut Ticket,
        _cx: &mut Context<'_>,
    ) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Err(Refusal::Stopped))
    }

    fn push_reserved(
        &self,
        _ticket: &mut Ticket,
        envelope: Envelope<M>,
    ) -> Result<(), Undelivered<M>> {
        self.push(envelope)
    }

    fn release(&self, _ticket: &mut Ticket) {}
}
