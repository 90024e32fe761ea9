//! [`RateLimitError`]: what can be wrong with a rate limit, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::settings::{Kind, RateLimit};

/// How many calls a sliding window may have to remember: 3.2 MB, for a limit of 100,000 in its
/// period. Whoever needs more does not need it exact to the call.
const MOST_REMEMBERED: u64 = 100_000;

/// How many calls the sliding windows of all keys together may have to remember: 320 MB, when
/// every key there is room for uses its limit up.
const MOST_REMEMBERED_BY_KEYS: u64 = 10_000_000;

/// Why [`RateLimit::check`], or what makes a limiter, refused a rate limit.
///
/// There is no error for numbers that are too large: rate, period, burst and wait may each be the
/// largest of its type, and all of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RateLimitError {
    /// The rate is zero, so no call would ever be admitted. Use a rate of at least 1, over a longer
    /// period if it is to be a low one.
    #[error("rate limit admits nothing: 0 permits per {period:?}")]
    ZeroRate {
        /// The period as given.
        period: Duration,
    },
    /// The period is zero, in which any rate is without bound. Use a positive one, or no limiter.
    #[error("rate limit has no bound: {permits} permits per 0s")]
    ZeroPeriod {
        /// The rate as given.
        permits: u32,
    },
    /// The burst is zero, so not even one call would fit. Use 1 for calls that are spaced evenly.
    #[error("rate limit admits nothing: burst is 0")]
    ZeroBurst,
    /// A burst was set for a sliding window, which has none: all its permits may be taken at once.
    /// Leave the burst out, or take the token bucket.
    #[error("burst {burst} has no effect with a sliding window")]
    UnusedBurst {
        /// The burst as given.
        burst: u32,
    },
    /// The sliding window would have to remember too many calls: its permits, once more for each
    /// period that a call may wait, and that for each key. Use a token bucket, which remembers one
    /// number, or a shorter period or wait, or fewer keys.
    #[error("sliding window would remember {calls} calls, more than {most}")]
    WindowTooLong {
        /// What it would remember, at most `u64::MAX`.
        calls: u64,
        /// What it may.
        most: u64,
    },
    /// A keyed limiter has room for no key, or for more than `u32::MAX` less one. Give it room for
    /// as many clients as are active at a time.
    #[error("keyed rate limit has a capacity of {capacity} keys")]
    InvalidCapacity {
        /// The capacity as given.
        capacity: usize,
    },
}

impl RateLimit {
    /// Says whether this limit makes sense. For whoever takes one from a user.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`RateLimitError`]:
    ///
    /// - [`ZeroRate`](RateLimitError::ZeroRate): no permits in a period.
    /// - [`ZeroPeriod`](RateLimitError::ZeroPeriod): a period without length.
    /// - [`UnusedBurst`](RateLimitError::UnusedBurst): a burst of a sliding window.
    /// - [`ZeroBurst`](RateLimitError::ZeroBurst): a bucket that holds nothing.
    /// - [`WindowTooLong`](RateLimitError::WindowTooLong): a sliding window of over 100,000 calls.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::RateLimit;
    /// use greenroom_resilience::rate_limit::RateLimitError;
    ///
    /// let error = RateLimit::per_second(0).check().unwrap_err();
    /// assert_eq!(error, RateLimitError::ZeroRate { period: Duration::from_secs(1) });
    /// ```
    pub fn check(&self) -> Result<(), RateLimitError> {
        let &Self {
            permits,
            period,
            burst,
            kind,
            ..
        } = self;
        if permits == 0 {
            return Err(RateLimitError::ZeroRate { period });
        }
        if period.is_zero() {
            return Err(RateLimitError::ZeroPeriod { permits });
        }
        match (kind, burst) {
            (Kind::SlidingWindow, Some(burst)) => Err(RateLimitError::UnusedBurst { burst }),
            (Kind::TokenBucket, Some(0)) => Err(RateLimitError::ZeroBurst),
            (Kind::SlidingWindow, None) => remembers_at_most(self.remembered(), MOST_REMEMBERED),
            (Kind::TokenBucket, _) => Ok(()),
        }
    }

