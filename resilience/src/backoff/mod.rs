//! How long to wait before an attempt: [`Backoff`], its [`Jitter`] and its errors.
//!
//! A [`Backoff`] has a schedule (exponential, constant or Fibonacci), which gives each attempt a
//! *ceiling*, and a [`Jitter`], which picks the delay at or below that ceiling. Callers that failed
//! at the same moment would otherwise return at the same moment, and fail again.
//!
//! The kinds of jitter are those of Marc Brooker's article "[Exponential Backoff And Jitter][1]" in
//! the AWS Architecture Blog, which also measures them.
//!
//! A builder chain cannot fail, so a nonsensical backoff can be written down. Whoever takes one
//! from a user calls [`Backoff::check`] and reports its error. Whatever was not checked still never
//! panics and never waits longer than its maximum.
//!
//! [1]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

mod check;
mod delay;
mod jitter;
mod schedule;

pub use check::BackoffError;
pub use delay::Backoff;
pub use jitter::Jitter;
pub(crate) use jitter::unit;

#[cfg(test)]
mod tests;
