//! Messages and replies whose drop does something, and code of the user's that panics where it is
//! not expected to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use tokio::time::Instant;

use crate::puppet::settle;

/// Panics when dropped, unless defused.
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 && !std::thread::panicking() {
            panic!("dropped a bomb");
        }
    }
}

enum Msg {
    Bomb(#[expect(dead_code, reason = "it is there to be dropped")] Bomb),
    Ping(Reply<u32>),
    Hold(Bomb, Reply<u32>),
    Watch(ActorRef<Self>),
    /// Sends to its own actor when dropped.
    Echo(#[expect(dead_code, reason = "it is there to be dropped")] Echo),
    Undescribed(#[expect(dead_code, reason = "never handled")] Reply<u32>),
    /// The reply goes to another task, the handler goes on.
    HandOver(Reply<u32>),
}

struct Echo(ActorRef<Msg>);

impl Drop for Echo {
    fn drop(&mut self) {
        // To a full mailbox, to a stopped one, from under whatever lock there may be.
        drop(self.0.try_tell(Msg::Bomb(Bomb(false))));
        assert!(self.0.id().number() > 0);
    }
}

struct Handles;

impl Actor for Handles {
    type Msg = Msg;

    async fn handle(&mut self, msg: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            Msg::Ping(reply) => reply.send(1),
            Msg::Hold(bomb, reply) => {
                std::future::pending::<()>().await;
                drop((bomb, reply));
            }
            Msg::Watch(other) => ctx.watch_with(&other, Msg::Bomb(Bomb(true))),
            Msg::HandOver(reply) => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    drop(reply);
                });
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
            Msg::Bomb(_) | Msg::Echo(_) | Msg::Undescribed(_) => {}
        }
        Ok(())
    }

    fn describe(message: &Msg) -> &'static str {
        match message {
            Msg::Undescribed(_) => panic!("no words"),
            _ => "message",
        }
    }
}

async fn actor(capacity: usize) -> (System, ActorRef<Msg>) {
    let system = System::builder("drops")
        .stop_grace(Duration::from_secs(1))
        .build();
    // So that the ids of actors are not the first ones.
    let actor = system
        .spawn("actor", || Handles)
        .mailbox(move |m| m.capacity(capacity).overflow(Overflow::DropOldest));
    let actor = actor.await.unwrap();
    (system, actor)
}

async fn answers(actor: &ActorRef<Msg>) -> bool {
    matches!(actor.ask(Msg::Ping).await, Ok(1))
}

#[tokio::test(start_paused = true)]
async fn message_whose_drop_panics_in_its_handler_is_a_failure_of_the_actor() {
    let (system, actor) = actor(8).await;
    actor.try_tell(Msg::Bomb(Bomb(true))).unwrap();
    assert!(answers(&actor).await);
    assert_eq!(system.dead_letter_counts().failed, 1);
}

#[tokio::test(start_paused = true)]
async fn message_whose_drop_panics_when_displaced_does_not_harm_the_sender() {
    let (system, actor) = actor(1).await;
    actor.try_tell(Msg::Bomb(Bomb(true))).unwrap();
    actor.try_tell(Msg::Bomb(Bomb(false))).unwrap();
    assert_eq!(system.dead_letter_counts().displaced, 1);
    assert!(answers(&actor).await);
}

