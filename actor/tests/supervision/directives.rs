//! What the closure of a strategy can choose.

use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, OnFailure};

use crate::stage::*;

async fn boss_who(choice: OnFailure, kind: ChildKind) -> (System, Stage) {
    let (system, stage) = (System::new("directives"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_one().on_failure(move |_| choice))
        .child(part("a").kind(kind));
    stage.enter(&system, &boss).await;
    (system, stage)
}

#[tokio::test(start_paused = true)]
async fn resume_after_an_error_keeps_the_instance_and_what_is_queued() {
    let (system, stage) = boss_who(OnFailure::Resume, ChildKind::Transient).await;
    for _ in 0..100 {
        stage.tell("a", Act::Fail);
    }
    stage.tell("a", Act::Note(1));
    assert_eq!(stage.instance("a").await, 1);
    assert_eq!(stage.count("a 1"), 1);
    assert_eq!(stage.count("a starts"), 1);
    assert_eq!(system.dead_letter_counts().failed, 100);
}

#[tokio::test(start_paused = true)]
async fn resume_after_a_panic_restarts() {
    let (_system, stage) = boss_who(OnFailure::Resume, ChildKind::Transient).await;
    stage.tell("a", Act::Panic);
    stage.tell("a", Act::Note(1));
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.count("a 1"), 1, "what is queued is kept");
    assert_eq!(stage.count("a ended"), 0, "no hook after a panic");
}

#[tokio::test(start_paused = true)]
async fn resume_does_not_keep_a_permanent_child_that_ends_itself() {
    let (_system, stage) = boss_who(OnFailure::Resume, ChildKind::Permanent).await;
    stage.tell("a", Act::Finish);
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.instance("a").await, 2, "and it goes on");
}

#[tokio::test(start_paused = true)]
async fn resume_keeps_timers_and_children() {
    let (_system, stage) = boss_who(OnFailure::Resume, ChildKind::Transient).await;
    let make = stage.factory(&part("child"));
    stage.tell(
        "a",
        play(move |ctx| {
            Box::pin(async move {
                ctx.set_timer("t", ms(100), Act::Note(5))?;
                ctx.spawn("child", make).await?;
                Err(Failure::message("told to"))
            })
        }),
    );
    pass(secs(1)).await;
    assert_eq!(stage.count("a 5"), 1);
    assert_eq!(stage.count("child ended"), 0);
}

#[tokio::test(start_paused = true)]
async fn stop_ends_the_child_with_its_failure() {
    let (system, stage) = boss_who(OnFailure::Stop, ChildKind::Permanent).await;
    stage.tell("a", Act::Fail);
    stage.tell("a", Act::Note(1));
    let asked = stage.of("a").ask(Act::Instance).await;
    assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    let reason = stage.of("a").terminated().await;
    assert_eq!(reason.failure().expect("a failure").to_string(), "told to");
    assert_eq!(stage.count("a ends, failed: told to"), 1);
    let counts = system.dead_letter_counts();
    assert_eq!((counts.failed, counts.stopped), (1, 2), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_panics_means_restart() {
    let (system, stage) = (System::new("directives"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_one().on_failure(|_| panic!("no idea")))
        .child(part("a"));
    stage.enter(&system, &boss).await;
    stage.tell("a", Act::Fail);
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.instance("boss").await, 1);
}

#[tokio::test(start_paused = true)]
async fn the_failed_ask_is_told_and_its_message_is_a_dead_letter() {
    let (system, stage) = boss_who(OnFailure::Restart, ChildKind::Transient).await;
    let mut letters = system.dead_letters(8);
    let failing = |reply: Reply<()>| {
        play(move |_| {
            Box::pin(async move {
                let _kept = reply;
                Err(Failure::message("told to"))
            })
        })
    };
    let answer = stage.of("a").ask(failing).await;
    assert!(matches!(&answer, Err(AskError::Failed(f)) if f.to_string() == "told to"));
    let letter = letters.recv().await.expect("a letter");
    assert_eq!(letter.target.as_str(), "/user/boss/a");
    assert_eq!(letter.reason.to_string(), "its handler failed: told to");
    assert!(letter.take_message::<Act>().is_none(), "the handler had it");
}

#[tokio::test(start_paused = true)]
async fn a_strategy_set_while_running_decides_from_then_on() {
    let (_system, stage) = boss_who(OnFailure::Resume, ChildKind::Transient).await;
    stage.tell("a", Act::Fail);
    assert_eq!(stage.instance("a").await, 1);
    stage.tell(
        "boss",
        play(|ctx| {
            ctx.supervise(one_for_one());
            Box::pin(async { Ok(()) })
        }),
    );
    stage.instance("boss").await;
    stage.tell("a", Act::Fail);
    assert_eq!(stage.instance("a").await, 2);
}
