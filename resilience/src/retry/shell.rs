//! [`Repeater`]: the decisions of one retry policy, with the budget that its calls share.

use std::time::Duration;

use parking_lot::Mutex;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::check::RetryError;
use super::decision::{Decision, FailedAttempt};
use super::ledger::Ledger;
use super::settings::Retry;
use crate::clock::{Clock, Now};
use crate::lock::lock_busy;

/// What the calls through one retry policy share.
#[derive(Debug)]
pub(crate) struct Repeater {
    clock: Clock,
    shared: Mutex<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Retry,
    ledger: Option<Ledger>,
    rng: ChaCha8Rng,
}

impl Repeater {
    /// `seed` decides the jitter of its delays.
    pub(crate) fn new(settings: Retry, seed: u64) -> Self {
        let shared = Shared {
            ledger: settings.ledger(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            settings,
        };
        Self {
            clock: Clock::new(),
            shared: Mutex::new(shared),
        }
    }

    /// Decides by other settings from now on. What calls and repeats of the last seconds have taken
    /// from the budget stays taken.
    pub(crate) fn reconfigure(&self, settings: &Retry) -> Result<(), RetryError> {
        settings.check()?;
        let mut shared = self.shared.lock();
        shared.ledger = match (shared.ledger.take(), settings.budget) {
            (Some(mut ledger), Some(budget)) => {
                ledger.set_budget(budget);
                Some(ledger)
            }
            (_, budget) => budget.map(Ledger::new),
        };
        shared.settings = settings.clone();
        Ok(())
    }

    /// Counts a call, for the share of them that may be repeated.
    #[inline]
    pub(crate) fn begin(&self, now: &mut Now) {
        if let Some(ledger) = &mut lock_busy(&self.shared).ledger {
            ledger.record_call(now.on(&self.clock));
        }
    }

    /// Whether an attempt of this number may be followed by another.
    pub(crate) fn may_repeat(&self, number: u32) -> bool {
        number < lock_busy(&self.shared).settings.attempts
    }

    /// Decides about an attempt that failed; a repeat was withdrawn from the budget at
    /// `failed.now`.
    pub(crate) fn decide(&self, mut failed: FailedAttempt, now: &mut Now) -> (Decision, Duration) {
        failed.now = now.on(&self.clock);
        let mut shared = lock_busy(&self.shared);
        let Shared {
            settings,
            ledger,
            rng,
        } = &mut *shared;
        let decision = settings.decide(&failed, ledger.as_mut(), rng);
        (decision, failed.now)
    }

    /// Whether its budget remembers repeats.
    pub(crate) fn has_repeats(&self, now: &mut Now) -> bool {
        let mut shared = lock_busy(&self.shared);
        let ledger = shared.ledger.as_mut();
        ledger.is_some_and(|ledger| ledger.has_repeats(now.on(&self.clock)))
    }

    /// Withdraws an attempt from the budget that is begun beside others, if there is room for it.
    pub(crate) fn withdraw(&self, now: &mut Now) -> bool {
        let mut shared = lock_busy(&self.shared);
        let ledger = shared.ledger.as_mut();
        ledger.is_none_or(|ledger| ledger.try_withdraw(now.on(&self.clock)))
    }

    /// Gives back what a call withdrew that was dropped before its repeat began.
    pub(crate) fn give_back(&self, withdrawn: Duration) {
        if let Some(ledger) = &mut lock_busy(&self.shared).ledger {
            ledger.give_back(withdrawn);
        }
    }
}