#[tokio::test(start_paused = true)]
async fn messages_whose_drop_panics_do_not_keep_an_actor_from_ending() {
    let (system, actor) = actor(8).await;
    let asked = tokio::spawn({
        let actor = actor.clone();
        async move { actor.ask(|reply| Msg::Hold(Bomb(true), reply)).await }
    });
    settle().await;
    for _ in 0..3 {
        actor.try_tell(Msg::Bomb(Bomb(true))).unwrap();
    }
    actor.kill();
    assert!(matches!(actor.terminated().await, StopReason::Killed));
    assert!(asked.await.unwrap().is_err());
    assert_eq!(system.dead_letter_counts().stopped, 3);
    system.shutdown().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn watch_message_whose_drop_panics_does_not_keep_an_actor_from_ending() {
    let (system, watcher) = actor(8).await;
    let other = system.spawn("other", || Handles).await.unwrap();
    let third = system.spawn("third", || Handles).await.unwrap();
    watcher.try_tell(Msg::Watch(other.clone())).unwrap();
    watcher.try_tell(Msg::Watch(third)).unwrap();
    settle().await;
    watcher.stop();
    let ended = tokio::time::timeout(Duration::from_secs(60), watcher.terminated()).await;
    assert!(matches!(ended, Ok(StopReason::Stopped)), "{ended:?}");
    system.shutdown().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn notice_of_a_killed_watcher_is_dropped_without_harm() {
    let (system, watcher) = actor(8).await;
    let other = system.spawn("other", || Handles).await.unwrap();
    watcher.try_tell(Msg::Watch(other.clone())).unwrap();
    settle().await;
    let hold = watcher.clone();
    let held = tokio::spawn(async move { hold.ask(|r| Msg::Hold(Bomb(false), r)).await });
    settle().await;
    other.kill();
    settle().await;
    watcher.kill();
    let ended = tokio::time::timeout(Duration::from_secs(60), watcher.terminated()).await;
    assert!(matches!(ended, Ok(StopReason::Killed)), "{ended:?}");
    assert!(matches!(held.await.unwrap(), Err(AskError::Killed)));
    assert_eq!(
        system.dead_letter_counts().stopped,
        1,
        "the notice was a message too"
    );
}

#[tokio::test(start_paused = true)]
async fn message_whose_drop_sends_to_the_same_mailbox_does_not_block_it() {
    let (system, actor) = actor(2).await;
    let letters = system.dead_letters(1);
    for _ in 0..4 {
        actor.try_tell(Msg::Echo(Echo(actor.clone()))).unwrap();
    }
    assert!(answers(&actor).await || answers(&actor).await);
    actor.try_tell(Msg::Echo(Echo(actor.clone()))).unwrap();
    actor.try_tell(Msg::Echo(Echo(actor.clone()))).unwrap();
    actor.kill();
    assert!(matches!(actor.terminated().await, StopReason::Killed));
    drop(letters);
    drop(actor.try_tell(Msg::Echo(Echo(actor.clone()))));
}

#[tokio::test(start_paused = true)]
async fn description_that_panics_fails_the_ask_it_belongs_to() {
    let (system, actor) = actor(8).await;
    let began = Instant::now();
    let asked = actor.ask(Msg::Undescribed).await;
    assert!(matches!(asked, Err(AskError::Failed(_))), "{asked:?}");
    assert!(began.elapsed() < Duration::from_secs(1));
    assert!(answers(&actor).await);
    assert_eq!(system.dead_letter_counts().failed, 1);
}

#[tokio::test(start_paused = true)]
async fn reply_dropped_elsewhere_while_its_handler_awaits_says_so_at_once() {
    let (_system, actor) = actor(8).await;
    let began = Instant::now();
    let asked = actor.ask(Msg::HandOver).await;
    assert!(matches!(asked, Err(AskError::NoReply)), "{asked:?}");
    assert_eq!(began.elapsed(), Duration::from_millis(10));
}

/// Panics with something that is no string.
struct Throws(Arc<Mutex<Vec<bool>>>);

impl Actor for Throws {
    type Msg = Reply<()>;

    async fn handle(&mut self, _reply: Reply<()>, _ctx: &mut Context<Self>) -> ActorResult {
        std::panic::panic_any(Bomb(true));
    }

    async fn stopped(&mut self, _reason: StopReason, _ctx: &mut Context<Self>) {
        self.0.lock().unwrap().push(true);
    }
}

#[tokio::test(start_paused = true)]
async fn panic_with_a_payload_that_panics_too_is_a_failure_like_any() {
    let system = System::new("throws");
    let stops = Arc::default();
    let list = Arc::clone(&stops);
    let actor = system.spawn("actor", move || Throws(Arc::clone(&list)));
    let actor = actor.await.unwrap();
    for _ in 0..2 {
        let Err(AskError::Failed(failure)) = actor.ask(|reply| reply).await else {
            panic!("not failed")
        };
        assert!(failure.is_panic());
        assert!(failure.to_string().contains("not a string"), "{failure}");
    }
    // Until there is an instance again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(
        stops.lock().unwrap().is_empty(),
        "no `stopped` after a panic"
    );
    actor.stop();
    actor.terminated().await;
    assert_eq!(stops.lock().unwrap().len(), 1);
}
