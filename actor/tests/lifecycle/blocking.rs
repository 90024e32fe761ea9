//! Actors on a thread of their own, whose handlers may block.

use std::sync::mpsc;
use std::thread;

use greenroom::ShutdownError;
use greenroom::prelude::*;

use crate::stage::*;

/// Blocks the thread of its actor; returns once it does, with what ends it when it is dropped.
async fn block(actor: &ActorRef<Act>) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    let (begins, begun) = tokio::sync::oneshot::channel();
    let script = play(move |_| {
        let _ = begins.send(());
        // Only where it fails is that waited for: a broken test has to end, too.
        let _ = receiver.recv_timeout(secs(10));
        Box::pin(async { Ok(()) })
    });
    actor.tell(script).await.expect("room");
    begun.await.expect("it runs");
    sender
}

async fn spawn(system: &System, stage: &Stage, name: &'static str) -> ActorRef<Act> {
    let spawn = system.spawn_blocking_actor(name, stage.factory(&part(name)));
    spawn.await.expect("it starts")
}

/// On which thread a script of the actor's runs.
async fn thread_of(actor: &ActorRef<Act>) -> (thread::ThreadId, Option<String>) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let script = play(move |_| {
        let thread = thread::current();
        let _ = sender.send((thread.id(), thread.name().map(str::to_owned)));
        Box::pin(async { Ok(()) })
    });
    actor.tell(script).await.expect("room");
    receiver.await.expect("it runs")
}

#[tokio::test]
async fn a_handler_that_blocks_holds_up_nobody_else() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let blocks = spawn(&system, &stage, "blocks").await;
    stage.enter(&system, &part("other")).await;
    let release = block(&blocks).await;
    blocks.tell(Act::Note(1)).await.expect("room");
    // The one thread of this runtime is free.
    assert_eq!(stage.instance("other").await, 1);
    assert_eq!(stage.count("blocks 1"), 0);
    release.send(()).expect("it waits");
    assert!(matches!(blocks.ask(Act::Instance).await, Ok(1)));
    assert_eq!(stage.count("blocks 1"), 1);
    system.shutdown().await.expect("nobody was abandoned");
}

#[tokio::test]
async fn it_has_one_thread_of_its_name_also_after_a_restart() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let a = spawn(&system, &stage, "a").await;
    let (first, name) = thread_of(&a).await;
    assert_ne!(first, thread::current().id());
    assert_eq!(name.as_deref(), Some("a"));
    for (bad, instance) in [(Act::Fail, 2), (Act::Panic, 3)] {
        a.tell(bad).await.expect("room");
        assert!(matches!(a.ask(Act::Instance).await, Ok(now) if now == instance));
        assert_eq!(thread_of(&a).await.0, first);
    }
    assert_eq!(system.dead_letter_counts().failed, 2);
    system.shutdown().await.expect("nobody was abandoned");
}

#[tokio::test]
async fn a_stop_lets_it_handle_what_is_queued() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let a = spawn(&system, &stage, "a").await;
    let release = block(&a).await;
    for number in 0..10 {
        a.tell(Act::Note(number)).await.expect("room");
    }
    a.stop();
    assert!(a.try_tell(Act::Note(99)).is_err());
    drop(release);
    assert!(matches!(a.terminated().await, StopReason::Stopped));
    let notes = (0..10).filter(|n| stage.count(&format!("a {n}")) == 1);
    assert_eq!(notes.count(), 10);
    assert_eq!(stage.count("a ended"), 1);
}

#[tokio::test]
async fn one_that_blocks_beyond_its_graces_is_given_up_and_named() {
    let system = System::builder("blocking")
        .stop_grace(ms(20))
        .kill_grace(ms(20))
        .build();
    let stage = Stage::default();
    let a = spawn(&system, &stage, "a").await;
    let release = block(&a).await;
    let queued = a.clone();
    let queued = tokio::spawn(async move { queued.ask(Act::Instance).await });
    let error = system.shutdown().await.expect_err("it blocks");
    let ShutdownError::Abandoned(paths) = error else {
        panic!("{error}")
    };
    assert_eq!(paths[0].as_str(), "/user/a");
    assert!(matches!(queued.await, Ok(Err(AskError::Stopped))));
    drop(release);
}

#[tokio::test]
async fn a_bad_start_is_told_to_the_one_who_spawns() {
    for bad in [Start::Fails, Start::Panics, Start::FactoryPanics] {
        let (system, stage) = (System::new("blocking"), Stage::default());
        let factory = stage.factory(&part("a").starts(&[bad]));
        let refused = system.spawn_blocking_actor("a", factory).await;
        assert!(matches!(refused, Err(SpawnError::Failed(_))), "{refused:?}");
        let a = spawn(&system, &stage, "a").await;
        assert!(
            matches!(a.ask(Act::Instance).await, Ok(1)),
            "the name is free"
        );
    }
}

#[tokio::test]
async fn a_blocking_child_ends_with_its_parent() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let parent = stage.enter(&system, &part("parent")).await;
    let of = stage.clone();
    let grow = play(move |ctx| {
        Box::pin(async move {
            let child = of.factory(&part("child"));
            ctx.spawn_blocking_actor("child", child).await?;
            Ok(())
        })
    });
    parent.tell(grow).await.expect("room");
    stage.instance("parent").await;
    assert_eq!(stage.count("child is up"), 1);
    parent.stop();
    parent.terminated().await;
    let ended = stage.take_of(&["ended"]);
    assert_eq!(ended, ["child ended", "parent ended"]);
}
