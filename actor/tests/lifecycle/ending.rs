//! What is to end is not started again, whatever happens before it has.

use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, OnFailure, Strategy};
use tokio::time::Instant;

use crate::stage::*;

/// `boss` with the child `a`, supervised so.
async fn scene(strategy: Strategy, a: Part) -> (System, Stage, ActorRef<Act>) {
    let (system, stage) = (System::new("ending"), Stage::default());
    let boss = part("boss").strategy(strategy).child(a);
    stage.enter(&system, &boss).await;
    let a = stage.of("a");
    (system, stage, a)
}

/// `ctx.stop()`, and then a failure in the same handler.
fn finish_and_fail() -> Act {
    play(|ctx| {
        ctx.stop();
        Box::pin(async { Err(Failure::message("told to")) })
    })
}

fn assert_failed(reason: &StopReason) {
    let failure = reason.failure().map(ToString::to_string);
    assert_eq!(failure.as_deref(), Some("told to"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_between_two_instances_makes_dead_letters_of_what_is_queued() {
    let (system, stage, a) = scene(one_for_one(), part("a")).await;
    stage.tell("a", Act::Fail);
    pass(ms(5)).await;
    stage.tell("a", Act::Note(1));
    let mut asked = Box::pin(a.ask(Act::Instance).into_future());
    assert!(is_pending(&mut asked).await);
    let began = Instant::now();
    a.stop();
    assert_failed(&a.terminated().await);
    assert!(matches!(asked.await, Err(AskError::Stopped)));
    assert!(began.elapsed() < ms(2), "the backoff is not waited for");
    assert_eq!(stage.count("a starts"), 1);
    assert_eq!(stage.count("a 1"), 0);
    assert_eq!(system.dead_letter_counts().stopped, 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_the_stop_mark_makes_dead_letters_of_the_rest() {
    let never = one_for_one().on_failure(|_| OnFailure::Escalate);
    for strategy in [one_for_one(), one_for_one().intensity(0, secs(1)), never] {
        let (system, stage, a) = scene(strategy, part("a")).await;
        stage.tell("a", Act::Work(ms(5)));
        stage.tell("a", Act::Fail);
        stage.tell("a", Act::Note(1));
        pass(ms(1)).await;
        a.stop();
        assert_failed(&a.terminated().await);
        assert_eq!(stage.instance("boss").await, 1, "nobody fails for it");
        let lines = stage.take_of(&["a starts", "a 1", "told to"]);
        let told = [
            "a starts",
            "a ends, failed: told to",
            "boss hears a stopped: failed: told to",
        ];
        assert_eq!(lines, told);
        let counts = system.dead_letter_counts();
        assert_eq!((counts.failed, counts.stopped), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_resumed_does_not_keep_it_from_its_stop_mark() {
    let resume = || one_for_one().on_failure(|_| OnFailure::Resume);
    for stops in [true, false] {
        let (system, stage, a) = scene(resume(), part("a")).await;
        if stops {
            stage.tell("a", Act::Work(ms(5)));
            stage.tell("a", Act::Fail);
        } else {
            stage.tell("a", finish_and_fail());
        }
        stage.tell("a", Act::Note(1));
        if stops {
            pass(ms(1)).await;
            a.stop();
        }
        let reason = a.terminated().await;
        assert_eq!(matches!(reason, StopReason::Stopped), stops, "{reason}");
        assert_eq!(matches!(reason, StopReason::Finished), !stops, "{reason}");
        assert_eq!((stage.count("a starts"), stage.count("a 1")), (1, 1));
        assert_eq!(system.dead_letter_counts().stopped, 0);
        // The whole system stops as orderly.
        stage.tell("boss", Act::Fail);
        stage.tell("boss", Act::Note(2));
        system.shutdown().await.expect("an orderly end");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_itself_and_fails_is_started_again_only_where_it_is_permanent() {
    for kind in [ChildKind::Transient, ChildKind::Temporary] {
        let (system, stage, a) = scene(one_for_one(), part("a").kind(kind)).await;
        stage.tell("a", finish_and_fail());
        stage.tell("a", Act::Note(1));
        assert_failed(&a.terminated().await);
        assert_eq!(stage.count("a starts"), 1);
        assert_eq!(system.dead_letter_counts().stopped, 1);
    }
    let (_system, stage, _) = scene(one_for_one(), part("a").kind(ChildKind::Permanent)).await;
    stage.tell("a", finish_and_fail());
    stage.tell("a", Act::Note(1));
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.count("a 1"), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_itself_is_not_started_again_for_a_sibling() {
    let (system, stage) = (System::new("ending"), Stage::default());
    let boss = part("boss").strategy(one_for_all());
    let boss = boss.child(part("a")).child(part("b"));
    stage.enter(&system, &boss).await;
    let a = stage.of("a");
    stage.tell("a", Act::Finish);
    stage.tell("a", Act::Work(ms(5)));
    stage.tell("a", Act::Note(1));
    pass(ms(1)).await;
    stage.tell("b", Act::Fail);
    let reason = a.terminated().await;
    assert!(matches!(reason, StopReason::Finished), "{reason}");
    assert_eq!(stage.instance("b").await, 2);
    assert_eq!(stage.count("a starts"), 1);
    assert_eq!((stage.count("a worked"), stage.count("a 1")), (1, 0));
    assert_eq!(system.dead_letter_counts().stopped, 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_on_its_way_to_the_end_waits_for_no_group() {
    let (system, stage) = (System::new("ending"), Stage::default());
    let boss = part("boss").strategy(rest_for_one());
    let slow = part("c").stops_in(secs(3));
    let boss = boss.child(part("a")).child(part("b")).child(slow);
    stage.enter(&system, &boss).await;
    for outside in [true, false] {
        let name = if outside { "a" } else { "b" };
        let one = stage.of(name);
        stage.tell(name, Act::Work(ms(50)));
        stage.tell(name, Act::Fail);
        one.stop();
        stage.tell(if outside { "b" } else { "c" }, Act::Fail);
        let began = Instant::now();
        assert_failed(&one.terminated().await);
        assert!(began.elapsed() < ms(60), "{:?}", began.elapsed());
        pass(secs(10)).await;
        assert_eq!(
            stage.count(&format!("{name} is up")),
            1 + usize::from(!outside)
        );
        stage.instance("c").await;
    }
    system.shutdown().await.expect("an orderly end");
}
