//! One pipeline value around a closure, a tower service and a reference.

use greenroom::prelude::*;
use greenroom_resilience::breaker::BreakerState;
use greenroom_resilience::pipeline::{CallError, Reason};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::shop::{Order, brittle, build, ms, pipeline, reason, shop};

#[tokio::test(start_paused = true)]
async fn one_pipeline_value_works_as_closure_layer_and_guarded_reference() {
    let system = System::new("one");
    let (shop, gate) = shop(&system, 8).await;
    let one = build(pipeline().timeout(ms(100)).circuit_breaker(brittle()));
    let guarded = shop.guarded(&one);
    let twice = service_fn(async |number: u32| Ok::<_, std::io::Error>(number * 2));
    let mut service = one.layer().once().layer(twice);
    assert_eq!(guarded.ask(Order::Count).await.unwrap(), 1);
    assert_eq!(one.call(|| async { Ok::<_, ()>(7) }).await, Ok(7));
    assert_eq!(service.ready().await.unwrap().call(4).await.unwrap(), 8);
    // A failure that one of them meets is known to the others.
    let failed = one.call(|| async { Err::<(), _>("down") }).await;
    assert!(matches!(failed, Err(CallError::Inner("down", _))));
    let error = guarded.ask(Order::Count).await.unwrap_err();
    assert_eq!(reason(&error), Reason::Breaker(BreakerState::Open));
    let Err(CallError::Rejected(rejected)) = service.ready().await.unwrap().call(4).await else {
        panic!("it was called");
    };
    assert_eq!(rejected.reason, Reason::Breaker(BreakerState::Open));
    assert_eq!(gate.counted(), 1);
}
