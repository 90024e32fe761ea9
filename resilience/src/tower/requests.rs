//! [`Requests`]: how a layer gets a request for each attempt, and what a request asks of the
//! policies.

use crate::pipeline::Options;

/// What a layer has to know of requests. Chosen with the methods of
/// [`PipelineLayer`](super::PipelineLayer).
#[diagnostic::on_unimplemented(
    message = "the layer can't make another request of type `{Req}` for a repeat",
    note = "say `.once()` of the layer where requests are not to be repeated, or \
            `.clone_request(..)` how they are copied"
)]
pub trait Requests<Req> {
    /// Another request like this, for a repeat; `None` where it is not to be repeated.
    ///
    /// Called before each attempt that may be followed by another, and not before the last one.
    fn copy(&self, request: &Req) -> Option<Req>;

    /// What the call of this request asks of the policies.
    fn options(&self, request: &Req) -> Options {
        let _ = request;
        Options::new()
    }
}

/// Requests are cloned for repeats; the last attempt has the request itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cloned;

impl<Req: Clone> Requests<Req> for Cloned {
    fn copy(&self, request: &Req) -> Option<Req> {
        Some(request.clone())
    }
}

/// A request is sent once; see [`PipelineLayer::once`](super::PipelineLayer::once).
#[derive(Debug, Clone, Copy, Default)]
pub struct Once;

impl<Req> Requests<Req> for Once {
    fn copy(&self, _: &Req) -> Option<Req> {
        None
    }
}

/// A closure copies requests; see
/// [`PipelineLayer::clone_request`](super::PipelineLayer::clone_request).
#[derive(Debug, Clone, Copy)]
pub struct CloneWith<F>(pub(super) F);

impl<Req, F: Fn(&Req) -> Option<Req>> Requests<Req> for CloneWith<F> {
    fn copy(&self, request: &Req) -> Option<Req> {
        (self.0)(request)
    }
}

/// A closure says what each request asks of the policies; see
/// [`PipelineLayer::options`](super::PipelineLayer::options).
#[derive(Debug, Clone, Copy)]
pub struct OptionsFor<Q, F> {
    pub(super) requests: Q,
    pub(super) options: F,
}

impl<Req, Q: Requests<Req>, F: Fn(&Req) -> Options> Requests<Req> for OptionsFor<Q, F> {
    fn copy(&self, request: &Req) -> Option<Req> {
        self.requests.copy(request)
    }

    fn options(&self, request: &Req) -> Options {
        (self.options)(request)
    }
}
