//! [`Schedule`]: how the ceiling of a delay grows with the number of the attempt.

use std::time::Duration;

/// The attempt after which a ceiling grows no further.
///
/// A bound on the work of one call. It is out of reach in practice: from a nanosecond to the
/// longest `Duration` it takes 6,541 steps with a factor of 1.01, 94 with a factor of 2, and 136
/// Fibonacci numbers.
const LAST_STEP: u32 = 8_192;

/// The shape of a backoff. The delays it is stretched between belong to the backoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// `min` for every attempt.
    Constant,
    /// `min × factor^attempt`.
    Exponential,
    /// `min × 1, 1, 2, 3, 5, ..`.
    Fibonacci,
}

impl Schedule {
    /// The longest delay of the given attempt, counted from 0: `min` at 0, never less than for the
    /// attempt before, never more than `max`.
    ///
    /// `min` must not exceed `max`; `factor` must be finite and at least 1.
    pub(super) fn ceiling(
        self,
        min: Duration,
        max: Duration,
        factor: f64,
        attempt: u32,
    ) -> Duration {
        debug_assert!(min <= max, "range {min:?}..={max:?} is inverted");
        debug_assert!(
            factor >= 1.0 && factor.is_finite(),
            "factor {factor} is not clamped"
        );
        let steps = attempt.min(LAST_STEP);
        match self {
            Self::Constant => min,
            Self::Exponential => exponential(min, max, factor, steps),
            Self::Fibonacci => fibonacci(min, max, steps),
        }
    }
}

/// Multiplies step by step and not with `powi`: a rounded product is never below its first factor
/// times one, so the ceilings cannot fall; and `powi` may differ between platforms, which would
/// make a seeded run differ too.
fn exponential(min: Duration, max: Duration, factor: f64, steps: u32) -> Duration {
    let (start, limit) = (min.as_secs_f64(), max.as_secs_f64());
    let mut ceiling = start;
    for _ in 0..steps {
        let next = ceiling * factor;
        if next >= limit {
            return max;
        }
        if next == ceiling {
            break; // a factor of 1, or a minimum of zero
        }
        ceiling = next;
    }
    if ceiling == start {
        return min; // exactly, and not what the conversion made of it
    }
    // The conversions round; the clamp keeps the promise at the ends whatever they do.
    Duration::try_from_secs_f64(ceiling).map_or(max, |ceiling| ceiling.clamp(min, max))
}

