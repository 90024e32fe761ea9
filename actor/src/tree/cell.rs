//! The cell: what is behind a local reference, and what outlives the instances of an actor.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::head::{Head, Watchers, flag};
use super::ladder::{self, Rung};
use super::traced;
use crate::dead_letters::DeadLetterReason;
use crate::environment::Environment;
use crate::failure::quietly;
use crate::id::{ActorId, ActorPath};
use crate::mailbox::{
    Envelope, Mailbox, Notice, Policy, Refusal, Refused, Removed, RemovedBy, Ticket,
};
use crate::refs::{ActorRef, Deliver, Subject, Undelivered, Watcher, WatcherId};
use crate::signal::Terminated;
use crate::time::Alarm;

/// Mailbox first: its lock and queue are what senders write, so the flags that the message loop
/// reads for each message lie on other cache lines, at the far end of the head.
#[repr(C)]
pub(crate) struct Cell<M> {
    pub(crate) mailbox: Mailbox<M>,
    pub(crate) head: Head,
    describe: fn(&M) -> &'static str,
}

/// A cell of whatever messages, for the tree.
pub(crate) trait Resident: Subject {
    fn head(&self) -> &Head;

    /// For the end of the cell, which nobody else has a reference to then.
    fn head_mut(&mut self) -> &mut Head;

    /// Lets `wake` reach the actor's task, which is being polled.
    fn register(&self, cx: &Context<'_>);

    /// Wakes the actor to look at its control lane.
    fn wake(&self);

    /// Takes no more messages from now on.
    fn close_mailbox(&self);

    /// Buries what is queued in a closed mailbox.
    fn drain_mailbox(&self);

    /// Counts what the actor's task has taken or stashed, for a task that is stuck: the messages
    /// themselves are out of reach until it goes on.
    fn write_off(&self);

    /// Queued messages and capacity.
    fn fill(&self) -> (usize, usize);

    /// How many messages its mailbox has shed.
    fn shed(&self) -> u64;

    /// A reference to it, as `ActorRef<M>`, for a typed look-up.
    fn any_ref(self: Arc<Self>) -> Box<dyn std::any::Any + Send>;
}

impl<M: Send + 'static> Cell<M> {
    /// `describe` is the actor's own.
    pub(crate) fn new(
        policy: Policy<M>,
        head: Head,
        describe: fn(&M) -> &'static str,
    ) -> Arc<Self> {
        Arc::new(Self {
            mailbox: Mailbox::new(policy),
            head,
            describe,
        })
    }

    /// A description of a message; the user's code may panic.
    pub(crate) fn describe(&self, message: &M) -> &'static str {
        crate::failure::caught(|| (self.describe)(message))
            .unwrap_or_else(|_| std::any::type_name::<M>())
    }

    /// Counts a message that was not handled, and tells its asker.
    pub(crate) fn bury(&self, envelope: Envelope<M>, why: Refusal, reason: DeadLetterReason) {
        let Envelope {
            message,
            attachment,
        } = envelope;
        let variant = self.describe(&message);
        if let Some(attachment) = &attachment {
            attachment.refuse(why);
        }
        let hub = &self.head.environment.dead_letters;
        hub.bury(|| self.head.path(), variant, reason, Some(message));
    }

    /// Buries a message that the task had taken or stashed: counts it, unless that was done when
    /// the actor was given up.
    pub(crate) fn bury_taken(&self, envelope: Envelope<M>) {
        if self.head.vitals.custody.claim() {
            return self.bury(envelope, Refusal::Stopped, DeadLetterReason::Stopped);
        }
        debug_assert!(self.head.ended().is_some(), "else nobody has counted it");
        let Envelope {
            message,
            attachment,
        } = envelope;
        if let Some(attachment) = &attachment {
            attachment.refuse(Refusal::Stopped);
        }
        quietly(move || drop(message));
    }

    /// Delivers a notice behind what is queued.
    pub(crate) fn notify(&self, notice: Notice<M>) {
        self.mailbox.notify(notice);
        // The end was noted before the last notices were taken out: either that found this one, or
        // this finds the end.
        if self.head.ended().is_some() {
            self.drain_mailbox();
        }
    }

    #[inline]
    fn pushed(&self, pushed: Result<Option<Removed<M>>, Refused<M>>) -> Result<(), Undelivered<M>> {
        match pushed {
            Ok(None) => Ok(()),
            Ok(removed) => {
                self.bury_removed(removed);
                Ok(())
            }
            Err(refused) => Err(refused.into()),
        }
    }

    fn bury_removed(&self, removed: Option<Removed<M>>) {
        let Some(removed) = removed else { return };
        let (why, reason) = match removed.why {
            RemovedBy::Overflow => (Refusal::Overflow, DeadLetterReason::Overflow),
            RemovedBy::Displaced | RemovedBy::Coalesced => {
                (Refusal::Displaced, DeadLetterReason::Displaced)
            }
        };
        self.bury(removed.envelope, why, reason.clone());
        for envelope in removed.more {
            self.bury(envelope, why, reason.clone());
        }
    }
}

