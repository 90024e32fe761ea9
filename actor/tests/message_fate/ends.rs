//! `stop()`, `ctx.stop()` and `kill()`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};
use greenroom::{DeadLetterReason, Outcome};
use tokio::time::Instant;

use crate::failure::{assert_asks_answered, assert_stopped_at_once};
use crate::puppet::{Msg, Stage, Then, settle};
use crate::scene::{Event, Fate, GRACE, TELLS, ask, fate_of};

/// By `stop()`, and by `ctx.stop()`.
async fn stopped() -> [Fate; 2] {
    let itself = Event::Ends(Then::Finish, OnFailure::Stop);
    [
        fate_of(Event::Stop(Some(Then::Answer))).await,
        fate_of(itself).await,
    ]
}

async fn killed() -> Fate {
    fate_of(Event::Kill).await
}

#[tokio::test(start_paused = true)]
async fn stop_lets_the_message_in_hand_finish() {
    for fate in stopped().await {
        assert_eq!(fate.record.first(), Some(&0));
        assert!(fate.letters.is_empty(), "{:?}", fate.letters);
    }
}

#[tokio::test(start_paused = true)]
async fn stop_lets_the_ask_in_hand_be_answered() {
    for fate in stopped().await {
        assert!(matches!(fate.hand_ask, Ok(0)), "{:?}", fate.hand_ask);
    }
}

#[tokio::test(start_paused = true)]
async fn stop_handles_tells_up_to_the_mark() {
    for fate in stopped().await {
        fate.assert_kept(TELLS);
    }
}

#[tokio::test(start_paused = true)]
async fn stop_handles_asks_up_to_the_mark() {
    stopped().await.iter().for_each(assert_asks_answered);
}

#[tokio::test(start_paused = true)]
async fn stop_refuses_later_sends() {
    for fate in stopped().await {
        assert_eq!(fate.later, Err("stopped, and given back"));
    }
}

#[tokio::test(start_paused = true)]
async fn stop_beyond_the_grace_is_a_kill() {
    let fate = fate_of(Event::Stop(None)).await;
    assert!(matches!(fate.hand_ask, Err(AskError::Killed)));
    assert_eq!(fate.stopped_letters(), [1, 2, 3, 4]);
    assert!(fate.asks_took >= GRACE && fate.asks_took < GRACE * 2);
}

#[tokio::test(start_paused = true)]
async fn kill_drops_the_message_in_hand() {
    let fate = killed().await;
    assert!(matches!(fate.hand_letter(), DeadLetterReason::Killed));
    assert!(fate.record.is_empty());
}

