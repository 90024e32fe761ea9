//! Handlers that never yield.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenroom::prelude::*;

use crate::stage::*;

/// Lets a handler hold its thread until the flag is cleared; returns once it does.
pub(crate) async fn stick(actor: &ActorRef<Act>, flag: &Arc<AtomicBool>) {
    let (script, begun) = sticky(flag, |_| {}, |_| {});
    actor.tell(script).await.expect("room");
    until(|| begun.load(Ordering::SeqCst)).await;
}

/// A message whose handler does something, holds its thread until the flag is cleared, and does
/// something else; and whether it holds it.
pub(crate) fn sticky(
    flag: &Arc<AtomicBool>,
    before: impl FnOnce(&mut Context<Player>) + Send + 'static,
    after: impl FnOnce(&mut Context<Player>) + Send + 'static,
) -> (Act, Arc<AtomicBool>) {
    let (flag, begun) = (Arc::clone(flag), Arc::new(AtomicBool::new(false)));
    let begins = Arc::clone(&begun);
    let script = play(move |ctx| {
        before(ctx);
        begins.store(true, Ordering::SeqCst);
        hold(&flag);
        after(ctx);
        Box::pin(async { Ok(()) })
    });
    (script, begun)
}

/// Holds the thread until the flag is cleared.
pub(crate) fn hold(flag: &AtomicBool) {
    while flag.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
}

/// A system with short graces, and a flag that is cleared also when a test fails.
pub(crate) struct Scene {
    pub(crate) system: System,
    pub(crate) stage: Stage,
    pub(crate) flag: Arc<AtomicBool>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.flag.store(false, Ordering::SeqCst);
    }
}

pub(crate) fn scene() -> Scene {
    Scene {
        system: System::builder("stuck")
            .stop_grace(ms(20))
            .kill_grace(ms(20))
            .build(),
        stage: Stage::default(),
        flag: Arc::new(AtomicBool::new(true)),
    }
}

pub(crate) async fn until(condition: impl Fn() -> bool) {
    let bounded = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(secs(10), bounded)
        .await
        .expect("it comes true");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_actor_is_given_up_and_named() {
    for kill in [false, true] {
        let scene = scene();
        let Scene {
            system,
            stage,
            flag,
        } = &scene;
        let watcher = stage.enter(system, &part("watcher")).await;
        let boss = part("boss").child(part("child").child(part("deep")));
        let boss = stage.enter(system, &boss).await;
        let watched = boss.clone();
        watcher
            .tell(play(move |ctx| {
                ctx.watch(&watched);
                Box::pin(async { Ok(()) })
            }))
            .await
            .expect("room");
        stage.instance("watcher").await;
        stick(&boss, flag).await;
        boss.tell(Act::Note(1)).await.expect("room");
        if kill {
            boss.kill();
        } else {
            boss.stop();
        }
        let reason = boss.terminated().await;
        assert!(matches!(reason, StopReason::Abandoned), "{reason}");
        let told = "watcher hears boss ended: abandoned: its handler does not yield";
        until(|| stage.count(told) == 1).await;
        until(|| stage.count("deep dropped") == 1 && stage.count("child dropped") == 1).await;
        stage.enter(system, &part("boss")).await;
        let error = system.shutdown().await.expect_err("one is stuck");
        assert_eq!(
            error
                .abandoned
                .iter()
                .map(|path| path.as_str())
                .collect::<Vec<_>>(),
            ["/user/boss"]
        );
        assert!(error.to_string().contains("/user/boss"), "{error}");
        flag.store(false, Ordering::SeqCst);
        until(|| stage.count("boss dropped") == 2).await;
        until(|| system.dead_letter_counts().stopped == 1).await;
        assert_eq!(stage.count("boss 1"), 0, "nothing more is handled");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_child_delays_its_parents_end_and_no_more() {
    let scene = scene();
    let Scene {
        system,
        stage,
        flag,
    } = &scene;
    let boss = part("boss").child(part("a")).child(part("b"));
    let boss = stage.enter(system, &boss).await;
    stick(&stage.of("b"), flag).await;
    boss.stop();
    let reason = boss.terminated().await;
    assert!(matches!(reason, StopReason::Stopped), "{reason}");
    let lines = stage.take_of(&["ended"]);
    assert_eq!(lines, ["a ended", "boss ended"]);
    let error = system.shutdown().await.expect_err("one is stuck");
    assert!(error.to_string().contains("/user/boss/b"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_sibling_does_not_stop_a_group_restart() {
    let scene = scene();
    let Scene {
        system,
        stage,
        flag,
    } = &scene;
    let boss = part("boss")
        .strategy(one_for_all())
        .child(part("a"))
        .child(part("b"));
    stage.enter(system, &boss).await;
    let b = stage.of("b");
    stick(&b, flag).await;
    stage.tell("a", Act::Fail);
    assert_eq!(stage.instance("a").await, 2);
    let reason = b.terminated().await;
    assert!(matches!(reason, StopReason::Abandoned), "{reason}");
    let told = "boss hears b stopped: abandoned: its handler does not yield";
    until(|| stage.count(told) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_yields_in_time_is_not_abandoned() {
    let system = System::builder("stuck")
        .stop_grace(ms(5))
        .kill_grace(secs(30))
        .build();
    let (stage, flag) = (Stage::default(), Arc::new(AtomicBool::new(true)));
    let a = stage.enter(&system, &part("a")).await;
    stick(&a, &flag).await;
    a.stop();
    // The stop becomes a kill meanwhile; the handler ends after it.
    let clear = tokio::spawn(async move {
        tokio::time::sleep(ms(20)).await;
        flag.store(false, Ordering::SeqCst);
    });
    let reason = a.terminated().await;
    assert!(matches!(reason, StopReason::Killed), "{reason}");
    clear.await.expect("no panic");
    system.shutdown().await.expect("nobody was abandoned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_a_watch_told_to_one_given_up_is_a_dead_letter() {
    let scene = scene();
    let Scene {
        system,
        stage,
        flag,
    } = &scene;
    let stuck = stage.enter(system, &part("stuck")).await;
    let other = stage.enter(system, &part("other")).await;
    let watched = other.clone();
    let watch = play(move |ctx| {
        ctx.watch_with(&watched, Act::Note(1));
        Box::pin(async { Ok(()) })
    });
    stuck.tell(watch).await.expect("room");
    stage.instance("stuck").await;
    stick(&stuck, flag).await;
    stuck.kill();
    stuck.terminated().await;
    let before = system.dead_letter_counts().stopped;
    other.stop();
    other.terminated().await;
    until(|| system.dead_letter_counts().stopped == before + 1).await;
}
