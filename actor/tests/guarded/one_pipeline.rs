//! One pipeline value around a closure and around a reference.

use greenroom::prelude::*;
use greenroom_resilience::breaker::BreakerState;
use greenroom_resilience::pipeline::{CallError, Reason};

use crate::shop::{Order, brittle, build, ms, pipeline, reason, shop};

#[tokio::test(start_paused = true)]
async fn one_pipeline_value_works_as_closure_and_guarded_reference() {
    let system = System::new("one");
    let (shop, gate) = shop(&system, 8).await;
    let one = build(pipeline().timeout(ms(100)).circuit_breaker(brittle()));
    let guarded = shop.guarded(&one);
    assert_eq!(guarded.ask(Order::Count).await.unwrap(), 1);
    assert_eq!(one.call(|| async { Ok::<_, ()>(7) }).await, Ok(7));
    // A failure that one of them meets is known to the others.
    let failed = one.call(|| async { Err::<(), _>("down") }).await;
    assert!(matches!(failed, Err(CallError::Inner("down", _))));
    let error = guarded.ask(Order::Count).await.unwrap_err();
    assert_eq!(reason(&error), Reason::Breaker(BreakerState::Open));
    assert_eq!(gate.counted(), 1);
}
