//! [`Budget`]: how many repeats there may be beside the calls themselves.

/// The default share: with it a service that fails every call gets 1.2 times its usual load, and
/// not the multiple that the attempts of one call would make of it.
const DEFAULT_SHARE: f64 = 0.2;

/// The default floor, in repeats a second: without one, a client with fewer than five calls in the
/// window could not repeat even one of them.
const DEFAULT_FLOOR: u32 = 3;

/// How many repeats there may be: a share of the first attempts, and at least so many a second.
///
/// A repeat is within the budget if either part has room for it:
///
/// - all repeats of the last 10 s, with it, are no more than the share of the calls of these 10 s;
/// - all repeats of the last second, with it, are no more than the floor.
///
/// So a busy client keeps to the share and a quiet one to the floor. The two are not added up:
/// whichever granted a repeat, it counts against both. The windows slide by tenths of a second.
///
/// Attempts bound what one call may cost; only a budget bounds what all calls cost together while a
/// service is down.
///
/// The default is a share of 20 % and a floor of 3 a second, which are Envoy's defaults and those
/// of failsafe-go. A value without state: [`Ledger`](super::Ledger) does the counting.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Retry;
/// use greenroom_resilience::retry::Budget;
///
/// let retry = Retry::constant(Duration::from_millis(20))
///     .budget(Budget::share(0.1).at_least_per_second(1));
/// assert_eq!(retry.check(), Ok(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    pub(super) share: f64,
    pub(super) per_second: u32,
}

impl Budget {
    /// A budget of `share` repeats for each first attempt, from 0 to 1, and of at least 3 a second.
    ///
    /// The share counts in millionths. Building one cannot fail;
    /// [`Retry::check`](super::Retry::check) says what is wrong. An unchecked share below 0 or NaN
    /// counts as 0, one above 1 as 1.
    #[must_use]
    pub const fn share(share: f64) -> Self {
        Self {
            share,
            per_second: DEFAULT_FLOOR,
        }
    }

    /// Sets how many repeats a second there may be whatever the share says. 3 by default, so that a
    /// quiet client can repeat at all.
    ///
    /// With zero, a client can repeat nothing until it has made 1 / share calls within 10 s.
    #[must_use]
    pub const fn at_least_per_second(mut self, repeats: u32) -> Self {
        self.per_second = repeats;
        self
    }

    /// The share, where it is none.
    pub(crate) fn invalid_share(self) -> Option<f64> {
        let valid = (0.0..=1.0).contains(&self.share);
        (!valid).then_some(self.share)
    }

    /// Whether it never grants anything.
    pub(crate) fn is_empty(self) -> bool {
        self.millionths() == 0 && self.per_second == 0
    }

    /// The share in millionths, so that the counting needs no fractions.
    pub(super) fn millionths(self) -> u64 {
        // The conversion makes 0 of NaN.
        (self.share.clamp(0.0, 1.0) * 1e6).round() as u64
    }
}

/// A share of 20 %, at least 3 a second.
impl Default for Budget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Budget {
    /// The default, for constant contexts.
    pub(super) const DEFAULT: Self = Self::share(DEFAULT_SHARE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_is_a_fifth_and_at_least_three_a_second() {
        assert_eq!(Budget::default(), Budget::share(0.2).at_least_per_second(3));
    }

    #[test]
    fn share_counts_in_millionths() {
        for (share, expected) in [
            (0.0, 0),
            (1e-6, 1),
            (0.000249, 249),
            (0.2, 200_000),
            (1.0, 1_000_000),
        ] {
            assert_eq!(Budget::share(share).millionths(), expected, "{share}");
        }
    }

    #[test]
    fn unchecked_share_is_forced_between_none_and_all() {
        let none = [-0.1, f64::NEG_INFINITY, f64::NAN];
        assert!(
            none.iter()
                .all(|share| Budget::share(*share).millionths() == 0)
        );
        let all = [1.1, f64::INFINITY];
        assert!(
            all.iter()
                .all(|share| Budget::share(*share).millionths() == 1_000_000)
        );
    }
}
