//! Answers in place of a failure: [`WithFallback`], and the [`FallbackCall`] that it makes.
//!
#![doc = include_str!("../../docs/fallback.md")]

mod call;
mod with;

pub use call::FallbackCall;
pub use with::WithFallback;

#[cfg(test)]
mod tests;
