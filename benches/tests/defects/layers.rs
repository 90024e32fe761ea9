//! What becomes of policies that are put around each other and around services (F5, F7).

use std::convert::Infallible;
use std::time::Duration;

use greenroom_resilience::pipeline::CallError;
use greenroom_resilience::{Breaker, Pipeline, Retry};
use tower::util::ServiceFn;
use tower::{Layer as _, Service, service_fn};
use tower_resilience::bulkhead::BulkheadServiceError;
use tower_resilience::circuitbreaker::{CircuitBreaker, CircuitBreakerError, CircuitBreakerLayer};
use tower_resilience::core::{ResilienceError, error::IntoResilienceError};
use tower_resilience::fallback::FallbackError;
use tower_resilience::hedge::HedgeError;
use tower_resilience::retry::{Retry as TowerRetry, RetryLayer};

use crate::support::{Down, as_told, ask, implements};

type Request = Result<u32, Down>;
type Inner = ServiceFn<fn(Request) -> std::future::Ready<Result<u32, Down>>>;

fn inner() -> Inner {
    service_fn(std::future::ready)
}

#[test]
fn tower_resilience_has_layers_whose_errors_its_one_error_cannot_hold() {
    type One = ResilienceError<Down>;
    assert!(implements!(BulkheadServiceError<One>: IntoResilienceError<Down>));
    assert!(implements!(CircuitBreakerError<One>: IntoResilienceError<Down>));
    assert!(!implements!(FallbackError<One>: IntoResilienceError<Down>));
    assert!(!implements!(HedgeError<One>: IntoResilienceError<Down>));
}

#[tokio::test(start_paused = true)]
async fn greenroom_has_one_error_whatever_the_policies_are() {
    let one: Result<u32, CallError<Down>> = pipeline().call(|| as_told(Err(Down))).await;
    let with_fallback: Result<u32, CallError<Down>> = pipeline()
        .with()
        .fallback_value(7)
        .call(|| as_told(Err(Down)))
        .await;
    assert!(matches!(one, Err(CallError::Inner(Down, _))), "{one:?}");
    assert_eq!(with_fallback, Ok(7));
}

#[tokio::test]
async fn tower_resilience_has_a_breaker_for_each_service_that_a_layer_makes() {
    let layer = CircuitBreakerLayer::builder()
        .consecutive_failures(1)
        .build()
        .expect("sound settings");
    // As routers do for each connection.
    for _ in 0..10 {
        let mut breaker = layer.layer(inner());
        let answer = ask(&mut breaker, Err(Down)).await;
        assert!(
            matches!(answer, Err(CircuitBreakerError::Inner(Down))),
            "it was closed"
        );
        assert!(breaker.is_open());
    }
}

#[tokio::test(start_paused = true)]
async fn greenroom_has_one_breaker_for_all_services_that_a_layer_makes() {
    let pipeline = Pipeline::builder("one").circuit_breaker(Breaker::consecutive(1));
    let layer = pipeline.build().expect("sound settings").layer();
    let answer = ask(&mut layer.layer(inner()), Err(Down)).await;
    assert!(matches!(answer, Err(CallError::Inner(Down, _))));
    let answer = ask(&mut layer.layer(inner()), Err(Down)).await;
    assert!(matches!(answer, Err(CallError::Rejected(_))), "it is open");
}

#[test]
fn tower_resilience_layers_a_retry_over_a_breaker_to_what_is_no_service() {
    let breaker = CircuitBreakerLayer::builder()
        .build()
        .expect("sound settings");
    let retry = RetryLayer::<Request, u32, Down>::builder().build();
    // Compiles, and what it makes can be stored, but not called: the retry is for another error.
    let layered: TowerRetry<CircuitBreaker<Inner, _>, Request, u32, Down> =
        retry.layer(breaker.layer(inner()));
    drop(layered);
    type OverService = TowerRetry<Inner, Request, u32, Down>;
    type OverBreaker = TowerRetry<CircuitBreaker<Inner, Default>, Request, u32, Down>;
    type Default = tower_resilience::circuitbreaker::DefaultClassifier;
    assert!(implements!(OverService: Service<Request>));
    assert!(!implements!(OverBreaker: Service<Request>));
}

#[tokio::test(start_paused = true)]
async fn greenroom_puts_a_retry_over_a_breaker_around_services_of_any_error() {
    let layer = pipeline().layer();
    let answer = ask(&mut layer.layer(inner()), Ok(1)).await;
    assert_eq!(answer, Ok::<_, CallError<Down>>(1));
    let other = service_fn(async |request: u32| Ok::<_, Infallible>(request));
    let answer = ask(&mut layer.layer(other), 2_u32).await;
    assert_eq!(answer, Ok::<_, CallError<Infallible>>(2));
}

fn pipeline() -> Pipeline {
    Pipeline::builder("any")
        .retry(Retry::constant(Duration::from_millis(50)))
        .circuit_breaker(Breaker::rate(0.5))
        .idempotent()
        .build()
        .expect("sound settings")
}
