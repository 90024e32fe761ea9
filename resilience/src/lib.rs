//! Resilience policies that wrap any call, built so that each can be used alone.
//!
//! The crate knows nothing of actors. It holds the values that every policy shares:
//!
//! - [`Outcome`] says what is known about a call that crossed a failure boundary: done, refused or
//!   unknown. It decides whether a call may be repeated.
//! - [`Backoff`] says how long to wait before an attempt, with [`Jitter`] so that callers that
//!   failed together do not come back together. It is a pure function of its arguments.
//! - [`Verdict`] says how the policies around a call count what came of it.
//! - [`Deadline`] is the point in time after which nobody waits for an answer any more. A task
//!   carries it in a scope that nested calls can only shorten.
//!
//! And the policies, each a machine without clock, chance or lock, with what drives it beside it:
//!
//! - a [circuit breaker](breaker) stops calling a service that fails;
//! - a [retry] repeats what may be repeated, within a budget;
//! - a [bulkhead] limits how many calls run at once, with a bounded queue;
//! - a [rate limit](rate_limit) admits so many calls in a time, at once or each at its turn;
//! - [time-outs](timeout) end a call, or one attempt of it, that takes too long;
//! - [load shedding](shed) refuses the least critical calls first, by how long they waited or how
//!   much is in use;
//! - a [throttle] does not make calls that a service would refuse anyhow;
//! - an [adaptive limit](adaptive) finds by itself how many calls may run at once;
//! - a [hedge] begins another attempt beside one that does not answer;
//! - a [fallback] is the answer in place of a failure;
//! - [single flight](coalesce) lets calls for the same thing share one;
//! - a cache keeps their answers for a while (`cache`, with the feature of this name).
//!
//! A [`Pipeline`] puts them around any call. With the feature `chaos`, calls fail on purpose. A
//! [`Registry`] has pipelines by name, from code or from configuration files (feature `config`),
//! and keeps their state when their settings change.
//!
//! Features: `tower` makes pipelines and policies tower layers, `http` reads statuses and
//! `Retry-After`. None is on by default.
//!
//! Time is tokio's: a paused clock drives everything here. Randomness is a
//! [`rand_core`](https://docs.rs/rand_core) generator that the caller hands in, so a seed repeats
//! a run.
//!
//! # Examples
//!
//! Repeat what was refused, for as long as the deadline allows:
//!
//! ```
//! use std::time::Duration;
//!
//! use greenroom_resilience::{Backoff, Deadline, Outcome};
//! use rand_chacha::ChaCha8Rng;
//! use rand_core::SeedableRng;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), greenroom_resilience::BackoffError> {
//! let backoff = Backoff::exponential(Duration::from_millis(50)..=Duration::from_secs(1));
//! backoff.check()?;
//!
//! let mut rng = ChaCha8Rng::seed_from_u64(7);
//! let deadline = Deadline::after(Duration::from_secs(2));
//! let mut answers = [Outcome::Refused, Outcome::Refused, Outcome::Done].into_iter();
//! let mut previous = None;
//! for attempt in 0.. {
//!     let outcome = answers.next().expect("the third call is answered");
//!     if !outcome.is_safe_to_repeat() {
//!         assert_eq!(outcome, Outcome::Done);
//!         break;
//!     }
//!     let delay = backoff.delay_with(attempt, previous, &mut rng);
//!     assert!(delay < deadline.remaining(), "no time left for another attempt");
//!     tokio::time::sleep(delay).await;
//!     previous = Some(delay);
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

pub mod adaptive;
pub mod backoff;
pub mod breaker;
pub mod bulkhead;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "chaos")]
pub mod chaos;
mod clock;
pub mod coalesce;
pub mod deadline;
pub mod fallback;
pub mod hedge;
#[cfg(feature = "http")]
pub mod http;
mod lock;
mod outcome;
pub mod pipeline;
pub mod rate_limit;
mod recency;
pub mod registry;
pub mod retry;
pub mod shed;
mod slices;
mod sync;
pub mod throttle;
pub mod timeout;
#[cfg(feature = "tower")]
pub mod tower;
mod verdict;

pub use adaptive::AdaptiveLimit;
pub use backoff::{Backoff, BackoffError, Jitter};
pub use breaker::Breaker;
pub use bulkhead::Bulkhead;
#[cfg(feature = "cache")]
pub use cache::Cache;
#[cfg(feature = "chaos")]
pub use chaos::Chaos;
pub use coalesce::Coalesce;
pub use deadline::Deadline;
pub use hedge::Hedge;
pub use outcome::Outcome;
pub use pipeline::Pipeline;
pub use rate_limit::RateLimit;
pub use registry::Registry;
pub use retry::Retry;
pub use shed::{Criticality, LoadShed};
pub use throttle::Throttle;
pub use verdict::Verdict;
