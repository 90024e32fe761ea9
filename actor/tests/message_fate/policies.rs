//! Closures of a mailbox's policy that panic: the message comes back, and the mailbox goes on.

use greenroom::prelude::*;
use greenroom::{MailboxSettings, Outcome};

use crate::puppet::{Msg, Stage, Then, settle};
use crate::scene::ask;

/// No closure can bear that number.
const BAD: u32 = 13;

fn bear(msg: &Msg) -> usize {
    assert!(msg.number() != BAD, "bad luck");
    0
}

type Settings = fn(MailboxSettings<Msg>) -> MailboxSettings<Msg>;

const POLICIES: [(&str, Settings); 3] = [
    ("priority", |m| m.priority(2, bear)),
    ("bytes", |m| m.bytes(1_000, bear)),
    ("coalesce", |m| {
        m.coalesce(|msg| (bear(msg) > 0).then_some(1_u64))
    }),
];

#[tokio::test(start_paused = true)]
async fn each_verb_says_that_the_policy_failed_and_gives_the_message_back() {
    for (name, settings) in POLICIES {
        let (system, stage) = (System::new("policies"), Stage::new());
        let actor = system.spawn("actor", stage.puppet()).mailbox(settings);
        let actor = actor.await.unwrap();
        let told = actor.tell(Msg::Note(BAD)).await;
        assert!(
            matches!(told, Err(SendError::Policy(Msg::Note(BAD)))),
            "{name}"
        );
        let told = actor.try_tell(Msg::Note(BAD));
        assert!(
            matches!(told, Err(TrySendError::Policy(Msg::Note(BAD)))),
            "{name}"
        );
        let asked = actor.ask(|reply| Msg::Get(BAD, reply)).await;
        let Err(error @ AskError::Policy) = asked else {
            panic!("{name}: {asked:?}")
        };
        assert_eq!(error.outcome(), Outcome::Refused);
        assert!(
            matches!(actor.ask(|reply| Msg::Get(1, reply)).await, Ok(1)),
            "{name}"
        );
        assert_eq!(stage.record(), [1], "{name}");
        assert_eq!(
            system.dead_letter_counts().total(),
            0,
            "{name}: all came back"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waited_for_room_gets_its_message_back_and_the_next_gets_the_place() {
    for (name, settings) in POLICIES {
        let (system, stage) = (System::new("policies"), Stage::new());
        let actor = system.spawn("actor", stage.puppet());
        let actor = actor
            .mailbox(move |m| settings(m.capacity(1)))
            .await
            .unwrap();
        drop(ask(&actor, |reply| Msg::Hold(0, Then::Answer, reply)));
        settle().await;
        actor.try_tell(Msg::Note(1)).unwrap();
        let (bad, good) = (actor.clone(), actor.clone());
        let bad = tokio::spawn(async move { bad.tell(Msg::Note(BAD)).await });
        settle().await;
        let good = tokio::spawn(async move { good.tell(Msg::Note(2)).await });
        settle().await;
        stage.open();
        assert!(
            matches!(bad.await.unwrap(), Err(SendError::Policy(_))),
            "{name}"
        );
        assert!(good.await.unwrap().is_ok(), "{name}");
        settle().await;
        assert_eq!(stage.record(), [0, 1, 2], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn settings_that_panic_are_told_to_the_one_who_spawns() {
    let (system, stage) = (System::new("policies"), Stage::new());
    let spawn = system.spawn("actor", stage.puppet());
    let refused = spawn.mailbox(|_| panic!("no idea")).await;
    assert!(matches!(refused, Err(SpawnError::Failed(_))), "{refused:?}");
    let spawned = system.spawn("actor", stage.puppet()).await;
    assert!(spawned.is_ok(), "the name is free");
}
