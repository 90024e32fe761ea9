//! [`Chaos`]: how many calls fail or are late on purpose, as a value.

use std::ops::RangeInclusive;
use std::time::Duration;

/// How many calls fail, or are late, on purpose: plain data. Unless set, none.
///
/// Building one cannot fail. Whoever takes one from a user calls [`check`](Self::check) and reports
/// its error; one that was not checked still never panics.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Chaos;
///
/// let ms = Duration::from_millis;
/// let chaos = Chaos::new()
///     .refused(0.05)
///     .unknown(0.01)
///     .latency(0.1, ms(200)..=ms(900));
/// chaos.check()?;
/// # Ok::<(), greenroom_resilience::chaos::ChaosError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "chaos does nothing until a call is made through it"]
pub struct Chaos {
    pub(super) refused: f64,
    pub(super) unknown: f64,
    pub(super) late: f64,
    pub(super) latency: RangeInclusive<Duration>,
}

impl Chaos {
    /// Nothing happens yet.
    pub const fn new() -> Self {
        Self {
            refused: 0.0,
            unknown: 0.0,
            late: 0.0,
            latency: Duration::ZERO..=Duration::ZERO,
        }
    }

    /// Sets the share of calls, from 0 to 1, that fail as if the service had
    /// [refused](crate::Outcome::Refused) them.
    pub const fn refused(mut self, share: f64) -> Self {
        self.refused = share;
        self
    }

    /// Sets the share of calls, from 0 to 1, that fail as if the connection had broken: of
    /// [unknown](crate::Outcome::Unknown) outcome, although nothing was called. No call fails both
    /// ways, so that the two shares are at most 1 together.
    pub const fn unknown(mut self, share: f64) -> Self {
        self.unknown = share;
        self
    }

    /// Sets the share of calls, from 0 to 1, that are late, and by how much: anything in the range
    /// alike. What fails may be late too.
    pub const fn latency(mut self, share: f64, range: RangeInclusive<Duration>) -> Self {
        self.late = share;
        self.latency = range;
        self
    }
}

impl Default for Chaos {
    fn default() -> Self {
        Self::new()
    }
}
