//! What HTTP responses mean to policies, and rejections as HTTP responses (feature `http`).
//!
#![doc = include_str!("../../docs/http.md")]

mod answer;
mod by_status;
mod retry_after;

pub use answer::answer;
pub use by_status::{ByStatus, ByStatusOrError};
pub use retry_after::retry_after;

#[cfg(test)]
mod tests;
