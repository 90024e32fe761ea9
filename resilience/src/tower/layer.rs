//! [`PipelineLayer`]: a pipeline as a tower layer.

use tower_layer::Layer;

use super::reject::{Answered, AsErrors};
use super::requests::{CloneWith, Cloned, Once, OptionsFor};
use super::service::PipelineService;
use crate::pipeline::{Options, Pipeline, Rejected, RetryAfter, Unclassified};

/// Puts a [`Pipeline`] around services; made by [`Pipeline::layer`].
///
/// Every service it is applied to shares the state of the pipeline, however often it is applied and
/// however often they are cloned: one limit is one limit for all connections of a server.
///
/// What depends on the types is said with its methods, as with those of
/// [`Pipeline::with`] at a call: [`classify`](Self::classify) comes before
/// [`retry_after`](Self::retry_after), and [`once`](Self::once) or
/// [`clone_request`](Self::clone_request) before [`options`](Self::options).
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is applied to a service"]
pub struct PipelineLayer<K = Unclassified, Q = Cloned, R = AsErrors> {
    pub(super) pipeline: Pipeline,
    pub(super) classify: K,
    pub(super) requests: Q,
    pub(super) reject: R,
}

impl Pipeline {
    /// This pipeline as a [tower layer](crate::tower).
    ///
    /// Requests are cloned for repeats, so they have to be [`Clone`]; of others say
    /// [`once`](PipelineLayer::once) or [`clone_request`](PipelineLayer::clone_request).
    pub fn layer(&self) -> PipelineLayer {
        PipelineLayer {
            pipeline: self.clone(),
            classify: Unclassified,
            requests: Cloned,
            reject: AsErrors,
        }
    }
}

impl<S, K: Clone, Q: Clone, R: Clone> Layer<S> for PipelineLayer<K, Q, R> {
    type Service = PipelineService<S, K, Q, R>;

    fn layer(&self, inner: S) -> Self::Service {
        PipelineService {
            inner,
            layer: self.clone(),
        }
    }
}

impl<Q, R> PipelineLayer<Unclassified, Q, R> {
    /// Sets what a response or an error means to the policies. Without, a response is a success
    /// and an error a failure of unknown effect.
    ///
    /// A request that was not sent, as the inner service was not ready in time or failed to become
    /// so, was *refused*, where the classifier says no more than that its effect is unknown.
    pub fn classify<K>(self, classify: K) -> PipelineLayer<K, Q, R> {
        self.with(|_| classify, |requests| requests, |reject| reject)
    }
}

impl<K, R> PipelineLayer<K, Cloned, R> {
    /// Sends each request once, whatever the pipeline would repeat: requests need not be [`Clone`].
    /// For pipelines without a retry, as of a server. Where there is one, it has effect only on
    /// requests that were not sent, as the inner service was not ready.
    pub fn once(self) -> PipelineLayer<K, Once, R> {
        self.with(|classify| classify, |_| Once, |reject| reject)
    }

    /// Sets how a request is copied for a repeat. `None` says that it is not to be repeated, as a
    /// POST or a body that is a stream.
    ///
    /// It is called before each attempt that may be followed by another, as far as the pipeline
    /// knows, and never before the last one.
    pub fn clone_request<Req, F>(self, copy: F) -> PipelineLayer<K, CloneWith<F>, R>
    where
        F: Fn(&Req) -> Option<Req>,
    {
        self.with(|classify| classify, |_| CloneWith(copy), |reject| reject)
    }
}

impl<K, Q> PipelineLayer<K, Q, AsErrors> {
    /// Answers calls that a policy has ended with a response, so that the error of the service
    /// stays that of the inner one: for servers, whose services never fail.
    ///
    /// The inner service's own errors pass through, without what is known of their effect.
    pub fn rejected<T, F>(self, answer: F) -> PipelineLayer<K, Q, Answered<F>>
    where
        F: Fn(Rejected) -> T,
    {
        self.with(
            |classify| classify,
            |requests| requests,
            |_| Answered(answer),
        )
    }
}

impl<K, Q, R> PipelineLayer<K, Q, R> {
    /// Finds in a result when the service asks to be called again; the verdicts stay as they are.
    pub fn retry_after<H>(self, find: H) -> PipelineLayer<RetryAfter<K, H>, Q, R> {
        self.with(
            |classify| RetryAfter { classify, find },
            |requests| requests,
            |reject| reject,
        )
    }

    /// Sets what each request asks of the policies: whether it may be repeated where its effect is
    /// unknown, its cost, its priority.
    pub fn options<Req, F>(self, options: F) -> PipelineLayer<K, OptionsFor<Q, F>, R>
    where
        F: Fn(&Req) -> Options,
    {
        self.with(
            |classify| classify,
            |requests| OptionsFor { requests, options },
            |reject| reject,
        )
    }

    fn with<K2, Q2, R2>(
        self,
        classify: impl FnOnce(K) -> K2,
        requests: impl FnOnce(Q) -> Q2,
        reject: impl FnOnce(R) -> R2,
    ) -> PipelineLayer<K2, Q2, R2> {
        PipelineLayer {
            pipeline: self.pipeline,
            classify: classify(self.classify),
            requests: requests(self.requests),
            reject: reject(self.reject),
        }
    }
}
