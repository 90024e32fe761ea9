//! The end of a system, in order and otherwise.

use std::time::Duration;

use greenroom::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn a_reference_used_after_shutdown_is_told_so() {
    let (system, stage) = (System::new("shutdown"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    system.shutdown().await.expect("an orderly end");
    assert!(a.is_stopped());
    assert!(matches!(
        a.tell(Act::Note(1)).await,
        Err(SendError::Stopped(Act::Note(1)))
    ));
    assert!(matches!(a.ask(Act::Instance).await, Err(AskError::Stopped)));
    assert!(matches!(a.terminated().await, StopReason::Stopped));
    a.stop();
    a.kill();
    system.shutdown().await.expect("a second time is the same");
    assert!(matches!(system.terminated().await, StopReason::Stopped));
}

#[tokio::test(start_paused = true)]
async fn a_spawn_during_and_after_shutdown_is_refused() {
    let (system, stage) = (System::new("shutdown"), Stage::default());
    stage.enter(&system, &part("slow").stops_in(secs(2))).await;
    let shutdown = tokio::spawn({
        let system = system.clone();
        async move { system.shutdown().await }
    });
    pass(secs(1)).await;
    let refused = system.spawn("late", stage.factory(&part("late"))).await;
    assert!(
        matches!(refused, Err(SpawnError::ShuttingDown)),
        "{refused:?}"
    );
    shutdown.await.expect("no panic").expect("an orderly end");
    let refused = system.spawn("late", stage.factory(&part("late"))).await;
    assert!(
        matches!(refused, Err(SpawnError::ShuttingDown)),
        "{refused:?}"
    );
    assert_eq!(stage.count("late starts"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_shutdown_goes_on() {
    let (system, stage) = (System::new("shutdown"), Stage::default());
    let slow = stage.enter(&system, &part("slow").stops_in(secs(2))).await;
    let cut = tokio::time::timeout(secs(1), system.shutdown()).await;
    assert!(cut.is_err());
    assert!(matches!(slow.terminated().await, StopReason::Stopped));
    assert!(matches!(system.terminated().await, StopReason::Stopped));
}

#[tokio::test(start_paused = true)]
async fn shutdown_from_within_an_actor_ends_it_after_its_grace() {
    let (system, stage) = (System::new("shutdown"), Stage::default());
    let a = stage.enter(&system, &part("a").grace(secs(2))).await;
    let own = system.clone();
    stage.tell(
        "a",
        play(move |_| {
            Box::pin(async move {
                own.shutdown().await?;
                Ok(())
            })
        }),
    );
    assert!(matches!(a.terminated().await, StopReason::Killed));
    assert!(matches!(system.terminated().await, StopReason::Stopped));
}

#[tokio::test(start_paused = true)]
async fn an_unused_system_shuts_down_and_stays_down() {
    let (system, stage) = (System::new("shutdown"), Stage::default());
    system.shutdown().await.expect("an orderly end");
    let refused = system.spawn("late", stage.factory(&part("late"))).await;
    assert!(
        matches!(refused, Err(SpawnError::ShuttingDown)),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_ask_whose_reply_lives_on_ends_in_time_after_the_shutdown() {
    let (system, stage) = (System::new("shutdown"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    let (keep, mut kept) = tokio::sync::mpsc::channel(1);
    let asked = tokio::spawn(async move {
        let hand_on = |reply: Reply<u32>| {
            play(move |_| {
                Box::pin(async move {
                    keep.try_send(reply).expect("room");
                    Ok(())
                })
            })
        };
        a.ask(hand_on).timeout(secs(3)).await
    });
    pass(ms(1)).await;
    let reply = kept.recv().await.expect("it was handed on");
    system.shutdown().await.expect("an orderly end");
    let answer = tokio::time::timeout(secs(60), asked)
        .await
        .expect("no wait is for ever");
    assert!(matches!(answer.expect("no panic"), Err(AskError::Timeout)));
    drop(reply);
}

#[tokio::test(start_paused = true)]
async fn systems_share_nothing() {
    let stage = Stage::default();
    let (one, two) = (System::new("same"), System::new("same"));
    let a = stage.enter(&one, &part("a")).await;
    let b = stage.enter(&two, &part("a")).await;
    assert_eq!((a.path(), a.id()), (b.path(), b.id()));
    assert_ne!(a, b, "equal ids of two systems are two actors");
    one.shutdown().await.expect("an orderly end");
    assert!(a.is_stopped());
    assert_eq!(b.ask(Act::Instance).await.expect("it answers"), 1);
    b.tell(Act::Fail).await.expect("room");
    pass(secs(1)).await;
    assert_eq!(two.dead_letter_counts().failed, 1);
    assert_eq!(one.dead_letter_counts().total(), 0);
}

fn runtimes() -> [Runtime; 2] {
    let multi = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build();
    let single = Builder::new_current_thread().enable_time().build();
    [single.expect("a runtime"), multi.expect("a runtime")]
}

#[test]
fn a_runtime_dropped_under_live_actors_ends_them() {
    for runtime in runtimes() {
        let (system, stage) = (System::new("shutdown"), Stage::default());
        let a = runtime.block_on(async {
            let boss = part("boss")
                .strategy(one_for_all())
                .child(part("a"))
                .child(part("b"));
            stage.enter(&system, &boss).await;
            stage.tell("a", Act::Work(secs(60)));
            stage.tell("a", Act::Note(1));
            stage.tell("b", Act::Fail);
            tokio::task::yield_now().await;
            stage.of("a")
        });
        let asked = std::thread::spawn({
            let a = a.clone();
            move || futures::executor::block_on(async { a.ask(Act::Instance).await })
        });
        drop(runtime);
        let answer = asked.join().expect("no panic");
        assert!(matches!(answer, Err(AskError::Stopped)), "{answer:?}");
        assert!(matches!(
            a.try_tell(Act::Note(2)),
            Err(TrySendError::Stopped(_))
        ));
        let reason = futures::executor::block_on(a.terminated());
        assert!(matches!(reason, StopReason::Killed), "{reason}");
        let [other, _] = runtimes();
        other.block_on(async {
            let refused = system.spawn("late", stage.factory(&part("late"))).await;
            assert!(
                matches!(refused, Err(SpawnError::ShuttingDown)),
                "{refused:?}"
            );
            let down = tokio::time::timeout(Duration::from_secs(5), system.shutdown()).await;
            down.expect("no hang").expect("nobody was abandoned");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_system_says_so_at_every_shutdown() {
    let strategy = one_for_one().intensity(0, secs(1));
    let system = System::builder("shutdown").supervision(strategy).build();
    let stage = Stage::default();
    stage.enter(&system, &part("a")).await;
    stage.tell("a", Act::Panic);
    assert!(matches!(system.terminated().await, StopReason::Failed(_)));
    for _ in 0..2 {
        let error = system.shutdown().await.expect_err("it had failed");
        assert!(matches!(error.failure, Some(f) if f.is_panic()));
    }
}
