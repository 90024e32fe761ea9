//! [`Rejected`] and [`CallError`]: what a call through a pipeline can end with, besides its answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::adaptive::AtLimit;
use crate::breaker::BreakerState;
use crate::bulkhead;
use crate::outcome::Outcome;
use crate::shed::Shed;
use crate::throttle::Throttled;

/// A call that a policy of the pipeline ended, and not the service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The name of the pipeline.
    pub pipeline: Arc<str>,
    /// Which policy ended it, and why.
    pub reason: Reason,
    /// When the policy will look at calls differently, where it knows.
    pub retry_after: Option<Duration>,
    /// How often the service was called.
    pub attempts: u32,
    /// What was left of the caller's [deadline](crate::Deadline), where there is one.
    pub remaining: Option<Duration>,
    pub(super) outcome: Outcome,
}

/// Why a policy ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The circuit breaker was open, or tried with other calls.
    Breaker(BreakerState),
    /// The bulkhead had no place for it.
    Bulkhead(bulkhead::Rejected),
    /// The rate limit was used up, and its turn would have come too late.
    RateLimit,
    /// There were more calls than can be served, and others mattered more.
    LoadShed(Shed),
    /// The service refuses too many of its kind.
    Throttle(Throttled),
    /// As many ran as the adaptive limit allows.
    Adaptive(AtLimit),
    /// It took longer than the time-out of the whole call.
    Timeout(Duration),
    /// The attempt took longer than its time-out.
    AttemptTimeout(Duration),
    /// It was made to fail on purpose, with this outcome.
    #[cfg(feature = "chaos")]
    Chaos(Outcome),
    /// The caller's deadline had passed before the call began.
    Expired,
}

impl Reason {
    /// The policy that ended the call, by name.
    #[must_use]
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Breaker(_) => "circuit_breaker",
            Self::Bulkhead(_) => "bulkhead",
            Self::RateLimit => "rate_limit",
            Self::LoadShed(_) => "load_shed",
            Self::Throttle(_) => "throttle",
            Self::Adaptive(_) => "adaptive_concurrency",
            Self::Timeout(_) => "timeout",
            Self::AttemptTimeout(_) => "attempt_timeout",
            #[cfg(feature = "chaos")]
            Self::Chaos(_) => "chaos",
            Self::Expired => "deadline",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaker(state) => write!(f, "its circuit breaker is {state}"),
            Self::Bulkhead(rejected) => write!(f, "{rejected}"),
            Self::RateLimit => f.write_str("its rate limit is used up"),
            Self::LoadShed(shed) => write!(f, "{shed}"),
            Self::Throttle(throttled) => write!(f, "{throttled}"),
            Self::Adaptive(at_limit) => write!(f, "{at_limit}"),
            Self::Timeout(limit) => write!(f, "the call took longer than {limit:?}"),
            Self::AttemptTimeout(limit) => write!(f, "an attempt took longer than {limit:?}"),
            #[cfg(feature = "chaos")]
            Self::Chaos(outcome) => write!(f, "chaos made it fail, {outcome}"),
            Self::Expired => f.write_str("the deadline of its caller had passed before it began"),
        }
    }
}

impl Rejected {
    /// Whether the service may have done its work all the same: *unknown* where an attempt timed
    /// out or an earlier one ended unknown, *refused* otherwise.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pipeline, reason, ..
        } = self;
        write!(f, "pipeline {pipeline:?} ended the call: {reason}")?;
        if self.attempts > 0 {
            write!(f, " (attempts: {})", self.attempts)?;
        }
        match self.retry_after {
            Some(after) => write!(f, "; try again in {after:?}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Rejected {}

/// Why a call through a pipeline has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError<E> {
    /// The call itself failed; this is its own error, and what is known about its effect.
    #[error("{0}")]
    Inner(E, Outcome),
    /// A policy ended it.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

impl<E> CallError<E> {
    /// Whether the call may have had its effect.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Inner(_, outcome) => *outcome,
            Self::Rejected(rejected) => rejected.outcome(),
        }
    }

    /// The caller's own error, where that knows what a rejection is.
    pub fn flatten(self) -> E
    where
        E: From<Rejected>,
    {
        match self {
            Self::Inner(error, _) => error,
            Self::Rejected(rejected) => rejected.into(),
        }
    }
}
