//! [`FallbackCall`]: the future of a call, and then, where it failed, that of its fallback.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;

use crate::outcome::Outcome;
use crate::pipeline::CallError;

/// A call, and what is done where it fails: made by [`WithFallback::call`](super::WithFallback).
///
/// One future without allocation, as large as the larger of the two: the call has ended, and given
/// its permits back, before the fallback is made.
///
/// # Panics
///
/// When the call or the fallback does, and when it is polled again after it was ready.
///
/// # Cancel safety
///
/// Dropping it drops whichever of the two runs.
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct FallbackCall<C, G, Fut> {
    fallback: Option<G>,
    #[pin]
    stage: Stage<C, Fut>,
}

#[pin_project(project = StageProjection)]
enum Stage<C, Fut> {
    Calling(#[pin] C),
    FallingBack(#[pin] Fut),
    Ended,
}

impl<C, G, Fut> FallbackCall<C, G, Fut> {
    pub(super) const fn new(call: C, fallback: G) -> Self {
        Self {
            fallback: Some(fallback),
            stage: Stage::Calling(call),
        }
    }
}

impl<C, G, Fut, T, E> Future for FallbackCall<C, G, Fut>
where
    C: Future<Output = Result<T, CallError<E>>>,
    G: FnOnce(CallError<E>) -> Fut,
    Fut: Future<Output = Result<T, CallError<E>>>,
{
    type Output = C::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let result = match this.stage.as_mut().project() {
                StageProjection::Calling(call) => match ready!(call.poll(cx)) {
                    Err(failure) if failure.outcome() != Outcome::Done => {
                        // Before the closure runs, so that it finds the permits of the call free.
                        this.stage.set(Stage::Ended);
                        let fallback = this.fallback.take().expect("a call ends once");
                        this.stage.set(Stage::FallingBack(fallback(failure)));
                        continue;
                    }
                    result => result,
                },
                StageProjection::FallingBack(fallback) => ready!(fallback.poll(cx)),
                StageProjection::Ended => panic!("polled again after it was ready"),
            };
            this.stage.set(Stage::Ended);
            return Poll::Ready(result);
        }
    }
}

impl<C: fmt::Debug, G, Fut> fmt::Debug for FallbackCall<C, G, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage: &dyn fmt::Debug = match &self.stage {
            Stage::Calling(call) => call,
            Stage::FallingBack(_) => &"falling back",
            Stage::Ended => &"ended",
        };
        f.debug_tuple("FallbackCall").field(stage).finish()
    }
}
