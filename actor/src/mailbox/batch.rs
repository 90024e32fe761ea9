//! What the consumer has taken: messages it may handle now, and more that are still queued.

use std::collections::VecDeque;

use super::envelope::Envelope;

/// The consumer's end of the queue.
///
/// A plain queue is taken whole, by a swap that moves no message, and counts as queued until visit
/// by visit the mailbox lets the consumer have some: `ready` says how many it may handle before it
/// must look in again. So places become free in steps, and nobody is moved twice.
pub(crate) struct Batch<M> {
    pub(super) messages: VecDeque<Envelope<M>>,
    pub(super) ready: usize,
}

impl<M> Batch<M> {
    pub(crate) fn new() -> Self {
        Self {
            messages: VecDeque::new(),
            ready: 0,
        }
    }

    /// The next message that may be handled.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Envelope<M>> {
        if self.ready == 0 {
            return None;
        }
        self.ready -= 1;
        self.messages.pop_front()
    }

    /// How many messages may be handled.
    pub(crate) fn len(&self) -> usize {
        self.ready
    }

    /// Puts something before all that is queued.
    pub(crate) fn push_front(&mut self, message: M) {
        self.ready += 1;
        self.messages.push_front(Envelope::plain(message));
    }

    /// Everything that was taken, for its burial.
    pub(crate) fn take_all(&mut self) -> VecDeque<Envelope<M>> {
        self.ready = 0;
        std::mem::take(&mut self.messages)
    }
}
