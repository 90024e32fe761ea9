//! References behind a pipeline: what is repeated, what comes back, what the policies are told.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

mod asks;
mod calls;
mod deadlines;
mod one_pipeline;
mod shedding;
mod shop;
mod tells;
