//! [`Reject`]: what a service says for a call that a policy has ended.

use crate::pipeline::{CallError, Rejected};

/// How a call that a policy has ended comes out of the service: as an error, or as a response.
pub trait Reject<T, E> {
    /// The error of the service.
    type Error;

    /// What comes out of the service.
    ///
    /// # Errors
    ///
    /// What is not turned into a response.
    fn end(&self, ended: Result<T, CallError<E>>) -> Result<T, Self::Error>;
}

/// As an error: that of the service is a [`CallError`] of the inner one's.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsErrors;

impl<T, E> Reject<T, E> for AsErrors {
    type Error = CallError<E>;

    fn end(&self, ended: Result<T, CallError<E>>) -> Result<T, CallError<E>> {
        ended
    }
}

/// As a response that a closure makes: the error of the service stays what it was inside; see
/// [`PipelineLayer::rejected`](super::PipelineLayer::rejected).
#[derive(Debug, Clone, Copy)]
pub struct Answered<F>(pub(super) F);

impl<T, E, F: Fn(Rejected) -> T> Reject<T, E> for Answered<F> {
    type Error = E;

    fn end(&self, ended: Result<T, CallError<E>>) -> Result<T, E> {
        match ended {
            Ok(response) => Ok(response),
            Err(CallError::Inner(error, _)) => Err(error),
            Err(CallError::Rejected(rejected)) => Ok((self.0)(rejected)),
        }
    }
}
