//! Dead letters: counted, streamed, and with their message where it still exists.

use futures::StreamExt;
use greenroom::prelude::*;
use greenroom::{DeadLetterCounts, DeadLetterReason};

use crate::worker::{Msg, Shared, full, settle, spawn};

/// Kills an actor with `count` notes queued.
async fn bury(system: &System, name: &str, count: u32) {
    let shared = Shared::default();
    let actor = spawn(system, name, &shared, 100).await;
    actor.try_tell(Msg::Hold).unwrap();
    settle().await;
    (0..count).for_each(|number| actor.try_tell(Msg::Note(number)).unwrap());
    actor.kill();
    actor.terminated().await;
}

#[tokio::test(start_paused = true)]
async fn letters_are_counted_by_reason_without_a_subscriber() {
    let system = System::new("letters");
    bury(&system, "actor", 5).await;
    let mut expected = DeadLetterCounts::default();
    expected.stopped = 5;
    expected.killed = 1;
    assert_eq!(system.dead_letter_counts(), expected);
    assert_eq!(expected.total(), 6);
}

#[tokio::test(start_paused = true)]
async fn every_subscriber_gets_each_letter_and_the_first_taker_its_message() {
    let system = System::new("letters");
    let (mut one, mut two) = (system.dead_letters(10), system.dead_letters(10));
    bury(&system, "actor", 1).await;
    let killed = one.next().await.unwrap();
    assert!(matches!(killed.reason, DeadLetterReason::Killed));
    assert!(
        killed.take_message::<Msg>().is_none(),
        "it went with its handler"
    );
    let letter = one.recv().await.unwrap();
    assert_eq!(letter.target.as_str(), "/user/actor");
    assert!(letter.message_type.ends_with("worker::Msg"));
    assert!(letter.take_message::<u8>().is_none(), "another type");
    assert!(matches!(letter.take_message(), Some(Msg::Note(0))));
    drop(two.recv().await.unwrap());
    let same = two.recv().await.unwrap();
    assert!(same.take_message::<Msg>().is_none(), "taken already");
    assert!(two.try_recv().is_none());
}

#[tokio::test(start_paused = true)]
async fn full_subscription_misses_and_counts_what_it_missed() {
    let system = System::new("letters");
    let mut letters = system.dead_letters(2);
    bury(&system, "actor", 5).await;
    assert_eq!(letters.missed(), 4);
    assert!(letters.try_recv().is_some() && letters.try_recv().is_some());
    assert!(letters.try_recv().is_none());
    assert_eq!(system.dead_letter_counts().total(), 6);
    bury(&system, "second", 0).await;
    assert!(letters.try_recv().is_some(), "there is room again");
}

#[tokio::test(start_paused = true)]
async fn dropped_subscription_is_forgotten() {
    let system = System::new("letters");
    drop(system.dead_letters(1));
    let mut other = system.dead_letters(10);
    bury(&system, "actor", 1).await;
    assert!(other.try_recv().is_some());
    assert_eq!(other.missed(), 0);
}

#[tokio::test(start_paused = true)]
async fn letters_end_with_their_system() {
    let system = System::new("letters");
    let mut letters = system.dead_letters(1);
    system.shutdown().await.unwrap();
    drop(system);
    settle().await;
    assert!(letters.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn message_given_back_to_its_sender_is_no_dead_letter() {
    let (system, shared) = (System::new("letters"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    assert!(matches!(
        actor.try_tell(Msg::Note(1)),
        Err(TrySendError::Full(_))
    ));
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn any_number_of_letters_may_be_asked_for() {
    let system = System::new("letters");
    let mut letters = system.dead_letters(usize::MAX);
    bury(&system, "actor", 1).await;
    assert!(letters.try_recv().is_some());
}
