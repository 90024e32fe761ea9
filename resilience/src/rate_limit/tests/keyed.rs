//! Limits by key, and what happens when there is no room.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{THIRTY_YEARS, ms};
use crate::rate_limit::{Keyed, RateLimit, RateLimitError, RateLimiter};

fn keyed(limit: &RateLimit, capacity: usize) -> Keyed<u32> {
    Keyed::with_capacity(limit, capacity).expect("a limit that makes sense")
}

#[test]
fn each_key_has_a_limit_of_its_own() {
    let mut keyed = keyed(&RateLimit::per_second(2), 10);
    for key in 0..5 {
        assert!(keyed.try_acquire(&key, 2, ms(0)).is_ok());
        assert!(keyed.try_acquire(&key, 1, ms(0)).is_err());
    }
    assert_eq!((keyed.len(), keyed.evicted()), (5, 0));
}

#[test]
fn million_keys_take_no_more_room_than_the_capacity() {
    for limit in [
        RateLimit::per_second(5),
        RateLimit::per_second(5).sliding_window(),
    ] {
        let mut keyed = keyed(&limit, 1_000);
        for key in 0..1_000_000 {
            assert!(keyed.try_acquire(&key, 5, ms(0)).is_ok());
            assert!(keyed.len() <= 1_000);
        }
        assert_eq!((keyed.len(), keyed.evicted()), (1_000, 999_000));
        // The most recent ones are remembered.
        assert!(keyed.try_acquire(&999_999, 1, ms(0)).is_err());
        assert!(keyed.try_acquire(&999_000, 1, ms(0)).is_err());
    }
}

#[test]
fn key_whose_bucket_is_full_again_is_forgotten_and_not_counted() {
    let mut keyed = keyed(&RateLimit::per_second(10), 3);
    for key in 0..3 {
        assert!(keyed.try_acquire(&key, 1, ms(0)).is_ok());
    }
    for key in 3..1_000 {
        assert!(keyed.try_acquire(&key, 1, ms(100 * u64::from(key))).is_ok());
    }
    assert_eq!((keyed.len(), keyed.evicted()), (3, 0));
}

#[test]
fn key_that_is_full_again_goes_before_an_older_one_that_is_not() {
    let mut keyed = keyed(&RateLimit::per_second(10), 2);
    assert!(keyed.try_acquire(&1, 10, ms(0)).is_ok());
    assert!(keyed.try_acquire(&2, 1, ms(0)).is_ok());
    assert!(keyed.try_acquire(&3, 1, ms(100)).is_ok());
    assert_eq!(keyed.evicted(), 0);
    assert_eq!(keyed.available(&1, ms(100)), 1);
}

#[test]
fn least_recently_used_key_is_evicted_and_counted() {
    let mut keyed = keyed(&RateLimit::per_second(10), 3);
    for key in [1, 2, 3] {
        assert!(keyed.try_acquire(&key, 10, ms(0)).is_ok());
    }
    assert!(keyed.try_acquire(&1, 1, ms(0)).is_err()); // a rejected call is a use too
    assert!(keyed.try_acquire(&4, 10, ms(0)).is_ok());
    assert_eq!(keyed.evicted(), 1);
    let available = [1, 2, 3, 4].map(|key| keyed.available(&key, ms(0)));
    assert_eq!(available, [0, 10, 0, 0]);
}

#[test]
fn call_that_takes_nothing_makes_no_key_remembered() {
    let mut keyed = keyed(&RateLimit::per_second(10), 3);
    assert!(keyed.try_acquire(&1, 0, ms(0)).is_ok());
    assert!(keyed.try_acquire(&2, 11, ms(0)).is_err());
    assert!(keyed.is_empty());
}

#[test]
fn keys_are_forgotten_on_request_once_their_limit_is_unused() {
    for limit in [
        RateLimit::per_second(10),
        RateLimit::per_second(10).sliding_window(),
    ] {
        let mut keyed = keyed(&limit, 100);
        for key in 0..100 {
            let now = ms(u64::from(key % 2) * 5_000);
            assert!(keyed.try_acquire(&key, 10, now).is_ok());
        }
        // Half of them came at 0, as far as they knew; the limiter had seen 5,000 ms by then.
        assert_eq!(keyed.forget_unused(ms(1_000)), 1);
        assert_eq!(keyed.forget_unused(ms(5_999)), 0);
        assert_eq!(keyed.forget_unused(ms(6_000)), 99);
        assert!(keyed.is_empty());
        assert!(keyed.try_acquire(&7, 10, THIRTY_YEARS).is_ok());
        assert_eq!(keyed.evicted(), 0);
    }
}

