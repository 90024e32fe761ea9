//! The latencies of the last calls, beside a list that is sorted each time.

use proptest::prelude::*;

use super::*;
use crate::hedge::latencies::{Latencies, WINDOW};

fn of(millis: impl IntoIterator<Item = u64>) -> Latencies {
    let mut latencies = Latencies::new();
    millis.into_iter().for_each(|it| latencies.record(ms(it)));
    latencies
}

#[test]
fn few_calls_say_nothing() {
    assert_eq!(of(0..19).quantile(0.5), None);
    assert_eq!(of(0..20).quantile(0.5), Some(ms(9)));
    assert_eq!(of(0..20).quantile(0.95), Some(ms(18)));
    assert_eq!(of(0..99).quantile(0.99), None);
    assert_eq!(of(0..100).quantile(0.99), Some(ms(98)));
    assert_eq!(of(0..20).quantile(0.001), Some(ms(0)));
}

#[test]
fn old_calls_are_forgotten() {
    let window = WINDOW as u64;
    let changed = (0..window).map(|_| 5).chain((0..window).map(|_| 100));
    assert_eq!(of(changed.clone()).quantile(0.01), Some(ms(100)));
    let last_of_old = changed.take(2 * WINDOW - 1);
    assert_eq!(of(last_of_old).quantile(0.001), Some(ms(5)));
}

#[test]
fn no_latency_is_too_long() {
    let mut latencies = of(0..19);
    latencies.record(Duration::MAX);
    let longest = Duration::from_nanos(u64::MAX);
    assert_eq!(latencies.quantile(0.95), Some(ms(18)));
    (0..19).for_each(|_| latencies.record(Duration::MAX));
    assert_eq!(latencies.quantile(0.95), Some(longest));
}

proptest! {
    #[test]
    fn quantiles_are_those_of_the_last_calls(
        calls in prop::collection::vec(0_u64..200, 0..3 * WINDOW),
        slower in 1_usize..100,
    ) {
        let share = 1.0 - slower as f64 / 100.0;
        let mut last: Vec<u64> = calls.iter().rev().take(WINDOW).copied().collect();
        last.sort_unstable();
        let over = last.len() * slower / 100;
        let known = last.len() >= 20 && over >= 1;
        let expected = known.then(|| ms(last[last.len().saturating_sub(over + 1)]));
        prop_assert_eq!(of(calls).quantile(share), expected);
    }
}
