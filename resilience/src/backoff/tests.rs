//! Properties of any [`Backoff`] that can be written down, sensible or not.

use std::time::Duration;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::{Backoff, Jitter};

const JITTERS: [Jitter; 4] = [
    Jitter::None,
    Jitter::Full,
    Jitter::Equal,
    Jitter::Decorrelated,
];

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..100_000).prop_map(Duration::from_millis),
        (any::<u64>(), 0_u32..1_000_000_000).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
        Just(Duration::ZERO),
        Just(Duration::MAX),
    ]
}

prop_compose! {
    /// Any backoff that can be written down, sensible or not.
    fn any_backoff()(
        (a, b) in (any_duration(), any_duration()),
        shape in 0..3,
        factor in prop::option::of(prop_oneof![0.5..4.0, any::<f64>()]),
        jitter in prop::sample::select(&JITTERS),
    ) -> Backoff {
        let backoff = match shape {
            0 => Backoff::exponential(a..=b),
            1 => Backoff::fibonacci(a..=b),
            _ => Backoff::constant(a),
        };
        let backoff = backoff.jitter(jitter);
        match factor {
            Some(factor) => backoff.factor(factor),
            None => backoff,
        }
    }
}

proptest! {
    #[test]
    fn any_delay_lies_within_what_its_jitter_promises(
        backoff in any_backoff(),
        attempt in prop_oneof![0_u32..100, any::<u32>()],
        previous in prop::option::of(any_duration()),
        fraction in prop_oneof![0.0..1.0, any::<f64>()],
    ) {
        let delay = backoff.delay(attempt, previous, fraction);
        let ceiling = backoff.clone().jitter(Jitter::None).delay(attempt, None, 0.0);
        let floor = backoff.min.min(backoff.max);
        prop_assert!(delay <= backoff.max);
        prop_assert!(floor <= ceiling);
        match backoff.jitter {
            Jitter::None => prop_assert_eq!(delay, ceiling),
            Jitter::Full => prop_assert!(delay <= ceiling),
            Jitter::Equal => prop_assert!(ceiling / 2 <= delay && delay <= ceiling),
            Jitter::Decorrelated => {
                let previous = previous.unwrap_or(floor).max(floor);
                prop_assert!(floor <= delay && delay <= previous.saturating_mul(3));
            }
        }
    }

    #[test]
    fn delays_agree_with_the_articles_formulas(
        (a, b) in (1_u64..10_000, 1_u64..100_000),
        attempt in 0_u32..20,
        before in 0_u64..100_000,
        fraction in 0.0..1.0,
        jitter in prop::sample::select(&JITTERS),
    ) {
        let (base, cap) = (a.min(b), a.max(b));
        let backoff = Backoff::exponential(ms(base)..=ms(cap)).jitter(jitter);
        let before = before.clamp(base, cap);

        let (base, cap, sleep) = (base as f64, cap as f64, before as f64);
        let between = |low: f64, high: f64| low + fraction * (high - low);
        let ceiling = cap.min(base * 2_f64.powf(f64::from(attempt)));
        let expected = match jitter {
            Jitter::None => ceiling,
            Jitter::Full => between(0.0, ceiling),
            Jitter::Equal => ceiling / 2.0 + between(0.0, ceiling / 2.0),
            Jitter::Decorrelated => cap.min(between(base, sleep * 3.0)),
        };
        let delay = backoff.delay(attempt, Some(ms(before)), fraction);
        let millis = delay.as_secs_f64() * 1e3;
        prop_assert!((millis - expected).abs() < 1e-5, "{} for {}", millis, expected);
    }

    #[test]
    fn without_jitter_no_delay_is_shorter_than_the_one_before(
        backoff in any_backoff(),
        first in prop_oneof![0_u32..200, any::<u32>()],
    ) {
        let backoff = backoff.jitter(Jitter::None);
        let delays: Vec<_> =
            (first..=u32::MAX).take(20).map(|n| backoff.delay(n, None, 0.0)).collect();
        prop_assert!(delays.is_sorted(), "{:?}", delays);
    }

    #[test]
    fn what_check_accepts_goes_from_its_minimum_to_its_maximum(backoff in any_backoff()) {
        // Slower growth than this may end early.
        let ends = backoff.factor.is_none_or(|factor| factor > 1.01);
        if backoff.check().is_ok() && ends {
            let plain = backoff.clone().jitter(Jitter::None);
            prop_assert_eq!(plain.delay(0, None, 0.0), backoff.min);
            prop_assert_eq!(plain.delay(u32::MAX, None, 0.0), backoff.max);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_delays(backoff in any_backoff(), seed in any::<u64>()) {
        let run = || {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut previous = None;
            let next = |attempt| {
                let delay = backoff.delay_with(attempt, previous, &mut rng);
                previous = Some(delay);
                delay
            };
            (0..10).map(next).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }
}
