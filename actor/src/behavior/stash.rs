//! The stash: messages put aside until the actor is ready for them.

use std::collections::VecDeque;
use std::fmt;

use super::actor::Actor;
use super::context::Context;

/// As many as a mailbox holds by default.
const DEFAULT_CAPACITY: usize = 1_024;

/// Messages put aside, in order.
pub(crate) struct Stash<M> {
    messages: VecDeque<M>,
    capacity: usize,
}

impl<M> Default for Stash<M> {
    fn default() -> Self {
        Self {
            messages: VecDeque::new(),
            capacity: DEFAULT_CAPACITY,
        }
    }
}

impl<M> Stash<M> {
    /// Takes everything out, oldest first.
    pub(crate) fn take(&mut self) -> VecDeque<M> {
        std::mem::take(&mut self.messages)
    }
}

/// The stash holds as many messages as it may; the message comes back.
pub struct StashFull<M>(pub M);

impl<M> fmt::Display for StashFull<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stash is full")
    }
}

impl<M> fmt::Debug for StashFull<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StashFull")
    }
}

impl<M> std::error::Error for StashFull<M> {}

impl<A: Actor> Context<A> {
    /// Puts a message aside, to be handled after [`unstash_all`](Self::unstash_all).
    ///
    /// The stash belongs to the actor: at a restart it returns to the front of the mailbox, at the
    /// end its messages become dead letters. The asker of a stashed message waits on, within its
    /// time-out; at the actor's end it is told [`NoReply`](crate::AskError::NoReply). The
    /// [guide](crate::guide::around#stash) has an example.
    ///
    /// # Errors
    ///
    /// [`StashFull`] gives the message back when 1,024 (or
    /// [`stash_capacity`](Self::stash_capacity)) are stashed already.
    pub fn stash(&mut self, message: A::Msg) -> Result<(), StashFull<A::Msg>> {
        let stash = &mut self.rare().stash;
        if stash.messages.len() >= stash.capacity {
            return Err(StashFull(message));
        }
        stash.messages.push_back(message);
        self.cell.head.vitals.custody.add(1);
        Ok(())
    }

    /// Sets how many messages the stash may hold: 1,024 unless set, as many as a mailbox. What is
    /// stashed already stays.
    pub fn stash_capacity(&mut self, messages: usize) {
        self.rare().stash.capacity = messages;
    }

    /// How many messages are stashed.
    #[must_use]
    pub fn stashed(&self) -> usize {
        self.rare
            .as_ref()
            .map_or(0, |rare| rare.stash.messages.len())
    }

    /// Returns what is stashed to the front of the mailbox, in the order in which it was stashed:
    /// it is handled next.
    pub fn unstash_all(&mut self) {
        let Some(rare) = &mut self.rare else { return };
        for message in rare.stash.take().into_iter().rev() {
            self.batch.push_front(message);
        }
    }
}
