//! [`Course`]: how far a call has come through the policies.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use super::builder::POLICIES_MAX;
use super::options::Options;
use super::pipeline::Shared;
use super::policy::{Ending, Frame, Policy};
use super::refusal::Refusal;
use super::rejected::{CallError, Reason, Rejected};
use crate::clock::Now;
use crate::deadline::Deadline;
use crate::outcome::Outcome;
use crate::verdict::Verdict;

/// What a call keeps on its way: a frame for each policy it is inside of.
#[derive(Debug)]
pub(super) struct Course {
    frames: [Frame; POLICIES_MAX],
    /// How many policies it is inside of.
    depth: usize,
    /// With the pipeline's mark in place of none, once it has begun.
    options: Options,
    /// The end of a time-out that this call has asked for.
    own_end: Option<Instant>,
    /// How often the service was called.
    pub(super) attempts: u32,
    /// When it came, or began to try again; known where a policy asks how long it waited since.
    since: Option<Instant>,
    /// Whether an attempt ended without anybody knowing its effect.
    unknown: bool,
    /// The end of its first time-out.
    until: Option<Instant>,
    pub(super) stage: Stage,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is on its way in.
    Entering,
    /// It waits on its way in, so long: for its turn, or until it is tried again.
    Waiting(Instant),
    /// The attempt runs.
    Running,
    Ended,
}

/// How an attempt ended.
pub(super) enum Settled<T, E> {
    /// With a result, its verdict, and when the service asked to be called again.
    Done(Result<T, E>, Verdict, Option<Duration>),
    /// A policy stopped it.
    Stopped(Stop),
}

/// What is left of an attempt that has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means {
    /// Whether it came as far as the service; otherwise it had no effect.
    pub(super) begun: bool,
    /// Whether there is what another one needs.
    pub(super) more: bool,
}

/// What is to be done when an attempt has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To try again, after a pause.
    Again,
    /// To tell the caller.
    End,
}

/// What is to be done with attempts that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// To stop them.
    TimedOut,
    /// To begin another.
    Hedge,
    /// To wait on.
    Nothing,
}

