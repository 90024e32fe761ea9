//! What a call through a closed breaker allocates, to which nobody listens (F4).

use allocation_counter::{AllocationInfo, measure};
use futures::FutureExt as _;
use greenroom_resilience::{Breaker, Pipeline};
use tower::{Layer as _, Service as _, service_fn};
use tower_resilience::circuitbreaker::CircuitBreakerLayer;

use crate::support::Down;

const CALLS: u64 = 100;
const NAME: usize = 10_000;

/// What it takes to come as far as the service, which never answers: what follows is not counted,
/// since metrics, which another test here reads, would allocate too.
fn tower_resilience(name: usize) -> AllocationInfo {
    let layer = CircuitBreakerLayer::builder()
        .name("n".repeat(name))
        .build()
        .expect("sound settings");
    let service = service_fn(|_: u32| std::future::pending::<Result<u32, Down>>());
    let mut breaker = layer.layer(service);
    measure(|| {
        for request in 0..CALLS as u32 {
            assert!(breaker.call(request).now_or_never().is_none());
        }
    })
}

#[test]
fn tower_resilience_boxes_each_call_and_copies_its_name_for_no_listener() {
    tower_resilience(1); // what is allocated once
    let (short, long) = (tower_resilience(1), tower_resilience(1 + NAME));
    assert!(
        short.count_total >= 2 * CALLS,
        "a box and a name: {short:?}"
    );
    let for_name = long.bytes_total - short.bytes_total;
    assert_eq!(for_name, CALLS * NAME as u64, "a copy of the name a call");
}

#[tokio::test(start_paused = true)]
async fn greenroom_allocates_nothing_on_the_way_to_a_service_and_back() {
    let name = "n".repeat(NAME);
    let pipeline = Pipeline::builder(&name).circuit_breaker(Breaker::rate(0.5));
    let pipeline = pipeline.build().expect("sound settings");
    let allocated = measure(|| {
        for request in 0..CALLS {
            let answer = pipeline.call(|| async { Ok::<_, Down>(request) });
            assert_eq!(answer.now_or_never(), Some(Ok(request)));
            let never = pipeline.call(std::future::pending::<Result<u32, Down>>);
            assert!(never.now_or_never().is_none());
        }
    });
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}
