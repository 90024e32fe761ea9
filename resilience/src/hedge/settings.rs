//! [`Hedge`]: when another attempt is begun beside those that run, as a value.

use std::time::Duration;

use crate::retry::Budget;

/// Attempts at once unless set: the second catches nearly all that the first was unlucky with.
const DEFAULT_ATTEMPTS: u32 = 2;

/// The shortest delay of a quantile unless set: the grain of tokio's timers.
const DEFAULT_MIN: Duration = Duration::from_millis(1);

/// When another attempt is begun beside one that does not answer: plain data.
///
/// Building one cannot fail. Whoever takes one from a user calls [`check`](Self::check) and reports
/// its error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Hedge;
///
/// let fixed = Hedge::after(Duration::from_millis(50));
/// fixed.check()?;
///
/// let learnt = Hedge::quantile(0.95).min(Duration::from_millis(5)).attempts(3);
/// learnt.check()?;
/// # Ok::<(), greenroom_resilience::hedge::HedgeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "a hedge does nothing until a call is made through it"]
pub struct Hedge {
    pub(super) when: When,
    pub(super) attempts: u32,
    pub(super) allowance: Allowance,
}

/// How long the attempts before may take to answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum When {
    After(Duration),
    Quantile { share: f64, min: Duration },
}

/// What bounds the hedges of all calls together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Allowance {
    /// Nobody has said.
    Default,
    Own(Budget),
    Unbounded,
}

impl Hedge {
    /// Begins another attempt when there is no answer after this time.
    pub const fn after(delay: Duration) -> Self {
        Self::new(When::After(delay))
    }

    /// Begins another attempt when there is no answer after the time within which this share of the
    /// calls had theirs: 0.95 for the slowest twentieth.
    ///
    /// The time is that of the last 512 calls, exactly; what was overtaken by a hedge counts with
    /// the time until then. Nothing is hedged before there were 20 calls, or as many as make the
    /// rest of the share one call: 100 for 0.99, which is the largest.
    pub const fn quantile(share: f64) -> Self {
        let min = DEFAULT_MIN;
        Self::new(When::Quantile { share, min })
    }

    const fn new(when: When) -> Self {
        Self {
            when,
            attempts: DEFAULT_ATTEMPTS,
            allowance: Allowance::Default,
        }
    }

    /// Sets the shortest time after which a [quantile](Self::quantile) begins another attempt: 1 ms
    /// unless set, which is as exact as timers are. A fixed time stays what it is.
    pub const fn min(mut self, delay: Duration) -> Self {
        if let When::Quantile { min, .. } = &mut self.when {
            *min = delay;
        }
        self
    }

    /// Sets how many attempts may run at once, the first one included: 2 unless set, at most 5.
    /// Each is begun when there is no answer so long after the one before.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets how many hedges all calls together may cause: 20 %, and at least 3 a second, unless
    /// set.
    ///
    /// In a pipeline with a [retry](crate::retry) the retry's budget is that of both, and none is
    /// set here.
    pub const fn budget(mut self, budget: Budget) -> Self {
        self.allowance = Allowance::Own(budget);
        self
    }

    /// Hedges without a budget: when all calls are slow, the load is a multiple of the usual.
    pub const fn no_budget(mut self) -> Self {
        self.allowance = Allowance::Unbounded;
        self
    }

    /// The shortest time after which there can be another attempt.
    pub(crate) const fn least_delay(&self) -> Duration {
        match self.when {
            When::After(delay) => delay,
            When::Quantile { min, .. } => min,
        }
    }

    /// Whether something was said about the budget.
    pub(crate) const fn says_budget(&self) -> bool {
        !matches!(self.allowance, Allowance::Default)
    }

    /// Of what it withdraws its hedges; `None` for no bound.
    pub(super) fn own_budget(&self) -> Option<Budget> {
        match self.allowance {
            Allowance::Default => Some(Budget::default()),
            Allowance::Own(budget) => Some(budget),
            Allowance::Unbounded => None,
        }
    }
}
