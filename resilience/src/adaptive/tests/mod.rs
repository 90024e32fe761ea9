//! The machine rule by rule, in every short run, and before a simulated service.

mod rules;
mod service;

use std::time::Duration;

use super::{AdaptiveError, AdaptiveLimit, AdaptiveLimiter, AtLimit, Machine, Permit};
use crate::verdict::Verdict;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
