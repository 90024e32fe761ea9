//! One state for all services of a pipeline, and one pipeline for all that is called.

use super::*;
use crate::shed::Marks;
use crate::{AdaptiveLimit, Hedge, LoadShed, Throttle};

/// Fails with 7, if asked to.
fn service() -> impl Service<bool, Response = u32, Error = &'static str> + Clone {
    service_fn(async |fails: bool| if fails { Err("down") } else { Ok(7) })
}

#[tokio::test(start_paused = true)]
async fn eight_applications_of_a_layer_are_one_breaker() {
    let breaker = Breaker::consecutive(4).open_for(ms(1_000));
    let layer = breaker.layer("breaker").expect("sound policies");
    let services: Vec<_> = (0..8)
        .map(|_| {
            ServiceBuilder::new()
                .layer(layer.clone())
                .service(service())
        })
        .collect();
    for service in &services[..4] {
        let answer = service.clone().oneshot(true).await;
        assert_eq!(answer, Err(CallError::Inner("down", Outcome::Unknown)));
    }
    for service in &services {
        let rejected = rejected(service.clone().oneshot(false).await);
        assert_eq!(rejected.reason.policy(), "circuit_breaker");
    }
    advance(ms(1_000)).await;
    assert_eq!(services[7].clone().oneshot(false).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn clones_share_a_limit_of_calls_and_a_limit_of_rate() {
    let places = Bulkhead::concurrent(2)
        .layer("places")
        .expect("sound policies");
    let stuck = service_fn(|()| pending::<Answer>());
    let inside = ServiceBuilder::new().layer(places).service(stuck);
    let mut held: Vec<_> = (0..3)
        .map(|_| Box::pin(inside.clone().oneshot(())))
        .collect();
    assert!(poll!(&mut held[0]).is_pending() && poll!(&mut held[1]).is_pending());
    assert_eq!(
        rejected(held.pop().expect("there are three").await)
            .reason
            .policy(),
        "bulkhead"
    );

    let rate = RateLimit::per_second(5)
        .burst(5)
        .layer("rate")
        .expect("sound policies");
    let limited = ServiceBuilder::new().layer(rate).service(service());
    let mut admitted = 0;
    for _ in 0..1_500 {
        admitted += u32::from(limited.clone().oneshot(false).await.is_ok());
    }
    assert_eq!(admitted, 5, "however many clones there are");
}

#[tokio::test(start_paused = true)]
async fn one_pipeline_is_around_closures_and_services() {
    let pipeline = build(
        Pipeline::builder("shop").circuit_breaker(Breaker::consecutive(2).open_for(ms(1_000))),
    );
    let service = ServiceBuilder::new()
        .layer(pipeline.layer())
        .service(service());
    let by_closure = pipeline.call(|| async { Answer::Err("down") }).await;
    let by_service = service.clone().oneshot(true).await;
    assert_eq!(by_closure, by_service);
    for rejected in [
        rejected(pipeline.call(|| async { Answer::Ok(7) }).await),
        rejected(service.clone().oneshot(false).await),
    ] {
        assert_eq!(&*rejected.pipeline, "shop");
        assert_eq!(rejected.reason.policy(), "circuit_breaker");
    }
    advance(ms(1_000)).await;
    assert_eq!(service.oneshot(false).await, Ok(7));
}

#[test]
fn a_layer_of_a_policy_that_cannot_work_is_refused() {
    let error = Bulkhead::concurrent(0)
        .layer("places")
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "bulkhead: bulkhead has no places: every call would be rejected"
    );
    assert!(Retry::constant(ms(1)).attempts(0).layer("never").is_err());
    assert!(Breaker::rate(0.0).layer("never").is_err());
    assert!(RateLimit::per_second(0).layer("never").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_policy_against_overload_is_a_layer() {
    let full = || LoadShed::InFlight(1, Marks::default());
    let stuck = || service_fn(|_: bool| pending::<Answer>());
    let limit = AdaptiveLimit::aimd().between(1..=1).initial(1);
    let layers = [
        full().layer("shed").expect("sound policies"),
        limit.layer("limit").expect("sound policies"),
    ];
    for (layer, policy) in layers
        .into_iter()
        .zip(["load_shed", "adaptive_concurrency"])
    {
        let service = ServiceBuilder::new().layer(layer).service(stuck());
        let mut held = Box::pin(service.clone().oneshot(true));
        assert!(poll!(&mut held).is_pending());
        let rejected = rejected(service.clone().oneshot(true).await);
        assert_eq!(rejected.reason.policy(), policy);
        drop(held);
        assert!(poll!(Box::pin(service.oneshot(true))).is_pending(), "free");
    }
    let throttle = Throttle::default()
        .layer("throttle")
        .expect("sound policies");
    let service = ServiceBuilder::new().layer(throttle).service(service());
    let mut throttled = 0;
    for _ in 0..1_000 {
        if let Err(CallError::Rejected(rejected)) = service.clone().oneshot(true).await {
            assert_eq!(rejected.reason.policy(), "throttle");
            throttled += 1;
        }
    }
    assert!(throttled > 900, "{throttled}");
}

#[tokio::test(start_paused = true)]
async fn a_hedge_alone_hedges_the_requests_that_are_marked() {
    for (marked, begun) in [(true, 2), (false, 1)] {
        let layer = Hedge::after(ms(20)).layer("hedge").expect("sound policies");
        let layer = layer.options(move |_: &bool| match marked {
            true => Options::new().idempotent(),
            false => Options::new(),
        });
        let calls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&calls);
        let slow = service_fn(move |_: bool| {
            counted.set(counted.get() + 1);
            async {
                sleep(ms(50)).await;
                Answer::Ok(7)
            }
        });
        let service = ServiceBuilder::new().layer(layer).service(slow);
        assert_eq!(service.oneshot(true).await, Ok(7));
        assert_eq!(calls.get(), begun, "marked: {marked}");
    }
}
