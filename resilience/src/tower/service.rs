//! [`PipelineService`]: a service with a pipeline around it.

use std::task::{Context, Poll};

use tower_service::Service;

use super::attempt::Supply;
use super::future::ResponseFuture;
use super::layer::PipelineLayer;
use super::reject::Reject;
use super::requests::Requests;
use crate::pipeline::{Call, Classify};

/// A service with a [`Pipeline`](crate::Pipeline) around it; made by [`PipelineLayer`].
///
/// Its clones, and all services of layers of the same pipeline, share the state of the policies.
///
/// It is always ready, and reserves nothing: what is to be waited for is waited for by the future
/// of a call, inside its time-outs, and given back where that is dropped. The inner service is
/// cloned for each attempt, and the clone is called when it is ready.
#[derive(Debug, Clone)]
pub struct PipelineService<S, K, Q, R> {
    pub(super) inner: S,
    pub(super) layer: PipelineLayer<K, Q, R>,
}

impl<S, Req, K, Q, R> Service<Req> for PipelineService<S, K, Q, R>
where
    S: Service<Req> + Clone,
    K: Classify<S::Response, S::Error> + Clone,
    Q: Requests<Req> + Clone,
    R: Reject<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = R::Error;
    type Future = ResponseFuture<S, Req, K, Q, R>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), R::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let PipelineLayer {
            pipeline,
            classify,
            requests,
            reject,
        } = self.layer.clone();
        let options = requests.options(&request);
        let supply = Supply::new(self.inner.clone(), request, requests);
        ResponseFuture {
            call: Call::new(pipeline, options, classify, supply),
            reject,
        }
    }
}
