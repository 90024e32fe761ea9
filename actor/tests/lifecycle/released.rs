//! What is left of a system that nobody holds any more: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};
use greenroom::{Phase, SlowSubscriber};

use crate::stage::*;

/// A system whose root holds `held`.
fn holding(held: &Arc<()>) -> System {
    let held = Arc::clone(held);
    let strategy = Strategy::one_for_one().on_failure(move |_| {
        let _ = &held;
        OnFailure::Restart
    });
    System::builder("released").supervision(strategy).build()
}

#[test]
fn a_system_that_was_never_used_is_freed() {
    let held = Arc::new(());
    let system = holding(&held);
    assert_eq!(Arc::strong_count(&held), 2);
    drop(system);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_system_whose_runtime_goes_while_a_timer_is_set_is_freed() {
    let held = Arc::new(());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (system, stage) = (holding(&held), Stage::default());
        let a = stage.enter(&system, &part("a")).await;
        let act = play(|ctx| {
            ctx.set_timer("t", secs(100), Act::Note(1)).expect("room");
            Box::pin(async { Ok(()) })
        });
        a.tell(act).await.expect("room");
        assert_eq!(stage.instance("a").await, 1);
    });
    assert_eq!(Arc::strong_count(&held), 2);
    drop(runtime);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test(start_paused = true)]
async fn a_system_with_topics_and_subscribers_is_freed() {
    let (held, surroundings) = (Arc::new(()), Arc::new(()));
    let (system, stage) = (holding(&held), Stage::default());
    let one = system.spawn("one", || Quiet).await.expect("it starts");
    let topic = system.topic::<u8>("news").expect("few names");
    topic.subscribe(&one, SlowSubscriber::Miss);
    assert_eq!(topic.publish(1).await.delivered, 1);
    system.shutdown().await.expect("an orderly end");
    assert_eq!(topic.subscribers(), 0);
    // Too late to run: it stays with the surroundings of the system for as long as they are there.
    let (ran, runs) = (Arc::new(AtomicBool::new(false)), Arc::clone(&surroundings));
    let flag = Arc::clone(&ran);
    system.on_shutdown(Phase::Close, "late", secs(1), move || {
        flag.store(true, Ordering::Relaxed);
        drop(runs);
        std::future::ready(())
    });
    drop((system, topic, one, stage));
    pass(secs(1)).await;
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(Arc::strong_count(&surroundings), 1);
    assert!(!ran.load(Ordering::Relaxed));
}

struct Quiet;

impl Actor for Quiet {
    type Msg = u8;

    async fn handle(&mut self, _: u8, _: &mut Context<Self>) -> ActorResult {
        Ok(())
    }
}
