#![doc = include_str!("../../docs/rate_limit.md")]

mod bucket;
mod check;
mod keyed;
mod machine;
mod permit;
mod rate;
mod recency;
mod settings;
mod window;

pub use check::RateLimitError;
pub use keyed::Keyed;
pub use machine::RateLimiter;
pub use permit::{Permit, RateRejected};
pub use settings::RateLimit;

#[cfg(test)]
mod tests;
