//! Failures in the middle of a group restart.

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};
use greenroom_resilience::backoff::{Backoff, Jitter};

use crate::stage::*;

fn trio(strategy: Strategy) -> Part {
    part("boss")
        .strategy(strategy)
        .child(part("a"))
        .child(part("b"))
        .child(part("c"))
}

/// All three answer, as instances with these numbers.
async fn assert_instances(stage: &Stage, expected: [u32; 3]) {
    let mut found = [0; 3];
    for (instance, name) in found.iter_mut().zip(["a", "b", "c"]) {
        *instance = stage.instance(name).await;
    }
    assert_eq!(found, expected);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_begins_the_group_anew() {
    for bad in [Start::Fails, Start::Panics, Start::FactoryPanics] {
        let (system, stage) = (System::new("groups"), Stage::default());
        let boss = part("boss")
            .strategy(one_for_all())
            .child(part("a"))
            .child(part("b").starts(&[Start::Well, bad]))
            .child(part("c"));
        stage.enter(&system, &boss).await;
        stage.take();
        stage.tell("c", Act::Fail);
        pass(secs(1)).await;
        let starts = stage.take_of(&["is up"]);
        assert_eq!(
            starts,
            ["a is up", "a is up", "b is up", "c is up"],
            "{bad:?}"
        );
        assert_eq!(stage.instance("a").await, 3);
        assert_eq!(stage.instance("c").await, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_fails_right_after_its_start_begins_the_group_anew() {
    let (system, stage) = (System::new("groups"), Stage::default());
    stage.enter(&system, &trio(one_for_all())).await;
    stage.take();
    // The second poison waits for the new instance, which meets it before its siblings are up.
    stage.tell("a", Act::Fail);
    stage.tell("a", Act::Fail);
    pass(secs(1)).await;
    let lines = stage.take_of(&["is up"]);
    assert_eq!(lines, ["a is up", "a is up", "b is up", "c is up"]);
    stage.tell("b", Act::Fail);
    pass(secs(1)).await;
    let lines = stage.take_of(&["is up"]);
    assert_eq!(
        lines,
        ["a is up", "b is up", "c is up"],
        "and the next one works as well"
    );
}

#[tokio::test(start_paused = true)]
async fn poison_in_every_mailbox_is_survived() {
    for strategy in [one_for_all(), rest_for_one()] {
        let (system, stage) = (System::new("groups"), Stage::default());
        stage
            .enter(&system, &trio(strategy.intensity(100, secs(1))))
            .await;
        for _ in 0..5 {
            for name in ["c", "a", "b"] {
                stage.tell(name, Act::Fail);
            }
        }
        pass(secs(30)).await;
        for name in ["a", "b", "c"] {
            stage.instance(name).await;
        }
        assert_eq!(system.dead_letter_counts().failed, 15);
        assert_eq!(system.dead_letter_counts().total(), 15);
    }
}

#[tokio::test(start_paused = true)]
async fn earlier_siblings_that_fail_during_a_rest_for_one_restart_are_restarted_after_it() {
    let (system, stage) = (System::new("groups"), Stage::default());
    let backoff = Backoff::constant(secs(1)).jitter(Jitter::None);
    stage
        .enter(&system, &trio(rest_for_one().backoff(backoff)))
        .await;
    stage.tell("c", Act::Fail);
    pass(ms(500)).await;
    stage.tell("b", Act::Fail);
    pass(ms(100)).await;
    stage.tell("a", Act::Fail);
    pass(secs(10)).await;
    for name in ["a", "b", "c"] {
        let answer = stage.of(name).ask(Act::Instance).await;
        assert!(answer.is_ok(), "{name}: {answer:?}");
    }
    assert!(stage.instance("a").await > 1);
}

#[tokio::test(start_paused = true)]
async fn a_member_stopped_for_good_leaves_the_group_to_go_on() {
    for victim in ["a", "b", "c"] {
        for kill in [false, true] {
            let (system, stage) = (System::new("groups"), Stage::default());
            let backoff = Backoff::constant(secs(1)).jitter(Jitter::None);
            stage
                .enter(&system, &trio(one_for_all().backoff(backoff)))
                .await;
            stage.tell("b", Act::Fail);
            pass(ms(500)).await;
            let victim_ref = stage.of(victim);
            if kill {
                victim_ref.kill();
            } else {
                victim_ref.stop();
            }
            pass(secs(5)).await;
            for name in ["a", "b", "c"] {
                let answer = stage.of(name).ask(Act::Instance).await;
                if name == victim {
                    assert!(matches!(answer, Err(AskError::Stopped)), "{answer:?}");
                } else {
                    assert_eq!(answer.ok(), Some(2), "{name} without {victim}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn resume_does_not_go_on_with_an_instance_that_did_not_start() {
    let strategy = || {
        one_for_all().on_failure(|failure| {
            if failure.to_string() == "a bad start" {
                OnFailure::Resume
            } else {
                OnFailure::Restart
            }
        })
    };
    let (system, stage) = (System::new("groups"), Stage::default());
    let boss = part("boss")
        .strategy(strategy())
        .child(part("a").starts(&[Start::Well, Start::Fails]))
        .child(part("b"));
    stage.enter(&system, &boss).await;
    stage.take();
    stage.tell("a", Act::Fail);
    pass(secs(1)).await;
    assert_eq!(stage.instance("a").await, 3);
    let lines = stage.take_of(&["is up"]);
    assert_eq!(lines, ["a is up", "b is up"]);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_fails_while_its_parent_ends_leaves_the_next_instance_whole() {
    let (system, stage) = (System::new("groups"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_all())
        .child(part("a"))
        .child(part("b"))
        .child(part("c").stops_in(ms(500)));
    stage.enter(&system, &boss).await;
    stage.tell("boss", Act::Fail);
    pass(ms(100)).await;
    stage.tell("a", Act::Fail);
    pass(secs(5)).await;
    assert_eq!(stage.instance("boss").await, 2);
    stage.tell("b", Act::Fail);
    pass(secs(5)).await;
    assert_instances(&stage, [2, 2, 2]).await;
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_stops_during_a_group_restart_ends_all_of_it() {
    for after in [0, 5, 12, 40, 70, 100] {
        let (system, stage) = (System::new("groups"), Stage::default());
        let slow = |name| {
            part(name)
                .starts(&[Start::Well, Start::After(ms(20))])
                .stops_in(ms(20))
        };
        let boss = part("boss")
            .strategy(one_for_all())
            .child(slow("a"))
            .child(slow("b"));
        let boss = stage.enter(&system, &boss).await;
        stage.tell("a", Act::Fail);
        pass(ms(after)).await;
        boss.stop();
        boss.terminated().await;
        for name in ["a", "b"] {
            assert!(stage.of(name).is_stopped(), "{name} after {after} ms");
            let reason = stage.of(name).terminated().await;
            // Stopped before its failure was decided, it ends for that failure.
            let failed = name == "a" && reason.failure().is_some();
            let stopped = matches!(reason, StopReason::Stopped);
            assert!(stopped || failed, "{name}: {reason}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_spawned_during_a_group_restart_is_supervised_too() {
    let (system, stage) = (System::new("groups"), Stage::default());
    let backoff = Backoff::constant(secs(1)).jitter(Jitter::None);
    stage
        .enter(&system, &trio(one_for_all().backoff(backoff)))
        .await;
    stage.tell("a", Act::Fail);
    pass(ms(500)).await;
    let make = stage.factory(&part("d"));
    stage.tell(
        "boss",
        play(move |ctx| {
            Box::pin(async move {
                let late = ctx.spawn("d", make).await?;
                late.try_tell(Act::Fail).expect("there is room");
                Ok(())
            })
        }),
    );
    pass(secs(10)).await;
    assert_instances(&stage, [3, 3, 3]).await;
    assert_eq!(stage.count("d is up"), 2);
}
