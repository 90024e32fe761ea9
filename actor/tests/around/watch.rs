//! Watching other actors.

use std::sync::Arc;

use greenroom::prelude::*;

use crate::stage::*;

/// Tells `watcher` to watch, and waits until it does.
async fn watch(watcher: &ActorRef<Act>, other: &ActorRef<Act>) {
    let other = other.clone();
    let act = play(move |ctx| {
        ctx.watch(&other);
        Box::pin(async { Ok(()) })
    });
    watcher.tell(act).await.expect("room");
    watcher.ask(Act::Instance).await.expect("it answers");
}

async fn two(system: &System, stage: &Stage) -> (ActorRef<Act>, ActorRef<Act>) {
    let watcher = stage.enter(system, &part("watcher")).await;
    (watcher, stage.enter(system, &part("a")).await)
}

const HEARD: &str = "watcher hears a ended: stopped";

#[tokio::test(start_paused = true)]
async fn the_end_is_told_exactly_once() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    watch(&watcher, &a).await;
    watch(&watcher, &a).await;
    pass(secs(1)).await;
    assert_eq!(stage.count(HEARD), 0);
    a.stop();
    a.kill();
    pass(secs(60)).await;
    assert_eq!(
        stage.take_of(&["killed", "stopped"]).len(),
        1,
        "watched twice, told once"
    );
}

#[tokio::test(start_paused = true)]
async fn the_end_of_one_already_gone_is_told_at_once_each_time() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    a.stop();
    a.terminated().await;
    for times in 1..=3 {
        watch(&watcher, &a).await;
        pass(ms(1)).await;
        assert_eq!(stage.count(HEARD), times);
    }
    system.shutdown().await.expect("an orderly end");
    drop(watcher);
}

#[tokio::test(start_paused = true)]
async fn a_later_actor_of_the_same_name_is_another_one() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    watch(&watcher, &a).await;
    a.stop();
    a.terminated().await;
    let second = stage.enter(&system, &part("a")).await;
    pass(ms(1)).await;
    second.stop();
    pass(ms(1)).await;
    assert_eq!(stage.count(HEARD), 1);
}

#[tokio::test(start_paused = true)]
async fn unwatch_takes_the_watch_back() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    let other = stage.enter(&system, &part("other")).await;
    watch(&watcher, &a).await;
    watch(&watcher, &other).await;
    let gone = a.clone();
    stage.tell(
        "watcher",
        play(move |ctx| {
            ctx.unwatch(&gone);
            ctx.unwatch(&gone);
            Box::pin(async { Ok(()) })
        }),
    );
    stage.instance("watcher").await;
    a.stop();
    other.stop();
    pass(secs(1)).await;
    assert_eq!(stage.count(HEARD), 0);
    assert_eq!(
        stage.count("watcher hears other ended: stopped"),
        1,
        "this one is kept"
    );
}

