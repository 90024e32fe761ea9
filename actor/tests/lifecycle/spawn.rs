//! The first start, and what is left of one that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenroom::prelude::*;

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn a_bad_first_start_is_told_to_the_one_who_spawns_and_leaves_nothing() {
    for bad in [Start::Fails, Start::Panics, Start::FactoryPanics] {
        let (system, stage) = (System::new("spawn"), Stage::default());
        let once = part("a").starts(&[bad]);
        let refused = system.spawn("a", stage.factory(&once)).await;
        let Err(SpawnError::Failed(failure)) = refused else {
            panic!("{bad:?}: {refused:?}")
        };
        let is_panic = matches!(bad, Start::Panics | Start::FactoryPanics);
        assert_eq!(failure.is_panic(), is_panic);
        assert!(
            failure.to_string().contains("a b"),
            "its text is there: {failure}"
        );
        assert_eq!(
            stage.take_of(&["ended", "is up"]),
            [""; 0],
            "no hook of it is called"
        );
        stage.enter(&system, &once).await;
        assert_eq!(
            stage.instance("a").await,
            1,
            "the name is free at once: {bad:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn spawn_returns_once_it_has_started() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    let slow = part("a").starts(&[Start::After(secs(2))]);
    let mut spawn = Box::pin(system.spawn("a", stage.factory(&slow)).into_future());
    assert!(is_pending(&mut spawn).await);
    pass(secs(1)).await;
    assert!(is_pending(&mut spawn).await);
    assert_eq!(stage.count("a starts"), 1);
    spawn.await.expect("it starts");
    assert_eq!(stage.count("a is up"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_spawn_leaves_nothing() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    let slow = part("a").child(part("b").starts(&[Start::After(secs(60))]));
    let mut spawn = Box::pin(system.spawn("a", stage.factory(&slow)).into_future());
    assert!(is_pending(&mut spawn).await);
    pass(secs(1)).await;
    assert_eq!(stage.count("b starts"), 1);
    drop(spawn);
    pass(ms(10)).await;
    assert_eq!(stage.take_of(&["dropped"]), ["b dropped", "a dropped"]);
    stage.enter(&system, &part("a")).await;
    assert_eq!(stage.instance("a").await, 1, "the name is free");
    system.shutdown().await.expect("nobody was abandoned");
}

#[tokio::test(start_paused = true)]
async fn a_spawn_that_was_never_polled_does_nothing() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    drop(system.spawn("a", stage.factory(&part("a"))));
    pass(ms(10)).await;
    assert_eq!(stage.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_actor_killed_while_it_starts_for_the_first_time_was_never_spawned() {
    struct Slow(Option<tokio::sync::oneshot::Sender<ActorRef<()>>>);
    impl Actor for Slow {
        type Msg = ();
        async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
            let me = self.0.take().expect("it starts once");
            me.send(ctx.myself()).expect("somebody waits");
            std::future::pending().await
        }
        async fn handle(&mut self, (): (), _: &mut Context<Self>) -> ActorResult {
            Ok(())
        }
    }
    let system = System::new("spawn");
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let starting = system.clone();
    let spawn =
        tokio::spawn(async move { starting.spawn("slow", move || Slow(sender.take())).await });
    let slow = receiver.await.expect("it starts");
    slow.kill();
    let refused = spawn.await.expect("no panic");
    assert!(matches!(refused, Err(SpawnError::Ended)), "{refused:?}");
    assert!(slow.is_stopped());
}

#[tokio::test(start_paused = true)]
async fn a_child_that_does_not_start_is_the_parents_affair() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    let bad = part("boss")
        .child(part("a"))
        .child(part("b").starts(&[Start::Fails]));
    let refused = system.spawn("boss", stage.factory(&bad)).await;
    assert!(matches!(refused, Err(SpawnError::Failed(_))), "{refused:?}");
    assert!(
        stage.of("a").is_stopped(),
        "the child before it is not left behind"
    );
    let _boss = stage.enter(&system, &bad).await;
    assert_eq!(stage.instance("b").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_sent_by_started_is_handled_first() {
    struct Eager(Stage);
    impl Actor for Eager {
        type Msg = u32;
        async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
            ctx.myself().try_tell(1)?;
            Ok(())
        }
        async fn handle(&mut self, number: u32, _: &mut Context<Self>) -> ActorResult {
            self.0.log(number.to_string());
            Ok(())
        }
    }
    let (system, stage) = (System::new("spawn"), Stage::default());
    let log = stage.clone();
    let eager = system.spawn("eager", move || Eager(log.clone())).await;
    eager.expect("it starts").tell(2).await.expect("room");
    pass(ms(1)).await;
    assert_eq!(stage.take(), ["1", "2"]);
}

#[test]
fn without_a_runtime_there_is_a_named_error() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    let spawn = system.spawn("a", stage.factory(&part("a"))).into_future();
    let refused = futures::executor::block_on(spawn);
    assert!(matches!(refused, Err(SpawnError::NoRuntime)), "{refused:?}");
}

#[test]
fn in_a_runtime_without_timers_there_is_a_named_error() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    let spawn = system.spawn("a", stage.factory(&part("a"))).into_future();
    let timeless = tokio::runtime::Builder::new_current_thread().build();
    let timeless = timeless.expect("it needs nothing");
    let refused = timeless.block_on(spawn);
    assert!(matches!(refused, Err(SpawnError::NoRuntime)), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn reference_and_mailbox_survive_a_restart() {
    let (system, stage) = (System::new("spawn"), Stage::default());
    let a = stage.enter(&system, &part("a")).await;
    let id = a.id();
    for number in 0..3 {
        stage.tell("a", Act::Note(number));
        stage.tell("a", if number == 1 { Act::Panic } else { Act::Fail });
    }
    pass(secs(3)).await;
    assert_eq!(a.ask(Act::Instance).await.expect("it answers"), 4);
    assert_eq!(a.id(), id);
    assert_eq!(stage.take_of(&["a 0", "a 1", "a 2"]), ["a 0", "a 1", "a 2"]);
}

#[tokio::test(start_paused = true)]
async fn the_factory_is_dropped_with_its_actor() {
    struct Flag(Arc<AtomicBool>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let (system, stage) = (System::new("spawn"), Stage::default());
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Flag(Arc::clone(&dropped));
    let mut make = stage.factory(&part("a"));
    let factory = move || {
        let _ = &flag;
        make()
    };
    let a = system.spawn("a", factory).await.expect("it starts");
    a.stop();
    a.terminated().await;
    pass(ms(1)).await;
    assert!(
        dropped.load(Ordering::SeqCst),
        "though a reference is left: {a:?}"
    );
}
