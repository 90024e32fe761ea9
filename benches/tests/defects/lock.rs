//! Whether the caller's own code runs while the breaker's lock is held (F4).

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use futures::FutureExt as _;
use greenroom_resilience::{Breaker, Pipeline, Verdict};
use tower::{Layer as _, service_fn};
use tower_resilience::circuitbreaker::CircuitBreakerLayer;

use crate::support::{Down, as_told, ask};

#[tokio::test(start_paused = true)]
async fn tower_resilience_lets_no_other_call_through_while_a_listener_runs() {
    let other: Arc<OnceLock<Box<dyn Fn() -> bool + Send + Sync>>> = Arc::default();
    let waited = Arc::new(AtomicBool::new(false));
    let (seen, asked) = (Arc::clone(&waited), Arc::clone(&other));
    let (layer, _state) = CircuitBreakerLayer::builder()
        .on_success(move |_| {
            let ends = asked.get().expect("it is set");
            seen.store(!ends(), Relaxed);
        })
        .build_with_handle()
        .expect("sound settings");
    let beside = layer.clone();
    let ends = move || {
        let mut breaker = beside.layer(service_fn(as_told));
        ask(&mut breaker, Ok(1)).now_or_never().is_some()
    };
    assert!(other.set(Box::new(ends)).is_ok());

    let mut breaker = layer.layer(service_fn(as_told));
    assert_eq!(ask(&mut breaker, Ok(1)).await.ok(), Some(1));
    assert!(
        waited.load(Relaxed),
        "the other call waited for the listener"
    );
}

#[tokio::test(start_paused = true)]
async fn greenroom_lets_other_calls_through_while_a_classifier_runs() {
    let pipeline = Pipeline::builder("other").circuit_breaker(Breaker::rate(0.5));
    let pipeline = pipeline.build().expect("sound settings");
    let ended = AtomicBool::new(false);
    let classify = |_: &Result<u32, Down>| {
        let other = pipeline.call(|| as_told(Ok(1))).now_or_never();
        ended.store(other == Some(Ok(1)), Relaxed);
        Verdict::Success
    };
    let answer = pipeline.with().classify(classify).call(|| as_told(Ok(1)));
    assert_eq!(answer.await, Ok(1));
    assert!(ended.load(Relaxed), "the other call ended meanwhile");
}
