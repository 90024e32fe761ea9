//! [`Policy`]: one policy of a pipeline at work, and [`Frame`], what a call keeps of it.

use std::time::Duration;

use tokio::time::Instant;

use super::builder::Spec;
use super::check::PipelineError;
use super::rejected::Reason;
use crate::breaker::{Admitted, CircuitBreaker};
use crate::verdict::Verdict;

#[derive(Debug)]
pub(super) enum Policy {
    Timeout(Duration),
    AttemptTimeout(Duration),
    Breaker(Box<CircuitBreaker>),
}

/// What a call keeps of a policy that it has passed on its way in.
#[derive(Debug)]
pub(super) enum Frame {
    /// It is not inside of this policy.
    Outside,
    /// When its time is up, and what to say then.
    Until(Instant, Reason),
    /// To be recorded, or cancelled.
    Breaker(Admitted),
}

/// Why a policy did not let a call in.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) retry_after: Option<Duration>,
}

impl Policy {
    pub(super) fn new(spec: &Spec, seed: u64) -> Result<Self, PipelineError> {
        Ok(match spec {
            Spec::Timeout(limit) => Self::Timeout(*limit),
            Spec::AttemptTimeout(limit) => Self::AttemptTimeout(*limit),
            Spec::Breaker(breaker) => {
                Self::Breaker(Box::new(CircuitBreaker::new(breaker.clone(), seed)?))
            }
        })
    }

    /// Lets a call in.
    #[inline]
    pub(super) fn enter(&self, now: &mut Now) -> Result<Frame, Refusal> {
        match self {
            Self::Timeout(limit) => {
                let until = now.after(*limit);
                Ok(Frame::Until(until, Reason::Timeout(*limit)))
            }
            Self::AttemptTimeout(limit) => {
                let until = now.after(*limit);
                Ok(Frame::Until(until, Reason::AttemptTimeout(*limit)))
            }
            Self::Breaker(breaker) => {
                breaker
                    .try_acquire()
                    .map(Frame::Breaker)
                    .map_err(|rejection| Refusal {
                        reason: Reason::Breaker(rejection.state),
                        retry_after: rejection.retry_after,
                    })
            }
        }
    }

    /// Tells it how a call ended that it had let in.
    #[inline]
    pub(super) fn leave(&self, frame: Frame, verdict: Verdict, retry_after: Option<Duration>) {
        match (self, frame) {
            (Self::Breaker(breaker), Frame::Breaker(admitted)) => {
                breaker.record(admitted, verdict, retry_after);
            }
            (Self::Timeout(_) | Self::AttemptTimeout(_), Frame::Until(..)) => {}
            (_, frame) => debug_assert!(false, "{frame:?} is not of {self:?}"),
        }
    }

    /// Tells it that a call was dropped that it had let in.
    pub(super) fn cancel(&self, frame: Frame) {
        match (self, frame) {
            (Self::Breaker(breaker), Frame::Breaker(admitted)) => breaker.cancel(admitted),
            (Self::Timeout(_) | Self::AttemptTimeout(_), Frame::Until(..)) => {}
            (_, frame) => debug_assert!(false, "{frame:?} is not of {self:?}"),
        }
    }
}

/// The time, read at most once in a step.
#[derive(Debug, Default)]
pub(super) struct Now(Option<Instant>);

impl Now {
    #[inline]
    pub(super) fn get(&mut self) -> Instant {
        *self.0.get_or_insert_with(Instant::now)
    }

    /// So much later. What no clock reaches counts as thirty years, as in tokio's own timers.
    #[inline]
    fn after(&mut self, limit: Duration) -> Instant {
        const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
        self.get() + limit.min(FAR)
    }
}
