//! Awaiting a hook of the user's without being deaf: the control lane is polled beside it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project::pin_project;

use super::hand::Hand;
use crate::mailbox::{Attachment, Verdict};
use crate::tree::{Resident, flag, supervise};

/// Why a hook was dropped at its await.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// The actor was killed.
    Killed,
    /// The grace for a sibling's restart is over.
    Halted,
}

/// A hook under way. A first poll that is ready costs nothing more than the hook itself.
#[pin_project]
pub(super) struct Guard<'a, F, R> {
    #[pin]
    hook: F,
    resident: &'a R,
    /// The message in hand, where the hook is its handler.
    hand: Option<&'a mut Hand>,
}

pub(super) fn guard<F: Future, R: Resident>(resident: &R, hook: F) -> Guard<'_, F, R> {
    Guard {
        hook,
        resident,
        hand: None,
    }
}

impl<'a, F, R> Guard<'a, F, R> {
    /// Tells the asker of the message what becomes of it at each await.
    pub(super) fn of_message(mut self, hand: &'a mut Hand) -> Self {
        hand.visit.awaited = false;
        self.hand = Some(hand);
        self
    }
}

impl<F: Future, R: Resident> Future for Guard<'_, F, R> {
    type Output = Result<F::Output, Interrupt>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let hand = this.hand.as_deref();
        let attachment = hand.and_then(|hand| hand.attachment.as_ref());
        if let Some(attachment) = attachment
            && hand.is_some_and(|hand| hand.visit.awaited)
        {
            attachment.resume(this.resident.environment());
        }
        let entered = hand
            .and_then(|hand| hand.span.as_ref())
            .map(|span| span.enter());
        // What it asks others on behalf of its asker ends with that one's patience.
        let deadline = attachment.and_then(|it| it.deadline(this.resident.environment()));
        let polled = match deadline {
            None => this.hook.poll(cx),
            Some(deadline) => deadline.sync_scope(|| this.hook.poll(cx)),
        };
        if let Poll::Ready(output) = polled {
            return Poll::Ready(Ok(output));
        }
        drop(entered);
        let interrupt = poll_control(*this.resident, attachment, cx);
        if let Some(hand) = this.hand {
            hand.visit.awaited = true;
            // The next poll may be for whatever came meanwhile.
            hand.visit.dozing = false;
        }
        interrupt.map(Err)
    }
}

/// What an actor looks at when its hook has to wait.
fn poll_control(
    resident: &dyn Resident,
    attachment: Option<&Arc<dyn Attachment>>,
    cx: &mut Context<'_>,
) -> Poll<Interrupt> {
    if let Some(attachment) = attachment {
        attachment.settle(&Verdict::Awaiting);
    }
    // Registered first and looked at second, so that nothing can slip in between.
    resident.register(cx);
    let head = resident.head();
    if head.has(flag::EVENTS) {
        supervise(resident);
    }
    let interrupt = if head.has(flag::KILL) {
        Interrupt::Killed
    } else if head.has(flag::DROP) {
        Interrupt::Halted
    } else {
        return Poll::Pending;
    };
    // What its drop does to the reply counts as done in this poll.
    if let Some(attachment) = attachment {
        attachment.resume(resident.environment());
    }
    Poll::Ready(interrupt)
}
