//! Restarted for a sibling's sake: within the grace, and beyond it.

use greenroom::{AskError, DeadLetterReason, Outcome};

use crate::failure::assert_asks_answered;
use crate::scene::{Event, Fate, GRACE, TELLS, fate_of};

async fn within_grace() -> Fate {
    fate_of(Event::SiblingFails { in_time: true }).await
}

async fn beyond_grace() -> Fate {
    fate_of(Event::SiblingFails { in_time: false }).await
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_lets_the_message_in_hand_finish() {
    let fate = within_grace().await;
    assert_eq!(fate.record.first(), Some(&0));
    assert!(fate.letters.iter().all(|letter| letter.variant != "Hold"));
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_lets_the_ask_in_hand_be_answered() {
    assert!(matches!(within_grace().await.hand_ask, Ok(0)));
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_keeps_queued_tells() {
    within_grace().await.assert_kept(TELLS);
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_keeps_queued_asks_and_the_order() {
    let fate = within_grace().await;
    assert_asks_answered(&fate);
    assert_eq!(fate.record, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_queues_later_sends() {
    assert!(within_grace().await.later_was_handled());
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_beyond_the_grace_drops_the_message_in_hand() {
    let fate = beyond_grace().await;
    assert!(matches!(fate.hand_letter(), DeadLetterReason::Killed));
    assert!(!fate.record.contains(&0));
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_beyond_the_grace_kills_the_ask_in_hand() {
    let fate = beyond_grace().await;
    let Err(error @ AskError::Killed) = fate.hand_ask else {
        panic!("{:?}", fate.hand_ask)
    };
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_beyond_the_grace_keeps_what_is_queued() {
    let fate = beyond_grace().await;
    fate.assert_kept(TELLS);
    assert_asks_answered(&fate);
    assert!(fate.asks_took >= GRACE);
    assert_eq!(fate.record, [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn restart_for_a_sibling_beyond_the_grace_queues_later_sends() {
    assert!(beyond_grace().await.later_was_handled());
}
