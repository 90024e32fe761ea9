//! Another limit while it works: what stays used, and which turns stay given.

use super::*;

fn take(limiter: &mut RateLimiter, times: u32, now: Duration) {
    for _ in 0..times {
        let _spent = limiter.try_acquire(1, now).expect("there is room");
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn kinds() -> [RateLimit; 2] {
    [10, 40].map(RateLimit::per_second)
}

#[test]
fn the_same_share_of_a_bucket_stays_used() {
    let now = secs(7);
    let [ten, forty] = kinds();
    for (used, left) in [(0, 40), (1, 36), (5, 20), (10, 0)] {
        let mut limiter = limiter(&ten);
        take(&mut limiter, used, now);
        limiter.reconfigure(&forty, now).expect("a sound limit");
        assert_eq!(limiter.available(now), left, "{used} of 10");
        limiter.reconfigure(&ten, now).expect("a sound limit");
        assert_eq!(limiter.available(now), 10 - used, "and back");
    }
}

#[test]
fn an_empty_bucket_fills_at_the_new_rate() {
    let [ten, forty] = kinds();
    let mut limiter = limiter(&ten);
    take(&mut limiter, 10, secs(7));
    limiter.reconfigure(&forty, secs(7)).expect("a sound limit");
    let refused = limiter.try_acquire(1, secs(7)).expect_err("it is empty");
    assert_eq!(refused.retry_after(), Some(ms(25)));
    assert_eq!(limiter.available(secs(8)), 40);
}

#[test]
fn turns_that_were_given_stay_before_the_next() {
    let now = secs(7);
    let wait = |limit: RateLimit| limit.max_wait(secs(60));
    for old in kinds()
        .into_iter()
        .chain(kinds().map(RateLimit::sliding_window))
    {
        for new in kinds()
            .into_iter()
            .chain(kinds().map(RateLimit::sliding_window))
        {
            let mut limiter = limiter(&wait(old.clone()));
            take(&mut limiter, 99, now);
            let last = limiter.try_acquire(1, now).expect("it may wait").after();
            limiter
                .reconfigure(&wait(new.clone()), now)
                .expect("a sound limit");
            let next = limiter.try_acquire(1, now).expect("it may wait").after();
            assert!(
                next >= last && next <= last + secs(2),
                "{old:?} {new:?}: {last:?}, {next:?}"
            );
        }
    }
}

#[test]
fn a_window_goes_on_counting_the_calls_it_remembers() {
    let [ten, forty] = kinds().map(RateLimit::sliding_window);
    let mut limiter = limiter(&forty);
    take(&mut limiter, 15, ms(7_000));
    take(&mut limiter, 5, ms(7_500));
    limiter.reconfigure(&ten, ms(7_600)).expect("a sound limit");
    assert_eq!(limiter.available(ms(7_600)), 0);
    assert_eq!(limiter.available(ms(8_000)), 5);
    limiter
        .reconfigure(&forty, ms(8_000))
        .expect("a sound limit");
    assert_eq!(limiter.available(ms(8_000)), 35);
}

#[test]
fn from_kind_to_kind_the_share_is_kept() {
    let now = secs(7);
    let [ten, forty] = kinds();
    let mut limiter = limiter(&ten);
    take(&mut limiter, 4, now);
    limiter
        .reconfigure(&forty.sliding_window(), now)
        .expect("a sound limit");
    assert_eq!(limiter.available(now), 24);
    limiter.reconfigure(&ten, now).expect("a sound limit");
    assert_eq!(limiter.available(now), 6);
}

#[test]
fn what_was_taken_from_another_limit_is_not_given_back_to_this_one() {
    let mut limiter = limiter(&RateLimit::per_second(1).burst(10));
    let before = limiter.try_acquire(1, secs(7)).expect("there is room");
    let window = RateLimit::per_second(10).sliding_window();
    limiter
        .reconfigure(&window, secs(7))
        .expect("a sound limit");
    take(&mut limiter, 1, secs(8));
    limiter.refund(before, secs(8));
    assert_eq!(limiter.available(secs(8)), 9);
}

#[test]
fn what_was_taken_is_given_back_where_only_the_wait_is_another() {
    let now = secs(7);
    for limit in kinds()
        .map(RateLimit::sliding_window)
        .into_iter()
        .chain(kinds())
    {
        let mut limiter = limiter(&limit);
        let before = limiter.available(now);
        let permit = limiter.try_acquire(1, now).expect("there is room");
        limiter
            .reconfigure(&limit.max_wait(ms(5)), now)
            .expect("a sound limit");
        limiter.refund(permit, now);
        assert_eq!(limiter.available(now), before);
    }
}

#[test]
fn a_bad_limit_changes_nothing() {
    let mut limiter = limiter(&kinds()[0]);
    take(&mut limiter, 4, secs(7));
    let bad = RateLimit::per_second(0);
    limiter
        .reconfigure(&bad, secs(7))
        .expect_err("it admits nothing");
    assert_eq!(limiter.available(secs(7)), 6);
}

#[test]
fn no_limit_is_too_large_to_be_exchanged() {
    let huge = RateLimit::per(u32::MAX, Duration::MAX)
        .burst(u32::MAX)
        .max_wait(Duration::MAX);
    let mut limiter = limiter(&huge);
    for limit in [RateLimit::per(1, ns(1)), huge.clone(), huge] {
        let _permit = limiter.try_acquire(1, Duration::MAX);
        limiter
            .reconfigure(&limit, Duration::MAX)
            .expect("a sound limit");
        assert!(limiter.available(Duration::MAX) <= limit.most_at_once());
    }
}
