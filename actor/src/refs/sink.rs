//! A reference as a `futures::Sink`, so that a stream can be forwarded into an actor.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::Sink;
use tokio::task::coop;

use super::actor_ref::ActorRef;
use super::deliver::Deliver;
use super::error::SendError;
use crate::mailbox::{Envelope, Ticket};

/// A [`Sink`] into an actor's mailbox; see [`ActorRef::sink`].
///
/// It holds at most one reserved place, which it gives back when dropped.
pub struct ActorSink<M> {
    port: Arc<dyn Deliver<M>>,
    ticket: Ticket,
}

impl<M: Send + 'static> ActorRef<M> {
    /// A [`Sink`] that waits for room before it takes an item; unlike [`tell`](Self::tell) it waits
    /// without a time-out, as long as the actor lives.
    ///
    /// Nor is it told that the mailbox is its own: a handler that sends through it into its own
    /// full mailbox waits until its actor is killed. Send from a task
    /// ([`Context::spawn_task`](crate::Context::spawn_task)) there.
    ///
    /// # Errors
    ///
    /// The sink's errors are [`SendError`]s, which give the item back.
    ///
    /// # Cancel safety
    ///
    /// A `send` that is dropped before it is done has either queued its item or dropped it; a place
    /// that was reserved stays with the sink, for the next item.
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// use futures::{SinkExt, StreamExt, stream};
    /// # async fn demo(log: ActorRef<u64>) -> Result<(), SendError<u64>> {
    /// stream::iter(0..100u64).map(Ok).forward(log.sink()).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn sink(&self) -> ActorSink<M> {
        ActorSink {
            port: Arc::clone(self.port()),
            ticket: Ticket::Idle,
        }
    }
}

impl<M> Unpin for ActorSink<M> {}

impl<M: Send + 'static> Sink<M> for ActorSink<M> {
    type Error = SendError<M>;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let this = &mut *self;
        // Where the mailbox never lets it wait, it would starve the others of its thread.
        let budget = ready!(coop::poll_proceed(cx));
        match this.port.poll_reserve(&mut this.ticket, cx) {
            Poll::Pending => Poll::Pending,
            // Those that refuse or drop newcomers say so when they are given one.
            Poll::Ready(_) => {
                budget.made_progress();
                Poll::Ready(Ok(()))
            }
        }
    }

    fn start_send(mut self: Pin<&mut Self>, message: M) -> Result<(), Self::Error> {
        let this = &mut *self;
        let envelope = Envelope::plain(message);
        let pushed = if this.ticket == Ticket::Granted {
            this.port.push_reserved(&mut this.ticket, envelope)
        } else {
            this.port.push(envelope)
        };
        pushed.map_err(SendError::from)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.release();
        Poll::Ready(Ok(()))
    }
}

impl<M> ActorSink<M> {
    fn release(&mut self) {
        if self.ticket != Ticket::Idle {
            self.port.release(&mut self.ticket);
        }
    }
}

impl<M> Drop for ActorSink<M> {
    fn drop(&mut self) {
        self.release();
    }
}

impl<M> fmt::Debug for ActorSink<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorSink")
            .field("target", &self.port.path())
            .finish_non_exhaustive()
    }
}