/// Why a policy stopped a call.
pub(super) enum Stop {
    /// At the end of its time, before or after the attempt began.
    TimedOut,
    /// Before the attempt began.
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Course {
    #[inline]
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            own_end: None,
            // Not by repetition, which would write each frame to its last byte.
            frames: std::array::from_fn(|_| Frame::Outside),
            depth: 0,
            attempts: 0,
            since: None,
            unknown: false,
            until: None,
            stage: Stage::Entering,
        }
    }

    /// Goes in, policy by policy, as far as the attempt or to where it has to wait.
    pub(super) fn enter(&mut self, shared: &Shared) -> Result<(), Stop> {
        let mut now = Now::default();
        if let Some(deadline) = Deadline::current()
            && deadline.instant() <= now.instant()
        {
            let reason = Reason::Expired;
            let retry_after = None;
            return Err(Stop::Refused(Refusal {
                reason,
                retry_after,
            }));
        }
        self.options.idempotent.get_or_insert(shared.idempotent);
        // Also where the pipeline has a time-out, which then lasts as long.
        if let Some(limit) = self.options.timeout
            && self.depth == 0
        {
            self.own_end = Some(now.after(limit));
            self.until = self.own_end;
        }
        if shared.asks_wait && self.since.is_none() {
            self.since = Some(now.instant());
        }
        for policy in &shared.policies[self.depth..] {
            let frame = policy.enter(&self.options, self.since, &mut now)?;
            if let Frame::Until(at, _) = frame {
                self.until = Some(self.until.map_or(at, |until| until.min(at)));
            }
            let wait = frame.wait(&mut now);
            self.frames[self.depth] = frame;
            self.depth += 1;
            if let Some(until) = wait {
                self.stage = Stage::Waiting(until);
                return Ok(());
            }
            if self.stands_for_service() {
                self.innermost().end_wait()?;
            }
        }
        self.frames[..self.depth].iter_mut().for_each(Frame::begin);
        self.attempts += 1;
        self.stage = Stage::Running;
        Ok(())
    }

    /// Whether a policy that it is inside of may try it again, should it fail.
    pub(super) fn may_repeat(&self, shared: &Shared) -> bool {
        let mut inside = shared.policies.iter().zip(&self.frames[..self.depth]);
        inside.any(|(policy, frame)| policy.may_repeat(frame))
    }

    /// When something happens to an attempt that runs: the first time-out, or another attempt that
    /// is begun beside it.
    pub(super) fn alarm(&self) -> Option<Instant> {
        let hedging = self.frames[..self.depth].last();
        let next = hedging.and_then(|frame| match frame {
            Frame::Hedge(hedging) => hedging.next(),
            _ => None,
        });
        self.until.into_iter().chain(next).min()
    }

    /// The time of the alarm has come; `more` says whether another attempt can be made.
    pub(super) fn ring(&mut self, shared: &Shared, alarm: Instant, more: bool) -> Alarm {
        if self.until.is_some_and(|until| until <= alarm) {
            return Alarm::TimedOut;
        }
        if let Frame::Hedge(hedging) = self.innermost() {
            hedging.step();
        }
        if !more || !shared.withdraw_hedge() {
            return Alarm::Nothing;
        }
        self.attempts += 1;
        Alarm::Hedge
    }

    /// One of several attempts has failed; the others go on. One that had not `begun` certainly had
    /// no effect.
    pub(super) fn lose_one(&mut self, verdict: Verdict, begun: bool) {
        self.unknown |= begun && verdict == Verdict::Unknown;
    }

    /// Asks whether it is its turn before its wait is over.
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        let turn = ready!(self.innermost().poll_turn(cx));
        self.stage = Stage::Entering;
        Poll::Ready(turn.map_err(Stop::from))
    }

    /// Goes on after a wait, unless a time-out was first.
    pub(super) fn end_wait(&mut self, waited_until: Instant) -> Result<(), Stop> {
        if self.until.is_some_and(|until| until < waited_until) {
            return Err(Stop::TimedOut);
        }
        self.stage = Stage::Entering;
        Ok(self.innermost().end_wait()?)
    }

    fn innermost(&mut self) -> &mut Frame {
        &mut self.frames[self.depth - 1]
    }

    /// Runs a poll of the attempt under the time-outs around it, as deadline of what it calls.
    #[inline]
    pub(super) fn under_deadline<R>(&self, poll: impl FnOnce() -> R) -> R {
        match self.until {
            Some(until) => Deadline::at(until).sync_scope(poll),
            None => poll(),
        }
    }

    /// Goes out again, and tells each policy how the attempt ended. Beside what is next, it says
    /// what the caller is told, or would be.
    pub(super) fn settle<T, E>(
        &mut self,
        shared: &Shared,
        settled: Settled<T, E>,
        means: Means,
    ) -> (Next, Result<T, CallError<E>>) {
        let stands_for_service = self.stands_for_service();
        self.attempts += u32::from(stands_for_service);
        let ending = self.ending(&settled, means.begun || stands_for_service);
        self.unknown |= ending.started && ending.verdict == Some(Verdict::Unknown);
        let timed_out =
            matches!(settled, Settled::Stopped(Stop::TimedOut)).then(|| self.timed_out());
        let next = self.go_out(shared, ending, means.more);
        let result = match settled {
            Settled::Done(result, ..) => {
                let outcome = ending.verdict.map_or(Outcome::Unknown, Verdict::outcome);
                result.map_err(|error| CallError::Inner(error, self.outcome(outcome)))
            }
            Settled::Stopped(Stop::TimedOut) => {
                let reason = timed_out.expect("it was looked up above");
                Err(self.reject(shared, reason, None).into())
            }
            Settled::Stopped(Stop::Refused(Refusal {
                reason,
                retry_after,
            })) => Err(self.reject(shared, reason, retry_after).into()),
        };
        (next, result)
    }

    /// Tells each policy, up to one that tries again.
    #[inline]
    fn go_out(&mut self, shared: &Shared, ending: Ending, more: bool) -> Next {
        let idempotent = self.options.idempotent == Some(true);
        while let Some((policy, mut frame)) = self.step_out(shared) {
            let remaining = || self.remaining();
            if more && let Some(after) = policy.again(&mut frame, ending, idempotent, remaining) {
                self.frames[self.depth] = frame;
                self.depth += 1;
                self.stage = Stage::Waiting(Now::default().after(after));
                self.since = None;
                return Next::Again;
            }
            policy.leave(frame, ending);
        }
        self.stage = Stage::Ended;
        Next::End
    }

    /// Gives back everything that a dropped call still has.
    pub(super) fn cancel(&mut self, shared: &Shared) {
        let started = self.has_started();
        let ending = Ending {
            // A call that never began says nothing about the service.
            verdict: (!started).then_some(Verdict::Ignored),
            retry_after: None,
            started,
        };
        while let Some((policy, frame)) = self.step_out(shared) {
            policy.leave(frame, ending);
        }
    }

    /// What the policies are told.
    fn ending<T, E>(&self, settled: &Settled<T, E>, begun: bool) -> Ending {
        let started = self.has_started();
        let (verdict, retry_after) = match settled {
            Settled::Done(_, verdict, retry_after) => (*verdict, *retry_after),
            Settled::Stopped(Stop::TimedOut) if started => (Verdict::Unknown, None),
            // What a pipeline ends by itself says nothing about the service.
            Settled::Stopped(Stop::TimedOut) => (Verdict::Ignored, None),
            Settled::Stopped(Stop::Refused(refusal)) => (refusal.verdict(), refusal.retry_after),
        };
        let verdict = match verdict {
            Verdict::Unknown if !begun => Verdict::Refused,
            verdict => verdict,
        };
        Ending {
            verdict: Some(verdict),
            retry_after,
            started,
        }
    }

    /// Whether the service was called, or what stands for it.
    fn has_started(&self) -> bool {
        self.stage == Stage::Running || self.stands_for_service()
    }

    /// Whether it is where the service would be called, and what becomes of it there is to look
    /// like its doing.
    fn stands_for_service(&self) -> bool {
        let last = self.frames[..self.depth].last();
        self.stage != Stage::Running && last.is_some_and(Frame::stands_for_service)
    }

    /// What to say for the time-out whose time was up first; of two, for the outer one.
    fn timed_out(&self) -> Reason {
        let first = self.time_outs().min_by_key(|(at, _)| *at);
        first.expect("without a time-out nothing times out").1
    }

    /// The outermost first.
    fn time_outs(&self) -> impl Iterator<Item = (Instant, Reason)> {
        let limit = self.options.timeout.unwrap_or_default();
        let own = self.own_end.map(|at| (at, Reason::Timeout(limit)));
        let inside = self.frames[..self.depth].iter();
        let inside = inside.filter_map(|frame| match frame {
            Frame::Until(at, reason) => Some((*at, *reason)),
            _ => None,
        });
        own.into_iter().chain(inside)
    }

    /// What is left of the time-outs and the deadline around the policy it has come out to.
    fn remaining(&self) -> Option<Duration> {
        let deadline = Deadline::current().map(Deadline::instant);
        let until = deadline.into_iter().chain(self.until).min();
        until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    #[inline]
    fn step_out<'p>(&mut self, shared: &'p Shared) -> Option<(&'p Policy, Frame)> {
        self.depth = self.depth.checked_sub(1)?;
        let frame = std::mem::replace(&mut self.frames[self.depth], Frame::Outside);
        if matches!(frame, Frame::Until(..)) {
            self.until = self.time_outs().map(|(at, _)| at).min();
        }
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
        match last {
            Outcome::Refused if self.unknown => Outcome::Unknown,
            last => last,
        }
    }
}
