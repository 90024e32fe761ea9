//! What can be read of a breaker's state (F5).

use std::time::Duration;

use futures::FutureExt as _;
use greenroom_resilience::breaker::{BreakerState, CircuitBreaker, HalfOpen};
use greenroom_resilience::{Breaker, Verdict};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::time::advance;
use tower::{Layer as _, service_fn};
use tower_resilience::circuitbreaker::{CircuitBreakerLayer, CircuitState};

use crate::support::{Down, as_told, ask};

#[test]
fn tower_resilience_reports_three_states_at_once() {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || {
        let layer = CircuitBreakerLayer::builder()
            .sliding_window_size(1)
            .minimum_number_of_calls(1)
            .wait_duration_in_open(Duration::ZERO)
            .permitted_calls_in_half_open(1)
            .build()
            .expect("sound settings");
        let mut breaker = layer.layer(service_fn(as_told));
        // Opens, tries and fails, tries and closes.
        for answer in [Err(Down), Err(Down), Ok(1)] {
            let ended = ask(&mut breaker, answer).now_or_never();
            assert_eq!(ended.expect("it is ready").is_ok(), answer.is_ok());
        }
        assert_eq!(breaker.state_sync(), CircuitState::Closed);
    });
    let mut reported: Vec<_> = recorder
        .snapshotter()
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == "circuitbreaker_state")
        .filter(|(.., value)| *value == DebugValue::Gauge(1.0.into()))
        .flat_map(|(key, ..)| key.key().labels().cloned().collect::<Vec<_>>())
        .filter(|label| label.key() == "state")
        .map(|label| label.value().to_owned())
        .collect();
    reported.sort_unstable();
    assert_eq!(reported, ["Closed", "HalfOpen", "Open"]);
}

#[tokio::test(start_paused = true)]
async fn greenroom_is_in_one_state_at_a_time() {
    let settings = Breaker::consecutive(1)
        .open_for(Duration::from_secs(5))
        .half_open(HalfOpen::Calls(2));
    let breaker = CircuitBreaker::new(settings, 1).expect("sound settings");
    let call = |verdict| {
        let admitted = breaker.try_acquire().expect("it admits");
        breaker.record(admitted, verdict, None);
        breaker.state()
    };
    assert_eq!(call(Verdict::Unknown), BreakerState::Open);
    advance(Duration::from_secs(6)).await;
    assert_eq!(call(Verdict::Success), BreakerState::HalfOpen);
    assert_eq!(call(Verdict::Success), BreakerState::Closed);
}
