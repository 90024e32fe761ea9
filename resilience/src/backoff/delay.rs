//! [`Backoff`]: how long to wait before an attempt, as a value and a pure function.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_core::Rng;

use super::jitter::{Jitter, clamp_fraction, scale, unit};
use super::schedule::Schedule;

/// The growth of an exponential backoff unless set: the customary doubling.
const DEFAULT_FACTOR: f64 = 2.0;

/// How long to wait before an attempt: a schedule, a range of delays and a [`Jitter`].
///
/// A value without state: [`delay`](Self::delay) is a pure function of the attempt's number, the
/// delay before and a random fraction. One backoff can serve any number of callers at once.
///
/// The schedule gives each attempt a *ceiling*, which starts at the start of the range, never falls
/// and never exceeds the end of the range. The jitter picks the delay at or below it.
///
/// Building one cannot fail. Whoever takes a backoff from a user calls [`check`](Self::check) and
/// reports its error; what an unchecked one does is defined under [`delay`](Self::delay).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::{Backoff, Jitter};
///
/// let backoff = Backoff::exponential(Duration::from_millis(50)..=Duration::from_secs(1))
///     .jitter(Jitter::None);
/// backoff.check()?;
///
/// let delays: Vec<u128> = (0..6).map(|n| backoff.delay(n, None, 0.0).as_millis()).collect();
/// assert_eq!(delays, [50, 100, 200, 400, 800, 1000]);
/// # Ok::<(), greenroom_resilience::BackoffError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Backoff {
    pub(super) schedule: Schedule,
    pub(super) min: Duration,
    pub(super) max: Duration,
    /// `None` until set, so that `check` can tell a factor that nothing uses.
    pub(super) factor: Option<f64>,
    pub(super) jitter: Jitter,
}

impl Backoff {
    /// A backoff that multiplies: `min`, `min × factor`, `min × factor²` and so on, up to `max`.
    ///
    /// The factor is 2 unless set with [`factor`](Self::factor), the jitter [`Jitter::Full`].
    /// Growth ends after 8,192 attempts, which only a factor below 1.01 can notice.
    #[must_use]
    pub const fn exponential(range: RangeInclusive<Duration>) -> Self {
        Self::new(Schedule::Exponential, *range.start(), *range.end())
    }

    /// A backoff with the same ceiling for every attempt.
    ///
    /// The jitter is [`Jitter::Full`] here too: delays lie between zero and `delay`. Set
    /// [`Jitter::None`] to wait exactly `delay`. A `delay` of zero is allowed and means no pause.
    #[must_use]
    pub const fn constant(delay: Duration) -> Self {
        Self::new(Schedule::Constant, delay, delay)
    }

    /// A backoff that adds the two ceilings before: `min` times 1, 1, 2, 3, 5 and so on, up to
    /// `max`. It grows by a factor near 1.6 and repeats its first step.
    ///
    /// The jitter is [`Jitter::Full`].
    #[must_use]
    pub const fn fibonacci(range: RangeInclusive<Duration>) -> Self {
        Self::new(Schedule::Fibonacci, *range.start(), *range.end())
    }

    const fn new(schedule: Schedule, min: Duration, max: Duration) -> Self {
        Self {
            schedule,
            min,
            max,
            factor: None,
            jitter: Jitter::Full,
        }
    }

