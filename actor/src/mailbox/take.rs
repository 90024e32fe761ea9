//! The consumer's side: taking messages, sleeping, being woken, closing.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::batch::Batch;
use super::envelope::Envelope;
use super::marks::{Marks, Notice};
use super::state::{Mailbox, Queue, State};

/// The most messages taken at one visit: enough that the lock and the wake-up cost nothing for
/// each message, few enough that capacity still bounds how far a sender gets ahead.
const BATCH_MAX: usize = 256;

/// What a visit found.
#[derive(Debug)]
pub(crate) enum Taken<M> {
    /// One message.
    Message(Envelope<M>),
    /// The only message there was. The next one wakes the consumer, also while it is at work on
    /// this one: if it comes to its end without having waited for anything, it may rest at once.
    Only(Envelope<M>),
    /// Messages, in the batch.
    Messages,
    /// A message that waited too long; the caller must bury it, and look again.
    Shed(Envelope<M>),
    /// A notice whose turn has come.
    Notice(Notice<M>),
    /// Nothing at the moment.
    Nothing,
    /// Nothing, and nothing will come: it is closed.
    Drained,
}

impl<M> Mailbox<M> {
    /// Makes what is next ready in `batch`.
    pub(crate) fn take(&self, batch: &mut Batch<M>) -> Taken<M> {
        debug_assert_eq!(batch.ready, 0, "what was taken is handled first");
        let (taken, granted) = {
            let mut state = self.state.lock();
            let taken = state.take(batch);
            (taken, state.grant())
        };
        granted.into_iter().for_each(Waker::wake);
        taken
    }

    /// Takes what is next, or goes to sleep until there is something. Gives back the memory of a
    /// burst before it does.
    ///
    /// A consumer that is woken for one message at a time comes here twice for each, once to take
    /// it and once to go to sleep; with `Taken::Only` the second time is spared.
    pub(crate) fn poll_take(&self, batch: &mut Batch<M>, cx: &mut Context<'_>) -> Poll<Taken<M>> {
        debug_assert_eq!(batch.ready, 0, "what was taken is handled first");
        let (taken, granted) = {
            let mut state = self.state.lock();
            if let Some(envelope) = state.take_only(batch) {
                self.register(cx);
                return Poll::Ready(Taken::Only(envelope));
            }
            let taken = state.take(batch);
            if matches!(taken, Taken::Nothing) {
                state.sleep(batch);
                self.register(cx);
                return Poll::Pending;
            }
            (taken, state.grant())
        };
        granted.into_iter().for_each(Waker::wake);
        Poll::Ready(taken)
    }

    /// Lets `wake_consumer` reach the consumer while it waits for something else.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        let consumer = self.consumer.get_or_init(|| cx.waker().clone());
        debug_assert_eq!(
            consumer.data(),
            cx.waker().data(),
            "the consumer is one task all its life"
        );
    }

    /// Wakes the consumer for something that is not in the queue.
    pub(crate) fn wake_consumer(&self) {
        self.state.lock().asleep = false;
        if let Some(consumer) = self.consumer.get() {
            consumer.wake_by_ref();
        }
    }

    /// Leaves a notice behind what is queued now.
    pub(crate) fn notify(&self, notice: Notice<M>) {
        {
            let mut state = self.state.lock();
            let queued = state.queue.queued();
            state
                .marks
                .get_or_insert_with(|| Box::new(Marks::new()))
                .place(queued, notice);
        }
        self.wake_consumer();
    }

    /// Takes no more messages from now on; what is queued stays. Those who wait are told.
    pub(crate) fn close(&self) {
        let dismissed = {
            let mut state = self.state.lock();
            state.closed = true;
            state.waiters.as_mut().map(|waiters| waiters.dismiss())
        };
        dismissed.into_iter().flatten().for_each(Waker::wake);
        self.wake_consumer();
    }

    /// Takes the next message out of a closed mailbox, to be buried.
    pub(crate) fn drain_one(&self) -> Option<Envelope<M>> {
        self.state.lock().queue.pop()
    }

    /// Lets the consumer have all that it holds and that counted as queued until now; says how many
    /// messages that is. They are not handled any more: whoever is told the number counts them.
    pub(crate) fn let_go(&self) -> usize {
        match &mut self.state.lock().queue {
            Queue::Fifo { held, left, .. } => {
                *left += *held as u64;
                std::mem::take(held)
            }
            Queue::Lanes(_) => 0,
        }
    }

    /// The notices that nobody will take any more, to be buried.
    pub(crate) fn take_notices(&self) -> impl Iterator<Item = Notice<M>> + use<M> {
        let marks = self.state.lock().marks.take();
        marks.into_iter().flat_map(|marks| marks.into_notices())
    }
}

