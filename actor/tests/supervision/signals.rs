//! What a supervisor is told of its children, and when.

use greenroom::prelude::*;

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn a_supervisor_hears_of_restarts_and_of_the_end() {
    let (system, stage) = (System::new("signals"), Stage::default());
    stage.enter(&system, &part("boss").child(part("a"))).await;
    stage.take();
    stage.tell("a", Act::Fail);
    pass(ms(50)).await;
    stage.of("a").stop();
    pass(ms(50)).await;
    let mut lines = stage.take();
    lines.retain(|line| line.starts_with("boss"));
    assert_eq!(
        lines,
        ["boss hears a restarted: 1", "boss hears a stopped: stopped"]
    );
}

#[tokio::test(start_paused = true)]
async fn restarts_of_one_child_are_counted_together_while_the_supervisor_is_busy() {
    let (system, stage) = (System::new("signals"), Stage::default());
    stage.enter(&system, &part("boss").child(part("a"))).await;
    stage.tell("boss", Act::Work(secs(1)));
    pass(ms(1)).await;
    stage.take();
    for _ in 0..3 {
        stage.tell("a", Act::Fail);
    }
    pass(ms(500)).await;
    assert_eq!(
        stage.instance("a").await,
        4,
        "restarted though its parent's handler awaits"
    );
    assert_eq!(stage.count("boss worked"), 0);
    pass(secs(1)).await;
    let mut lines = stage.take();
    lines.retain(|line| line.starts_with("boss"));
    assert_eq!(lines, ["boss worked", "boss hears a restarted: 3"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_restarted_while_the_supervisors_handler_awaits() {
    let (system, stage) = (System::new("signals"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_all())
        .child(part("a"))
        .child(part("b"));
    stage.enter(&system, &boss).await;
    stage.tell("boss", Act::Work(secs(1)));
    pass(ms(1)).await;
    stage.tell("a", Act::Panic);
    pass(ms(500)).await;
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.instance("b").await, 2);
    assert_eq!(stage.count("boss worked"), 0, "it is still at it");
}

#[tokio::test(start_paused = true)]
async fn a_group_is_restarted_while_the_supervisor_waits_for_a_slow_child_of_its_own() {
    let (system, stage) = (System::new("signals"), Stage::default());
    let boss = part("boss").strategy(one_for_all()).child(part("a"));
    stage.enter(&system, &boss).await;
    let late = part("late").starts(&[Start::After(secs(1))]);
    let make = stage.factory(&late);
    stage.tell(
        "boss",
        play(move |ctx| {
            Box::pin(async move {
                ctx.spawn("late", make).await?;
                Ok(())
            })
        }),
    );
    pass(ms(1)).await;
    stage.tell("a", Act::Fail);
    pass(secs(5)).await;
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.count("late starts"), 2, "it belongs to the group too");
}

#[tokio::test(start_paused = true)]
async fn restarts_of_a_later_child_of_the_same_name_are_told_after_the_end_of_the_first() {
    let (system, stage) = (System::new("signals"), Stage::default());
    stage.enter(&system, &part("boss").child(part("a"))).await;
    let again = part("a");
    let make = stage.factory(&again);
    let log = stage.clone();
    stage.tell(
        "boss",
        play(move |ctx| {
            Box::pin(async move {
                let first = log.of("a");
                first.try_tell(Act::Fail).expect("there is room");
                tokio::time::sleep(ms(100)).await;
                first.stop();
                first.terminated().await;
                let second = ctx.spawn("a", make).await?;
                second.try_tell(Act::Fail).expect("there is room");
                tokio::time::sleep(ms(100)).await;
                log.take();
                Ok(())
            })
        }),
    );
    pass(secs(1)).await;
    let expected = [
        "boss hears a restarted: 1",
        "boss hears a stopped: stopped",
        "boss hears a restarted: 1",
    ];
    assert_eq!(stage.take(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_instance_hears_nothing_of_the_children_of_an_earlier_one() {
    let (system, stage) = (System::new("signals"), Stage::default());
    stage
        .enter(&system, &part("boss").child(part("a")).child(part("b")))
        .await;
    stage.tell("boss", Act::Fail);
    pass(secs(1)).await;
    let mut lines = stage.take();
    lines.retain(|line| line.starts_with("boss hears"));
    assert_eq!(lines, [""; 0]);
}
