//! Which setting an error of a policy is about.

use crate::adaptive::AdaptiveError;
use crate::backoff::BackoffError;
use crate::breaker::BreakerError;
use crate::bulkhead::BulkheadError;
use crate::hedge::HedgeError;
use crate::pipeline::PipelineError;
use crate::rate_limit::RateLimitError;
use crate::retry::RetryError;
use crate::shed::ShedError;
use crate::throttle::ThrottleError;

/// The path of the setting, from the pipeline down. Where several take part, of the one that is
/// mostly changed.
pub(super) fn place(error: &PipelineError) -> &'static str {
    match error {
        PipelineError::ZeroTimeout { policy } | PipelineError::Twice { policy } => policy,
        PipelineError::AttemptOutlastsCall { .. } | PipelineError::AttemptTimeoutOutside { .. } => {
            "attempt_timeout"
        }
        PipelineError::RepeatsUnsaid(_) => "idempotent",
        PipelineError::TimeoutInside { .. }
        | PipelineError::TooMany { .. }
        | PipelineError::InvalidCapacity { .. } => "timeout",
        PipelineError::OutsideRetry { policy } => policy,
        PipelineError::NothingToWaitFor => "load_shed.target",
        PipelineError::HedgeOutside { .. } => "hedge",
        PipelineError::HedgeUnmarked => "idempotent",
        PipelineError::HedgeBudget => "hedge.budget",
        PipelineError::Retry(error) => of_retry(error),
        PipelineError::Breaker(error) => of_breaker(error),
        PipelineError::RateLimit(error) => of_rate_limit(error),
        PipelineError::Bulkhead(error) => of_bulkhead(error),
        PipelineError::LoadShed(error) => of_load_shed(error),
        PipelineError::Throttle(error) => of_throttle(error),
        PipelineError::Adaptive(error) => of_adaptive(error),
        PipelineError::Hedge(error) => of_hedge(error),
        #[cfg(feature = "chaos")]
        PipelineError::ChaosOutside { .. } | PipelineError::Chaos(_) => "attempt_timeout",
    }
}

/// What is wrong; which policy it is of, its place says.
pub(super) fn problem(error: &PipelineError) -> String {
    match error {
        PipelineError::Retry(error) => error.to_string(),
        PipelineError::Breaker(error) => error.to_string(),
        PipelineError::RateLimit(error) => error.to_string(),
        PipelineError::Bulkhead(error) => error.to_string(),
        PipelineError::LoadShed(error) => error.to_string(),
        PipelineError::Throttle(error) => error.to_string(),
        PipelineError::Adaptive(error) => error.to_string(),
        PipelineError::Hedge(error) => error.to_string(),
        PipelineError::RepeatsUnsaid(limit) => format!(
            "to be said: after the attempt_timeout of {limit:?} nobody knows whether an attempt \
             had its effect; true if a call may have it twice, false to repeat only what was \
             refused"
        ),
        other => other.to_string(),
    }
}

fn of_retry(error: &RetryError) -> &'static str {
    match error {
        RetryError::Backoff(error) => match error {
            BackoffError::InvertedRange { .. } => "retry.backoff.max",
            BackoffError::ZeroMinimum => "retry.backoff.min",
            BackoffError::InvalidFactor { .. } | BackoffError::UnusedFactor { .. } => {
                "retry.backoff.factor"
            }
            BackoffError::NothingToDecorrelate { .. } => "retry.backoff.jitter",
        },
        RetryError::ZeroAttempts | RetryError::TooManyAttempts { .. } => "retry.attempts",
        RetryError::ZeroMaxElapsed => "retry.max_elapsed",
        RetryError::InvalidShare { .. } => "retry.budget.share",
        RetryError::EmptyBudget => "retry.budget",
    }
}

