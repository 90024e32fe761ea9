//! The handler fails: with a restart, without one, resumed, and on the way to an end.

use greenroom::supervision::OnFailure;
use greenroom::{AskError, DeadLetterReason, Outcome};

use crate::puppet::Then;
use crate::scene::{ASKS, Event, Fate, TELLS, fate_of};

async fn failed_and(choice: OnFailure) -> Fate {
    fate_of(Event::Ends(Then::Fail, choice)).await
}

#[track_caller]
fn assert_lost_with_its_failure(fate: &Fate) {
    let DeadLetterReason::Failed(failure) = fate.hand_letter() else {
        panic!("{:?}", fate.letters)
    };
    assert_eq!(failure.to_string(), "held and failed");
    assert!(!fate.record.contains(&0));
}

#[track_caller]
fn assert_ask_failed(fate: &Fate) {
    let Err(error @ AskError::Failed(failure)) = &fate.hand_ask else {
        panic!("{:?}", fate.hand_ask)
    };
    assert_eq!(failure.to_string(), "held and failed");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[track_caller]
pub(crate) fn assert_stopped_at_once(fate: &Fate) {
    for result in &fate.asks {
        assert!(matches!(result, Err(AskError::Stopped)), "{result:?}");
    }
    assert!(fate.asks_took.as_millis() <= 1, "{:?}", fate.asks_took);
}

#[track_caller]
pub(crate) fn assert_asks_answered(fate: &Fate) {
    let answers: Vec<_> = fate.asks.iter().flatten().copied().collect();
    assert_eq!(answers, ASKS, "{:?}", fate.asks);
}

#[tokio::test(start_paused = true)]
async fn failure_with_restart_loses_the_message_in_hand() {
    assert_lost_with_its_failure(&failed_and(OnFailure::Restart).await);
}

#[tokio::test(start_paused = true)]
async fn failure_with_restart_fails_the_ask_in_hand() {
    assert_ask_failed(&failed_and(OnFailure::Restart).await);
}

#[tokio::test(start_paused = true)]
async fn failure_with_restart_keeps_queued_tells() {
    failed_and(OnFailure::Restart).await.assert_kept(TELLS);
}

#[tokio::test(start_paused = true)]
async fn failure_with_restart_keeps_queued_asks_and_the_order() {
    let fate = failed_and(OnFailure::Restart).await;
    assert_asks_answered(&fate);
    assert_eq!(fate.record, [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn failure_with_restart_queues_later_sends() {
    assert!(failed_and(OnFailure::Restart).await.later_was_handled());
}

#[tokio::test(start_paused = true)]
async fn panic_with_restart_is_a_failure_like_an_error() {
    let fate = fate_of(Event::Ends(Then::Panic, OnFailure::Restart)).await;
    assert!(matches!(&fate.hand_ask, Err(AskError::Failed(f)) if f.is_panic()));
    assert!(matches!(fate.hand_letter(), DeadLetterReason::Failed(f) if f.is_panic()));
    assert_eq!(fate.record, [1, 2, 3, 4, 5]);
    assert_eq!(fate.letters.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn failure_without_restart_loses_the_message_in_hand() {
    assert_lost_with_its_failure(&failed_and(OnFailure::Stop).await);
}

#[tokio::test(start_paused = true)]
async fn failure_without_restart_fails_the_ask_in_hand() {
    assert_ask_failed(&failed_and(OnFailure::Stop).await);
}

#[tokio::test(start_paused = true)]
async fn failure_without_restart_makes_dead_letters_of_queued_tells() {
    let fate = failed_and(OnFailure::Stop).await;
    assert_eq!(fate.stopped_letters(), [1, 2, 3, 4]);
    assert_eq!(fate.record, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn failure_without_restart_ends_queued_asks_at_once() {
    assert_stopped_at_once(&failed_and(OnFailure::Stop).await);
}

#[tokio::test(start_paused = true)]
async fn failure_without_restart_refuses_later_sends() {
    let fate = failed_and(OnFailure::Stop).await;
    assert_eq!(fate.later, Err("stopped, and given back"));
}

#[tokio::test(start_paused = true)]
async fn escalation_loses_the_message_in_hand() {
    assert_lost_with_its_failure(&failed_and(OnFailure::Escalate).await);
}

#[tokio::test(start_paused = true)]
async fn escalation_fails_the_ask_in_hand() {
    assert_ask_failed(&failed_and(OnFailure::Escalate).await);
}

#[tokio::test(start_paused = true)]
async fn escalation_makes_dead_letters_of_queued_tells() {
    let fate = failed_and(OnFailure::Escalate).await;
    assert_eq!(fate.stopped_letters(), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn escalation_ends_queued_asks_at_once() {
    assert_stopped_at_once(&failed_and(OnFailure::Escalate).await);
}

#[tokio::test(start_paused = true)]
async fn escalation_refuses_later_sends() {
    let fate = failed_and(OnFailure::Escalate).await;
    assert_eq!(fate.later, Err("stopped, and given back"));
}

#[tokio::test(start_paused = true)]
async fn resumed_failure_loses_the_message_in_hand() {
    assert_lost_with_its_failure(&failed_and(OnFailure::Resume).await);
}

#[tokio::test(start_paused = true)]
async fn resumed_failure_fails_the_ask_in_hand() {
    assert_ask_failed(&failed_and(OnFailure::Resume).await);
}

#[tokio::test(start_paused = true)]
async fn resumed_failure_keeps_queued_tells() {
    failed_and(OnFailure::Resume).await.assert_kept(TELLS);
}

#[tokio::test(start_paused = true)]
async fn resumed_failure_keeps_queued_asks() {
    let fate = failed_and(OnFailure::Resume).await;
    assert_asks_answered(&fate);
    assert!(fate.asks_took.as_millis() <= 1, "without a backoff");
}

#[tokio::test(start_paused = true)]
async fn resumed_failure_queues_later_sends() {
    assert!(failed_and(OnFailure::Resume).await.later_was_handled());
}

/// After a `stop()`, and after a `ctx.stop()`; both would be restarted otherwise.
async fn failed_on_the_way() -> [Fate; 2] {
    let itself = Event::Ends(Then::FinishAndFail, OnFailure::Restart);
    [
        fate_of(Event::Stop(Some(Then::Fail))).await,
        fate_of(itself).await,
    ]
}

#[tokio::test(start_paused = true)]
async fn failure_on_the_way_to_an_end_loses_the_message_in_hand() {
    let fates = failed_on_the_way().await;
    fates.iter().for_each(assert_lost_with_its_failure);
}

#[tokio::test(start_paused = true)]
async fn failure_on_the_way_to_an_end_fails_the_ask_in_hand() {
    failed_on_the_way().await.iter().for_each(assert_ask_failed);
}

#[tokio::test(start_paused = true)]
async fn failure_on_the_way_to_an_end_makes_dead_letters_of_queued_tells() {
    for fate in failed_on_the_way().await {
        assert_eq!(fate.stopped_letters(), [1, 2, 3, 4]);
        assert_eq!(fate.record, [0; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn failure_on_the_way_to_an_end_ends_queued_asks_at_once() {
    let fates = failed_on_the_way().await;
    fates.iter().for_each(assert_stopped_at_once);
}

#[tokio::test(start_paused = true)]
async fn failure_on_the_way_to_an_end_refuses_later_sends() {
    for fate in failed_on_the_way().await {
        assert_eq!(fate.later, Err("stopped, and given back"));
    }
}
