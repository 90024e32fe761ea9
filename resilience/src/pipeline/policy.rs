//! [`Policy`]: one policy of a pipeline at work, and [`Frame`], what a call keeps of it.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use super::builder::Spec;
use super::check::PipelineError;
use super::options::Options;
use super::refusal::Refusal;
use super::rejected::Reason;
use crate::adaptive::{self, AdaptiveLimiter};
use crate::breaker::{Admitted, BreakerState, CircuitBreaker};
use crate::bulkhead::{self, Entered, Gate, Waiting};
#[cfg(feature = "chaos")]
use crate::chaos::{Prank, Trickster};
use crate::clock::Now;
use crate::hedge::{Hedger, Hedging};
use crate::outcome::Outcome;
use crate::rate_limit::{Permit, SharedLimiter};
use crate::retry::{Decision, FailedAttempt, Repeater};
use crate::shed::Shedder;
use crate::throttle::{self, Throttler};
use crate::verdict::Verdict;

/// Clones are the same policy, with the same state.
#[derive(Debug, Clone)]
pub(super) enum Policy {
    /// And what to say when the time is up.
    Timeout(Duration, Reason),
    Retry(Arc<Repeater>),
    Breaker(Arc<CircuitBreaker>),
    RateLimit(Arc<SharedLimiter>),
    Bulkhead(Gate),
    LoadShed(Arc<Shedder>),
    Throttle(Arc<Throttler>),
    Adaptive(Arc<AdaptiveLimiter>),
    Hedge(Arc<Hedger>),
    #[cfg(feature = "chaos")]
    Chaos(Arc<Trickster>),
}

/// What a call keeps of a policy that it has passed on its way in.
#[derive(Debug)]
pub(super) enum Frame {
    /// It is not inside of this policy.
    Outside,
    /// When its time is up, and what to say then.
    Until(Instant, Reason),
    Retry(Tries),
    /// To be recorded, or cancelled.
    Breaker(Admitted),
    /// To be given back by a call that does not start.
    RateLimit(Permit),
    /// In the queue of a bulkhead, so long.
    Queued(Waiting, Instant),
    /// To be left.
    Bulkhead(bulkhead::Permit),
    /// To be left.
    LoadShed,
    /// To be recorded, or cancelled.
    Throttle(throttle::Permit),
    /// To be recorded, or cancelled.
    Adaptive(adaptive::Permit),
    /// Inside of all others.
    Hedge(Hedging),
    /// What is done to it.
    #[cfg(feature = "chaos")]
    Chaos(Prank),
}

/// How often a call was tried, and since when.
#[derive(Debug)]
pub(super) struct Tries {
    number: u32,
    began: Instant,
    delay: Option<Duration>,
    /// When the repeat that it waits for was withdrawn from the budget.
    withdrawn: Option<Duration>,
}

/// How a call ended, on its way out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// `None` where it was dropped before its end.
    pub(super) verdict: Option<Verdict>,
    /// When the service, or the policy that ended it, would have it come again.
    pub(super) retry_after: Option<Duration>,
    /// Whether the service was called. Where it was not, a policy of this pipeline ended the call.
    pub(super) started: bool,
}

/// What is lost where a policy is replaced by a new one, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Loss {
    /// A new one would act alike.
    #[default]
    Nothing,
    /// What was counted.
    Counts,
    /// What holds calls off, or in.
    State,
}

