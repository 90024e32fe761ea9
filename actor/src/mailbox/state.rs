//! What the lock guards, and the mailbox around it.

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::task::Waker;

use super::envelope::Envelope;
use super::lanes::Lanes;
use super::marks::Marks;
use super::settings::{MailboxSettings, Overflow, Policy, Shape};
use super::waiters::Waiters;
use crate::sync::Mutex;

/// A bounded queue of messages with one consumer.
pub(crate) struct Mailbox<M> {
    pub(super) state: Mutex<State<M>>,
    pub(super) shape: Option<Box<Shape<M>>>,
    /// The consumer is one task all its life, so that its waker is noted once, and woken by
    /// reference outside the lock: to clone and drop it for each message cost as much as the queue.
    pub(super) consumer: OnceLock<Waker>,
}

pub(super) struct State<M> {
    pub(super) queue: Queue<M>,
    /// How many may be queued; in an unbounded mailbox, how many before senders have to yield.
    pub(super) capacity: u32,
    pub(super) unbounded: bool,
    /// Places granted to senders that have not used them yet.
    pub(super) reserved: u32,
    pub(super) overflow: Overflow,
    pub(super) closed: bool,
    /// Whether the consumer sleeps, so that a push has to wake it.
    pub(super) asleep: bool,
    pub(super) takes_one: bool,
    pub(super) waiters: Option<Box<Waiters>>,
    pub(super) marks: Option<Box<Marks<M>>>,
}

pub(super) enum Queue<M> {
    Fifo {
        /// The oldest message, which needs no buffer while it is the only one.
        first: Option<Envelope<M>>,
        messages: VecDeque<Envelope<M>>,
        /// How many the consumer has in its batch that are queued still.
        held: usize,
        /// How many have left the queue.
        left: u64,
    },
    Lanes(Box<Lanes<M>>),
}

impl<M> Mailbox<M> {
    pub(crate) fn new(policy: Policy<M>) -> Self {
        let Policy {
            capacity,
            overflow,
            one_by_one,
            shape,
        } = policy;
        let unbounded = capacity == usize::MAX;
        let places = if unbounded {
            MailboxSettings::<M>::DEFAULT_CAPACITY
        } else {
            capacity
        };
        let capacity = u32::try_from(places).unwrap_or(u32::MAX);
        let queue = match &shape {
            None => Queue::Fifo {
                first: None,
                messages: VecDeque::new(),
                held: 0,
                left: 0,
            },
            Some(shape) => {
                let lanes = Lanes::new(&shape.weights, shape.bytes_max, shape.shed);
                Queue::Lanes(Box::new(lanes))
            }
        };
        let takes_one = one_by_one
            || overflow == Overflow::DropOldest
            || shape.as_ref().is_some_and(|shape| shape.takes_one());
        let state = State {
            queue,
            capacity,
            unbounded,
            reserved: 0,
            overflow,
            closed: false,
            asleep: false,
            takes_one,
            waiters: None,
            marks: None,
        };
        Self {
            state: Mutex::new(state),
            shape,
            consumer: OnceLock::new(),
        }
    }

    /// How many messages wait, and how many may.
    pub(crate) fn fill(&self) -> (usize, usize) {
        let state = self.state.lock();
        let capacity = if state.unbounded {
            usize::MAX
        } else {
            state.capacity as usize
        };
        (state.queue.len(), capacity)
    }

    /// How full it is, from 0 to 1: in messages, or in bytes if that is more. An unbounded one is
    /// never full.
    pub(crate) fn fullness(&self) -> f64 {
        let state = self.state.lock();
        let messages = match state.unbounded {
            true => 0.0,
            false => state.queue.len() as f64 / f64::from(state.capacity),
        };
        let bytes = match &state.queue {
            Queue::Fifo { .. } => 0.0,
            Queue::Lanes(lanes) => lanes.fullness(),
        };
        messages.max(bytes).min(1.0)
    }

    /// How many messages it has shed.
    pub(crate) fn shed(&self) -> u64 {
        match &self.state.lock().queue {
            Queue::Fifo { .. } => 0,
            Queue::Lanes(lanes) => lanes.shed(),
        }
    }

    /// Whether it takes no messages any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

impl<M> State<M> {
    pub(super) fn has_room(&self) -> bool {
        let bytes_left = match &self.queue {
            Queue::Fifo { .. } => true,
            Queue::Lanes(lanes) => lanes.has_bytes_left(self.reserved as usize),
        };
        let taken = self.queue.len() + self.reserved as usize;
        let places_left = self.unbounded || taken < self.capacity as usize;
        bytes_left && places_left
    }

    /// Whether a sender could go on for ever without once having to wait.
    pub(super) fn never_waits(&self, shape: Option<&Shape<M>>) -> bool {
        self.unbounded || self.overflow != Overflow::Wait || shape.is_some_and(Shape::coalesces)
    }

    /// Gives places that are free to those who wait for one; the wakers are for after the lock.
    pub(super) fn grant(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while self
            .waiters
            .as_ref()
            .is_some_and(|waiters| waiters.has_waiting())
            && self.has_room()
        {
            let waker = self.waiters.as_mut().and_then(|waiters| waiters.grant());
            self.reserved += 1;
            wakers.extend(waker);
        }
        wakers
    }

    /// Frees the memory of the line when nobody stands in it.
    pub(super) fn forget_empty_line(&mut self) {
        if self
            .waiters
            .as_ref()
            .is_some_and(|waiters| waiters.is_empty())
        {
            self.waiters = None;
        }
    }
}

impl<M> Queue<M> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Fifo {
                first,
                messages,
                held,
                ..
            } => held + usize::from(first.is_some()) + messages.len(),
            Self::Lanes(lanes) => lanes.len(),
        }
    }

    /// How many messages were ever queued, lane by lane.
    pub(super) fn queued(&self) -> Vec<u64> {
        match self {
            Self::Fifo { left, .. } => vec![left + self.len() as u64],
            Self::Lanes(lanes) => lanes.queued(),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Envelope<M>> {
        match self {
            Self::Fifo {
                first,
                messages,
                left,
                ..
            } => {
                let oldest = first.take().or_else(|| messages.pop_front())?;
                *left += 1;
                Some(oldest)
            }
            Self::Lanes(lanes) => lanes.pop(),
        }
    }
}
