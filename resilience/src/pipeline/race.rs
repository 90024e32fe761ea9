//! [`Race`]: the attempts of a call that run at once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;

/// The attempts of a call that run at once: one, unless it is hedged.
///
/// The first is held inline. Each other has a box of its own, so that a call that is not hedged
/// takes no room for them, and they are rare.
#[pin_project]
pub(super) struct Race<Fut> {
    #[pin]
    first: Option<Fut>,
    others: Vec<Pin<Box<Fut>>>,
    /// Whether the one that ended last came as far as the service.
    begun: bool,
}

impl<Fut> Race<Fut> {
    pub(super) const fn new() -> Self {
        Self {
            first: None,
            others: Vec::new(),
            begun: false,
        }
    }

    /// Begins with an attempt.
    pub(super) fn begin(self: Pin<&mut Self>, attempt: Fut) {
        self.project().first.set(Some(attempt));
    }

    /// Begins another one beside those that run.
    pub(super) fn join(self: Pin<&mut Self>, attempt: Fut) {
        self.project().others.push(Box::pin(attempt));
    }

    /// Drops those that run, after `over` had a look at each, which says whether it came as far as
    /// the service. Says whether any did, of these and the one that ended last.
    pub(super) fn end(self: Pin<&mut Self>, mut over: impl FnMut(Pin<&mut Fut>) -> bool) -> bool {
        let this = self.project();
        let mut begun = std::mem::take(this.begun);
        let mut first = this.first;
        if let Some(attempt) = first.as_mut().as_pin_mut() {
            begun |= over(attempt);
            first.set(None);
        }
        while let Some(mut attempt) = this.others.pop() {
            begun |= over(attempt.as_mut());
        }
        begun
    }

    /// Whether the one that ended last came as far as the service.
    pub(super) fn take_begun(self: Pin<&mut Self>) -> bool {
        std::mem::take(self.project().begun)
    }

    pub(super) fn is_running(&self) -> bool {
        self.first.is_some() || !self.others.is_empty()
    }
}

impl<Fut: Future> Race<Fut> {
    /// What the first of them ends with that is ready. It runs no more, and is dropped after `over`
    /// had a look at it.
    #[inline]
    pub(super) fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        over: impl FnOnce(Pin<&mut Fut>) -> bool,
    ) -> Poll<Fut::Output> {
        let this = self.project();
        let mut first = this.first;
        if let Some(mut attempt) = first.as_mut().as_pin_mut()
            && let Poll::Ready(output) = attempt.as_mut().poll(cx)
        {
            *this.begun = over(attempt);
            first.set(None);
            return Poll::Ready(output);
        }
        for index in 0..this.others.len() {
            if let Poll::Ready(output) = this.others[index].as_mut().poll(cx) {
                *this.begun = over(this.others.remove(index).as_mut());
                return Poll::Ready(output);
            }
        }
        Poll::Pending
    }
}