#[tokio::test(start_paused = true)]
async fn kill_kills_the_ask_in_hand() {
    let Err(error @ AskError::Killed) = killed().await.hand_ask else {
        panic!("not killed")
    };
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn kill_makes_dead_letters_of_queued_tells() {
    assert_eq!(killed().await.stopped_letters(), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn killed_actor_fails_queued_asks() {
    assert_stopped_at_once(&killed().await);
}

#[tokio::test(start_paused = true)]
async fn kill_refuses_later_sends() {
    assert_eq!(killed().await.later, Err("stopped, and given back"));
}

/// Has a child that takes its time to end, and does what its messages say itself.
struct Parent {
    stage: Stage,
    takes: Duration,
}

/// Takes its time in `stopped`.
struct Slow(Duration);

impl Actor for Slow {
    type Msg = ();

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> ActorResult {
        Ok(())
    }

    async fn stopped(&mut self, _reason: StopReason, _ctx: &mut Context<Self>) {
        tokio::time::sleep(self.0).await;
    }
}

impl Actor for Parent {
    type Msg = Msg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        let takes = self.takes;
        let slow = ctx.spawn("slow", move || Slow(takes));
        slow.stop_grace(takes * 2).await?;
        Ok(())
    }

    async fn handle(&mut self, msg: Msg, _ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            Msg::Hold(_, _, reply) => {
                self.stage.gate().await;
                reply.send(0);
                Ok(())
            }
            Msg::Fail => Err(Failure::message("failed")),
            _ => Ok(()),
        }
    }
}

async fn parent(system: &System, takes: Duration) -> ActorRef<Msg> {
    let stage = Stage::new();
    let make = move || Parent {
        stage: stage.clone(),
        takes,
    };
    system.spawn("parent", make).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn killed_parent_fails_queued_asks_before_its_children_have_ended() {
    let system = System::new("kill");
    let parent = parent(&system, Duration::from_secs(3)).await;
    drop(ask(&parent, |reply| Msg::Hold(0, Then::Answer, reply)));
    settle().await;
    let queued = ask(&parent, |reply| Msg::Get(1, reply));
    settle().await;
    let began = Instant::now();
    parent.kill();
    let (result, at) = queued.await.unwrap();
    assert!(matches!(result, Err(AskError::Stopped)), "{result:?}");
    assert!(at - began < Duration::from_millis(5), "{:?}", at - began);
    assert!(matches!(parent.terminated().await, StopReason::Killed));
}

#[tokio::test(start_paused = true)]
async fn failed_parent_fails_queued_asks_before_its_children_have_ended() {
    let strategy = Strategy::one_for_one().on_failure(|_| OnFailure::Stop);
    let system = System::builder("fail").supervision(strategy).build();
    let parent = parent(&system, Duration::from_secs(3)).await;
    parent.try_tell(Msg::Fail).unwrap();
    let began = Instant::now();
    let result = parent.ask(|reply| Msg::Get(1, reply)).await;
    assert!(matches!(result, Err(AskError::Stopped)), "{result:?}");
    assert!(began.elapsed() < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn parent_killed_while_its_children_end_is_not_abandoned() {
    let system = System::new("impatient");
    let parent = parent(&system, Duration::from_secs(20)).await;
    parent.stop();
    settle().await;
    parent.kill();
    let began = Instant::now();
    let reason = parent.terminated().await;
    assert!(matches!(reason, StopReason::Stopped), "{reason:?}");
    assert!(
        began.elapsed() >= Duration::from_secs(19),
        "a child has its own grace"
    );
    system.shutdown().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stop_of_an_actor_that_has_ended_abandons_nobody() {
    let system = System::new("late");
    let stage = Stage::new();
    let actor = system.spawn("actor", stage.puppet()).await.unwrap();
    actor.kill();
    actor.terminated().await;
    let finished = system.spawn("finished", || Finishes).await.unwrap();
    finished.try_tell(()).unwrap();
    finished.terminated().await;
    for _ in 0..2 {
        actor.stop();
        finished.stop();
        finished.kill();
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    system.shutdown().await.unwrap();
}

/// Ends itself at its first message.
struct Finishes;

impl Actor for Finishes {
    type Msg = ();

    async fn handle(&mut self, (): (), ctx: &mut Context<Self>) -> ActorResult {
        ctx.stop();
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn ask_ends_in_time_also_when_the_system_is_shut_down_meanwhile() {
    let system = System::new("down");
    let kept = Kept::default();
    let slot = Arc::clone(&kept);
    let keeper = system.spawn("keeper", move || Keeper(Arc::clone(&slot)));
    let keeper = keeper.await.unwrap();
    let asked = ask_keeper(&keeper);
    settle().await;
    system.shutdown().await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(100), asked).await;
    let result = ended.expect("no wait is for ever").unwrap();
    assert!(matches!(result, Err(AskError::Timeout)), "{result:?}");
    drop(kept);
}

type Kept = Arc<Mutex<Option<Reply<u32>>>>;

/// Puts its replies where they outlive it.
struct Keeper(Kept);

impl Actor for Keeper {
    type Msg = Reply<u32>;

    async fn handle(&mut self, reply: Reply<u32>, _ctx: &mut Context<Self>) -> ActorResult {
        *self.0.lock().unwrap() = Some(reply);
        Ok(())
    }
}

fn ask_keeper(keeper: &ActorRef<Reply<u32>>) -> tokio::task::JoinHandle<Result<u32, AskError>> {
    let keeper = keeper.clone();
    tokio::spawn(async move { keeper.ask(|reply| reply).await })
}
