//! [`Window`]: an exact sliding window, as a log of what was admitted.

use std::collections::VecDeque;
use std::time::Duration;

use super::permit::{Permit, RateRejected};
use super::rate::{Meter, Rate, Used, duration};

/// Calls that start at the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Nanoseconds since the clock's origin; ahead of now for calls that wait.
    at: u128,
    cost: u32,
}

/// All that was admitted in the last period, and what waits for its turn, oldest first.
///
/// A window is half open: what was admitted exactly one period ago does not count any more. No
/// window, wherever it begins, holds more than `most`; so the log has at most that many entries for
/// each period that it covers, and [`RateLimit::check`](super::RateLimit::check) bounds the sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Window {
    log: VecDeque<Entry>,
    /// The sum of the log.
    used: u64,
}

impl Window {
    /// How much of it is used, whatever the rate.
    pub(super) fn used(&self, rate: &Rate, now: Duration) -> Used {
        let left = self.available(rate, now);
        let last = self.log.back().map_or(0, |last| last.at);
        Used {
            share: f64::from(rate.most - left) / f64::from(rate.most),
            wait: duration(last.saturating_sub(now.as_nanos())),
        }
    }

    /// One of which so much is used, as of the last turn that was given.
    pub(super) fn with(used: Used, rate: &Rate, now: Duration) -> Self {
        let cost = (used.share * f64::from(rate.most)).ceil() as u32;
        let at = now.as_nanos() + used.wait.as_nanos();
        let log = (cost > 0).then_some(Entry { at, cost });
        Self {
            log: log.into_iter().collect(),
            used: u64::from(cost),
        }
    }

    fn forget_before(&mut self, rate: &Rate, now: u128) {
        while let Some(oldest) = self.log.front().copied() {
            if oldest.at + rate.period > now {
                break;
            }
            self.used -= u64::from(oldest.cost);
            self.log.pop_front();
        }
    }

    /// The first instant at which so much more fits, not before the turn of any other call.
    ///
    /// One step for each call of the log that has to leave the window first: one, unless calls are
    /// waiting or cost more than those before.
    fn turn(&self, rate: &Rate, cost: u32, now: u128) -> u128 {
        let mut turn = self.log.back().map_or(now, |last| last.at.max(now));
        let mut excess = (self.used + u64::from(cost)).saturating_sub(u64::from(rate.most));
        for entry in &self.log {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(u64::from(entry.cost));
            turn = turn.max(entry.at + rate.period);
        }
        turn
    }
}

impl Meter for Window {
    fn take(&mut self, rate: &Rate, cost: u32, now: Duration) -> Result<Permit, RateRejected> {
        let now = now.as_nanos();
        self.forget_before(rate, now);
        let turn = self.turn(rate, cost, now);
        let wait = turn - now;
        if wait > rate.max_wait {
            let retry_after = duration(wait);
            return Err(RateRejected::Exhausted { retry_after });
        }
        match self.log.back_mut() {
            Some(last) if last.at == turn => last.cost += cost,
            _ => self.log.push_back(Entry { at: turn, cost }),
        }
        self.used += u64::from(cost);
        Ok(Permit {
            cost,
            after: duration(wait),
            mark: turn,
            generation: 0,
        })
    }

    fn give_back(&mut self, _rate: &Rate, permit: &Permit) {
        let Ok(at) = self
            .log
            .binary_search_by_key(&permit.mark, |entry| entry.at)
        else {
            return; // it has left the window
        };
        let entry = &mut self.log[at];
        let cost = permit.cost.min(entry.cost);
        entry.cost -= cost;
        self.used -= u64::from(cost);
        if entry.cost == 0 {
            self.log.remove(at);
        }
    }

    fn is_unused(&self, rate: &Rate, now: Duration) -> bool {
        let now = now.as_nanos();
        self.log
            .back()
            .is_none_or(|last| last.at + rate.period <= now)
    }

    fn available(&self, rate: &Rate, now: Duration) -> u32 {
        let now = now.as_nanos();
        if self.log.back().is_some_and(|last| last.at > now) {
            return 0; // calls wait, and go first
        }
        let within = self
            .log
            .iter()
            .rev()
            .take_while(|entry| entry.at + rate.period > now);
        within.fold(rate.most, |left, entry| left.saturating_sub(entry.cost))
    }
}