impl<M: Send + 'static> Subject for Cell<M> {
    fn id(&self) -> ActorId {
        self.head.id
    }

    fn owner(&self) -> ActorId {
        self.head.id
    }

    fn actor(self: Arc<Self>) -> Arc<dyn Subject> {
        self
    }

    fn path(&self) -> ActorPath {
        self.head.path()
    }

    fn environment(&self) -> &Arc<Environment> {
        &self.head.environment
    }

    fn stop(self: Arc<Self>) {
        if !self.head.has(flag::STOP | flag::KILL) {
            ladder::climb(&(Arc::clone(&self) as _), Rung::Stopping, flag::STOP);
        }
        self.mailbox.close();
    }

    fn kill(self: Arc<Self>) {
        if !self.head.has(flag::KILL) {
            ladder::climb(&(Arc::clone(&self) as _), Rung::Killing, flag::KILL);
        }
        self.mailbox.close();
    }

    fn is_stopped(&self) -> bool {
        self.mailbox.is_closed()
    }

    fn load(&self) -> usize {
        self.mailbox.fill().0 + usize::from(self.head.vitals.is_at_work())
    }

    fn fullness(&self) -> f64 {
        self.mailbox.fullness()
    }

    fn watch(&self, watcher: Watcher) {
        let reason = {
            let mut watchers = self.head.watchers.lock();
            match &mut *watchers {
                Watchers::Alive(watching) => {
                    let watching = watching.get_or_insert_default();
                    let replaced = watching.insert(watcher.id, watcher.tell);
                    drop(watchers);
                    // With the message of a `watch_with`.
                    quietly(move || drop(replaced));
                    return;
                }
                Watchers::Ended(reason) => reason.clone(),
            }
        };
        (watcher.tell)(Terminated {
            id: self.head.id,
            path: self.path(),
            reason,
        });
    }

    fn unwatch(&self, watcher: WatcherId) {
        let removed = match &mut *self.head.watchers.lock() {
            Watchers::Alive(slot) => {
                let removed = slot.as_mut().and_then(|watching| watching.remove(&watcher));
                if slot.as_ref().is_some_and(|watching| watching.is_empty()) {
                    *slot = None;
                }
                removed
            }
            Watchers::Ended(_) => None,
        };
        // With the message of a `watch_with`.
        quietly(move || drop(removed));
    }

    fn waits_for(&self, other: Arc<dyn Subject>) {
        self.head.waits.lock().begin(other);
    }

    fn waited_for(&self, address: usize) {
        let other = self.head.waits.lock().end(address);
        drop(other);
    }
}

impl<M: Send + 'static> Deliver<M> for Cell<M> {
    fn push(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        let pushed = if self.head.spec.traced {
            self.mailbox.push(traced::note(envelope))
        } else {
            self.mailbox.push(envelope)
        };
        self.pushed(pushed)
    }

    fn push_in_turn(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        let pushed = if self.head.spec.traced {
            self.mailbox.push_in_turn(traced::note(envelope))
        } else {
            self.mailbox.push_in_turn(envelope)
        };
        self.pushed(pushed)
    }

    fn poll_reserve(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        self.mailbox
            .poll_reserve(ticket, cx)
            .map_ok(|removed| self.bury_removed(removed))
    }

    fn push_reserved(
        &self,
        ticket: &mut Ticket,
        envelope: Envelope<M>,
    ) -> Result<(), Undelivered<M>> {
        let envelope = if self.head.spec.traced {
            traced::note(envelope)
        } else {
            envelope
        };
        let removed = self.mailbox.push_reserved(ticket, envelope)?;
        self.bury_removed(removed);
        Ok(())
    }

    fn release(&self, ticket: &mut Ticket) {
        self.mailbox.release(ticket);
    }
}

/// The alarm of an actor's timers.
impl<M: Send + 'static> Alarm for Cell<M> {
    fn ring(self: Arc<Self>) {
        self.head.raise(flag::TIMER);
        self.mailbox.wake_consumer();
    }
}

impl<M: Send + 'static> Resident for Cell<M> {
    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn register(&self, cx: &Context<'_>) {
        self.mailbox.register(cx);
    }

    fn wake(&self) {
        self.mailbox.wake_consumer();
    }

    fn close_mailbox(&self) {
        self.mailbox.close();
    }

    fn drain_mailbox(&self) {
        while let Some(envelope) = self.mailbox.drain_one() {
            self.bury(envelope, Refusal::Stopped, DeadLetterReason::Stopped);
        }
        for notice in self.mailbox.take_notices() {
            if let Notice::Message(message) = notice {
                let envelope = Envelope::plain(message);
                self.bury(envelope, Refusal::Stopped, DeadLetterReason::Stopped);
            }
        }
    }

    fn write_off(&self) {
        let taken = self.head.vitals.custody.claim_all() + self.mailbox.let_go();
        let hub = &self.head.environment.dead_letters;
        let variant = std::any::type_name::<M>();
        for _ in 0..taken {
            hub.bury::<M>(
                || self.head.path(),
                variant,
                DeadLetterReason::Stopped,
                None,
            );
        }
    }

    fn fill(&self) -> (usize, usize) {
        self.mailbox.fill()
    }

    fn shed(&self) -> u64 {
        self.mailbox.shed()
    }

    fn any_ref(self: Arc<Self>) -> Box<dyn std::any::Any + Send> {
        Box::new(ActorRef::new(self as Arc<dyn Deliver<M>>))
    }
}
