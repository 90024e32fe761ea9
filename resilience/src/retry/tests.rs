//! Properties of any [`Retry`], and of calls that are repeated by one until they end.

use std::time::Duration;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::{Budget, Decision, FailedAttempt, Ledger, Retry};
use crate::backoff::{Backoff, Jitter};
use crate::outcome::Outcome;

const JITTERS: [Jitter; 4] = [
    Jitter::None,
    Jitter::Full,
    Jitter::Equal,
    Jitter::Decorrelated,
];

const OUTCOMES: [Outcome; 3] = [Outcome::Done, Outcome::Refused, Outcome::Unknown];

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        8 => (0_u64..5_000).prop_map(Duration::from_millis),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::MAX),
    ]
}

prop_compose! {
    /// Any policy that can be written down, sensible or not.
    fn any_retry()(
        (a, b) in (any_duration(), any_duration()),
        shape in 0..3,
        jitter in prop::sample::select(&JITTERS),
        attempts in prop_oneof![4 => 0_u32..8, 1 => Just(u32::MAX)],
        max_elapsed in prop::option::of(any_duration()),
        cap in any_duration(),
        share in prop_oneof![Just(0.2), any::<f64>()],
        floor in 0_u32..4,
    ) -> Retry {
        let backoff = match shape {
            0 => Backoff::exponential(a..=b),
            1 => Backoff::fibonacci(a..=b),
            _ => Backoff::constant(a),
        };
        let retry = Retry::backoff(backoff)
            .jitter(jitter)
            .attempts(attempts)
            .retry_after_max(cap)
            .budget(Budget::share(share).at_least_per_second(floor));
        match max_elapsed {
            Some(max) => retry.max_elapsed(max),
            None => retry,
        }
    }
}

prop_compose! {
    fn any_failure()(
        number in prop_oneof![8 => 0_u32..8, 1 => any::<u32>()],
        outcome in prop::sample::select(&OUTCOMES),
        (idempotent, own_rejection) in any::<(bool, bool)>(),
        retry_after in prop::option::of(any_duration()),
        elapsed in any_duration(),
        remaining in prop::option::of(any_duration()),
        previous_delay in prop::option::of(any_duration()),
        now in any_duration(),
    ) -> FailedAttempt {
        FailedAttempt {
            number,
            outcome,
            idempotent,
            own_rejection,
            retry_after,
            elapsed,
            remaining,
            previous_delay,
            now,
        }
    }
}

/// What the ledger holds, as far as it can be seen.
fn shown(ledger: Option<&Ledger>) -> String {
    format!("{ledger:?}")
}

/// The delays of one call all of whose attempts are refused and take no time.
fn delays(retry: &Retry, rng: &mut ChaCha8Rng) -> Vec<Duration> {
    let mut delays = Vec::new();
    for number in 1.. {
        let failed = FailedAttempt {
            previous_delay: delays.last().copied(),
            ..FailedAttempt::new(number, Outcome::Refused)
        };
        match retry.decide(&failed, None, rng) {
            Decision::Retry { after } => delays.push(after),
            Decision::GiveUp(_) => break,
        }
    }
    delays
}

#[test]
fn calls_with_generators_of_different_seeds_part() {
    let range = Duration::from_millis(50)..=Duration::from_secs(1);
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
        let retry = Retry::exponential(range.clone()).jitter(jitter);
        let of_seed = |seed| delays(&retry, &mut ChaCha8Rng::seed_from_u64(seed));
        let all: Vec<_> = (0..50).map(of_seed).collect();
        for (place, one) in all.iter().enumerate() {
            assert!(!all[..place].contains(one), "{jitter:?}: {one:?} twice");
        }
    }
}

/// A policy that is cloned for each call and brings its generator along, as tower's maker of
/// backoffs does, gives every call the same delays.
#[test]
fn calls_by_clones_of_one_policy_draw_different_delays() {
    let retry = Retry::exponential(Duration::from_millis(50)..=Duration::from_secs(1));
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let all: Vec<_> = (0..50).map(|_| delays(&retry.clone(), &mut rng)).collect();
    for (place, one) in all.iter().enumerate() {
        assert!(!all[..place].contains(one), "{one:?} twice");
    }
}

