//! [`ResponseFuture`]: a call of a service through a pipeline.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;
use tower_service::Service;

use super::attempt::{Exchange, Supply};
use super::reject::Reject;
use super::requests::Requests;
use crate::pipeline::{Call, Classify, Pipeline};

/// The future of a [`PipelineService`](super::PipelineService): one, without allocation.
///
/// Nothing is done for it, and no policy asked, before it is polled.
///
/// # Panics
///
/// As [`Call`] does, and when the inner service does.
///
/// # Cancel safety
///
/// Dropping it drops the attempt, gives every permit back and leaves nothing behind.
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<S: Service<Req>, Req, K, Q, R> {
    #[pin]
    pub(super) call: Call<Pipeline, K, Supply<S, Req, Q>, Exchange<S, Req>>,
    pub(super) reject: R,
}

impl<S, Req, K, Q, R> Future for ResponseFuture<S, Req, K, Q, R>
where
    S: Service<Req> + Clone,
    K: Classify<S::Response, S::Error>,
    Q: Requests<Req>,
    R: Reject<S::Response, S::Error>,
{
    type Output = Result<S::Response, R::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let ended = ready!(this.call.poll(cx));
        Poll::Ready(this.reject.end(ended))
    }
}

impl<S: Service<Req>, Req, K, Q, R> fmt::Debug for ResponseFuture<S, Req, K, Q, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseFuture({:?})", self.call)
    }
}
