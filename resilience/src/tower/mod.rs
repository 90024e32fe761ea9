//! Pipelines and policies as tower layers (feature `tower`).
//!
#![doc = include_str!("../../docs/tower.md")]

mod attempt;
mod future;
mod layer;
mod policies;
mod reject;
mod requests;
mod service;

pub use future::ResponseFuture;
pub use layer::PipelineLayer;
pub use reject::{Answered, AsErrors, Reject};
pub use requests::{CloneWith, Cloned, Once, OptionsFor, Requests};
pub use service::PipelineService;

#[cfg(test)]
mod tests;
