//! Asks: which attempts are repeated, and with which message.

use futures::FutureExt;
use greenroom::prelude::*;
use greenroom_resilience::breaker::BreakerState;
use greenroom_resilience::pipeline::Reason;
use greenroom_resilience::{Outcome, Verdict};
use tokio::time::Instant;

use crate::shop::{
    Order, asked, brittle, build, busy_shop, full_shop, ms, pipeline, reason, retry, retrying, shop,
};

/// What can be neither copied nor cloned.
struct Unique;

#[tokio::test(start_paused = true)]
async fn message_refused_by_a_full_mailbox_is_sent_again_as_it_is() {
    let system = System::new("asks");
    let (shop, gate) = full_shop(&system).await;
    let guarded = shop.guarded(&retrying());
    let unique = Unique;
    let asked = guarded.ask(move |reply| {
        let _spent: Unique = unique;
        Order::Count(reply)
    });
    let (began, opens) = (Instant::now(), async {
        tokio::time::sleep(ms(15)).await;
        gate.open(2);
    });
    let (answer, ()) = tokio::join!(asked, opens);
    assert_eq!(answer.unwrap(), 3);
    assert_eq!(began.elapsed(), ms(20), "the third attempt found room");
}

#[tokio::test(start_paused = true)]
async fn message_that_is_refused_to_the_end_comes_back() {
    let system = System::new("asks");
    let (shop, _gate) = full_shop(&system).await;
    let began = Instant::now();
    let error = shop
        .guarded(&retrying())
        .ask(Order::Count)
        .await
        .unwrap_err();
    assert_eq!(began.elapsed(), ms(30), "four attempts");
    assert!(matches!(asked(&error), AskError::Full));
    assert_eq!(error.outcome(), Outcome::Refused);
    assert!(matches!(error.into_message(), Some(Order::Count(_))));
}

#[tokio::test(start_paused = true)]
async fn message_that_a_policy_turns_away_comes_back_and_is_never_sent() {
    let system = System::new("asks");
    let (shop, gate) = full_shop(&system).await;
    let pipeline = build(pipeline().circuit_breaker(brittle()));
    let guarded = shop.guarded(&pipeline);
    drop(guarded.ask(Order::Count).await.unwrap_err());
    gate.open(2);
    let error = guarded.ask(Order::Count).await.unwrap_err();
    assert_eq!(reason(&error), Reason::Breaker(BreakerState::Open));
    assert_eq!(error.outcome(), Outcome::Refused);
    assert_eq!(gate.counted(), 1);
    let Some(Order::Count(reply)) = error.into_message() else {
        panic!("it was not sent");
    };
    assert!(!reply.is_wanted(), "nobody asks any more");
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_is_repeated_only_if_the_message_can_be_made_again() {
    let system = System::new("asks");
    let (shop, gate) = shop(&system, 8).await;
    let pipeline = build(pipeline().retry(retry()).idempotent());
    let guarded = shop.guarded(&pipeline);
    let error = guarded
        .ask(|reply| Order::Flaky(9, reply))
        .await
        .unwrap_err();
    assert!(matches!(asked(&error), AskError::NoReply));
    assert_eq!((error.outcome(), gate.counted()), (Outcome::Unknown, 1));
    assert!(error.into_message().is_none());
    let answer = guarded.ask_each(|reply| Order::Flaky(3, reply)).await;
    assert_eq!(answer.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_is_never_repeated_by_a_pipeline_that_is_not_idempotent() {
    let system = System::new("asks");
    let (shop, gate) = shop(&system, 8).await;
    let guarded = shop.guarded(&retrying());
    let error = guarded
        .ask_each(|reply| Order::Flaky(9, reply))
        .await
        .unwrap_err();
    assert_eq!((error.outcome(), gate.counted()), (Outcome::Unknown, 1));
}

#[tokio::test(start_paused = true)]
async fn message_that_its_mailbox_lost_unhandled_is_made_again() {
    let system = System::new("asks");
    let (shop, gate) = busy_shop(&system).await;
    let guarded = shop.guarded(&retrying());
    // Expires in the mailbox, and is refused therefore.
    let asked = guarded.ask_each(Order::Count).timeout(ms(5));
    let (began, opens) = (Instant::now(), async {
        tokio::time::sleep(ms(12)).await;
        gate.open(1);
    });
    let (answer, ()) = tokio::join!(asked, opens);
    assert_eq!(answer.unwrap(), 3, "two orders before it, and no double");
    assert_eq!(began.elapsed(), ms(15));
}

#[tokio::test(start_paused = true)]
async fn stopped_actor_is_asked_once() {
    let system = System::new("asks");
    let (shop, _gate) = shop(&system, 8).await;
    shop.stop();
    shop.terminated().await;
    let began = Instant::now();
    let error = shop
        .guarded(&retrying())
        .ask_each(Order::Count)
        .await
        .unwrap_err();
    assert!(matches!(asked(&error), AskError::Stopped));
    assert_eq!(began.elapsed(), ms(0), "it would stay stopped");
}

#[tokio::test(start_paused = true)]
async fn answers_count_as_the_classifier_says() {
    let system = System::new("asks");
    let (shop, gate) = shop(&system, 8).await;
    let guarded = shop.guarded(&retrying());
    let say = |reply| Order::Say(Err("busy"), reply);
    let answer = guarded.ask_each(say).await.unwrap();
    assert_eq!(
        (answer, gate.counted()),
        (Err("busy"), 1),
        "any answer is one"
    );
    let busy = |answer: &Result<u32, &str>| match answer {
        Ok(_) => Verdict::Success,
        Err(_) => Verdict::Refused,
    };
    let answer = guarded.ask_each(say).classify(busy).await.unwrap();
    assert_eq!((answer, gate.counted()), (Err("busy"), 5), "four attempts");
}

#[tokio::test(start_paused = true)]
async fn callers_own_mistakes_say_nothing_about_the_actor() {
    let system = System::new("asks");
    let (shop, gate) = shop(&system, 8).await;
    let pipeline = build(pipeline().retry(retry()).circuit_breaker(brittle()));
    let guarded = shop.guarded(&pipeline);
    let error = guarded
        .ask_each(Order::Count)
        .timeout(ms(0))
        .await
        .unwrap_err();
    assert!(matches!(asked(&error), AskError::ZeroTimeout));
    assert_eq!(error.outcome(), Outcome::Refused);
    assert_eq!(guarded.ask(Order::Count).await.unwrap(), 1);
    assert_eq!(gate.counted(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropped_ask_gives_its_permit_back_and_is_not_handled() {
    use greenroom_resilience::Bulkhead;

    let system = System::new("asks");
    let (shop, gate) = shop(&system, 8).await;
    let guarded = shop.guarded(&build(pipeline().bulkhead(Bulkhead::concurrent(1))));
    tokio::spawn(async move { shop.ask(Order::Hold).await });
    tokio::time::sleep(ms(1)).await;
    {
        let mut asked = std::pin::pin!(guarded.ask(Order::Count));
        assert!(asked.as_mut().now_or_never().is_none());
        let second = guarded.ask(Order::Count).await.unwrap_err();
        assert_eq!(reason(&second).policy(), "bulkhead");
    }
    gate.open(1);
    let answer = guarded.ask(Order::Count).await;
    assert_eq!(answer.unwrap(), 2, "the dropped one was not handled");
    assert_eq!(system.dead_letter_counts().expired, 1);
}
