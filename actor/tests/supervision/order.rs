//! In which order children end and start.

use greenroom::prelude::*;
use greenroom::supervision::Strategy;

use crate::stage::*;

const STEPS: [&str; 3] = ["starts", "is up", "ended"];

fn trio(strategy: Strategy) -> Part {
    let slow = |name| {
        part(name)
            .starts(&[
                Start::After(ms(30)),
                Start::After(ms(30)),
                Start::After(ms(30)),
            ])
            .stops_in(ms(20))
    };
    part("boss")
        .strategy(strategy)
        .child(slow("a"))
        .child(slow("b"))
        .child(slow("c"))
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_children_in_reverse_order_and_the_parent_last() {
    let (system, stage) = (System::new("order"), Stage::default());
    stage.enter(&system, &trio(one_for_one())).await;
    stage.enter(&system, &part("other").stops_in(ms(20))).await;
    let starts = stage.take_of(&STEPS);
    let expected = [
        "boss starts",
        "a starts",
        "a is up",
        "b starts",
        "b is up",
        "c starts",
        "c is up",
        "boss is up",
        "other starts",
        "other is up",
    ];
    assert_eq!(starts, expected);
    system.shutdown().await.expect("an orderly end");
    let ends = stage.take_of(&STEPS);
    assert_eq!(
        ends,
        ["other ended", "c ended", "b ended", "a ended", "boss ended"]
    );
}

#[tokio::test(start_paused = true)]
async fn one_for_all_ends_in_reverse_and_starts_in_order_each_after_the_one_before() {
    let (system, stage) = (System::new("order"), Stage::default());
    stage.enter(&system, &trio(one_for_all())).await;
    stage.take();
    stage.tell("b", Act::Fail);
    pass(secs(1)).await;
    let expected = [
        "c ended", "b ended", "a ended", "a starts", "a is up", "b starts", "b is up", "c starts",
        "c is up",
    ];
    assert_eq!(stage.take_of(&STEPS), expected);
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_ends_in_reverse_and_starts_in_order_from_the_failed_one() {
    let (system, stage) = (System::new("order"), Stage::default());
    stage.enter(&system, &trio(rest_for_one())).await;
    stage.take();
    stage.tell("b", Act::Panic);
    pass(secs(1)).await;
    let expected = ["c ended", "b starts", "b is up", "c starts", "c is up"];
    assert_eq!(
        stage.take_of(&STEPS),
        expected,
        "b panicked: no hook of it is called"
    );
}

#[tokio::test(start_paused = true)]
async fn children_end_before_their_parent_starts_again() {
    let (system, stage) = (System::new("order"), Stage::default());
    stage.enter(&system, &trio(one_for_one())).await;
    stage.take();
    stage.tell("boss", Act::Fail);
    pass(secs(1)).await;
    let expected = [
        "c ended",
        "b ended",
        "a ended",
        "boss ended",
        "boss starts",
        "a starts",
        "a is up",
        "b starts",
        "b is up",
        "c starts",
        "c is up",
        "boss is up",
    ];
    assert_eq!(stage.take_of(&STEPS), expected);
    assert_eq!(stage.instance("a").await, 1, "an actor of its own");
}

#[tokio::test(start_paused = true)]
async fn a_sibling_finishes_its_message_within_its_grace() {
    let (system, stage) = (System::new("order"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_all())
        .child(part("a"))
        .child(part("b").grace(ms(500)));
    stage.enter(&system, &boss).await;
    stage.tell("b", Act::Work(ms(400)));
    stage.tell("b", Act::Note(7));
    pass(ms(1)).await;
    stage.take();
    stage.tell("a", Act::Fail);
    pass(secs(2)).await;
    let lines = stage.take_of(&["worked", "ended", "starts", "7"]);
    let expected = [
        "b worked", "b ended", "a ended", "a starts", "b starts", "b 7",
    ];
    assert_eq!(lines, expected, "what was queued is kept");
}

#[tokio::test(start_paused = true)]
async fn a_sibling_that_exceeds_its_grace_is_dropped_at_its_await() {
    let (system, stage) = (System::new("order"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_all())
        .child(part("a"))
        .child(part("b").grace(ms(100)));
    stage.enter(&system, &boss).await;
    let b = stage.of("b");
    let asked = tokio::spawn(async move {
        let long = |reply: Reply<u32>| {
            play(move |_| {
                Box::pin(async move {
                    tokio::time::sleep(secs(3_600)).await;
                    reply.send(1);
                    Ok(())
                })
            })
        };
        b.ask(long).await
    });
    pass(ms(1)).await;
    stage.tell("b", Act::Note(7));
    stage.take();
    stage.tell("a", Act::Fail);
    pass(ms(90)).await;
    assert_eq!(
        stage.take_of(&["dropped"]),
        [""; 0],
        "it still has its grace"
    );
    pass(ms(200)).await;
    let lines = stage.take_of(&["ended", "dropped", "starts", "7"]);
    let expected = [
        "b dropped",
        "a ended",
        "a dropped",
        "a starts",
        "b starts",
        "b 7",
    ];
    assert_eq!(lines, expected, "b was cut short: no stopped hook");
    let answer = asked.await.expect("no panic");
    assert!(matches!(answer, Err(AskError::Killed)), "{answer:?}");
    assert_eq!(system.dead_letter_counts().killed, 1);
    assert_eq!(stage.instance("b").await, 2);
}

#[tokio::test(start_paused = true)]
async fn each_child_has_its_own_grace_when_the_parent_stops() {
    let (system, stage) = (System::new("order"), Stage::default());
    let boss = part("boss")
        .child(part("a").grace(secs(60)))
        .child(part("b").grace(ms(50)));
    let boss = stage.enter(&system, &boss.grace(ms(10))).await;
    stage.tell("a", Act::Work(secs(30)));
    stage.tell("b", Act::Work(secs(30)));
    pass(ms(1)).await;
    boss.stop();
    let reason = boss.terminated().await;
    assert!(matches!(reason, StopReason::Stopped), "{reason}");
    let lines = stage.take_of(&["worked", "ended"]);
    assert_eq!(
        lines,
        ["a worked", "a ended", "boss ended"],
        "b was killed, a was not"
    );
    system.shutdown().await.expect("nobody was abandoned");
}