impl Policy {
    pub(super) fn new(spec: &Spec, seed: u64) -> Result<Self, PipelineError> {
        Ok(match spec {
            Spec::Timeout(limit) => Self::Timeout(*limit, Reason::Timeout(*limit)),
            Spec::AttemptTimeout(limit) => Self::Timeout(*limit, Reason::AttemptTimeout(*limit)),
            Spec::Retry(retry) => {
                retry.check()?;
                Self::Retry(Arc::new(Repeater::new(retry.clone(), seed)))
            }
            Spec::RateLimit(limit) => Self::RateLimit(Arc::new(SharedLimiter::new(limit)?)),
            Spec::Bulkhead(bulkhead) => Self::Bulkhead(Gate::new(bulkhead)?),
            Spec::LoadShed(shed) => Self::LoadShed(Arc::new(Shedder::new(shed, seed)?)),
            Spec::Throttle(throttle) => Self::Throttle(Arc::new(Throttler::new(*throttle, seed)?)),
            Spec::Adaptive(limit) => Self::Adaptive(Arc::new(AdaptiveLimiter::new(*limit)?)),
            Spec::Hedge(hedge) => Self::Hedge(Arc::new(Hedger::new(*hedge)?)),
            #[cfg(feature = "chaos")]
            Spec::Chaos(chaos) => Self::Chaos(Arc::new(Trickster::new(chaos.clone(), seed)?)),
            Spec::Breaker(breaker) => {
                Self::Breaker(Arc::new(CircuitBreaker::new(breaker.clone(), seed)?))
            }
        })
    }

    /// The same policy by other settings, with the state that it has: calls under way give back to
    /// it what they have. A policy of another kind begins anew.
    pub(super) fn reconfigured(&self, spec: &Spec, seed: u64) -> Result<Self, PipelineError> {
        Ok(match (self, spec) {
            (Self::Retry(repeater), Spec::Retry(retry)) => {
                repeater.reconfigure(retry)?;
                Self::Retry(Arc::clone(repeater))
            }
            (Self::Breaker(breaker), Spec::Breaker(settings)) => {
                breaker.reconfigure(settings.clone())?;
                Self::Breaker(Arc::clone(breaker))
            }
            (Self::RateLimit(limiter), Spec::RateLimit(limit)) => {
                limiter.reconfigure(limit)?;
                Self::RateLimit(Arc::clone(limiter))
            }
            (Self::Bulkhead(gate), Spec::Bulkhead(bulkhead)) => {
                gate.reconfigure(bulkhead)?;
                Self::Bulkhead(gate.clone())
            }
            (Self::LoadShed(shedder), Spec::LoadShed(shed)) => {
                Self::LoadShed(Arc::new(shedder.reconfigured(shed, seed)?))
            }
            (Self::Throttle(throttler), Spec::Throttle(throttle))
                if throttler.reconfigure(*throttle)? =>
            {
                Self::Throttle(Arc::clone(throttler))
            }
            (Self::Adaptive(limiter), Spec::Adaptive(limit)) => {
                limiter.reconfigure(*limit)?;
                Self::Adaptive(Arc::clone(limiter))
            }
            (Self::Hedge(hedger), Spec::Hedge(hedge)) => {
                Self::Hedge(Arc::new(hedger.reconfigured(*hedge)?))
            }
            (_, spec) => Self::new(spec, seed)?,
        })
    }

