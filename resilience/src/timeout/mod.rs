//! The time-outs of a pipeline, of the whole call and of one attempt. No code: they are policies of
//! a [`Pipeline`](crate::Pipeline).
//!
#![doc = include_str!("../../docs/timeout.md")]
