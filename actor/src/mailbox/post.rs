//! The senders' side: pushing, reserving a place first, and waiting for one.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::envelope::Envelope;
pub(crate) use super::envelope::Refusal;
use super::settings::{Overflow, Stamp};
use super::state::{Mailbox, Queue, State};
use super::turn::is_hasty;
use crate::sync::lock_busy;

/// A message that was not taken, and why.
pub(crate) struct Refused<M> {
    pub(crate) envelope: Envelope<M>,
    pub(crate) why: Refusal,
}

/// A message that left the queue for another one's sake; the caller must bury it.
pub(crate) struct Removed<M> {
    pub(crate) envelope: Envelope<M>,
    /// Those that left with it: in a mailbox bounded in bytes one may not be enough.
    pub(crate) more: Vec<Envelope<M>>,
    pub(crate) why: RemovedBy,
}

impl<M> Removed<M> {
    fn one(envelope: Envelope<M>, why: RemovedBy) -> Self {
        Self {
            envelope,
            more: Vec::new(),
            why,
        }
    }
}

/// For whose sake a message left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemovedBy {
    /// `DropNewest`: it was the newcomer.
    Overflow,
    /// `DropOldest`: a newer one took its place.
    Displaced,
    /// A newer one of its key took its place.
    Coalesced,
}

/// A sender's claim to a place: none yet, a number in the line, or the place itself.
///
/// Whoever drops one that waits or was granted must `release` it first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Ticket {
    #[default]
    Idle,
    /// As `Idle`, of a sender that waits for room whatever the policy.
    Patient,
    Waiting(u64),
    Granted,
}

/// A place, and what had to make room for it; or why there is none.
type Reserved<M> = Result<Option<Removed<M>>, Refusal>;

/// What had to leave for the message's sake; or the message, when it was not taken.
type Pushed<M> = Result<Option<Removed<M>>, Refused<M>>;

impl<M> Mailbox<M> {
    /// Queues a message, or does what the overflow policy says.
    #[inline]
    pub(crate) fn push(&self, envelope: Envelope<M>) -> Pushed<M> {
        self.offer(envelope, false)
    }

    /// As `push`, for a sender that can yield: where it would never have to wait, it is told to,
    /// with `Hasty`, when the budget of its task is used up.
    #[inline]
    pub(crate) fn push_in_turn(&self, envelope: Envelope<M>) -> Pushed<M> {
        self.offer(envelope, true)
    }

    #[inline]
    fn offer(&self, envelope: Envelope<M>, in_turn: bool) -> Pushed<M> {
        let mut state = lock_busy(&self.state);
        let State {
            queue,
            closed,
            reserved,
            capacity,
            ..
        } = &mut *state;
        if let Queue::Fifo {
            first,
            messages,
            held,
            ..
        } = queue
            && !*closed
        {
            let queued = *held + messages.len() + usize::from(first.is_some());
            if queued + (*reserved as usize) < *capacity as usize {
                enqueue(first, messages, envelope);
                let asleep = state.wake_up();
                drop(state);
                self.wake(asleep);
                return Ok(None);
            }
        }
        drop(state);
        self.push_otherwise(envelope, in_turn)
    }

    /// Pushes where there are lanes, no room, or no mailbox any more.
    #[cold]
    fn push_otherwise(&self, envelope: Envelope<M>, in_turn: bool) -> Pushed<M> {
        let stamp = match self.stamp(&envelope) {
            Ok(stamp) => stamp,
            Err(why) => return Err(Refused { envelope, why }),
        };
        let (pushed, asleep, granted) = {
            let mut state = self.state.lock();
            // The budget is tokio's, and its waker here nobody's.
            if in_turn && state.never_waits(self.shape.as_deref()) && is_hasty() {
                let why = Refusal::Hasty;
                return Err(Refused { envelope, why });
            }
            let pushed = state.admit(envelope, stamp);
            let asleep = state.is_to_wake(&pushed);
            // In bytes there can be more room than before.
            (pushed, asleep, state.grant())
        };
        self.wake(asleep);
        granted.into_iter().for_each(Waker::wake);
        pushed
    }

