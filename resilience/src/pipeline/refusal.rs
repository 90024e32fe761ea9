//! [`Refusal`]: why a policy did not let a call in.

use std::time::Duration;

use super::rejected::Reason;
use crate::adaptive::AtLimit;
use crate::breaker::Rejection;
use crate::bulkhead;
#[cfg(feature = "chaos")]
use crate::outcome::Outcome;
use crate::rate_limit::RateRejected;
use crate::shed::Shed;
use crate::throttle::Throttled;
use crate::verdict::Verdict;

/// Why a policy did not let a call in.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) retry_after: Option<Duration>,
}

impl Refusal {
    /// How the policies around count it.
    pub(super) fn verdict(&self) -> Verdict {
        match self.reason {
            #[cfg(feature = "chaos")]
            Reason::Chaos(Outcome::Unknown) => Verdict::Unknown,
            #[cfg(feature = "chaos")]
            Reason::Chaos(_) => Verdict::Refused,
            // What a pipeline ends by itself says nothing about the service.
            _ => Verdict::Ignored,
        }
    }
}

/// For policies that don't know when they will look at calls differently.
impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            retry_after: None,
        }
    }
}

impl From<bulkhead::Rejected> for Refusal {
    fn from(rejected: bulkhead::Rejected) -> Self {
        Reason::Bulkhead(rejected).into()
    }
}

impl From<Shed> for Refusal {
    fn from(shed: Shed) -> Self {
        Reason::LoadShed(shed).into()
    }
}

impl From<Throttled> for Refusal {
    fn from(throttled: Throttled) -> Self {
        Reason::Throttle(throttled).into()
    }
}

impl From<AtLimit> for Refusal {
    fn from(at_limit: AtLimit) -> Self {
        Reason::Adaptive(at_limit).into()
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self {
            reason: Reason::Breaker(rejection.state),
            retry_after: rejection.retry_after,
        }
    }
}

impl From<RateRejected> for Refusal {
    fn from(rejected: RateRejected) -> Self {
        Self {
            reason: Reason::RateLimit,
            retry_after: match rejected {
                RateRejected::Exhausted { retry_after } => Some(retry_after),
                RateRejected::TooCostly { .. } => None,
            },
        }
    }
}
