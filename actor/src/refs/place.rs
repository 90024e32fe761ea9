//! A place in a mailbox that somebody of ours waits for, and gives back when given up.

use std::future::poll_fn;

use super::deliver::{Deliver, Undelivered};
use crate::mailbox::{Envelope, Refusal, Ticket};

/// A wait for a place, and the place; dropping it gives either back.
pub(crate) struct Place<'a, M> {
    port: &'a dyn Deliver<M>,
    ticket: Ticket,
}

impl<'a, M> Place<'a, M> {
    /// One about which the mailbox's policy decides as about all others.
    pub(crate) fn new(port: &'a dyn Deliver<M>) -> Self {
        let ticket = Ticket::Idle;
        Self { port, ticket }
    }

    /// One that is waited for whatever the mailbox's policy is.
    pub(crate) fn patient(port: &'a dyn Deliver<M>) -> Self {
        let ticket = Ticket::Patient;
        Self { port, ticket }
    }

    pub(crate) fn port(&self) -> &'a dyn Deliver<M> {
        self.port
    }

    /// Waits for the place. Without a time-out: who waits has to end with its actor.
    pub(crate) async fn reserve(&mut self) -> Result<(), Refusal> {
        poll_fn(|cx| self.port.poll_reserve(&mut self.ticket, cx)).await
    }

    /// Puts a message there; without a place the policy decides.
    pub(crate) fn push(mut self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        if self.ticket == Ticket::Granted {
            self.port.push_reserved(&mut self.ticket, envelope)
        } else {
            self.port.push(envelope)
        }
    }
}

impl<M> Drop for Place<'_, M> {
    fn drop(&mut self) {
        self.port.release(&mut self.ticket);
    }
}