    /// Asks for a place, and waits in line where the policy is to wait.
    ///
    /// `Err(Full { .. })` when the policy is to refuse or to drop the newcomer.
    pub(crate) fn poll_reserve(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Reserved<M>> {
        // Wakers can be the user's code: cloned before the lock, dropped after it.
        let mut waker = cx.waker().clone();
        let (poll, left) = self.state.lock().poll_reserve(ticket, &mut waker);
        drop((waker, left));
        poll
    }

    /// Queues a message in the place that `ticket` holds.
    pub(crate) fn push_reserved(&self, ticket: &mut Ticket, envelope: Envelope<M>) -> Pushed<M> {
        debug_assert_eq!(*ticket, Ticket::Granted, "reserve before you push");
        let stamp = self.stamp(&envelope);
        let (pushed, asleep, granted) = {
            let mut state = self.state.lock();
            state.give_up(ticket);
            let pushed = match stamp {
                _ if state.closed => Err(Refused {
                    envelope,
                    why: Refusal::Stopped,
                }),
                Ok(stamp) => Ok(state.queue.put(envelope, stamp)),
                Err(why) => Err(Refused { envelope, why }),
            };
            let asleep = state.is_to_wake(&pushed);
            // Unless the message took it, the place is free for the next in line.
            (pushed, asleep, state.grant())
        };
        self.wake(asleep);
        granted.into_iter().for_each(Waker::wake);
        pushed
    }

    /// Gives a claim back; a place that becomes free goes to the next in line.
    pub(crate) fn release(&self, ticket: &mut Ticket) {
        if matches!(*ticket, Ticket::Idle | Ticket::Patient) {
            return;
        }
        let (left, granted) = {
            let mut state = self.state.lock();
            (state.give_up(ticket), state.grant())
        };
        drop(left);
        granted.into_iter().for_each(Waker::wake);
    }

    #[inline]
    fn wake(&self, asleep: bool) {
        if asleep && let Some(consumer) = self.consumer.get() {
            consumer.wake_by_ref();
        }
    }

    fn stamp(&self, envelope: &Envelope<M>) -> Result<Stamp, Refusal> {
        match &self.shape {
            None => Ok(Stamp::default()),
            Some(shape) => {
                let attachment = envelope.attachment.as_ref();
                let class = attachment.map(|attachment| attachment.criticality());
                let stamp = shape.stamp(&envelope.message, class.unwrap_or_default());
                stamp.ok_or(Refusal::Policy)
            }
        }
    }
}

impl<M> State<M> {
    fn admit(&mut self, envelope: Envelope<M>, stamp: Stamp) -> Pushed<M> {
        if self.closed {
            return Err(Refused {
                envelope,
                why: Refusal::Stopped,
            });
        }
        if self.has_room() {
            return Ok(self.queue.put(envelope, stamp));
        }
        let envelope = match self.queue.replace(envelope, &stamp) {
            Ok(removed) => return Ok(Some(removed)),
            Err(envelope) => envelope,
        };
        let full = |may_wait| Refusal::Full { may_wait };
        match self.overflow {
            Overflow::Wait => Err(Refused {
                envelope,
                why: full(true),
            }),
            Overflow::Reject => Err(Refused {
                envelope,
                why: full(false),
            }),
            Overflow::DropNewest => Ok(Some(Removed::one(envelope, RemovedBy::Overflow))),
            Overflow::DropOldest => match self.displace(stamp.lane) {
                Some(removed) => {
                    self.queue.put(envelope, stamp);
                    Ok(Some(removed))
                }
                None => Ok(Some(Removed::one(envelope, RemovedBy::Overflow))),
            },
        }
    }

    /// Asks for a place; whatever waker is in `waker` afterwards, or comes back, is to be dropped
    /// after the lock.
    fn poll_reserve(
        &mut self,
        ticket: &mut Ticket,
        waker: &mut Waker,
    ) -> (Poll<Reserved<M>>, Option<Waker>) {
        if self.closed {
            let left = self.give_up(ticket);
            return (Poll::Ready(Err(Refusal::Stopped)), left);
        }
        let poll = match *ticket {
            Ticket::Granted => Poll::Ready(Ok(None)),
            Ticket::Idle | Ticket::Patient => self.reserve(ticket, waker),
            Ticket::Waiting(number) => {
                let waiters = self.waiters.get_or_insert_with(Box::default);
                if waiters.claim(number) {
                    *ticket = Ticket::Granted;
                    self.forget_empty_line();
                    Poll::Ready(Ok(None))
                } else {
                    waiters.update(number, waker);
                    Poll::Pending
                }
            }
        };
        (poll, None)
    }

