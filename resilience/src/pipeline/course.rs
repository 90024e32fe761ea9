//! [`Course`]: how far a call has come through the policies.

use std::time::Duration;

use tokio::time::Instant;

use super::builder::POLICIES_MAX;
use super::pipeline::Shared;
use super::policy::{Frame, Now, Policy, Refusal};
use super::rejected::{CallError, Reason, Rejected};
use crate::deadline::Deadline;
use crate::outcome::Outcome;
use crate::verdict::Verdict;

/// What a call keeps on its way: a frame for each policy it is inside of.
#[derive(Debug)]
pub(super) struct Course {
    frames: [Frame; POLICIES_MAX],
    /// How many policies it is inside of.
    depth: usize,
    attempts: u32,
    /// Whether an attempt ended without anybody knowing its effect.
    unknown: bool,
    /// The end of its first time-out.
    until: Option<Instant>,
    ended: bool,
}

/// How an attempt ended.
pub(super) enum Settled<T, E> {
    /// With a result, its verdict, and when the service asked to be called again.
    Done(Result<T, E>, Verdict, Option<Duration>),
    /// At the end of its time.
    TimedOut,
}

impl Course {
    pub(super) fn new() -> Self {
        Self {
            frames: [const { Frame::Outside }; POLICIES_MAX],
            depth: 0,
            attempts: 0,
            unknown: false,
            until: None,
            ended: false,
        }
    }

    /// Goes in, policy by policy, as far as the attempt.
    pub(super) fn enter(&mut self, shared: &Shared) -> Result<(), Rejected> {
        let mut now = Now::default();
        if let Some(deadline) = Deadline::current()
            && deadline.instant() <= now.get()
        {
            self.ended = true;
            return Err(self.reject(shared, Reason::Expired, None));
        }
        for policy in &shared.policies[self.depth..] {
            match policy.enter(&mut now) {
                Ok(frame) => {
                    if let Frame::Until(at, _) = frame {
                        self.until = Some(self.until.map_or(at, |until| until.min(at)));
                    }
                    self.frames[self.depth] = frame;
                    self.depth += 1;
                }
                Err(Refusal {
                    reason,
                    retry_after,
                }) => {
                    // What a pipeline refuses by itself says nothing about the service.
                    self.leave(shared, Verdict::Ignored, None);
                    return Err(self.reject(shared, reason, retry_after));
                }
            }
        }
        self.attempts += 1;
        Ok(())
    }

    /// When the first time-out is.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Runs a poll of the attempt under the time-outs around it, as deadline of what it calls.
    #[inline]
    pub(super) fn under_deadline<R>(&self, poll: impl FnOnce() -> R) -> R {
        match self.until {
            Some(until) => Deadline::at(until).sync_scope(poll),
            None => poll(),
        }
    }

    /// Goes out again, after an attempt.
    pub(super) fn settle<T, E>(
        &mut self,
        shared: &Shared,
        settled: Settled<T, E>,
    ) -> Result<T, CallError<E>> {
        match settled {
            Settled::Done(result, verdict, retry_after) => {
                self.unknown |= verdict == Verdict::Unknown;
                self.leave(shared, verdict, retry_after);
                result.map_err(|error| CallError::Inner(error, self.outcome(verdict.outcome())))
            }
            Settled::TimedOut => {
                self.unknown = true;
                let reason = self.timed_out();
                self.leave(shared, Verdict::Unknown, None);
                Err(self.reject(shared, reason, None).into())
            }
        }
    }

    /// Gives back everything that a dropped call still has.
    pub(super) fn cancel(&mut self, shared: &Shared) {
        while let Some((policy, frame)) = self.step_out(shared) {
            policy.cancel(frame);
        }
    }

    /// Whether there is nothing to do any more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What to say for the time-out whose time was up first; of two, for the outer one.
    fn timed_out(&self) -> Reason {
        let time_outs = self.frames.iter().filter_map(|frame| match frame {
            Frame::Until(at, reason) => Some((*at, *reason)),
            Frame::Outside | Frame::Breaker(_) => None,
        });
        let first = time_outs.min_by_key(|(at, _)| *at);
        first.expect("without a time-out nothing times out").1
    }

    /// Goes out, and tells each policy how the call ended.
    fn leave(&mut self, shared: &Shared, verdict: Verdict, retry_after: Option<Duration>) {
        self.ended = true;
        while let Some((policy, frame)) = self.step_out(shared) {
            policy.leave(frame, verdict, retry_after);
        }
    }

    fn step_out<'p>(&mut self, shared: &'p Shared) -> Option<(&'p Policy, Frame)> {
        self.depth = self.depth.checked_sub(1)?;
        let frame = std::mem::replace(&mut self.frames[self.depth], Frame::Outside);
        Some((&shared.policies[self.depth], frame))
    }

    fn reject(&self, shared: &Shared, reason: Reason, retry_after: Option<Duration>) -> Rejected {
        Rejected {
            pipeline: shared.name.clone(),
            reason,
            retry_after,
            attempts: self.attempts,
            remaining: Deadline::current().map(Deadline::remaining),
            outcome: self.outcome(Outcome::Refused),
        }
    }

    /// What is known of all attempts together.
    fn outcome(&self, last: Outcome) -> Outcome {
        if self.unknown { Outcome::Unknown } else { last }
    }
}