#[test]
fn service_that_is_down_gets_a_fifth_more_and_not_thrice_the_load() {
    let retry = Retry::constant(Duration::ZERO);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut ledger = retry.ledger().expect("there is a budget by default");
    let (mut calls, mut attempts) = (0_u32, 0_u32);
    for millis in 0..60_000 {
        let now = Duration::from_millis(millis);
        ledger.record_call(now);
        calls += 1;
        for number in 1.. {
            attempts += 1;
            let failed = FailedAttempt {
                now,
                ..FailedAttempt::new(number, Outcome::Refused)
            };
            let decision = retry.decide(&failed, Some(&mut ledger), &mut rng);
            if matches!(decision, Decision::GiveUp(_)) {
                break;
            }
        }
    }
    assert!(
        calls * 119 < attempts * 100 && attempts * 100 < calls * 121,
        "{attempts}"
    );
}

proptest! {
    #[test]
    fn repeat_keeps_to_every_bound(
        retry in any_retry(),
        failed in any_failure(),
        seed in any::<u64>(),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        if let Decision::Retry { after } = retry.decide(&failed, None, &mut rng) {
            prop_assert!(failed.number < retry.attempts);
            prop_assert!(failed.remaining.is_none_or(|remaining| after < remaining));
            let begin = failed.elapsed.saturating_add(after);
            prop_assert!(retry.max_elapsed.is_none_or(|max| begin < max));
            let asked = failed.retry_after.unwrap_or_default();
            prop_assert!(after >= asked.min(retry.retry_after_max));
            prop_assert!(failed.outcome != Outcome::Done);
            prop_assert!(failed.outcome == Outcome::Refused || failed.idempotent);
            if failed.own_rejection {
                prop_assert!(failed.retry_after.is_some() && after >= asked);
            }
        }
    }

    #[test]
    fn ledger_is_charged_once_for_a_repeat_and_never_for_giving_up(
        retry in any_retry(),
        failed in any_failure(),
        calls in 0..20,
        seed in any::<u64>(),
    ) {
        let mut ledger = retry.ledger();
        if let Some(ledger) = &mut ledger {
            (0..calls).for_each(|_| ledger.record_call(failed.now));
        }
        let mut expected = ledger.clone();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let decision = retry.decide(&failed, ledger.as_mut(), &mut rng);
        if let (Decision::Retry { .. }, Some(expected)) = (decision, &mut expected) {
            prop_assert!(expected.try_withdraw(failed.now));
        }
        prop_assert_eq!(shown(ledger.as_ref()), shown(expected.as_ref()));
    }

    #[test]
    fn call_ends_before_its_deadline_and_within_its_attempts(
        retry in any_retry(),
        deadline in any_duration(),
        took in 1_u64..400,
        seed in any::<u64>(),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut now, mut attempts, mut previous_delay) = (Duration::ZERO, 0_u32, None);
        // Bounds the attempts of a policy that has none to speak of.
        while attempts < 1_000 {
            prop_assert!(attempts == 0 || now < deadline, "attempt at {:?}", now);
            prop_assert!(attempts == 0 || retry.max_elapsed.is_none_or(|max| now < max));
            attempts += 1;
            now = now.saturating_add(Duration::from_millis(took));
            let failed = FailedAttempt {
                elapsed: now,
                remaining: Some(deadline.saturating_sub(now)),
                previous_delay,
                now,
                ..FailedAttempt::new(attempts, Outcome::Refused)
            };
            match retry.decide(&failed, None, &mut rng) {
                Decision::Retry { after } => {
                    now = now.saturating_add(after);
                    previous_delay = Some(after);
                }
                Decision::GiveUp(_) => break,
            }
        }
        prop_assert!(attempts <= retry.attempts.max(1));
    }

    #[test]
    fn the_same_seed_gives_the_same_decisions(
        retry in any_retry(),
        failures in prop::collection::vec(any_failure(), 0..20),
        seed in any::<u64>(),
    ) {
        let run = || {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut ledger = retry.ledger();
            let decide = |failed| retry.decide(failed, ledger.as_mut(), &mut rng);
            failures.iter().map(decide).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }
}
