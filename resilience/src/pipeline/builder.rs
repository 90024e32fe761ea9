//! [`PipelineBuilder`]: which policies, from the outermost to the innermost.

use std::sync::Arc;
use std::time::Duration;

use super::check::PipelineError;
use super::pipeline::{Pipeline, Shared};
use super::policy::Policy;
use crate::adaptive::AdaptiveLimit;
use crate::breaker::Breaker;
use crate::bulkhead::Bulkhead;
#[cfg(feature = "chaos")]
use crate::chaos::Chaos;
use crate::hedge::Hedge;
use crate::rate_limit::RateLimit;
use crate::retry::Retry;
use crate::shed::LoadShed;
use crate::throttle::Throttle;

/// How many policies a pipeline can have: as many as there are kinds that make sense in one.
pub(super) const POLICIES_MAX: usize = 8;

/// A policy as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Spec {
    Timeout(Duration),
    AttemptTimeout(Duration),
    Retry(Retry),
    Breaker(Breaker),
    RateLimit(RateLimit),
    Bulkhead(Bulkhead),
    LoadShed(LoadShed),
    Throttle(Throttle),
    Adaptive(AdaptiveLimit),
    Hedge(Hedge),
    #[cfg(feature = "chaos")]
    Chaos(Chaos),
}

impl Spec {
    /// Whether it has its place inside of the time-out of an attempt.
    pub(super) const fn is_innermost(&self) -> bool {
        match self {
            Self::Hedge(_) => true,
            #[cfg(feature = "chaos")]
            Self::Chaos(_) => true,
            _ => false,
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::AttemptTimeout(_) => "attempt_timeout",
            Self::Retry(_) => "retry",
            Self::Breaker(_) => "circuit_breaker",
            Self::RateLimit(_) => "rate_limit",
            Self::Bulkhead(_) => "bulkhead",
            Self::Hedge(_) => "hedge",
            #[cfg(feature = "chaos")]
            Self::Chaos(_) => "chaos",
            Self::LoadShed(_) => "load_shed",
            Self::Throttle(_) => "throttle",
            Self::Adaptive(_) => "adaptive_concurrency",
        }
    }

    /// Whether it asks how long a call has waited on its way in.
    pub(super) const fn asks_wait(&self) -> bool {
        matches!(self, Self::LoadShed(LoadShed::QueueTime(_)))
    }

    /// Whether calls wait in it, the oldest first.
    pub(super) const fn lets_wait(&self) -> bool {
        match self {
            Self::Bulkhead(bulkhead) => bulkhead.lets_wait_in_turn(),
            Self::RateLimit(limit) => !limit.longest_wait().is_zero(),
            _ => false,
        }
    }

    /// Whether it makes sense by itself.
    fn check(&self) -> Result<(), PipelineError> {
        match self {
            Self::Timeout(_) | Self::AttemptTimeout(_) => {}
            Self::Retry(retry) => retry.check()?,
            Self::Breaker(breaker) => breaker.check()?,
            Self::RateLimit(limit) => limit.check()?,
            Self::Bulkhead(bulkhead) => bulkhead.check()?,
            Self::LoadShed(shed) => shed.check()?,
            Self::Throttle(throttle) => throttle.check()?,
            Self::Adaptive(limit) => limit.check()?,
            Self::Hedge(hedge) => hedge.check()?,
            #[cfg(feature = "chaos")]
            Self::Chaos(chaos) => chaos.check()?,
        }
        Ok(())
    }
}

/// Collects policies, the outermost first; made by [`Pipeline::builder`].
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a builder does nothing until `build`"]
pub struct PipelineBuilder {
    name: Arc<str>,
    pub(super) seed: u64,
    pub(super) specs: Vec<Spec>,
    repeats: Repeats,
}

/// What a retry may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Nobody has said.
    Unsaid,
    OnlyRefused,
    Idempotent,
}