    /// Lets a call in that came at `since`, where that is known.
    #[inline]
    pub(super) fn enter(
        &self,
        options: &Options,
        since: Option<Instant>,
        now: &mut Now,
    ) -> Result<Frame, Refusal> {
        match self {
            Self::Timeout(_, Reason::Timeout(_)) if let Some(limit) = options.timeout => {
                Ok(Frame::Until(now.after(limit), Reason::Timeout(limit)))
            }
            Self::Timeout(limit, reason) => Ok(Frame::Until(now.after(*limit), *reason)),
            Self::Retry(repeater) => {
                repeater.begin(now);
                Ok(Frame::Retry(Tries {
                    number: 1,
                    began: now.instant(),
                    delay: None,
                    withdrawn: None,
                }))
            }
            Self::Breaker(breaker) => Ok(Frame::Breaker(breaker.try_acquire_at(now)?)),
            Self::Bulkhead(gate) => match gate.enter(options.priority)? {
                Entered::Permit(permit) => Ok(Frame::Bulkhead(permit)),
                Entered::Waiting(waiting) => {
                    let until = now.after(waiting.wait());
                    Ok(Frame::Queued(waiting, until))
                }
            },
            Self::LoadShed(shedder) => {
                let waited = since.map(|since| now.instant().saturating_duration_since(since));
                shedder.try_enter_at(options.criticality, waited.unwrap_or_default(), now)?;
                Ok(Frame::LoadShed)
            }
            Self::Throttle(throttler) => Ok(Frame::Throttle(
                throttler.try_acquire_at(options.criticality, now)?,
            )),
            Self::Adaptive(limiter) => Ok(Frame::Adaptive(limiter.try_acquire_at(now)?)),
            Self::Hedge(hedger) => {
                let idempotent = options.idempotent == Some(true);
                Ok(Frame::Hedge(hedger.begin(idempotent, now)))
            }
            #[cfg(feature = "chaos")]
            Self::Chaos(trickster) => Ok(Frame::Chaos(trickster.draw())),
            Self::RateLimit(limiter) => {
                let permit = limiter.try_acquire(options.cost, now)?;
                Ok(Frame::RateLimit(permit))
            }
        }
    }

    /// Tells it how a call ended that it had let in.
    #[inline]
    pub(super) fn leave(&self, frame: Frame, ending: Ending) {
        match (self, frame) {
            (Self::Breaker(breaker), Frame::Breaker(admitted)) => match ending.verdict {
                Some(verdict) => breaker.record(admitted, verdict, ending.retry_after),
                None => breaker.cancel(admitted),
            },
            (Self::Throttle(throttler), Frame::Throttle(permit)) => match ending.verdict {
                Some(verdict) => throttler.record(permit, verdict),
                None => throttler.cancel(permit),
            },
            (Self::Adaptive(limiter), Frame::Adaptive(permit)) => match ending.verdict {
                Some(verdict) => limiter.record(permit, verdict),
                None => limiter.cancel(permit),
            },
            (Self::LoadShed(shedder), Frame::LoadShed) => shedder.leave(),
            (Self::Retry(repeater), Frame::Retry(mut tries)) => tries.give_back(repeater),
            (Self::Bulkhead(gate), Frame::Bulkhead(permit)) => gate.leave(permit),
            (Self::Hedge(hedger), Frame::Hedge(hedging)) => hedger.end(&hedging, ending.verdict),
            (Self::RateLimit(limiter), Frame::RateLimit(permit)) if !ending.started => {
                limiter.refund(permit);
            }
            (Self::Timeout(..), Frame::Until(..))
            | (Self::RateLimit(_), Frame::RateLimit(_))
            | (Self::Bulkhead(_), Frame::Queued(..)) => {}
            #[cfg(feature = "chaos")]
            (Self::Chaos(_), Frame::Chaos(_)) => {}
            (_, frame) => debug_assert!(false, "{frame:?} is not of {self:?}"),
        }
    }

    /// What it knows that a new one would not, apart from calls that are inside of it.
    pub(super) fn loss(&self, now: &mut Now) -> Loss {
        let keeps_counts = match self {
            Self::Timeout(..) | Self::Bulkhead(_) | Self::LoadShed(_) => false,
            #[cfg(feature = "chaos")]
            Self::Chaos(_) => false,
            Self::Breaker(breaker) if breaker.state() != BreakerState::Closed => {
                return Loss::State;
            }
            Self::Breaker(breaker) => breaker.has_seen_failures(now),
            Self::Retry(repeater) => repeater.has_repeats(now),
            Self::Hedge(hedger) => hedger.has_learnt(now),
            Self::RateLimit(limiter) => !limiter.is_unused(now),
            Self::Throttle(throttler) => throttler.has_seen_failures(now),
            Self::Adaptive(limiter) => limiter.has_moved(),
        };
        if keeps_counts {
            Loss::Counts
        } else {
            Loss::Nothing
        }
    }

