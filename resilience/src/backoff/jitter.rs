//! [`Jitter`]: how a delay is picked at or below its ceiling, and the arithmetic of fractions.

use std::time::Duration;

use rand_core::Rng;

/// How the delay of an attempt is spread, so that callers that failed together part.
///
/// The formulas are those of the article "Exponential Backoff And Jitter" in the AWS Architecture
/// Blog. Below, `ceiling` is what the schedule gives the attempt, `min` and `max` are the ends of
/// the backoff's range, and `random(a, b)` is uniform between `a` and `b`.
///
/// The default is [`Full`](Self::Full): in the article's measurements it needs the fewest calls
/// under contention, and it needs no memory of the delay before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Jitter {
    /// No spread: the delay is `ceiling`. For a caller that has no peers, and for tests.
    None,
    /// `random(0, ceiling)`: the widest spread. Half of `ceiling` on average, and possibly next to
    /// nothing: the minimum of the range is then a ceiling of its own and not a floor.
    #[default]
    Full,
    /// `ceiling / 2 + random(0, ceiling / 2)`: a pause is certain, at the price of more calls that
    /// meet. For restarts, where an immediate repeat is never of use.
    Equal,
    /// `min(max, random(min, 3 × previous delay))`: grows with the delays drawn and not with the
    /// number of the attempt. Never shorter than `min`. The schedule's own growth is not used.
    Decorrelated,
}

/// A uniform number in `[0, 1)` from one `u64` of `rng`.
///
/// The top 53 bits, as many as the mantissa of an `f64` holds: every result is exact and 1 is never
/// rounded up to. The low bits are left out as they are the weaker ones of many generators.
pub(crate) fn unit(rng: &mut (impl Rng + ?Sized)) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (rng.next_u64() >> 11) as f64 * STEP
}

/// Forces what the caller of a pure function handed in into `[0, 1]`.
///
/// What is not a number becomes 1: of two wrong delays the longer one does less harm.
pub(super) fn clamp_fraction(fraction: f64) -> f64 {
    if fraction.is_nan() {
        1.0
    } else {
        fraction.clamp(0.0, 1.0)
    }
}

/// The given fraction, in `[0, 1]`, of a duration.
///
/// To the nanosecond up to some ten days; an `f64` is too coarse for more. It may then round up,
/// past the duration or even past what a `Duration` holds, so the result is capped.
pub(super) fn scale(duration: Duration, fraction: f64) -> Duration {
    debug_assert!(
        (0.0..=1.0).contains(&fraction),
        "fraction {fraction} is not clamped"
    );
    Duration::try_from_secs_f64(duration.as_secs_f64() * fraction)
        .map_or(duration, |scaled| scaled.min(duration))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;
    use rand_core::TryRng;

    use super::*;

    /// A generator that gives the same word for ever.
    struct Fixed(u64);

    impl TryRng for Fixed {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unreachable!("jitter draws whole words")
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(self.0)
        }

        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
            unreachable!("jitter draws whole words")
        }
    }

    #[test]
    fn unit_starts_at_zero_and_stays_below_one() {
        assert_eq!(unit(&mut Fixed(0)), 0.0);
        assert_eq!(unit(&mut Fixed(u64::MAX)), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(unit(&mut Fixed(1 << 63)), 0.5);
    }

    #[test]
    fn unit_reads_the_top_53_bits_alone() {
        assert_eq!(unit(&mut Fixed((1 << 11) - 1)), 0.0);
        assert_eq!(unit(&mut Fixed(1 << 11)), f64::EPSILON / 2.0);
    }

    #[test]
    fn unit_takes_a_generator_behind_a_trait_object() {
        let rng: &mut dyn Rng = &mut Fixed(1 << 63);
        assert_eq!(unit(rng), 0.5);
    }

    #[test]
    fn fractions_out_of_range_are_clamped_and_nan_is_one() {
        assert_eq!(clamp_fraction(-0.1), 0.0);
        assert_eq!(clamp_fraction(f64::NEG_INFINITY), 0.0);
        assert_eq!(clamp_fraction(0.25), 0.25);
        assert_eq!(clamp_fraction(1.5), 1.0);
        assert_eq!(clamp_fraction(f64::INFINITY), 1.0);
        assert_eq!(clamp_fraction(f64::NAN), 1.0);
    }

    #[test]
    fn scaling_the_longest_duration_does_not_overflow() {
        assert_eq!(scale(Duration::MAX, 1.0), Duration::MAX);
        assert_eq!(scale(Duration::MAX, 0.0), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn scaling_never_exceeds_the_duration(
            secs in any::<u64>(),
            nanos in 0_u32..1_000_000_000,
            fraction in 0.0..=1.0,
        ) {
            let duration = Duration::new(secs, nanos);
            prop_assert!(scale(duration, fraction) <= duration);
        }

        #[test]
        fn scaling_agrees_with_integer_arithmetic(
            nanos in 0_u64..1 << 50,
            numerator in 0_u64..=1 << 20,
        ) {
            let fraction = numerator as f64 / (1_u64 << 20) as f64;
            let exact = (u128::from(nanos) * u128::from(numerator)) >> 20;
            let scaled = scale(Duration::from_nanos(nanos), fraction).as_nanos();
            prop_assert!(scaled.abs_diff(exact) <= 1, "{} for {}", scaled, exact);
        }
    }
}