impl PipelineBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            seed: 0,
            specs: Vec::new(),
            repeats: Repeats::Unsaid,
        }
    }

    /// Ends the whole call, with all its attempts and pauses, after this time: it is dropped, and
    /// the caller is told [`Reason::Timeout`](super::Reason::Timeout).
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(Spec::Timeout(limit))
    }

    /// Ends one attempt after this time: it is dropped, and counts as a failure of unknown effect.
    pub fn attempt_timeout(self, limit: Duration) -> Self {
        self.with(Spec::AttemptTimeout(limit))
    }

    /// Repeats what may be repeated; see [`retry`](crate::retry).
    pub fn retry(self, retry: Retry) -> Self {
        self.with(Spec::Retry(retry))
    }

    /// Says that a call may have its effect twice without harm: it is repeated also where nobody
    /// knows whether it had one, as after the time-out of an attempt.
    pub fn idempotent(mut self) -> Self {
        self.repeats = Repeats::Idempotent;
        self
    }

    /// Says that only what was certainly refused is to be repeated. It is so unless set; a pipeline
    /// whose attempts can time out asks that somebody says one or the other.
    pub fn only_refused(mut self) -> Self {
        self.repeats = Repeats::OnlyRefused;
        self
    }

    /// Stops calling a service that fails; see [`breaker`](crate::breaker).
    pub fn circuit_breaker(self, breaker: Breaker) -> Self {
        self.with(Spec::Breaker(breaker))
    }

    /// Lets so many calls through in a time; each costs one permit. See
    /// [`rate_limit`](crate::rate_limit).
    pub fn rate_limit(self, limit: RateLimit) -> Self {
        self.with(Spec::RateLimit(limit))
    }

    /// Limits how many calls run at once; see [`bulkhead`](crate::bulkhead).
    pub fn bulkhead(self, bulkhead: Bulkhead) -> Self {
        self.with(Spec::Bulkhead(bulkhead))
    }

    /// Sheds calls, the least critical first, when there are more than can be served; see
    /// [`shed`](crate::shed).
    pub fn load_shed(self, shed: LoadShed) -> Self {
        self.with(Spec::LoadShed(shed))
    }

    /// Does not make calls that the service would refuse anyhow; see
    /// [`throttle`](crate::throttle).
    pub fn throttle(self, throttle: Throttle) -> Self {
        self.with(Spec::Throttle(throttle))
    }

    /// Limits how many calls run at once, by how long they take; see
    /// [`adaptive`](crate::adaptive).
    pub fn adaptive_concurrency(self, limit: AdaptiveLimit) -> Self {
        self.with(Spec::Adaptive(limit))
    }

    /// Begins another attempt beside one that does not answer; see [`hedge`](crate::hedge). It is
    /// the innermost policy: the others take all these attempts for one.
    pub fn hedge(self, hedge: Hedge) -> Self {
        self.with(Spec::Hedge(hedge))
    }

    /// Makes calls fail, or be late, on purpose; see [`chaos`](crate::chaos). It is the innermost
    /// policy but for a hedge.
    #[cfg(feature = "chaos")]
    pub fn chaos(self, chaos: Chaos) -> Self {
        self.with(Spec::Chaos(chaos))
    }

    /// Sets the seed of all that is drawn at random: jitter, ramps, faults. 0 unless set, so that
    /// pipelines of one process draw alike; where several processes call one service, give each its
    /// own.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The seed of another pipeline with the same settings.
    pub(super) fn seed_plus(mut self, number: u64) -> Self {
        self.seed = self.seed.wrapping_add(number);
        self
    }

    /// Makes the pipeline.
    ///
    /// # Errors
    ///
    /// A [`PipelineError`] where the policies can't work together, or one can't alone.
    pub fn build(self) -> Result<Pipeline, PipelineError> {
        let shared = self.shared(|spec| Policy::new(spec, self.seed))?;
        Ok(Pipeline::from(shared))
    }

    /// The policies at work, each made by `policy`, which is asked for none unless all can work.
    pub(super) fn shared(
        &self,
        policy: impl FnMut(&Spec) -> Result<Policy, PipelineError>,
    ) -> Result<Shared, PipelineError> {
        self.check()?;
        Ok(Shared {
            name: Arc::clone(&self.name),
            asks_wait: self.specs.iter().any(Spec::asks_wait),
            policies: self.specs.iter().map(policy).collect::<Result<_, _>>()?,
            idempotent: self.repeats == Repeats::Idempotent,
            lints: super::lint::lints(&self.specs).into(),
        })
    }

    /// Says whether these policies can work, each alone and together: what [`build`](Self::build)
    /// would say.
    ///
    /// # Errors
    ///
    /// The first of all that [`problems`](Self::problems) finds.
    pub fn check(&self) -> Result<(), PipelineError> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with these policies, where [`check`](Self::check) names the first. Empty
    /// if they can work. Of each policy by itself the first that applies.
    #[must_use]
    pub fn problems(&self) -> Vec<PipelineError> {
        let mut found = super::check::together(&self.specs, self.repeats);
        found.extend(self.specs.iter().filter_map(|spec| spec.check().err()));
        found
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn with(mut self, spec: Spec) -> Self {
        self.specs.push(spec);
        self
    }
}
