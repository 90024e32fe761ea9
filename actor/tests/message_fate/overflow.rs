//! A full mailbox, policy by policy: what the sender, the asker and the displaced asker are told.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{DeadLetterReason, DeadLetters};

use crate::puppet::{Msg, Stage, Then, settle};
use crate::scene::{Asked, ask};

struct Full {
    system: System,
    stage: Stage,
    actor: ActorRef<Msg>,
    letters: DeadLetters,
    /// The ask that fills the mailbox.
    queued: Asked,
}

/// A busy actor with a mailbox for one, which holds an ask.
async fn full(overflow: Overflow) -> Full {
    let system = System::new("overflow");
    let letters = system.dead_letters(10);
    let stage = Stage::new();
    let actor = system
        .spawn("full", stage.puppet())
        .mailbox(move |m| m.capacity(1).overflow(overflow))
        .await
        .unwrap();
    drop(ask(&actor, |reply| Msg::Hold(0, Then::Answer, reply)));
    settle().await;
    let queued = ask(&actor, |reply| Msg::Get(1, reply));
    settle().await;
    Full {
        system,
        stage,
        actor,
        letters,
        queued,
    }
}

impl Full {
    /// Lets the actor handle what is queued, and says what it handled.
    async fn record(&self) -> Vec<u32> {
        self.stage.open();
        settle().await;
        self.stage.record()
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_tell_gets_its_message_back_at_its_timeout() {
    let full = full(Overflow::Wait).await;
    let told = full
        .actor
        .tell(Msg::Note(2))
        .timeout(Duration::from_millis(10));
    assert!(matches!(told.await, Err(SendError::Timeout(Msg::Note(2)))));
    assert_eq!(full.record().await, [0, 1]);
    assert!(matches!(full.queued.await.unwrap().0, Ok(1)));
    assert_eq!(full.system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn waiting_tell_and_ask_are_let_in_when_there_is_room() {
    let full = full(Overflow::Wait).await;
    let (actor, asker) = (full.actor.clone(), full.actor.clone());
    let told = tokio::spawn(async move { actor.tell(Msg::Note(2)).await.is_ok() });
    settle().await;
    let asked = tokio::spawn(async move { asker.ask(|reply| Msg::Get(3, reply)).await });
    settle().await;
    assert_eq!(full.record().await, [0, 1, 2, 3]);
    assert!(told.await.unwrap());
    assert!(matches!(asked.await.unwrap(), Ok(3)));
}

#[tokio::test(start_paused = true)]
async fn waiting_ask_without_room_in_time_is_full() {
    let full = full(Overflow::Wait).await;
    let asked = full.actor.ask(|reply| Msg::Get(2, reply));
    let asked = asked.timeout(Duration::from_millis(10)).await;
    assert!(matches!(asked, Err(AskError::Full)), "{asked:?}");
    assert_eq!(full.record().await, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn try_tell_is_full_at_once() {
    let full = full(Overflow::Wait).await;
    let told = full.actor.try_tell(Msg::Note(2));
    assert!(matches!(told, Err(TrySendError::Full(Msg::Note(2)))));
}

#[tokio::test(start_paused = true)]
async fn reject_is_full_at_once_for_each_verb() {
    let full = full(Overflow::Reject).await;
    let began = tokio::time::Instant::now();
    let told = full.actor.tell(Msg::Note(2)).await;
    assert!(matches!(told, Err(SendError::Full(Msg::Note(2)))));
    let told = full.actor.try_tell(Msg::Note(2));
    assert!(matches!(told, Err(TrySendError::Full(Msg::Note(2)))));
    let asked = full.actor.ask(|reply| Msg::Get(2, reply)).await;
    assert!(matches!(asked, Err(AskError::Full)));
    assert!(began.elapsed().is_zero());
    assert_eq!(full.record().await, [0, 1]);
    assert_eq!(full.system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn drop_newest_drops_the_newcomer_of_each_verb() {
    let mut full = full(Overflow::DropNewest).await;
    assert!(full.actor.tell(Msg::Note(2)).await.is_ok());
    assert!(full.actor.try_tell(Msg::Note(3)).is_ok());
    let asked = full.actor.ask(|reply| Msg::Get(4, reply)).await;
    assert!(matches!(asked, Err(AskError::Full)), "{asked:?}");
    assert_eq!(full.record().await, [0, 1]);
    for number in [2, 3, 4] {
        let letter = full.letters.try_recv().unwrap();
        assert!(matches!(letter.reason, DeadLetterReason::Overflow));
        assert_eq!(letter.take_message::<Msg>().unwrap().number(), number);
    }
    assert_eq!(full.system.dead_letter_counts().overflow, 3);
}

#[tokio::test(start_paused = true)]
async fn drop_oldest_tells_the_displaced_asker() {
    let mut full = full(Overflow::DropOldest).await;
    assert!(full.actor.tell(Msg::Note(2)).await.is_ok());
    let displaced = full.queued.await.unwrap().0;
    assert!(
        matches!(displaced, Err(AskError::Displaced)),
        "{displaced:?}"
    );
    let letter = full.letters.try_recv().unwrap();
    assert!(matches!(letter.reason, DeadLetterReason::Displaced));
    assert_eq!(letter.variant, "Get");
    full.stage.open();
    settle().await;
    assert_eq!(full.stage.record(), [0, 2]);
    assert_eq!(full.system.dead_letter_counts().displaced, 1);
}

#[tokio::test(start_paused = true)]
async fn drop_oldest_lets_a_new_ask_wait_for_its_answer() {
    let full = full(Overflow::DropOldest).await;
    let asked = ask(&full.actor, |reply| Msg::Get(2, reply));
    settle().await;
    assert_eq!(full.record().await, [0, 2]);
    assert!(matches!(asked.await.unwrap().0, Ok(2)));
}

#[tokio::test(start_paused = true)]
async fn coalesced_ask_is_displaced() {
    let system = System::new("coalesce");
    let stage = Stage::new();
    let actor = system
        .spawn("actor", stage.puppet())
        .mailbox(|m| m.coalesce(|msg: &Msg| matches!(msg, Msg::Get(..)).then_some(1u64)))
        .await
        .unwrap();
    drop(ask(&actor, |reply| Msg::Hold(0, Then::Answer, reply)));
    settle().await;
    let first = ask(&actor, |reply| Msg::Get(1, reply));
    settle().await;
    let second = ask(&actor, |reply| Msg::Get(2, reply));
    settle().await;
    assert!(matches!(first.await.unwrap().0, Err(AskError::Displaced)));
    stage.open();
    assert!(matches!(second.await.unwrap().0, Ok(2)));
    assert_eq!(system.dead_letter_counts().displaced, 1);
}