#[test]
fn cancelled_call_gives_back_to_its_key_alone() {
    let mut keyed = keyed(&RateLimit::per_second(2), 10);
    let mine = keyed.try_acquire(&1, 2, ms(0)).unwrap();
    assert!(keyed.try_acquire(&2, 2, ms(0)).is_ok());
    keyed.refund(&1, mine, ms(0));
    assert_eq!(keyed.available(&1, ms(0)), 2);
    assert_eq!(keyed.available(&2, ms(0)), 0);
}

#[test]
fn cancelled_call_of_a_key_gives_nothing_back_behind_a_promised_turn() {
    let mut keyed = keyed(&RateLimit::per_second(10).burst(1).max_wait(ms(500)), 10);
    let mut permits: Vec<_> = (0..4)
        .map(|_| keyed.try_acquire(&1, 1, ms(0)).unwrap())
        .collect();
    keyed.refund(&1, permits.remove(1), ms(0));
    let next = keyed.try_acquire(&1, 1, ms(0)).unwrap();
    assert_eq!(next.after(), ms(400));
    // The last ones do come back.
    keyed.refund(&1, next, ms(0));
    keyed.refund(&1, permits.remove(2), ms(0));
    assert_eq!(keyed.try_acquire(&1, 1, ms(0)).unwrap().after(), ms(300));
}

#[test]
fn cancelled_call_of_a_forgotten_key_gives_nothing_back() {
    let mut keyed = keyed(&RateLimit::per_second(2), 1);
    let lost = keyed.try_acquire(&1, 2, ms(0)).unwrap();
    assert!(keyed.try_acquire(&2, 2, ms(0)).is_ok());
    keyed.refund(&1, lost, ms(0));
    assert_eq!((keyed.len(), keyed.evicted()), (1, 1));
}

#[test]
fn bucket_of_a_key_is_one_number() {
    let size = size_of::<crate::rate_limit::bucket::Bucket>();
    assert_eq!(size, size_of::<std::time::Duration>());
}

#[test]
fn limit_without_sense_and_capacity_without_room_are_refused() {
    let error = Keyed::<u32>::new(&RateLimit::per_second(0)).unwrap_err();
    assert!(matches!(error, RateLimitError::ZeroRate { .. }));
    let error = Keyed::<u32>::with_capacity(&RateLimit::per_second(1), 0).unwrap_err();
    assert_eq!(error, RateLimitError::InvalidCapacity { capacity: 0 });
}

proptest! {
    #[test]
    fn with_room_for_all_a_key_is_limited_as_if_it_were_alone(
        is_window in any::<bool>(),
        calls in prop::collection::vec((0_u32..6, 0_u32..6, 0_u64..400, any::<bool>()), 1..100),
    ) {
        let limit = RateLimit::per_second(5).max_wait(ms(200));
        let limit = if is_window { limit.sliding_window() } else { limit };
        let mut keyed = keyed(&limit, 6);
        let mut alone = HashMap::new();
        let mut now = ms(0);
        for (key, cost, step, forgets) in calls {
            now += ms(step);
            if forgets {
                keyed.forget_unused(now);
            }
            let alone = alone.entry(key).or_insert_with(|| RateLimiter::new(&limit).unwrap());
            prop_assert_eq!(keyed.available(&key, now), alone.available(now));
            prop_assert_eq!(keyed.try_acquire(&key, cost, now), alone.try_acquire(cost, now));
        }
        prop_assert_eq!(keyed.evicted(), 0);
    }

    #[test]
    fn without_room_the_least_recently_used_goes_first(
        keys in prop::collection::vec(0_u32..12, 1..200),
    ) {
        // Nothing comes back within the run, so nothing is forgotten but by eviction.
        let mut keyed = keyed(&RateLimit::per_second(1), 4);
        let (mut recent, mut evicted) = (Vec::new(), 0);
        for key in keys {
            let was_there = recent.contains(&key);
            prop_assert_eq!(keyed.try_acquire(&key, 1, ms(0)).is_err(), was_there);
            recent.retain(|other| *other != key);
            recent.push(key);
            if recent.len() > 4 {
                recent.remove(0);
                evicted += 1;
            }
            prop_assert_eq!((keyed.len(), keyed.evicted()), (recent.len(), evicted));
        }
    }
}
