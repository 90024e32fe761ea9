//! Breakers by key, and what calls through several policies allocate (F9).

use std::time::Duration;

use allocation_counter::measure;
use futures::FutureExt as _;
use greenroom_resilience::pipeline::Keyed;
use greenroom_resilience::{Breaker, Pipeline, Retry};
use layered::{Execute, Service as _, Stack as _};
use seatbelt::breaker::BreakerId;
use seatbelt::{RecoveryInfo, ResilienceContext};
use tick::Clock;
use tower::{Layer as _, Service as _, service_fn};

use crate::support::{Down, as_told};

const KEYS: u64 = 2_000;
const CAPACITY: usize = 100;

macro_rules! breaker {
    ($context:expr) => {
        seatbelt::breaker::Breaker::layer("breaker", &$context)
            .recovery_with(|_, _| RecoveryInfo::never())
            .rejected_input(|_, _| Err(Down))
    };
}

#[test]
fn seatbelt_keeps_the_breaker_of_every_key_it_ever_saw() {
    let clock = tick::ClockControl::new();
    let context = ResilienceContext::new(clock.to_clock());
    let service = (
        breaker!(context).breaker_id(|key: &u64| BreakerId::from(*key)),
        Execute::new(async |key: u64| Ok::<_, Down>(key)),
    )
        .into_service();
    let call = |key| {
        assert_eq!(service.execute(key).now_or_never(), Some(Ok(key)));
        clock.advance(Duration::from_secs(3_600));
    };
    let mut next = 0_u64;
    let mut more = || {
        let kept = measure(|| (next..next + KEYS).for_each(call)).bytes_current;
        next += KEYS;
        kept
    };
    let (first, second, third) = (more(), more(), more());
    let least = KEYS as i64 * 100;
    assert!(first > least && second > least && third > least);
}

#[tokio::test(start_paused = true)]
async fn greenroom_keeps_as_many_keys_as_it_is_told() {
    let each = Pipeline::builder("each").circuit_breaker(Breaker::rate(0.5));
    let keys = Keyed::<u64>::new(each, CAPACITY).expect("sound settings");
    let call = |key| {
        let pipeline = keys.get(&key);
        let answer = pipeline.call(|| async { Ok::<_, Down>(key) });
        assert_eq!(answer.now_or_never(), Some(Ok(key)));
    };
    (0..KEYS).for_each(call);
    let later = measure(|| (KEYS..10 * KEYS).for_each(call));
    assert_eq!(keys.len(), CAPACITY);
    let one = later.bytes_total / (9 * KEYS);
    assert!(later.bytes_current.unsigned_abs() <= one, "{later:?}");
}

#[test]
fn seatbelt_boxes_a_call_once_for_each_tower_layer() {
    let context = ResilienceContext::new(Clock::new_frozen());
    let timeout = seatbelt::timeout::Timeout::layer("timeout", &context)
        .timeout_error(|_| Down)
        .timeout(Duration::from_secs(5));
    let inner = service_fn(as_told);
    let mut one = breaker!(context).layer(inner);
    let mut two = layered::Layer::layer(&timeout, breaker!(context).layer(inner));
    let ready = |answer: Option<_>| assert_eq!(answer, Some(Ok(1)));
    ready(one.call(Ok(1)).now_or_never());
    ready(two.call(Ok(1)).now_or_never());
    let one = measure(|| ready(one.call(Ok(1)).now_or_never()));
    let two = measure(|| ready(two.call(Ok(1)).now_or_never()));
    assert!(one.count_total >= 1, "{one:?}");
    assert!(two.count_total > one.count_total, "{two:?}");
}

#[tokio::test(start_paused = true)]
async fn greenroom_boxes_nothing_in_a_tower_layer_of_several_policies() {
    let pipeline = Pipeline::builder("layer")
        .timeout(Duration::from_secs(5))
        .retry(Retry::constant(Duration::from_millis(50)))
        .circuit_breaker(Breaker::rate(0.5))
        .idempotent();
    let layer = pipeline.build().expect("sound settings").layer();
    let mut service = layer.layer(service_fn(as_told));
    let allocated = measure(|| {
        for _ in 0..100 {
            assert_eq!(service.call(Ok(1)).now_or_never(), Some(Ok(1)));
        }
    });
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}
