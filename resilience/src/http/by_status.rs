//! [`ByStatus`]: what a response means to policies, by its status.

use std::time::Duration;

use ::http::header::RETRY_AFTER;
use ::http::{Response, StatusCode};

use super::retry_after;
use crate::pipeline::Classify;
use crate::verdict::Verdict;

/// What an HTTP response means to policies, by its status.
///
/// | result | verdict | reason |
/// | --- | --- | --- |
/// | 429 | refused | a limit turned it away before it was begun |
/// | 503 with `Retry-After` | refused | who asks to be called again has not done the work |
/// | other 5xx, 503 without | unknown | proxies say 503 also when a connection broke in the middle |
/// | all else | success | the service works, even if the caller has made a mistake |
/// | an error | unknown | it may have been on its way |
///
/// A failure's `Retry-After` is told to the policies; see [`retry_after`].
///
/// An error that tells that there was no connection was *refused*; which that is only the client
/// knows: see [`refused`](Self::refused).
#[derive(Debug, Clone, Copy, Default)]
pub struct ByStatus;

impl<B, E> Classify<Response<B>, E> for ByStatus {
    fn verdict(&self, result: &Result<Response<B>, E>) -> Verdict {
        let Ok(response) = result else {
            return Verdict::Unknown;
        };
        let asks_again = response.headers().contains_key(RETRY_AFTER);
        match response.status() {
            StatusCode::TOO_MANY_REQUESTS => Verdict::Refused,
            StatusCode::SERVICE_UNAVAILABLE if asks_again => Verdict::Refused,
            status if status.is_server_error() => Verdict::Unknown,
            _ => Verdict::Success,
        }
    }

    fn retry_after(&self, result: &Result<Response<B>, E>) -> Option<Duration> {
        if !self.verdict(result).is_failure() {
            return None;
        }
        retry_after(result.as_ref().ok()?.headers())
    }
}

impl ByStatus {
    /// The same, and errors of which this is true were *refused*: the request was not sent, so it
    /// may be repeated whatever it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::Verdict;
    /// use greenroom_resilience::http::ByStatus;
    /// use greenroom_resilience::pipeline::Classify;
    /// use hyper_util::client::legacy::Error;
    ///
    /// let classify = ByStatus.refused(Error::is_connect);
    /// let answer: Result<_, Error> = Ok(http::Response::new("hello"));
    /// assert_eq!(classify.verdict(&answer), Verdict::Success);
    /// ```
    pub const fn refused<E, F: Fn(&E) -> bool>(self, is_refused: F) -> ByStatusOrError<F> {
        ByStatusOrError { is_refused }
    }
}

/// By its status, or by an error that says that a request was not sent; made by
/// [`ByStatus::refused`].
#[derive(Debug, Clone, Copy)]
pub struct ByStatusOrError<F> {
    is_refused: F,
}

impl<B, E, F: Fn(&E) -> bool> Classify<Response<B>, E> for ByStatusOrError<F> {
    fn verdict(&self, result: &Result<Response<B>, E>) -> Verdict {
        match result {
            Err(error) if (self.is_refused)(error) => Verdict::Refused,
            _ => ByStatus.verdict(result),
        }
    }

    fn retry_after(&self, result: &Result<Response<B>, E>) -> Option<Duration> {
        ByStatus.retry_after(result)
    }
}
