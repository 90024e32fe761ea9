//! Stop, kill and `ctx.stop()`: what is still handled, and what is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use greenroom::prelude::*;
use tokio::time::Instant;

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn stop_handles_what_is_queued_and_refuses_what_is_later() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    stage.tell("a", Act::Work(ms(10)));
    stage.tell("a", Act::Note(1));
    a.stop();
    assert!(matches!(
        a.try_tell(Act::Note(2)),
        Err(TrySendError::Stopped(Act::Note(2)))
    ));
    assert!(a.is_stopped());
    assert!(matches!(a.terminated().await, StopReason::Stopped));
    assert_eq!(stage.take_of(&["worked", "1", "2"]), ["a worked", "a 1"]);
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_ends_itself_handles_what_is_queued() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    stage.tell("a", Act::Finish);
    stage.tell("a", Act::Note(1));
    assert!(matches!(a.terminated().await, StopReason::Finished));
    assert_eq!(stage.count("a 1"), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_queued_before_a_kill_begins_after_it() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    pass(ms(1)).await;
    // Asleep at the time, it is woken by the message first.
    stage.tell("a", Act::Note(1));
    a.kill();
    assert!(matches!(a.terminated().await, StopReason::Killed));
    assert_eq!(stage.count("a 1"), 0);
    assert_eq!(system.dead_letter_counts().stopped, 1);
}

#[tokio::test(start_paused = true)]
async fn kill_drops_the_handler_at_its_await() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    stage.tell("a", Act::Work(secs(60)));
    stage.tell("a", Act::Note(1));
    pass(ms(1)).await;
    let began = Instant::now();
    a.kill();
    assert!(matches!(a.terminated().await, StopReason::Killed));
    assert!(began.elapsed() < ms(1));
    assert_eq!(stage.take_of(&["works", "worked", "1"]), ["a works"]);
    let counts = system.dead_letter_counts();
    assert_eq!((counts.killed, counts.stopped, counts.total()), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn kill_buries_all_that_was_taken_also_what_counts_as_queued() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    stage.tell("a", Act::Work(secs(60)));
    (0..300).for_each(|number| stage.tell("a", Act::Note(number)));
    pass(ms(1)).await;
    a.kill();
    a.terminated().await;
    assert_eq!(system.dead_letter_counts().stopped, 300);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_takes_too_long_becomes_a_kill() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a").grace(secs(2))).await;
    stage.tell("a", Act::Work(secs(60)));
    stage.tell("a", Act::Note(1));
    pass(ms(1)).await;
    let began = Instant::now();
    a.stop();
    a.stop();
    assert!(matches!(a.terminated().await, StopReason::Killed));
    let took = began.elapsed();
    assert!(took >= secs(2) && took < ms(2_010), "{took:?}");
    assert_eq!(stage.count("a 1"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_grace_without_end_is_waited_for() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage
        .enter(&system, &part("a").grace(std::time::Duration::MAX))
        .await;
    stage.tell("a", Act::Work(secs(3_600)));
    pass(ms(1)).await;
    a.stop();
    assert!(matches!(a.terminated().await, StopReason::Stopped));
    assert_eq!(stage.count("a worked"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_has_ended_is_never_called_abandoned() {
    for late in [|a: &ActorRef<Act>| a.stop(), |a: &ActorRef<Act>| a.kill()] {
        let (system, stage) = (System::new("ends"), Stage::default());
        let a = stage.enter(&system, &part("a")).await;
        stage.tell("a", Act::Finish);
        assert!(matches!(a.terminated().await, StopReason::Finished));
        late(&a);
        pass(secs(60)).await;
        assert!(
            matches!(a.terminated().await, StopReason::Finished),
            "still the same reason"
        );
        system.shutdown().await.expect("nobody was abandoned");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_while_children_are_being_stopped_abandons_nobody() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let slow = part("child").grace(secs(60)).stops_in(secs(30));
    let boss = stage.enter(&system, &part("boss").child(slow)).await;
    boss.stop();
    pass(secs(1)).await;
    boss.kill();
    boss.terminated().await;
    assert_eq!(stage.count("child ended"), 1, "it had its own grace");
    system.shutdown().await.expect("both yielded all the time");
}

#[tokio::test(start_paused = true)]
async fn everyone_who_waits_for_the_end_is_told() {
    let (system, stage) = (System::new("ends"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    let waits: Vec<_> = (0..100)
        .map(|_| {
            let a = a.clone();
            tokio::spawn(async move { a.terminated().await })
        })
        .collect();
    let given_up = tokio::spawn({
        let a = a.clone();
        async move { a.terminated().await }
    });
    pass(ms(1)).await;
    given_up.abort();
    a.kill();
    for wait in waits {
        assert!(matches!(wait.await.expect("no panic"), StopReason::Killed));
    }
}

/// Counts what it handles.
struct Counter(Arc<AtomicU32>);

impl Actor for Counter {
    type Msg = ();

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> ActorResult {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A kill that comes while an actor looks for its next message finds a mailbox that a stop would
/// have left alike: in some of so many rounds it comes right there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_actor_that_is_killed_as_it_looks_for_messages_was_not_stopped() {
    const MESSAGES: u32 = 3;
    let system = System::new("ends");
    for round in 0..20_000_u32 {
        let handled = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&handled);
        let actor = system.spawn(round.to_string(), move || Counter(Arc::clone(&count)));
        let actor = actor.await.expect("it starts");
        for _ in 0..MESSAGES {
            actor.try_tell(()).expect("there is room");
        }
        while handled.load(Ordering::SeqCst) < MESSAGES {
            tokio::task::yield_now().await;
        }
        actor.kill();
        let reason = actor.terminated().await;
        assert!(matches!(reason, StopReason::Killed), "{round}: {reason}");
    }
}
