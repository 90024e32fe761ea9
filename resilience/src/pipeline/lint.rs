//! [`Lint`]: what is doubtful about the policies of a pipeline, and the search for it.

use std::fmt;
use std::time::Duration;

use super::builder::Spec;
use crate::retry::Retry;

/// Something doubtful about a pipeline: it works, but hardly as it was meant.
///
/// From [`Pipeline::lints`](super::Pipeline::lints). What can't work at all is a
/// [`PipelineError`](super::PipelineError) instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lint {
    /// All attempts together, with the pauses between them, can take longer than the whole call
    /// may: the last ones would be cut short, or not be made.
    AttemptsOutlastCall {
        /// How many attempts the retry makes.
        attempts: u32,
        /// The time-out of each.
        attempt: Duration,
        /// All pauses between them, each as long as it can be.
        pauses: Duration,
        /// The time-out of the call.
        overall: Duration,
    },
    /// A pause of the retry can be as long as the whole call may be.
    PauseOutlastsCall {
        /// The longest pause.
        pause: Duration,
        /// The time-out of the call.
        overall: Duration,
    },
    /// One attempt may use the whole time of the call: what hangs is never tried again. Give the
    /// attempts an `attempt_timeout`, unless what is called has a time-out of its own.
    AttemptUnbounded {
        /// How many attempts the retry makes.
        attempts: u32,
        /// The time-out of the call.
        overall: Duration,
    },
    /// A call may have to wait for its turn as long as it may take as a whole.
    WaitOutlastsCall {
        /// Which policy makes it wait.
        policy: &'static str,
        /// How long.
        wait: Duration,
        /// The time-out of the call.
        overall: Duration,
    },
    /// A call keeps its place in the bulkhead during the pauses between its attempts, when it does
    /// nothing. Name the bulkhead after the retry.
    PlaceHeldInPauses {
        /// All pauses between the attempts, each as long as it can be.
        pauses: Duration,
    },
    /// Repeats are not counted against the rate limit. Name it after the retry.
    RepeatsUnlimited {
        /// How many attempts the retry makes for one permit.
        attempts: u32,
    },
    /// No call can be slow in the eyes of the circuit breaker: it times out before.
    SlowUnseen {
        /// From which time on a call would be slow.
        slow: Duration,
        /// Which time-out ends it.
        policy: &'static str,
        /// And when.
        limit: Duration,
    },
    /// A hedge never begins another attempt: the call times out before.
    HedgeTooLate {
        /// The shortest time after which it would.
        delay: Duration,
        /// Which time-out ends the call.
        policy: &'static str,
        /// And when.
        limit: Duration,
    },
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttemptsOutlastCall {
                attempts,
                attempt,
                pauses,
                overall,
            } => write!(
                f,
                "retry: {attempts} attempts of attempt_timeout {attempt:?} and {pauses:?} of \
                 pauses are over timeout {overall:?}"
            ),
            Self::PauseOutlastsCall { pause, overall } => write!(
                f,
                "retry: a pause of {pause:?} leaves nothing of timeout {overall:?}"
            ),
            Self::AttemptUnbounded { attempts, overall } => write!(
                f,
                "retry: without attempt_timeout, the first of {attempts} attempts that hangs takes \
                 all of timeout {overall:?}"
            ),
            Self::WaitOutlastsCall {
                policy,
                wait,
                overall,
            } => write!(
                f,
                "{policy}: a wait of {wait:?} leaves nothing of timeout {overall:?}"
            ),
            Self::PlaceHeldInPauses { pauses } => write!(
                f,
                "bulkhead comes before retry: a place is held in up to {pauses:?} of pauses"
            ),
            Self::RepeatsUnlimited { attempts } => write!(
                f,
                "rate_limit comes before retry: one permit is good for {attempts} attempts"
            ),
            Self::SlowUnseen {
                slow,
                policy,
                limit,
            } => write!(
                f,
                "circuit_breaker: no call is slow after {slow:?}, {policy} ends it after {limit:?}"
            ),
            Self::HedgeTooLate {
                delay,
                policy,
                limit,
            } => write!(
                f,
                "hedge: nothing is begun after {delay:?}, {policy} ends the call after {limit:?}"
            ),
        }
    }
}