    /// Whether a call may be tried again at all, should this attempt fail.
    pub(super) fn may_repeat(&self, frame: &Frame) -> bool {
        match (self, frame) {
            (Self::Retry(repeater), Frame::Retry(tries)) => repeater.may_repeat(tries.number),
            (Self::Hedge(_), Frame::Hedge(hedging)) => hedging.next().is_some(),
            _ => false,
        }
    }

    /// Whether a call that ended so is to be tried again, and after which time.
    #[inline]
    pub(super) fn again(
        &self,
        frame: &mut Frame,
        ending: Ending,
        idempotent: bool,
        remaining: impl FnOnce() -> Option<Duration>,
    ) -> Option<Duration> {
        let (Self::Retry(repeater), Frame::Retry(tries)) = (self, frame) else {
            return None;
        };
        let outcome = match ending.verdict {
            _ if !ending.started => Outcome::Refused,
            Some(verdict) if verdict.is_failure() => verdict.outcome(),
            _ => return None,
        };
        // A repeat that a policy of this pipeline refused was not used.
        tries.give_back(repeater);
        let mut now = Now::default();
        let failed = FailedAttempt {
            idempotent,
            own_rejection: !ending.started,
            retry_after: ending.retry_after,
            elapsed: now.instant().saturating_duration_since(tries.began),
            remaining: remaining(),
            previous_delay: tries.delay,
            ..FailedAttempt::new(tries.number, outcome)
        };
        let (decision, withdrawn) = repeater.decide(failed, &mut now);
        let Decision::Retry { after } = decision else {
            return None;
        };
        tries.number += 1;
        tries.delay = Some(after);
        tries.withdrawn = Some(withdrawn);
        Some(after)
    }
}

impl Tries {
    /// Gives back what was withdrawn for a repeat that did not begin.
    fn give_back(&mut self, repeater: &Repeater) {
        if let Some(withdrawn) = self.withdrawn.take() {
            repeater.give_back(withdrawn);
        }
    }
}

impl Frame {
    /// Until when the call has to wait before it goes on.
    #[inline]
    pub(super) fn wait(&self, now: &mut Now) -> Option<Instant> {
        match self {
            Self::Queued(_, until) => Some(*until),
            #[cfg(feature = "chaos")]
            Self::Chaos(prank) if !prank.late.is_zero() => Some(now.after(prank.late)),
            Self::RateLimit(permit) if !permit.after().is_zero() => Some(now.after(permit.after())),
            _ => None,
        }
    }

    /// Asks whether it is the call's turn before the wait is over: in the queue of a bulkhead.
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        let Self::Queued(waiting, _) = self else {
            return Poll::Pending;
        };
        let turn = ready!(waiting.poll_acquire(cx));
        Poll::Ready(self.come_in(turn))
    }

    /// The wait is over, or there was none.
    #[inline]
    pub(super) fn end_wait(&mut self) -> Result<(), Refusal> {
        match self {
            Self::Queued(waiting, _) => {
                let turn = waiting.expire();
                self.come_in(turn)
            }
            #[cfg(feature = "chaos")]
            Self::Chaos(prank) => match prank.fault {
                Some(outcome) => Err(Refusal {
                    reason: Reason::Chaos(outcome),
                    retry_after: None,
                }),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Whether what becomes of a call here is to look like a doing of the service.
    pub(super) fn stands_for_service(&self) -> bool {
        #[cfg(feature = "chaos")]
        if matches!(self, Self::Chaos(_)) {
            return true;
        }
        false
    }

    fn come_in(
        &mut self,
        turn: Result<bulkhead::Permit, bulkhead::Rejected>,
    ) -> Result<(), Refusal> {
        *self = Self::Bulkhead(turn?);
        Ok(())
    }

    /// The next attempt begins.
    pub(super) fn begin(&mut self) {
        if let Self::Retry(tries) = self {
            tries.withdrawn = None;
        }
    }
}