fn of_breaker(error: &BreakerError) -> &'static str {
    match error {
        BreakerError::InvalidRate { what, .. } if *what == "slow-call rate" => {
            "circuit_breaker.slow.rate"
        }
        BreakerError::InvalidRate { .. } | BreakerError::NoRule => "circuit_breaker.failure_rate",
        BreakerError::NoFailures => "circuit_breaker.consecutive",
        BreakerError::EmptyWindow | BreakerError::WindowTooLarge { .. } => "circuit_breaker.window",
        BreakerError::MinCallsOverWindow { .. } | BreakerError::NoMinCalls => {
            "circuit_breaker.min_calls"
        }
        BreakerError::AllSlow => "circuit_breaker.slow.longer_than",
        BreakerError::NeverOpen => "circuit_breaker.open_for",
        BreakerError::Open(error) => match error {
            BackoffError::InvertedRange { .. } => "circuit_breaker.open_for.max",
            BackoffError::ZeroMinimum => "circuit_breaker.open_for.min",
            BackoffError::InvalidFactor { .. } | BackoffError::UnusedFactor { .. } => {
                "circuit_breaker.open_for.factor"
            }
            BackoffError::NothingToDecorrelate { .. } => "circuit_breaker.open_for.jitter",
        },
        BreakerError::NoTrial => "circuit_breaker.half_open",
        BreakerError::NoTrialTime => "circuit_breaker.half_open_limit",
    }
}

const fn of_rate_limit(error: &RateLimitError) -> &'static str {
    match error {
        RateLimitError::ZeroRate { .. }
        | RateLimitError::WindowTooLong { .. }
        | RateLimitError::InvalidCapacity { .. } => "rate_limit.permits",
        RateLimitError::ZeroPeriod { .. } => "rate_limit.per",
        RateLimitError::ZeroBurst | RateLimitError::UnusedBurst { .. } => "rate_limit.burst",
    }
}

const fn of_bulkhead(error: &BulkheadError) -> &'static str {
    match error {
        BulkheadError::NoPlaces => "bulkhead.concurrent",
        BulkheadError::QueueTooLong { .. } | BulkheadError::QueueWithoutWait { .. } => {
            "bulkhead.queue"
        }
        BulkheadError::WaitWithoutQueue { .. } => "bulkhead.max_wait",
        BulkheadError::OrderWithoutQueue => "bulkhead.order",
    }
}

const fn of_load_shed(error: &ShedError) -> &'static str {
    match error {
        ShedError::ZeroTarget => "load_shed.target",
        ShedError::IntervalTooShort { .. } => "load_shed.interval",
        ShedError::NoPlaces => "load_shed.in_flight",
        ShedError::InvalidMarks { .. } | ShedError::Inverted { .. } => "load_shed",
    }
}

const fn of_throttle(error: &ThrottleError) -> &'static str {
    match error {
        ThrottleError::InvalidFactor { .. } => "throttle.factor",
        ThrottleError::EmptyWindow => "throttle.window",
    }
}

const fn of_adaptive(error: &AdaptiveError) -> &'static str {
    match error {
        AdaptiveError::ZeroMin => "adaptive_concurrency.min",
        AdaptiveError::EmptyRange { .. } => "adaptive_concurrency.max",
        AdaptiveError::InitialOutOfBounds { .. } => "adaptive_concurrency.initial",
        AdaptiveError::EmptyWindow => "adaptive_concurrency.window",
        AdaptiveError::InvalidRate { .. } => "adaptive_concurrency.failure_rate",
        AdaptiveError::AllSlow | AdaptiveError::UnusedSlow => "adaptive_concurrency.slow",
    }
}

const fn of_hedge(error: &HedgeError) -> &'static str {
    match error {
        HedgeError::NoDelay => "hedge.after",
        HedgeError::InvalidQuantile { .. } => "hedge.quantile",
        HedgeError::InvalidAttempts { .. } => "hedge.attempts",
        HedgeError::InvalidShare { .. } => "hedge.budget.share",
        HedgeError::EmptyBudget => "hedge.budget",
    }
}