fn fibonacci(min: Duration, max: Duration, steps: u32) -> Duration {
    let (mut ceiling, mut next) = (min, min);
    for _ in 0..steps {
        if ceiling >= max || next.is_zero() {
            break;
        }
        (ceiling, next) = (next, ceiling.saturating_add(next));
    }
    ceiling.min(max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHAPES: [Schedule; 3] = [
        Schedule::Constant,
        Schedule::Exponential,
        Schedule::Fibonacci,
    ];

    fn millis(schedule: Schedule, factor: f64, attempts: u32) -> Vec<u128> {
        let (min, max) = (Duration::from_millis(50), Duration::from_secs(1));
        (0..attempts)
            .map(|n| schedule.ceiling(min, max, factor, n).as_millis())
            .collect()
    }

    /// The definition itself: multiply, then cap.
    fn naive_power(min: u64, max: u64, factor: u32, attempt: u32) -> u128 {
        let power = u128::from(factor).saturating_pow(attempt);
        u128::from(min).saturating_mul(power).min(u128::from(max))
    }

    fn naive_fibonacci(n: u32) -> u128 {
        if n < 2 {
            1
        } else {
            naive_fibonacci(n - 1) + naive_fibonacci(n - 2)
        }
    }

    #[test]
    fn exponential_multiplies_until_the_maximum() {
        assert_eq!(
            millis(Schedule::Exponential, 2.0, 7),
            [50, 100, 200, 400, 800, 1000, 1000]
        );
        assert_eq!(millis(Schedule::Exponential, 1.5, 4), [50, 75, 112, 168]);
    }

    #[test]
    fn fibonacci_adds_the_two_before_until_the_maximum() {
        let expected = [50, 50, 100, 150, 250, 400, 650, 1000, 1000];
        assert_eq!(millis(Schedule::Fibonacci, 2.0, 9), expected);
    }

    #[test]
    fn constant_stays() {
        assert_eq!(millis(Schedule::Constant, 2.0, 3), [50, 50, 50]);
    }

    #[test]
    fn last_attempt_of_the_widest_range_is_the_maximum() {
        let min = Duration::from_nanos(1);
        for factor in [1.01, 2.0, f64::MAX] {
            let ceiling = Schedule::Exponential.ceiling(min, Duration::MAX, factor, u32::MAX);
            assert_eq!(ceiling, Duration::MAX, "factor {factor}");
        }
        let ceiling = Schedule::Fibonacci.ceiling(min, Duration::MAX, 2.0, u32::MAX);
        assert_eq!(ceiling, Duration::MAX);
    }

    #[test]
    fn smallest_growth_ends_after_a_bounded_number_of_steps() {
        let factor = 1.0 + f64::EPSILON;
        let (min, max) = (Duration::from_secs(1), Duration::MAX);
        let last = Schedule::Exponential.ceiling(min, max, factor, u32::MAX);
        assert_eq!(
            last,
            Schedule::Exponential.ceiling(min, max, factor, LAST_STEP)
        );
    }

    #[test]
    fn zero_stays_zero() {
        for shape in SHAPES {
            let ceiling = shape.ceiling(Duration::ZERO, Duration::MAX, f64::MAX, u32::MAX);
            assert_eq!(ceiling, Duration::ZERO, "{shape:?}");
        }
    }

    prop_compose! {
        fn range()(
            a in (any::<u64>(), 0_u32..1_000_000_000),
            b in (any::<u64>(), 0_u32..1_000_000_000),
            shift in 0_u32..64,
        ) -> (Duration, Duration) {
            // The shift makes short durations as likely as long ones.
            let (a, b) = (Duration::new(a.0 >> shift, a.1), Duration::new(b.0, b.1));
            (a.min(b), a.max(b))
        }
    }

    proptest! {
        #[test]
        fn exponential_agrees_with_integer_arithmetic(
            min in 0_u64..1 << 40,
            max in 0_u64..1 << 50,
            factor in 1_u32..6,
            attempt in 0_u32..80,
        ) {
            let (min, max) = (min.min(max), min.max(max));
            let ceiling = Schedule::Exponential.ceiling(
                Duration::from_nanos(min),
                Duration::from_nanos(max),
                f64::from(factor),
                attempt,
            );
            prop_assert_eq!(ceiling.as_nanos(), naive_power(min, max, factor, attempt));
        }

        #[test]
        fn fibonacci_agrees_with_its_definition(
            min in 1_u64..1 << 40,
            max in 0_u64..1 << 60,
            attempt in 0_u32..20,
        ) {
            let (min, max) = (min.min(max), min.max(max));
            let naive = (u128::from(min) * naive_fibonacci(attempt)).min(u128::from(max));
            let (min, max) = (Duration::from_nanos(min), Duration::from_nanos(max));
            let ceiling = Schedule::Fibonacci.ceiling(min, max, 2.0, attempt);
            prop_assert_eq!(ceiling.as_nanos(), naive);
        }

        #[test]
        fn ceilings_start_at_min_never_fall_and_never_pass_max(
            (min, max) in range(),
            factor in prop_oneof![1.0..1.000_001, 1.0..4.0, Just(f64::MAX)],
            shape in prop::sample::select(&SHAPES),
            first in prop_oneof![0_u32..200, any::<u32>()],
        ) {
            prop_assert_eq!(shape.ceiling(min, max, factor, 0), min);
            let mut before = min;
            for attempt in (first..=u32::MAX).take(20) {
                let ceiling = shape.ceiling(min, max, factor, attempt);
                prop_assert!(before <= ceiling && ceiling <= max, "{:?} at {}", ceiling, attempt);
                before = ceiling;
            }
        }
    }
}
