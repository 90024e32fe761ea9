//! The machine of a client-side throttle, without clock, chance, lock or future.

use std::time::Duration;

use rand_core::Rng;
use thiserror::Error;

use super::settings::Throttle;
use crate::backoff::unit;
use crate::shed::Criticality;
use crate::slices::Slices;
use crate::verdict::Verdict;

/// Leave to make one call, stamped with the slice of the window in which it began: it counts as
/// long as that does, and no longer.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is neither recorded nor cancelled counts as a call that failed"]
pub struct Permit {
    account: u8,
    slice: u64,
}

/// The client did not make the call: the service refuses too many. Its outcome is
/// [`Refused`](crate::Outcome::Refused).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("calls are throttled: {percent} % of the {criticality} ones are not made")]
#[non_exhaustive]
pub struct Throttled {
    /// Its class.
    pub criticality: Criticality,
    /// Which share of these calls is not made now, in percent, rounded down.
    pub percent: u32,
}

/// A client-side throttle. `now` is the time since some origin; one that is earlier than another
/// before it counts as that one.
#[derive(Debug, Clone)]
pub struct Machine {
    settings: Throttle,
    /// One a class, or the first for all.
    accounts: [Account; 4],
}

/// What became of the calls of one class.
#[derive(Debug, Clone)]
struct Account {
    sum: Calls,
    slices: Slices<Calls>,
    /// Of the newest slice, the calls that are still under way. They count as requests when they
    /// end, or with the end of the slice: not at once, as nobody knows yet that they fail, and not
    /// only when they end, as a service that hangs ends none.
    pending: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    /// All that were asked for, also those that were not made.
    requests: u64,
    accepts: u64,
}

impl Machine {
    /// A throttle that has seen no call. The settings must have been [checked](Throttle::check).
    #[must_use]
    pub fn new(settings: Throttle) -> Self {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        let account = || Account {
            sum: Calls::default(),
            slices: Slices::new(settings.window),
            pending: 0,
        };
        Self {
            settings,
            accounts: std::array::from_fn(|_| account()),
        }
    }

    /// Throttles by other settings from now on, and says whether it can: what it has counted over
    /// one window, or by class, does not tell what it would have over another.
    pub fn reconfigure(&mut self, settings: Throttle) -> bool {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        let Throttle {
            window, by_class, ..
        } = self.settings;
        let fits = (settings.window, settings.by_class) == (window, by_class);
        if fits {
            self.settings = settings;
        }
        fits
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    ///
    /// [`Throttled`], with the probability `(requests − K × accepts) / (requests + 1)`. The call
    /// counts as a request all the same.
    pub fn try_acquire(
        &mut self,
        criticality: Criticality,
        now: Duration,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Permit, Throttled> {
        let account = self.account_of(criticality);
        let settings = self.settings;
        let book = &mut self.accounts[account];
        book.slide(now);
        let share = book.share_throttled(&settings);
        book.slices.newest().requests += 1;
        book.sum.requests += 1;
        // Nothing is drawn where nothing is throttled.
        if share > 0.0 && unit(rng) < share {
            let percent = (share * 100.0) as u32;
            return Err(Throttled {
                criticality,
                percent,
            });
        }
        book.pending += 1;
        Ok(Permit {
            account: account as u8,
            slice: book.slices.number(),
        })
    }

    /// Counts how a call ended: accepted, unless it failed. What says nothing about the service
    /// does not count at all.
    pub fn record(&mut self, permit: Permit, verdict: Verdict, now: Duration) {
        if verdict == Verdict::Ignored {
            return self.cancel(permit, now);
        }
        let accepted = !verdict.is_failure();
        self.end(&permit, now, |calls| calls.accepts += u64::from(accepted));
    }

    /// Forgets a call that was dropped before its end.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a permit is used up, so that no call counts twice"
    )]
    pub fn cancel(&mut self, permit: Permit, now: Duration) {
        self.end(&permit, now, |calls| calls.requests -= 1);
    }

    /// The share of the calls of a class that is not made now, from 0 to 1.
    #[must_use]
    pub fn share_throttled(&mut self, criticality: Criticality, now: Duration) -> f64 {
        let account = self.account_of(criticality);
        let book = &mut self.accounts[account];
        book.slide(now);
        book.share_throttled(&self.settings)
    }

    /// Whether a call of its window was not accepted, or is under way.
    pub(super) fn has_seen_failures(&mut self, now: Duration) -> bool {
        self.accounts.iter_mut().any(|account| {
            account.slide(now);
            account.sum.requests > account.sum.accepts
        })
    }

    fn account_of(&self, criticality: Criticality) -> usize {
        match self.settings.by_class {
            true => criticality.index(),
            false => 0,
        }
    }

    /// Changes the counts of a call that ended, in its slice and so in the sum, unless it has left
    /// the window.
    fn end(&mut self, permit: &Permit, now: Duration, change: impl Fn(&mut Calls)) {
        let book = &mut self.accounts[usize::from(permit.account)];
        book.slide(now);
        if book.slices.number() == permit.slice {
            book.pending -= 1;
        }
        if let Some(slice) = book.slices.numbered(permit.slice) {
            change(slice);
            change(&mut book.sum);
        }
    }
}

impl Account {
    fn slide(&mut self, now: Duration) {
        let before = self.slices.number();
        self.slices.slide(now, |left| {
            self.sum.requests -= left.requests;
            self.sum.accepts -= left.accepts;
        });
        if self.slices.number() != before {
            self.pending = 0;
        }
    }

    fn share_throttled(&self, settings: &Throttle) -> f64 {
        let requests = self.sum.requests - self.pending;
        if requests < u64::from(settings.min_calls) {
            return 0.0;
        }
        let requests = requests as f64;
        let over = requests - settings.factor * self.sum.accepts as f64;
        (over / (requests + 1.0)).max(0.0)
    }
}