    /// As [`check`](Self::check), for a limiter with room for `capacity` keys.
    pub(super) fn check_keyed(&self, capacity: usize) -> Result<(), RateLimitError> {
        self.check()?;
        let refused = RateLimitError::InvalidCapacity { capacity };
        let keys = match u32::try_from(capacity) {
            Ok(keys) if keys > 0 && keys < u32::MAX => keys,
            _ => return Err(refused),
        };
        if self.kind == Kind::SlidingWindow {
            let calls = self.remembered().saturating_mul(u64::from(keys));
            remembers_at_most(calls, MOST_REMEMBERED_BY_KEYS)?;
        }
        Ok(())
    }

    /// How many calls a sliding window has to remember: each stretch of one period holds `permits`
    /// at most, and it looks one period back and `max_wait` ahead.
    fn remembered(&self) -> u64 {
        let ahead = self.max_wait.as_nanos().div_ceil(self.period.as_nanos());
        let calls = (ahead + 1).saturating_mul(u128::from(self.permits));
        u64::try_from(calls).unwrap_or(u64::MAX)
    }
}

fn remembers_at_most(calls: u64, most: u64) -> Result<(), RateLimitError> {
    if calls > most {
        return Err(RateLimitError::WindowTooLong { calls, most });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn check_accepts_what_makes_sense() {
        let sensible = [
            RateLimit::per_second(1),
            RateLimit::per_second(100).burst(1).max_wait(HOUR),
            RateLimit::per_second(1).burst(1_000),
            RateLimit::per(u32::MAX, Duration::MAX)
                .burst(u32::MAX)
                .max_wait(Duration::MAX),
            RateLimit::per(u32::MAX, Duration::from_nanos(1)),
            RateLimit::per(100_000, HOUR).sliding_window(),
            RateLimit::per(50_000, HOUR).sliding_window().max_wait(HOUR),
        ];
        for limit in sensible {
            assert_eq!(limit.check(), Ok(()), "{limit:?}");
        }
    }

    #[test]
    fn check_refuses_what_admits_nothing_or_everything() {
        let zero_rate = Err(RateLimitError::ZeroRate { period: HOUR });
        assert_eq!(RateLimit::per(0, HOUR).check(), zero_rate);
        assert_eq!(RateLimit::per(0, HOUR).sliding_window().check(), zero_rate);
        let zero_period = Err(RateLimitError::ZeroPeriod { permits: 7 });
        assert_eq!(RateLimit::per(7, Duration::ZERO).check(), zero_period);
        let zero_burst = Err(RateLimitError::ZeroBurst);
        assert_eq!(RateLimit::per_second(1).burst(0).check(), zero_burst);
    }

    #[test]
    fn check_refuses_a_burst_that_nothing_uses() {
        for burst in [0, 5] {
            let limit = RateLimit::per_second(1).burst(burst).sliding_window();
            assert_eq!(limit.check(), Err(RateLimitError::UnusedBurst { burst }));
        }
    }

    #[test]
    fn check_refuses_a_window_that_remembers_too_much() {
        let most = 100_000;
        let window = |permits| RateLimit::per(permits, HOUR).sliding_window();
        let too_long = |calls| Err(RateLimitError::WindowTooLong { calls, most });
        assert_eq!(window(100_001).check(), too_long(100_001));
        assert_eq!(window(40_000).max_wait(HOUR * 2).check(), too_long(120_000));
        let longer = HOUR + Duration::from_nanos(1);
        assert_eq!(window(40_000).max_wait(longer).check(), too_long(120_000));
        let endless = RateLimit::per(u32::MAX, Duration::from_nanos(1))
            .sliding_window()
            .max_wait(Duration::MAX);
        assert_eq!(endless.check(), too_long(u64::MAX));
    }

    #[test]
    fn check_refuses_keys_without_room_or_with_too_much() {
        let limit = RateLimit::per_second(1);
        for capacity in [0, u32::MAX as usize, usize::MAX] {
            let expected = Err(RateLimitError::InvalidCapacity { capacity });
            assert_eq!(limit.check_keyed(capacity), expected);
        }
        assert_eq!(limit.check_keyed(1), Ok(()));
        assert_eq!(limit.check_keyed(u32::MAX as usize - 1), Ok(()));

        let window = RateLimit::per_second(101).sliding_window();
        let (calls, most) = (10_100_000, 10_000_000);
        assert_eq!(
            window.check_keyed(100_000),
            Err(RateLimitError::WindowTooLong { calls, most })
        );
        assert_eq!(window.check_keyed(99_000), Ok(()));
    }

    #[test]
    fn errors_name_the_numbers() {
        let error = RateLimit::per_second(0).check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "rate limit admits nothing: 0 permits per 1s"
        );
    }
}