/// What a search has to know of all policies.
#[derive(Debug, Clone, Copy)]
struct Limits<'s> {
    overall: Option<Duration>,
    attempt: Option<Duration>,
    retry: Option<&'s Retry>,
}

/// Looks for what is doubtful, in the order of the policies.
pub(super) fn lints(specs: &[Spec]) -> Vec<Lint> {
    let mut limits = Limits {
        overall: None,
        attempt: None,
        retry: None,
    };
    for spec in specs {
        match spec {
            Spec::Timeout(limit) => limits.overall = Some(*limit),
            Spec::AttemptTimeout(limit) => limits.attempt = Some(*limit),
            Spec::Retry(retry) if retry.most_attempts() > 1 => limits.retry = Some(retry),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (index, spec) in specs.iter().enumerate() {
        let outside_retry = specs[index..].iter().any(|it| matches!(it, Spec::Retry(_)));
        limits.look_at(spec, outside_retry, &mut found);
    }
    found
}

impl Limits<'_> {
    fn look_at(self, spec: &Spec, outside_retry: bool, found: &mut Vec<Lint>) {
        let wait = match spec {
            Spec::Retry(_) => {
                found.extend(self.retry());
                None
            }
            Spec::Bulkhead(bulkhead) => {
                let pauses = self.pauses();
                if outside_retry && !pauses.is_zero() {
                    found.push(Lint::PlaceHeldInPauses { pauses });
                }
                bulkhead.longest_wait()
            }
            Spec::RateLimit(limit) => {
                if let Some(retry) = self.retry.filter(|_| outside_retry) {
                    let attempts = retry.most_attempts();
                    found.push(Lint::RepeatsUnlimited { attempts });
                }
                Some(limit.longest_wait())
            }
            Spec::Breaker(breaker) => {
                let slow = breaker.slow_after();
                found.extend(slow.and_then(|slow| {
                    let (policy, limit) = self.ended_at(slow)?;
                    Some(Lint::SlowUnseen {
                        slow,
                        policy,
                        limit,
                    })
                }));
                None
            }
            Spec::Hedge(hedge) => {
                let delay = hedge.least_delay();
                found.extend(
                    self.ended_at(delay)
                        .map(|(policy, limit)| Lint::HedgeTooLate {
                            delay,
                            policy,
                            limit,
                        }),
                );
                None
            }
            _ => None,
        };
        if let (Some(wait), Some(overall)) = (wait, self.overall)
            && wait >= overall
        {
            let policy = spec.name();
            found.push(Lint::WaitOutlastsCall {
                policy,
                wait,
                overall,
            });
        }
    }

    fn retry(self) -> Option<Lint> {
        let (retry, overall) = (self.retry?, self.overall?);
        let (attempts, pauses) = (retry.most_attempts(), self.pauses());
        let longest = retry.longest_pauses().max().unwrap_or_default();
        if longest >= overall {
            let pause = longest;
            return Some(Lint::PauseOutlastsCall { pause, overall });
        }
        let Some(attempt) = self.attempt else {
            return Some(Lint::AttemptUnbounded { attempts, overall });
        };
        let all = attempt.saturating_mul(attempts).saturating_add(pauses);
        (all > overall).then_some(Lint::AttemptsOutlastCall {
            attempts,
            attempt,
            pauses,
            overall,
        })
    }

    /// What has ended an attempt that took so long.
    fn ended_at(self, took: Duration) -> Option<(&'static str, Duration)> {
        let attempt = self.attempt.map(|limit| ("attempt_timeout", limit));
        let overall = self.overall.map(|limit| ("timeout", limit));
        attempt.or(overall).filter(|(_, limit)| took >= *limit)
    }

    fn pauses(self) -> Duration {
        let pauses = self.retry.into_iter().flat_map(Retry::longest_pauses);
        pauses.fold(Duration::ZERO, Duration::saturating_add)
    }
}
