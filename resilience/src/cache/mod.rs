//! Answers that are kept for a while (feature `cache`).
//!
#![doc = include_str!("../../docs/cache.md")]

mod calls;
mod settings;

pub use calls::{CallCache, Stats};
pub use settings::{Cache, CacheError};

#[cfg(test)]
mod tests;
