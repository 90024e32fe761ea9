//! [`Waiting`]: a place in the queue that is given up when dropped.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::gate::{Gate, Rejected};
use super::machine::{Permit, Turn};
use super::waiters::Ticket;

/// A place in the queue. The driver brings the timer, so that it need not be held where nobody
/// waits: it calls [`expire`](Self::expire) after [`wait`](Self::wait).
#[derive(Debug)]
pub(crate) struct Waiting {
    gate: Gate,
    /// `None` once it is known what became of the waiter.
    ticket: Option<Ticket>,
    wait: Duration,
}

impl Waiting {
    pub(super) const fn new(gate: Gate, ticket: Ticket, wait: Duration) -> Self {
        Self {
            gate,
            ticket: Some(ticket),
            wait,
        }
    }

    /// How long it may wait, from when it came.
    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    /// Says whether a place has been granted, and has the task woken when it has.
    ///
    /// # Panics
    ///
    /// If it was ready before.
    pub(crate) fn poll_acquire(&mut self, cx: &mut Context<'_>) -> Poll<Result<Permit, Rejected>> {
        self.turn(self.gate.now(), cx.waker().clone())
    }

    /// Ends the wait, as the time for it is up. A place that has been granted is had nevertheless.
    ///
    /// # Panics
    ///
    /// If it was ready before.
    pub(crate) fn expire(&mut self) -> Result<Permit, Rejected> {
        match self.turn(Duration::MAX, Waker::noop().clone()) {
            Poll::Ready(result) => result,
            Poll::Pending => unreachable!("no waiter waits beyond the end of time"),
        }
    }

    fn turn(&mut self, now: Duration, waker: Waker) -> Poll<Result<Permit, Rejected>> {
        let ticket = self.ticket.take().expect("polled after its end");
        let slot = ticket.slot();
        let mut state = self.gate.lock();
        let (poll, spare) = match state.machine.poll(ticket, now) {
            Turn::Waiting(ticket) => {
                self.ticket = Some(ticket);
                (Poll::Pending, state.set_waker(slot, waker))
            }
            Turn::Granted(permit) => (Poll::Ready(Ok(permit)), state.take_waker(slot)),
            Turn::TimedOut => {
                let waited = self.wait;
                let rejected = Rejected::TimedOut { waited };
                (Poll::Ready(Err(rejected)), state.take_waker(slot))
            }
            // The slot may have another holder by now, whose waker this would be.
            Turn::Displaced => (Poll::Ready(Err(Rejected::Displaced)), None),
        };
        drop(state);
        drop(spare);
        poll
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        self.gate.abandon(ticket);
    }
}