    /// Sets what an exponential backoff multiplies by with each attempt: finite and at least 1.
    /// 2 by default.
    ///
    /// Other schedules, and [`Jitter::Decorrelated`], have no use for it; [`check`](Self::check)
    /// says so.
    #[must_use]
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = Some(factor);
        self
    }

    /// Sets how the delays are spread. [`Jitter::Full`] by default, as callers that fail together
    /// are the rule and not the exception.
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The delay before the next attempt, after attempt number `attempt` failed. Attempts count
    /// from 0: the wait between the first call and the second is `delay(0, ..)`.
    ///
    /// - `previous` is the delay that this function returned for the attempt before, `None` at
    ///   first. Only [`Jitter::Decorrelated`] reads it, and it then reads no `attempt`; outside the
    ///   range it counts as the nearest end, and `None` as the range's start.
    /// - `jitter` is the random fraction, uniform in `[0, 1)`. [`Jitter::None`] does not read it.
    ///   [`delay_with`](Self::delay_with) draws it from a generator.
    ///
    /// The result never exceeds the end of the range. It is never below the range's start with
    /// [`Jitter::None`] and [`Jitter::Decorrelated`], never below half of the ceiling with
    /// [`Jitter::Equal`], and may be zero with [`Jitter::Full`]. Without jitter it never falls from
    /// one attempt to the next. It is exact to within a nanosecond up to some ten days.
    ///
    /// Nothing panics or overflows, also where [`check`](Self::check) would refuse: an inverted
    /// range counts as its end alone, a factor that is below 1 or NaN as 1, an infinite one as the
    /// largest finite. A `jitter` below 0 counts as 0, one above 1 as 1, and NaN as 1, since a
    /// delay that is too long does less harm than one that is too short.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::{Backoff, Jitter};
    ///
    /// let secs = Duration::from_secs;
    /// let full = Backoff::exponential(secs(1)..=secs(60));
    /// assert_eq!(full.delay(3, None, 0.25), secs(2)); // a quarter of 8 s
    ///
    /// let equal = full.clone().jitter(Jitter::Equal);
    /// assert_eq!(equal.delay(3, None, 0.25), secs(5)); // 4 s and a quarter of 4 s
    ///
    /// let decorrelated = full.jitter(Jitter::Decorrelated);
    /// assert_eq!(decorrelated.delay(3, Some(secs(3)), 0.25), secs(3)); // 1 s and 1/4 of 9 s - 1 s
    /// ```
    #[must_use]
    pub fn delay(&self, attempt: u32, previous: Option<Duration>, jitter: f64) -> Duration {
        let fraction = clamp_fraction(jitter);
        match self.jitter {
            Jitter::None => self.ceiling(attempt),
            Jitter::Full => scale(self.ceiling(attempt), fraction),
            Jitter::Equal => {
                let ceiling = self.ceiling(attempt);
                let certain = ceiling / 2;
                certain + scale(ceiling - certain, fraction)
            }
            Jitter::Decorrelated => {
                let min = self.floor();
                let previous = previous.map_or(min, |previous| previous.clamp(min, self.max));
                let spread = previous.saturating_mul(3) - min;
                // Capped after the draw and not before, as in the article: under lasting failure
                // most delays are then `max` itself, which is what keeps the load low.
                (min + scale(spread, fraction)).min(self.max)
            }
        }
    }

    /// As [`delay`](Self::delay), with the random fraction drawn from `rng`.
    ///
    /// Takes one `u64` of the generator, or none with [`Jitter::None`]. The same seed gives the
    /// same delays on every platform.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::Backoff;
    /// use rand_chacha::ChaCha8Rng;
    /// use rand_core::SeedableRng;
    ///
    /// let backoff = Backoff::fibonacci(Duration::from_millis(10)..=Duration::from_secs(1));
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// let mut previous = None;
    /// for attempt in 0..5 {
    ///     let delay = backoff.delay_with(attempt, previous, &mut rng);
    ///     assert!(delay <= Duration::from_millis(50));
    ///     previous = Some(delay);
    /// }
    /// ```
    #[must_use]
    pub fn delay_with(
        &self,
        attempt: u32,
        previous: Option<Duration>,
        rng: &mut (impl Rng + ?Sized),
    ) -> Duration {
        let fraction = match self.jitter {
            Jitter::None => 0.0,
            Jitter::Full | Jitter::Equal | Jitter::Decorrelated => unit(rng),
        };
        self.delay(attempt, previous, fraction)
    }

    /// The start of the range, or its end if the range is inverted.
    fn floor(&self) -> Duration {
        self.min.min(self.max)
    }

    fn ceiling(&self, attempt: u32) -> Duration {
        let factor = self.factor.unwrap_or(DEFAULT_FACTOR);
        // Written so that NaN takes the second way.
        let factor = if factor >= 1.0 {
            factor.min(f64::MAX)
        } else {
            1.0
        };
        self.schedule
            .ceiling(self.floor(), self.max, factor, attempt)
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn exponential() -> Backoff {
        Backoff::exponential(ms(50)..=ms(1000))
    }

    #[test]
    fn defaults_are_a_factor_of_two_and_full_jitter() {
        assert_eq!(exponential().jitter, Jitter::Full);
        assert_eq!(Backoff::constant(ms(1)).jitter, Jitter::Full);
        assert_eq!(Backoff::fibonacci(ms(1)..=ms(2)).jitter, Jitter::Full);
        assert_eq!(exponential().jitter, Jitter::default());
        let (implied, explicit) = (exponential(), exponential().factor(2.0));
        assert_eq!(implied.delay(3, None, 0.5), explicit.delay(3, None, 0.5));
        assert_eq!(implied.delay(3, None, 0.5), ms(200));
    }

    #[test]
    fn each_constructor_has_its_own_schedule() {
        let third = |backoff: Backoff| backoff.jitter(Jitter::None).delay(3, None, 0.0);
        assert_eq!(third(exponential()), ms(400));
        assert_eq!(third(exponential().factor(3.0)), ms(1000));
        assert_eq!(third(Backoff::fibonacci(ms(50)..=ms(1000))), ms(150));
        assert_eq!(third(Backoff::constant(ms(50))), ms(50));
    }

    #[test]
    fn equal_jitter_keeps_half_of_the_ceiling_and_spreads_the_rest() {
        let backoff = exponential().jitter(Jitter::Equal);
        assert_eq!(backoff.delay(2, None, 0.0), ms(100));
        assert_eq!(backoff.delay(2, None, 0.5), ms(150));
        assert_eq!(backoff.delay(2, None, 1.0), ms(200));
    }

    #[test]
    fn equal_jitter_of_an_odd_ceiling_reaches_it() {
        let backoff = Backoff::constant(Duration::from_nanos(3)).jitter(Jitter::Equal);
        assert_eq!(backoff.delay(0, None, 1.0), Duration::from_nanos(3));
    }

    #[test]
    fn decorrelated_jitter_draws_from_the_minimum_to_thrice_the_delay_before() {
        let backoff = exponential().jitter(Jitter::Decorrelated);
        assert_eq!(backoff.delay(0, None, 0.0), ms(50));
        assert_eq!(backoff.delay(0, None, 1.0), ms(150));
        assert_eq!(backoff.delay(9, Some(ms(150)), 0.5), ms(250));
        assert_eq!(backoff.delay(9, Some(ms(900)), 0.0), ms(50));
    }

    #[test]
    fn decorrelated_jitter_is_capped_after_the_draw() {
        let backoff = exponential().jitter(Jitter::Decorrelated);
        // 50 + 0.5 × (2700 - 50) = 1375 ms. Capped before the draw it would be 525 ms.
        assert_eq!(backoff.delay(0, Some(ms(900)), 0.5), ms(1000));
    }

    #[test]
    fn decorrelated_jitter_takes_a_previous_delay_out_of_range_as_the_nearest_end() {
        let backoff = exponential().jitter(Jitter::Decorrelated);
        assert_eq!(backoff.delay(0, Some(Duration::ZERO), 1.0), ms(150));
        let (above, end) = (Some(Duration::MAX), Some(ms(1000)));
        assert_eq!(backoff.delay(0, above, 0.1), backoff.delay(0, end, 0.1));
    }

    #[test]
    fn jitter_out_of_range_is_clamped_and_nan_waits_longest() {
        let backoff = exponential();
        assert_eq!(backoff.delay(1, None, -1.0), Duration::ZERO);
        assert_eq!(backoff.delay(1, None, 2.0), ms(100));
        assert_eq!(backoff.delay(1, None, f64::NAN), ms(100));
    }

    #[test]
    fn unchecked_nonsense_does_as_documented() {
        let inverted = Backoff::exponential(ms(1000)..=ms(50)).jitter(Jitter::None);
        assert_eq!(inverted.delay(4, None, 0.0), ms(50));
        let plain = exponential().jitter(Jitter::None);
        for factor in [f64::NAN, 0.5, -2.0, f64::NEG_INFINITY] {
            assert_eq!(
                plain.clone().factor(factor).delay(4, None, 0.0),
                ms(50),
                "factor {factor}"
            );
        }
        assert_eq!(plain.factor(f64::INFINITY).delay(1, None, 0.0), ms(1000));
    }

    #[test]
    fn no_jitter_draws_nothing_and_any_other_one_word() {
        for jitter in [
            Jitter::None,
            Jitter::Full,
            Jitter::Equal,
            Jitter::Decorrelated,
        ] {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let _ = exponential().jitter(jitter).delay_with(0, None, &mut rng);
            let mut expected = ChaCha8Rng::seed_from_u64(3);
            if jitter != Jitter::None {
                expected.next_u64();
            }
            assert_eq!(rng.next_u64(), expected.next_u64(), "{jitter:?}");
        }
    }

    #[test]
    fn drawn_delays_fill_the_range_evenly() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let backoff = Backoff::constant(ms(1000));
        let mut buckets = [0_u32; 10];
        for _ in 0..10_000 {
            let delay = backoff.delay_with(0, None, &mut rng);
            buckets[usize::try_from(delay.as_millis() / 100).unwrap()] += 1;
        }
        // The seed is fixed. Four standard deviations (30 each) leave room for another generator.
        assert!(
            buckets.iter().all(|count| (880..1120).contains(count)),
            "{buckets:?}"
        );
    }
}
