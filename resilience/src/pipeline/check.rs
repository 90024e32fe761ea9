//! [`PipelineError`]: which policies can't work together, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::builder::{POLICIES_MAX, Repeats, Spec};
use crate::adaptive::AdaptiveError;
use crate::breaker::BreakerError;
use crate::bulkhead::BulkheadError;
use crate::hedge::{Hedge, HedgeError};
use crate::rate_limit::RateLimitError;
use crate::retry::RetryError;
use crate::shed::ShedError;
use crate::throttle::ThrottleError;

/// Why a pipeline was not built.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// More policies than a pipeline can have. Two of a kind are rarely meant.
    #[error("{count} policies are over the most, {POLICIES_MAX}")]
    TooMany {
        /// How many there were.
        count: usize,
    },
    /// Two policies of one kind: their effects multiply. Leave one out.
    #[error("there is more than one {policy}")]
    Twice {
        /// Which kind.
        policy: &'static str,
    },
    /// No call ends in no time. Leave the time-out out, or give it a length.
    #[error("the {policy} is zero")]
    ZeroTimeout {
        /// Which time-out.
        policy: &'static str,
    },
    /// An attempt may take as long as the whole call: the time-out of the call would always come
    /// first. Shorten it, or leave it out.
    #[error("attempt_timeout {attempt:?} is not shorter than timeout {overall:?}")]
    AttemptOutlastsCall {
        /// The time-out of an attempt.
        attempt: Duration,
        /// The time-out of the whole call.
        overall: Duration,
    },
    /// The time-out of the whole call does not surround the other policies, so that it is not one
    /// of the whole call. Name it first.
    #[error("timeout comes after {outside}: the time-out of the whole call comes first")]
    TimeoutInside {
        /// The policy outside of it.
        outside: &'static str,
    },
    /// The time-out of an attempt surrounds another policy. Name it last.
    #[error("attempt_timeout comes before {inside}: the time-out of an attempt comes last")]
    AttemptTimeoutOutside {
        /// The policy inside of it.
        inside: &'static str,
    },
    /// A policy that has to see each attempt surrounds the retries, so that it takes all attempts
    /// and the pauses between them for one call. A circuit breaker would also let repeats go on to
    /// a service that is down. Name it after the retry.
    #[error("{policy} comes before retry: it would not see the attempts")]
    OutsideRetry {
        /// Which policy.
        policy: &'static str,
    },
    /// Calls are to be shed by how long they waited, but nothing outside of this policy lets them
    /// wait, the oldest first. Name it after a bulkhead with such a queue or a rate limit with a
    /// wait, or shed by something else.
    #[error("load_shed by queue time comes after nothing in which calls wait, oldest first")]
    NothingToWaitFor,
    /// Nobody knows whether an attempt that timed out had its effect, and nobody has said whether
    /// it may have it twice. Say [`idempotent`](super::PipelineBuilder::idempotent), or
    /// [`only_refused`](super::PipelineBuilder::only_refused).
    #[error("retry around attempt_timeout {0:?}: say idempotent() or only_refused()")]
    RepeatsUnsaid(Duration),
    /// There is room for the pipeline of no key, or of more than `u32::MAX` less one. Give it room
    /// for as many keys as are in use at a time.
    #[error("there is room for {capacity} keys")]
    InvalidCapacity {
        /// The capacity as given.
        capacity: usize,
    },
    /// The hedge surrounds another policy, which would not know to which of its attempts it
    /// belongs. Name it last.
    #[error("hedge comes before {inside}: the hedge comes last")]
    HedgeOutside {
        /// The policy inside of it.
        inside: &'static str,
    },
    /// A hedge makes a call twice, and nobody has said whether it may have its effect twice. Say
    /// [`idempotent`](super::PipelineBuilder::idempotent); or
    /// [`only_refused`](super::PipelineBuilder::only_refused), and mark the single calls that are.
    #[error("hedge: say idempotent(), or only_refused() and mark single calls")]
    HedgeUnmarked,
    /// Hedges and repeats share one budget, and it is that of the retry. Set it there alone.
    #[error("hedge has a budget of its own beside retry: they share that of the retry")]
    HedgeBudget,
    /// The hedge can't work.
    #[error("hedge: {0}")]
    Hedge(#[from] HedgeError),
    /// Chaos surrounds another policy, which would not see what it does. Name it last, or last but
    /// for a hedge.
    #[cfg(feature = "chaos")]
    #[error("chaos comes before {inside}: chaos comes last, but for a hedge")]
    ChaosOutside {
        /// The policy inside of it.
        inside: &'static str,
    },
    /// The chaos can't work.
    #[cfg(feature = "chaos")]
    #[error("chaos: {0}")]
    Chaos(#[from] crate::chaos::ChaosError),
    /// The retry can't work.
    #[error("retry: {0}")]
    Retry(#[from] RetryError),
    /// The bulkhead can't work.
    #[error("bulkhead: {0}")]
    Bulkhead(#[from] BulkheadError),
    /// The rate limit can't work.
    #[error("rate_limit: {0}")]
    RateLimit(#[from] RateLimitError),
    /// The load shedding can't work.
    #[error("load_shed: {0}")]
    LoadShed(#[from] ShedError),
    /// The throttle can't work.
    #[error("throttle: {0}")]
    Throttle(#[from] ThrottleError),
    /// The adaptive limit can't work.
    #[error("adaptive_concurrency: {0}")]
    Adaptive(#[from] AdaptiveError),
    /// The circuit breaker can't work.
    #[error("circuit_breaker: {0}")]
    Breaker(#[from] BreakerError),
}

/// All about policies that can't work together; each one by itself is checked where it is made.
pub(super) fn together(specs: &[Spec], repeats: Repeats) -> Vec<PipelineError> {
    let mut found = Vec::new();
    if specs.len() > POLICIES_MAX {
        let count = specs.len();
        found.push(PipelineError::TooMany { count });
    }
    for index in 0..specs.len() {
        found.extend(of_one(specs, index, repeats));
    }
    let attempt = specs.iter().find_map(|spec| match spec {
        Spec::AttemptTimeout(limit) => Some(*limit),
        _ => None,
    });
    if let (Some(&Spec::Timeout(overall)), Some(attempt)) = (specs.first(), attempt)
        && attempt >= overall
    {
        found.push(PipelineError::AttemptOutlastsCall { attempt, overall });
    }
    found
}

/// What is wrong with one among the others.
fn of_one(specs: &[Spec], index: usize, repeats: Repeats) -> Option<PipelineError> {
    let spec = &specs[index];
    let policy = spec.name();
    let (before, after) = (&specs[..index], &specs[index + 1..]);
    if before.iter().any(|other| other.name() == policy) {
        return Some(PipelineError::Twice { policy });
    }
    match spec {
        Spec::Timeout(Duration::ZERO) | Spec::AttemptTimeout(Duration::ZERO) => {
            Some(PipelineError::ZeroTimeout { policy })
        }
        Spec::Timeout(_) if let Some(other) = before.last() => {
            let outside = other.name();
            Some(PipelineError::TimeoutInside { outside })
        }
        Spec::AttemptTimeout(_) if let Some(other) = after.iter().find(|it| !it.is_innermost()) => {
            let inside = other.name();
            Some(PipelineError::AttemptTimeoutOutside { inside })
        }
        Spec::Breaker(_) | Spec::Throttle(_) | Spec::Adaptive(_)
            if after.iter().any(|other| matches!(other, Spec::Retry(_))) =>
        {
            Some(PipelineError::OutsideRetry { policy })
        }
        _ if spec.asks_wait() && !before.iter().any(Spec::lets_wait) => {
            Some(PipelineError::NothingToWaitFor)
        }
        Spec::AttemptTimeout(limit)
            if repeats == Repeats::Unsaid
                && before.iter().any(|other| matches!(other, Spec::Retry(_))) =>
        {
            Some(PipelineError::RepeatsUnsaid(*limit))
        }
        #[cfg(feature = "chaos")]
        Spec::Chaos(_) if let Some(other) = after.iter().find(|it| !it.is_innermost()) => {
            let inside = other.name();
            Some(PipelineError::ChaosOutside { inside })
        }
        Spec::Hedge(hedge) => of_hedge(hedge, before, after, repeats),
        _ => None,
    }
}

fn of_hedge(
    hedge: &Hedge,
    before: &[Spec],
    after: &[Spec],
    repeats: Repeats,
) -> Option<PipelineError> {
    if let Some(other) = after.first() {
        let inside = other.name();
        return Some(PipelineError::HedgeOutside { inside });
    }
    if repeats == Repeats::Unsaid {
        return Some(PipelineError::HedgeUnmarked);
    }
    let retries = before.iter().any(|other| matches!(other, Spec::Retry(_)));
    (hedge.says_budget() && retries).then_some(PipelineError::HedgeBudget)
}
