//! How many calls may start in how much time: [`RateLimit`], and the limiters made from it.
//!
#![doc = include_str!("../../docs/rate_limit.md")]

mod bucket;
mod check;
mod keyed;
mod machine;
mod permit;
mod rate;
mod settings;
mod shell;
mod window;

pub use check::RateLimitError;
pub use keyed::Keyed;
pub use machine::RateLimiter;
pub use permit::{Permit, RateRejected};
pub use settings::RateLimit;
pub(crate) use shell::SharedLimiter;

#[cfg(test)]
mod tests;
