//! A deadline that passes while the message is queued.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{DeadLetterReason, DeadLetters, Outcome};
use greenroom_resilience::deadline::Deadline;

use crate::puppet::{Msg, Stage, Then, settle};
use crate::scene::ask;

/// An actor busy with a held message.
async fn busy() -> (System, Stage, ActorRef<Msg>, DeadLetters) {
    let system = System::new("deadline");
    let letters = system.dead_letters(10);
    let stage = Stage::new();
    let actor = system.spawn("busy", stage.puppet()).await.unwrap();
    let hold = actor.clone();
    tokio::spawn(async move {
        let held = hold.ask(|reply| Msg::Hold(0, Then::Answer, reply));
        held.timeout(Duration::from_secs(100)).await
    });
    settle().await;
    (system, stage, actor, letters)
}

#[tokio::test(start_paused = true)]
async fn ask_whose_time_passes_while_queued_is_expired_and_never_begins() {
    let (system, stage, actor, mut letters) = busy().await;
    let error = actor
        .ask(|reply| Msg::Get(1, reply))
        .timeout(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(matches!(error, AskError::Expired), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Refused);
    stage.open();
    settle().await;
    assert_eq!(stage.record(), [0]);
    let letter = letters.try_recv().unwrap();
    assert!(matches!(letter.reason, DeadLetterReason::Expired));
    assert_eq!(letter.variant, "Get");
    assert_eq!(system.dead_letter_counts().expired, 1);
}

#[tokio::test(start_paused = true)]
async fn ask_after_the_deadline_of_its_task_is_not_sent() {
    let (system, stage) = (System::new("deadline"), Stage::new());
    let actor = system.spawn("idle", stage.puppet()).await.unwrap();
    let deadline = Deadline::after(Duration::from_millis(50));
    let late = deadline.scope(async {
        let in_time = actor.ask(|reply| Msg::Get(1, reply)).await;
        assert!(in_time.is_ok(), "{in_time:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        actor.ask(|reply| Msg::Get(2, reply)).await.unwrap_err()
    });
    let error = late.await;
    assert!(matches!(error, AskError::Expired), "{error:?}");
    settle().await;
    assert_eq!(stage.record(), [1]);
    assert_eq!(
        system.dead_letter_counts().total(),
        0,
        "it was never queued"
    );
}

#[tokio::test(start_paused = true)]
async fn ask_that_was_begun_ends_with_a_timeout_of_unknown_outcome() {
    let (_system, stage, actor, _) = busy().await;
    stage.open();
    settle().await;
    let error = actor
        .ask(|reply| Msg::Hold(1, Then::Answer, reply))
        .timeout(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(matches!(error, AskError::Timeout), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    stage.open();
    settle().await;
    assert_eq!(stage.record(), [0, 1], "what was begun is finished");
}

#[tokio::test(start_paused = true)]
async fn queued_ask_that_was_given_up_never_begins() {
    let (system, stage, actor, _) = busy().await;
    let asked = ask(&actor, |reply| Msg::Get(1, reply));
    settle().await;
    asked.abort();
    settle().await;
    stage.open();
    settle().await;
    assert_eq!(stage.record(), [0]);
    assert_eq!(system.dead_letter_counts().expired, 1);
}

#[tokio::test(start_paused = true)]
async fn tell_whose_deadline_passes_while_queued_is_dropped_and_counted() {
    let (system, stage, actor, mut letters) = busy().await;
    let within = Duration::from_millis(50);
    actor.tell(Msg::Note(1)).deadline(within).await.unwrap();
    actor.tell(Msg::Note(2)).await.unwrap();
    tokio::time::sleep(within).await;
    stage.open();
    settle().await;
    assert_eq!(stage.record(), [0, 2], "a tell without a deadline has none");
    let letter = letters.try_recv().unwrap();
    assert!(matches!(letter.reason, DeadLetterReason::Expired));
    assert!(matches!(letter.take_message(), Some(Msg::Note(1))));
    assert_eq!(system.dead_letter_counts().expired, 1);
}

#[tokio::test(start_paused = true)]
async fn tell_within_its_deadline_is_handled() {
    let (system, stage, actor, _) = busy().await;
    let within = Duration::from_millis(50);
    actor.tell(Msg::Note(1)).deadline(within).await.unwrap();
    stage.open();
    settle().await;
    assert_eq!(stage.record(), [0, 1]);
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn ask_ends_with_the_deadline_of_its_task() {
    let (_system, _stage, actor, _) = busy().await;
    let began = tokio::time::Instant::now();
    let deadline = Deadline::after(Duration::from_millis(70));
    let asked = deadline.scope(actor.ask(|reply| Msg::Get(1, reply)));
    assert!(matches!(asked.await, Err(AskError::Expired)));
    assert_eq!(began.elapsed().as_millis(), 70);
}
