//! The port behind a reference: whatever can take messages for an actor implements it.

use std::sync::Arc;
use std::task::{Context, Poll};

use crate::environment::Environment;
use crate::id::{ActorId, ActorPath};
use crate::mailbox::{Envelope, Refusal, Refused, Ticket};
use crate::signal::Terminated;

/// Who stands behind a reference, whatever its messages are.
pub(crate) trait Subject: Send + Sync {
    /// The identity of this way to the actor: an adapter has one of its own.
    fn id(&self) -> ActorId;

    /// The actor whose mailbox the messages end up in.
    fn owner(&self) -> ActorId;

    fn path(&self) -> ActorPath;

    fn environment(&self) -> &Arc<Environment>;

    fn stop(self: Arc<Self>);

    fn kill(self: Arc<Self>);

    fn is_stopped(&self) -> bool;

    /// Tells `watcher` of the actor's end, at once if it has ended.
    fn watch(&self, watcher: Watcher);

    fn unwatch(&self, watcher: ActorId);

    /// Notes for whom this actor's handler waits, for `inspect()`.
    fn waits_for(&self, other: Option<Arc<dyn Subject>>);
}

/// Takes messages for an actor: its mailbox, an adapter before it, or the way to another node.
pub(crate) trait Deliver<M>: Subject {
    /// Takes the message now or not at all.
    fn push(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>>;

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

/// A message that was not delivered.
pub(crate) enum Undelivered<M> {
    /// It is still here.
    Refused(Refused<M>),
    /// It was consumed on the way; it has been counted.
    Lost,
}

impl<M> From<Refused<M>> for Undelivered<M> {
    fn from(refused: Refused<M>) -> Self {
        Self::Refused(refused)
    }
}

/// Somebody who wants to know when an actor ends.
pub(crate) struct Watcher {
    /// Who watches, so that it can be taken back.
    pub(crate) id: ActorId,
    pub(crate) tell: Box<dyn FnOnce(Terminated) + Send>,
}
