//! Tells: the message comes back whenever it was not queued, so nothing has to be cloned.

use greenroom::GuardedCause;
use greenroom::prelude::*;
use greenroom_resilience::pipeline::Reason;
use greenroom_resilience::{Bulkhead, Outcome, RateLimit};
use tokio::time::Instant;

use crate::shop::{Order, brittle, build, full_shop, ms, pipeline, reason, retry, retrying, shop};

#[tokio::test(start_paused = true)]
async fn message_that_found_no_room_is_told_again() {
    let system = System::new("tells");
    let (shop, gate) = full_shop(&system).await;
    let guarded = shop.guarded(&retrying());
    let (began, opens) = (Instant::now(), async {
        tokio::time::sleep(ms(15)).await;
        gate.open(2);
    });
    let (told, ()) = tokio::join!(guarded.tell(Order::Note(1)), opens);
    told.unwrap();
    assert_eq!(began.elapsed(), ms(20));
    tokio::time::sleep(ms(1)).await;
    assert_eq!(gate.counted(), 3);
}

#[tokio::test(start_paused = true)]
async fn message_comes_back_from_the_actor_and_from_a_policy() {
    let system = System::new("tells");
    let (shop, gate) = full_shop(&system).await;
    let pipeline = build(pipeline().circuit_breaker(brittle()));
    let guarded = shop.guarded(&pipeline);
    let error = guarded.tell(Order::Note(1)).await.unwrap_err();
    assert!(matches!(
        error.cause(),
        GuardedCause::Tell(SendError::Full(()))
    ));
    assert_eq!(error.outcome(), Outcome::Refused);
    assert!(matches!(error.into_message(), Some(Order::Note(1))));
    gate.open(2);
    let error = guarded.tell(Order::Note(2)).await.unwrap_err();
    assert!(matches!(reason(&error), Reason::Breaker(_)));
    assert!(matches!(error.into_message(), Some(Order::Note(2))));
    assert!(!shop.is_stopped());
}

#[tokio::test(start_paused = true)]
async fn time_out_ends_the_wait_for_room_and_not_what_is_queued() {
    let system = System::new("tells");
    let (_, gate) = shop(&system, 8).await;
    let slow = system
        .spawn("slow", crate::shop::twin(&gate))
        .mailbox(|mailbox| mailbox.capacity(1));
    let slow = slow.await.unwrap();
    let guarded = slow.guarded(&build(pipeline().timeout(ms(50))));
    guarded.tell(Order::Note(0)).await.unwrap();
    let holds = slow.clone();
    tokio::spawn(async move { holds.ask(Order::Hold).timeout(ms(60_000)).await });
    tokio::time::sleep(ms(1)).await;
    guarded.tell(Order::Note(1)).await.unwrap();
    let began = Instant::now();
    let error = guarded.tell(Order::Note(2)).await.unwrap_err();
    assert_eq!(began.elapsed(), ms(50));
    assert_eq!(reason(&error), Reason::Timeout(ms(50)));
    assert_eq!(error.outcome(), Outcome::Refused, "it was never queued");
    assert!(matches!(error.into_message(), Some(Order::Note(2))));
    tokio::time::sleep(ms(1_000)).await;
    gate.open(1);
    tokio::time::sleep(ms(1)).await;
    assert_eq!(gate.counted(), 3, "a queued tell has no deadline");
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[test]
fn try_tell_needs_no_runtime_and_never_waits() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let system = System::new("tells");
    let (shop, gate) = runtime.block_on(shop(&system, 2));
    let waiting = RateLimit::per_second(1).burst(1);
    let limited = build(pipeline().rate_limit(waiting.max_wait(ms(5_000))));
    let limited = shop.guarded(&limited);
    limited.try_tell(Order::Note(1)).unwrap();
    let error = limited.try_tell(Order::Note(2)).unwrap_err();
    assert!(
        matches!(error.cause(), GuardedCause::WouldWait),
        "{error:?}"
    );
    assert!(matches!(error.into_message(), Some(Order::Note(2))));
    let patient = shop.guarded(&build(
        pipeline()
            .timeout(ms(100))
            .retry(retry())
            .bulkhead(Bulkhead::concurrent(1)),
    ));
    patient.try_tell(Order::Note(3)).unwrap();
    let error = patient.try_tell(Order::Note(4)).unwrap_err();
    assert!(matches!(
        error.cause(),
        GuardedCause::Tell(SendError::Full(()))
    ));
    assert_eq!(error.outcome(), Outcome::Refused);
    assert!(matches!(error.into_message(), Some(Order::Note(4))));
    runtime.block_on(async { tokio::time::sleep(ms(1)).await });
    assert_eq!(gate.counted(), 2);
    patient.try_tell(Order::Note(5)).unwrap();
}
