//! Restart intensity, and what happens above it.

use greenroom::SpawnError;
use greenroom::prelude::*;
use greenroom::supervision::OnFailure;

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn more_failures_than_the_intensity_allows_restart_the_parent_and_its_children() {
    let (system, stage) = (System::new("escalation"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_one().intensity(2, secs(10)))
        .child(part("a"))
        .child(part("b"));
    stage.enter(&system, &boss).await;
    let first = stage.of("a");
    for _ in 0..3 {
        stage.tell("a", Act::Fail);
    }
    stage.tell("a", Act::Note(1));
    pass(secs(1)).await;
    assert_eq!(stage.instance("boss").await, 2);
    assert_eq!(stage.instance("a").await, 1, "a new actor");
    assert_ne!(stage.of("a"), first);
    assert!(first.is_stopped());
    assert_eq!(stage.count("a 1"), 0, "what it had queued is dead");
    assert_eq!(system.dead_letter_counts().stopped, 1);
    assert_eq!(system.dead_letter_counts().failed, 3);
}

#[tokio::test(start_paused = true)]
async fn failures_far_enough_apart_never_escalate() {
    let (system, stage) = (System::new("escalation"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_one().intensity(2, secs(10)))
        .child(part("a"));
    stage.enter(&system, &boss).await;
    for _ in 0..20 {
        stage.tell("a", Act::Panic);
        pass(secs(6)).await;
    }
    assert_eq!(stage.instance("a").await, 21);
    assert_eq!(stage.instance("boss").await, 1);
}

#[tokio::test(start_paused = true)]
async fn intensity_of_a_group_is_counted_for_all_together() {
    for (strategy, escalates) in [(one_for_one(), false), (one_for_all(), true)] {
        let (system, stage) = (System::new("escalation"), Stage::default());
        let boss = part("boss")
            .strategy(strategy.intensity(2, secs(60)))
            .child(part("a"))
            .child(part("b"))
            .child(part("c"));
        stage.enter(&system, &boss).await;
        for name in ["a", "b", "c"] {
            stage.tell(name, Act::Fail);
            pass(secs(1)).await;
        }
        let expected = if escalates { 2 } else { 1 };
        assert_eq!(stage.instance("boss").await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn failed_starts_count_and_escalate() {
    let (system, stage) = (System::new("escalation"), Stage::default());
    let bad = [
        Start::Well,
        Start::Fails,
        Start::Panics,
        Start::FactoryPanics,
    ];
    let boss = part("boss")
        .strategy(one_for_one().intensity(3, secs(10)))
        .child(part("a").starts(&bad));
    stage.enter(&system, &boss).await;
    stage.tell("a", Act::Fail);
    pass(secs(1)).await;
    assert_eq!(
        stage.instance("boss").await,
        2,
        "one failure and three bad starts"
    );
}

#[tokio::test(start_paused = true)]
async fn escalation_climbs_until_the_system_stops_with_the_reason() {
    let strategy = || one_for_one().intensity(1, secs(60));
    let system = System::builder("escalation")
        .supervision(strategy())
        .build();
    let stage = Stage::default();
    let inner = part("inner").strategy(strategy()).child(part("leaf"));
    stage
        .enter(&system, &part("outer").strategy(strategy()).child(inner))
        .await;
    stage.enter(&system, &part("bystander")).await;
    let watch = tokio::spawn({
        let system = system.clone();
        async move { system.terminated().await }
    });
    let mut failures = 0;
    while !watch.is_finished() {
        let leaf = stage.of("leaf");
        if leaf.try_tell(Act::Fail).is_ok() {
            failures += 1;
        }
        pass(secs(1)).await;
        assert!(failures < 20, "the system does not stop");
    }
    assert_eq!(failures, 8, "two at each of three levels");
    let reason = watch.await.expect("no panic");
    assert_eq!(reason.failure().expect("a failure").to_string(), "told to");
    assert!(stage.of("bystander").is_stopped());
    let bystander = stage.of("bystander").terminated().await;
    assert!(matches!(bystander, StopReason::Stopped), "{bystander}");
    let error = system.shutdown().await.expect_err("it had failed");
    assert!(
        matches!(&error.failure, Some(f) if f.to_string() == "told to"),
        "{error}"
    );
    let refused = system.spawn("late", stage.factory(&part("late"))).await;
    assert!(
        matches!(refused, Err(SpawnError::ShuttingDown)),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_chosen_escalation_takes_the_failure_to_the_parents_parent() {
    let system = System::builder("escalation")
        .supervision(one_for_one().on_failure(|failure| {
            assert!(
                failure.downcast_ref::<std::fmt::Error>().is_some(),
                "its type is kept"
            );
            OnFailure::Stop
        }))
        .build();
    let stage = Stage::default();
    let boss = part("boss")
        .strategy(one_for_one().on_failure(|_| OnFailure::Escalate))
        .child(part("a"));
    let boss = stage.enter(&system, &boss).await;
    stage.tell(
        "a",
        play(|_| Box::pin(async { Err(std::fmt::Error.into()) })),
    );
    let reason = boss.terminated().await;
    assert!(reason.failure().is_some(), "{reason}");
    assert!(stage.of("a").is_stopped());
    system
        .shutdown()
        .await
        .expect("the system itself did not fail");
}

#[tokio::test(start_paused = true)]
async fn a_parent_is_restarted_for_an_escalation_even_where_it_would_be_resumed() {
    let system = System::builder("escalation")
        .supervision(one_for_one().on_failure(|_| OnFailure::Resume))
        .build();
    let stage = Stage::default();
    let boss = part("boss")
        .strategy(one_for_one().on_failure(|_| OnFailure::Escalate))
        .child(part("a"));
    stage.enter(&system, &boss).await;
    stage.tell("a", Act::Fail);
    pass(secs(1)).await;
    assert_eq!(
        stage.instance("boss").await,
        2,
        "its child waited for a decision"
    );
    assert_eq!(stage.instance("a").await, 1);
}

#[tokio::test(start_paused = true)]
async fn escalation_waits_for_the_message_in_the_parents_hand() {
    let (system, stage) = (System::new("escalation"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_one().intensity(0, secs(1)))
        .child(part("a"));
    stage.enter(&system, &boss).await;
    stage.tell("boss", Act::Work(secs(1)));
    stage.tell("boss", Act::Note(2));
    pass(ms(1)).await;
    stage.tell("a", Act::Fail);
    pass(secs(5)).await;
    let lines = stage.take_of(&["worked", "boss starts", "boss 2"]);
    assert_eq!(
        lines,
        ["boss starts", "boss worked", "boss starts", "boss 2"]
    );
}