#[tokio::test(start_paused = true)]
async fn watch_with_tells_a_message_of_ones_own() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (_watcher, a) = two(&system, &stage).await;
    let own = a.clone();
    stage.tell(
        "watcher",
        play(move |ctx| {
            ctx.watch_with(&own, Act::Note(1));
            ctx.watch_with(&own, Act::Note(2));
            Box::pin(async { Ok(()) })
        }),
    );
    stage.instance("watcher").await;
    a.kill();
    pass(secs(1)).await;
    assert_eq!(
        stage.take_of(&["killed", "watcher 1", "watcher 2"]),
        ["watcher 2"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_watch_by_an_adapter_since_dropped_is_taken_back_at_the_end() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    let (sender, mut adapters) = tokio::sync::mpsc::channel(1);
    stage.tell(
        "a",
        play(move |ctx| {
            let adapter = ctx.adapt(|()| Act::Note(1)).expect("room");
            sender.try_send(adapter).expect("room");
            Box::pin(async { Ok(()) })
        }),
    );
    let adapter = adapters.recv().await.expect("it was sent");
    let held = Arc::new(());
    let holds = Arc::clone(&held);
    stage.tell(
        "watcher",
        play(move |ctx| {
            let message = play(move |_| {
                drop(holds);
                Box::pin(async { Ok(()) })
            });
            ctx.watch_with(&adapter, message);
            Box::pin(async { Ok(()) })
        }),
    );
    stage.instance("watcher").await;
    assert_eq!(Arc::strong_count(&held), 2);
    watcher.stop();
    watcher.terminated().await;
    assert_eq!(Arc::strong_count(&held), 1, "while `a` lives on");
    assert!(!a.is_stopped());
}

#[tokio::test(start_paused = true)]
async fn thousands_are_watched_and_told_once_each() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let watcher = stage.enter(&system, &part("watcher")).await;
    let mut all = Vec::new();
    for number in 0..2_000 {
        let spawn = system.spawn(format!("a{number}"), stage.factory(&part("a")));
        all.push(spawn.await.expect("the name is free"));
    }
    let watched = all.clone();
    let act = play(move |ctx| {
        // Twice: the second replaces the first.
        for one in watched.iter().chain(&watched) {
            ctx.watch(one);
        }
        watched[0].stop();
        ctx.unwatch(&watched[1]);
        Box::pin(async { Ok(()) })
    });
    watcher.tell(act).await.expect("room");
    stage.instance("watcher").await;
    all.iter().for_each(|one| one.stop());
    pass(secs(1)).await;
    let mut heard = stage.take();
    heard.retain(|line| line.starts_with("watcher hears"));
    assert_eq!(heard.len(), 1_999);
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), 1_999, "each once");
}

#[tokio::test(start_paused = true)]
async fn a_watch_survives_restarts_of_both() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    watch(&watcher, &a).await;
    for _ in 0..2 {
        a.tell(Act::Panic).await.expect("room");
        watcher.tell(Act::Fail).await.expect("room");
        pass(secs(40)).await;
    }
    assert_eq!(
        (stage.instance("watcher").await, stage.instance("a").await),
        (3, 3)
    );
    assert_eq!(stage.count(HEARD), 0, "a restart is no end");
    a.stop();
    pass(secs(1)).await;
    assert_eq!(stage.count(HEARD), 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_during_the_watchers_backoff_is_told_to_its_next_instance() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    watch(&watcher, &a).await;
    watcher.tell(Act::Fail).await.expect("room");
    pass(ms(1)).await;
    a.stop();
    a.terminated().await;
    assert_eq!(stage.count(HEARD), 0);
    pass(secs(1)).await;
    assert_eq!(stage.instance("watcher").await, 2);
    assert_eq!(stage.count(HEARD), 1);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_ends_leaves_nothing_behind() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let own = a.clone();
    let script = play(move |_| {
        let _held = held;
        Box::pin(async { Ok(()) })
    });
    stage.tell(
        "watcher",
        play(move |ctx| {
            ctx.watch_with(&own, script);
            Box::pin(async { Ok(()) })
        }),
    );
    stage.instance("watcher").await;
    assert_eq!(Arc::strong_count(&alive), 2, "the watch holds its message");
    watcher.stop();
    watcher.terminated().await;
    assert_eq!(Arc::strong_count(&alive), 1, "it went with the watcher");
    a.stop();
    a.terminated().await;
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_watches_itself_ends_all_the_same() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    watch(&a, &a.clone()).await;
    a.stop();
    assert!(matches!(a.terminated().await, StopReason::Stopped));
}

#[tokio::test(start_paused = true)]
async fn watchers_of_each_other_end_without_a_deadlock() {
    let (system, stage) = (System::new("watch"), Stage::default());
    let (watcher, a) = two(&system, &stage).await;
    watch(&watcher, &a).await;
    watch(&a, &watcher).await;
    system.shutdown().await.expect("an orderly end");
    assert_eq!(stage.count(HEARD), 1, "it was told before it ended itself");
}