impl<M> State<M> {
    fn take(&mut self, batch: &mut Batch<M>) -> Taken<M> {
        if let Some(notice) = self.due_notice() {
            return Taken::Notice(notice);
        }
        let allowance = match (&self.marks, &self.queue) {
            (Some(marks), Queue::Fifo { left, .. }) => marks.allowance(*left),
            _ => usize::MAX,
        };
        let most = if self.takes_one {
            1
        } else {
            (self.capacity as usize).min(BATCH_MAX).min(allowance)
        };
        match &mut self.queue {
            Queue::Fifo {
                first,
                messages,
                held,
                left,
            } => {
                if self.takes_one || (*held == 0 && messages.is_empty()) {
                    // With `DropOldest` the others stay where a newer message can displace them.
                    if let Some(oldest) = first.take().or_else(|| messages.pop_front()) {
                        *left += 1;
                        return Taken::Message(oldest);
                    }
                } else if *held == 0 {
                    if let Some(oldest) = first.take() {
                        messages.push_front(oldest);
                    }
                    std::mem::swap(messages, &mut batch.messages);
                    *held = batch.messages.len();
                }
                batch.ready = most.min(*held);
                *held -= batch.ready;
                *left += batch.ready as u64;
            }
            Queue::Lanes(lanes) => {
                // A notice may come due within what is taken, so it is one at a time then.
                let most = if self.marks.is_some() { 1 } else { most };
                if lanes.sheds() {
                    match lanes.pop_in_time() {
                        Some(Ok(envelope)) => return Taken::Message(envelope),
                        Some(Err(envelope)) => return Taken::Shed(envelope),
                        None => {}
                    }
                }
                batch
                    .messages
                    .extend(std::iter::from_fn(|| lanes.pop()).take(most));
                batch.ready = batch.messages.len();
            }
        }
        match (batch.ready > 0, self.closed) {
            (true, _) => Taken::Messages,
            (false, false) => Taken::Nothing,
            (false, true) => Taken::Drained,
        }
    }

    /// Takes a message that is alone, and goes to sleep, where there is nothing else to see to.
    #[inline]
    fn take_only(&mut self, batch: &Batch<M>) -> Option<Envelope<M>> {
        let Queue::Fifo {
            first,
            messages,
            held: 0,
            left,
        } = &mut self.queue
        else {
            return None;
        };
        let gave_back = messages.capacity() == 0 && batch.messages.capacity() == 0;
        if !gave_back || self.waiters.is_some() || self.marks.is_some() || self.closed {
            return None;
        }
        let only = first.take()?;
        *left += 1;
        self.asleep = true;
        Some(only)
    }

    fn due_notice(&mut self) -> Option<Notice<M>> {
        let marks = self.marks.as_mut()?;
        let notice = match &self.queue {
            Queue::Fifo { left, .. } => marks.due(&[*left]),
            Queue::Lanes(lanes) => marks.due(&lanes.left()),
        };
        if marks.is_empty() {
            self.marks = None;
        }
        notice
    }

    fn sleep(&mut self, batch: &mut Batch<M>) {
        if let Queue::Fifo { messages, .. } = &mut self.queue {
            give_back(messages);
        }
        give_back(&mut batch.messages);
        self.asleep = true;
    }
}

/// Gives back the memory of a queue that has run empty; an actor at rest owns none.
#[inline]
fn give_back<M>(emptied: &mut VecDeque<Envelope<M>>) {
    if emptied.capacity() > 0 {
        *emptied = VecDeque::new();
    }
}
