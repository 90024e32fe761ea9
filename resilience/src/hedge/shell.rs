//! [`Hedger`]: one hedge policy at work, with what it knows of its calls, and [`Hedging`], one
//! call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::check::HedgeError;
use super::latencies::Latencies;
use super::settings::{Hedge, When};
use crate::clock::{Clock, Now};
use crate::lock::lock_busy;
use crate::retry::Ledger;
use crate::verdict::Verdict;

/// Stands for a delay that is not known yet.
const UNKNOWN: u64 = u64::MAX;

/// What the calls through one hedge policy share.
#[derive(Debug)]
pub(crate) struct Hedger {
    settings: Hedge,
    clock: Clock,
    ledger: Option<Mutex<Ledger>>,
    learnt: Option<Learnt>,
}

/// What a quantile has learnt of the calls.
#[derive(Debug)]
struct Learnt {
    share: f64,
    min: Duration,
    latencies: Mutex<Latencies>,
    /// The delay that follows from them, in nanoseconds, so that calls read it without the lock.
    delay: AtomicU64,
}

/// The attempts of one call that run, or may still be begun.
#[derive(Debug)]
pub(crate) struct Hedging {
    began: Instant,
    /// How long after one the next is begun; `None` where there is to be none.
    delay: Option<Duration>,
    /// How many were begun, or would have been.
    begun: u32,
    most: u32,
}

impl Hedger {
    pub(crate) fn new(settings: Hedge) -> Result<Self, HedgeError> {
        settings.check()?;
        let learnt = match settings.when {
            When::After(_) => None,
            When::Quantile { share, min } => Some(Learnt {
                share,
                min,
                latencies: Mutex::new(Latencies::new()),
                delay: AtomicU64::new(UNKNOWN),
            }),
        };
        Ok(Self {
            settings,
            clock: Clock::new(),
            ledger: settings
                .own_budget()
                .map(|budget| Mutex::new(Ledger::new(budget))),
            learnt,
        })
    }

    /// The same by other settings, with the latencies that are known and what is taken from the
    /// budget. Calls under way end where they began.
    pub(crate) fn reconfigured(&self, settings: Hedge) -> Result<Self, HedgeError> {
        let mut other = Self::new(settings)?;
        other.clock = self.clock;
        if let (Some(from), Some(budget)) = (&self.ledger, settings.own_budget()) {
            let mut ledger = lock_busy(from).clone();
            ledger.set_budget(budget);
            other.ledger = Some(Mutex::new(ledger));
        }
        if let (Some(from), Some(to)) = (&self.learnt, &mut other.learnt) {
            *to.latencies.get_mut() = lock_busy(&from.latencies).clone();
            to.update(&lock_busy(&to.latencies));
        }
        Ok(other)
    }

    /// Begins the first attempt of a call.
    pub(crate) fn begin(&self, idempotent: bool, now: &mut Now) -> Hedging {
        if let Some(ledger) = &self.ledger {
            lock_busy(ledger).record_call(now.on(&self.clock));
        }
        Hedging {
            began: now.instant(),
            delay: self.delay().filter(|_| idempotent),
            begun: 1,
            most: self.settings.attempts,
        }
    }

    /// Withdraws another attempt from its own budget, if that has room for it.
    pub(crate) fn withdraw(&self, now: &mut Now) -> bool {
        let withdraw = |ledger: &Mutex<Ledger>| lock_busy(ledger).try_withdraw(now.on(&self.clock));
        self.ledger.as_ref().is_none_or(withdraw)
    }

    /// Learns from a call that has ended so, or was dropped.
    pub(crate) fn end(&self, hedging: &Hedging, verdict: Option<Verdict>) {
        let Some(learnt) = &self.learnt else {
            return;
        };
        let took = hedging.began.elapsed();
        // Of what has failed or was dropped we know how long an answer takes at least; that says
        // something where it is longer than the delay.
        let overdue = hedging.delay.is_some_and(|delay| took >= delay);
        if verdict == Some(Verdict::Success) || overdue {
            let mut latencies = lock_busy(&learnt.latencies);
            latencies.record(took);
            learnt.update(&latencies);
        }
    }

    /// Whether it knows how long calls take, or its own budget remembers hedges.
    pub(crate) fn has_learnt(&self, now: &mut Now) -> bool {
        let has_hedged =
            |ledger: &Mutex<Ledger>| lock_busy(ledger).has_repeats(now.on(&self.clock));
        self.learnt.is_some() && self.delay().is_some()
            || self.ledger.as_ref().is_some_and(has_hedged)
    }

    fn delay(&self) -> Option<Duration> {
        match (self.settings.when, &self.learnt) {
            (When::After(delay), _) => Some(delay),
            (When::Quantile { .. }, Some(learnt)) => match learnt.delay.load(Ordering::Relaxed) {
                UNKNOWN => None,
                delay => Some(Duration::from_nanos(delay)),
            },
            (When::Quantile { .. }, None) => None,
        }
    }
}

impl Learnt {
    /// Goes by what is known now, if that is enough.
    fn update(&self, latencies: &Latencies) {
        if let Some(quantile) = latencies.quantile(self.share) {
            let delay = u64::try_from(quantile.max(self.min).as_nanos());
            self.delay
                .store(delay.unwrap_or(UNKNOWN), Ordering::Relaxed);
        }
    }
}

impl Hedging {
    /// When another attempt is to be begun, unless there is an answer before.
    pub(crate) fn next(&self) -> Option<Instant> {
        let delay = self.delay.filter(|_| self.begun < self.most)?;
        self.began.checked_add(delay.saturating_mul(self.begun))
    }

    /// The time of the next has come.
    pub(crate) fn step(&mut self) {
        self.begun += 1;
    }
}