    fn reserve(&mut self, ticket: &mut Ticket, waker: &mut Waker) -> Poll<Reserved<M>> {
        let mut removed = None;
        if !self.has_room() {
            match self.overflow {
                _ if *ticket == Ticket::Patient => return self.join_line(ticket, waker),
                Overflow::Wait => return self.join_line(ticket, waker),
                Overflow::Reject => return Poll::Ready(Err(Refusal::Full { may_wait: false })),
                Overflow::DropNewest => return Poll::Ready(Err(Refusal::Overflow)),
                // What the newcomer's lane will be is not known yet: it counts as the highest.
                Overflow::DropOldest => match self.displace(0) {
                    None => return Poll::Ready(Err(Refusal::Overflow)),
                    oldest => removed = oldest,
                },
            }
        }
        self.reserved += 1;
        *ticket = Ticket::Granted;
        Poll::Ready(Ok(removed))
    }

    /// Takes the waker, and leaves one that is nobody's.
    fn join_line(&mut self, ticket: &mut Ticket, waker: &mut Waker) -> Poll<Reserved<M>> {
        let waker = std::mem::replace(waker, Waker::noop().clone());
        let waiters = self.waiters.get_or_insert_with(Box::default);
        *ticket = Ticket::Waiting(waiters.join(waker));
        Poll::Pending
    }

    /// Displaces the oldest until there is room for a message of `lane`.
    fn displace(&mut self, lane: usize) -> Option<Removed<M>> {
        let oldest = self.queue.displace(lane)?;
        let mut removed = Removed::one(oldest, RemovedBy::Displaced);
        while !self.has_room()
            && let Some(next) = self.queue.displace(lane)
        {
            removed.more.push(next);
        }
        Some(removed)
    }

    /// Ends a claim. The place it held is free afterwards; it is not passed on here. The waker is
    /// to be dropped after the lock.
    fn give_up(&mut self, ticket: &mut Ticket) -> Option<Waker> {
        let (held, waker) = match (std::mem::take(ticket), &mut self.waiters) {
            (Ticket::Waiting(number), Some(waiters)) => waiters.leave(number),
            (ticket, _) => (ticket == Ticket::Granted, None),
        };
        if held {
            debug_assert!(self.reserved > 0, "a place that is given back was reserved");
            self.reserved -= 1;
        }
        self.forget_empty_line();
        waker
    }

    fn is_to_wake(&mut self, pushed: &Pushed<M>) -> bool {
        let came_in = !matches!(
            pushed,
            Err(_)
                | Ok(Some(Removed {
                    why: RemovedBy::Overflow,
                    ..
                }))
        );
        came_in && self.wake_up()
    }

    /// Whether to wake the consumer, after the lock, for what has come in.
    fn wake_up(&mut self) -> bool {
        std::mem::take(&mut self.asleep)
    }
}

impl<M> Queue<M> {
    /// Adds a message for which there is room; one of its key that it replaces comes back.
    fn put(&mut self, envelope: Envelope<M>, stamp: Stamp) -> Option<Removed<M>> {
        match self {
            Self::Fifo {
                first, messages, ..
            } => enqueue(first, messages, envelope),
            Self::Lanes(lanes) => match lanes.replace(envelope, &stamp) {
                Ok(envelope) => {
                    return Some(Removed::one(envelope, RemovedBy::Coalesced));
                }
                Err(envelope) => lanes.push(envelope, stamp),
            },
        }
        None
    }

    fn replace(&mut self, envelope: Envelope<M>, stamp: &Stamp) -> Result<Removed<M>, Envelope<M>> {
        match self {
            Self::Fifo { .. } => Err(envelope),
            Self::Lanes(lanes) => lanes
                .replace(envelope, stamp)
                .map(|envelope| Removed::one(envelope, RemovedBy::Coalesced)),
        }
    }

    fn displace(&mut self, lane: usize) -> Option<Envelope<M>> {
        match self {
            Self::Fifo { .. } => self.pop(),
            Self::Lanes(lanes) => lanes.displace(lane),
        }
    }
}

/// The only message needs no buffer.
#[inline]
fn enqueue<M>(
    first: &mut Option<Envelope<M>>,
    messages: &mut VecDeque<Envelope<M>>,
    envelope: Envelope<M>,
) {
    match first {
        None if messages.is_empty() => *first = Some(envelope),
        _ => messages.push_back(envelope),
    }
}
