//! How long a restart waits, and what ends the wait.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom_resilience::backoff::{Backoff, Jitter};
use tokio::time::Instant;

use crate::stage::*;

async fn doubling(healthy_after: Duration) -> (System, Stage) {
    let (system, stage) = (System::new("backoff"), Stage::default());
    let strategy = one_for_one()
        .intensity(1_000, secs(1))
        .healthy_after(healthy_after)
        .backoff(Backoff::exponential(secs(1)..=secs(64)).jitter(Jitter::None));
    stage
        .enter(&system, &part("boss").strategy(strategy).child(part("a")))
        .await;
    (system, stage)
}

/// Lets the child fail, and says how long it took to answer again.
async fn outage(stage: &Stage) -> u64 {
    let began = Instant::now();
    stage.tell("a", Act::Fail);
    let patient = stage.of("a");
    patient
        .ask(Act::Instance)
        .timeout(secs(1_000))
        .await
        .expect("it comes back");
    began.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn delays_double_up_to_the_largest() {
    let (_system, stage) = doubling(secs(1_000)).await;
    let mut delays = Vec::new();
    for _ in 0..8 {
        delays.push(outage(&stage).await);
    }
    assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 64]);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_period_begins_anew() {
    let (_system, stage) = doubling(secs(20)).await;
    assert_eq!(outage(&stage).await, 1);
    assert_eq!(outage(&stage).await, 2);
    pass(secs(15)).await;
    assert_eq!(outage(&stage).await, 4, "15 s were not enough");
    pass(secs(21)).await;
    assert_eq!(outage(&stage).await, 1);
}

#[tokio::test(start_paused = true)]
async fn the_wait_itself_is_no_healthy_period() {
    let (_system, stage) = doubling(secs(5)).await;
    let mut delays = Vec::new();
    for _ in 0..6 {
        delays.push(outage(&stage).await);
    }
    assert_eq!(delays, [1, 2, 4, 8, 16, 32]);
}

#[tokio::test(start_paused = true)]
async fn stop_and_kill_end_the_wait() {
    for kill in [false, true] {
        let (system, stage) = doubling(secs(20)).await;
        stage.tell("a", Act::Fail);
        stage.tell("a", Act::Note(1));
        pass(ms(100)).await;
        let began = Instant::now();
        let a = stage.of("a");
        if kill {
            a.kill();
        } else {
            a.stop();
        }
        let reason = a.terminated().await;
        assert!(began.elapsed() < ms(10));
        if kill {
            assert!(matches!(reason, StopReason::Killed), "{reason}");
        } else {
            assert!(matches!(reason, StopReason::Failed(_)), "{reason}");
        }
        assert_eq!(system.dead_letter_counts().stopped, 1);
        assert_eq!(stage.count("a starts"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_sent_during_the_wait_are_kept_in_order() {
    let (_system, stage) = doubling(secs(20)).await;
    stage.tell("a", Act::Fail);
    stage.tell("a", Act::Note(1));
    pass(ms(100)).await;
    stage.tell("a", Act::Note(2));
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.take_of(&["a 1", "a 2"]), ["a 1", "a 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_kill_while_it_starts_again_ends_the_child() {
    let (system, stage) = (System::new("backoff"), Stage::default());
    let slow = part("a").starts(&[Start::Well, Start::After(secs(60))]);
    stage.enter(&system, &part("boss").child(slow)).await;
    stage.tell("a", Act::Fail);
    pass(secs(1)).await;
    assert_eq!(stage.count("a starts"), 2, "it is starting");
    let began = Instant::now();
    stage.of("a").kill();
    let reason = stage.of("a").terminated().await;
    assert!(matches!(reason, StopReason::Killed), "{reason}");
    assert!(began.elapsed() < ms(10));
    assert_eq!(stage.instance("boss").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_it_starts_again_waits_for_the_start_and_no_longer_than_the_grace() {
    for (start, worked) in [(secs(1), true), (secs(600), false)] {
        let (system, stage) = (System::new("backoff"), Stage::default());
        let slow = part("a").starts(&[Start::Well, Start::After(start)]);
        stage.enter(&system, &part("boss").child(slow)).await;
        stage.tell("a", Act::Fail);
        stage.tell("a", Act::Note(1));
        pass(ms(100)).await;
        let began = Instant::now();
        stage.of("a").stop();
        let reason = stage.of("a").terminated().await;
        assert_eq!(matches!(reason, StopReason::Stopped), worked, "{reason}");
        assert_eq!(stage.count("a 1"), usize::from(worked));
        assert!(began.elapsed() < ms(5_010), "{:?}", began.elapsed());
        system.shutdown().await.expect("nobody was abandoned");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_last_instance_ends_is_not_forgotten() {
    let (system, stage) = (System::new("backoff"), Stage::default());
    let strategy = one_for_one().backoff(Backoff::constant(Duration::ZERO));
    let slow = part("a")
        .starts(&[Start::Well, Start::After(secs(600))])
        .stops_in(ms(500));
    stage
        .enter(&system, &part("boss").strategy(strategy).child(slow))
        .await;
    stage.tell("a", Act::Fail);
    pass(ms(100)).await;
    let began = Instant::now();
    stage.of("a").stop();
    let reason = stage.of("a").terminated().await;
    assert!(matches!(reason, StopReason::Failed(_)), "{reason}");
    assert!(began.elapsed() < secs(1), "{:?}", began.elapsed());
    assert_eq!(stage.count("a starts"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delay_without_end_is_a_delay() {
    let (system, stage) = (System::new("backoff"), Stage::default());
    let strategy = one_for_one().backoff(Backoff::constant(Duration::MAX).jitter(Jitter::None));
    stage
        .enter(&system, &part("boss").strategy(strategy).child(part("a")))
        .await;
    stage.tell("a", Act::Fail);
    pass(secs(3_600)).await;
    assert_eq!(stage.count("a starts"), 1);
    assert!(!stage.of("a").is_stopped());
    system.shutdown().await.expect("an orderly end");
}
