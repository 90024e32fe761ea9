//! Names and paths.

use greenroom::prelude::*;

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn names_are_unique_among_siblings_alone() {
    let (system, stage) = (System::new("names"), Stage::default());
    let nested = part("a").child(part("x").child(part("a")));
    let outer = system
        .spawn("a", stage.factory(&nested))
        .await
        .expect("it starts");
    let taken = system.spawn("a", stage.factory(&nested)).await;
    assert!(
        matches!(&taken, Err(SpawnError::NameTaken(name)) if name == "a"),
        "{taken:?}"
    );
    assert_eq!(outer.path().as_str(), "/user/a");
    assert_eq!(stage.of("x").path().as_str(), "/user/a/x");
    assert_eq!(stage.of("a").path().as_str(), "/user/a/x/a");
    assert_eq!(stage.of("a").path().name(), "a");
}

#[tokio::test(start_paused = true)]
async fn bad_names_are_named_errors() {
    let (system, stage) = (System::new("names"), Stage::default());
    for name in ["", "/", "a/b", "/a", "a\0b"] {
        let factory = || stage.factory(&part("a"));
        for refused in [
            system.spawn(name, factory()).await,
            system.spawn_blocking_actor(name, factory()).await,
        ] {
            assert!(
                matches!(&refused, Err(SpawnError::InvalidName(of)) if of == name),
                "{refused:?}"
            );
        }
    }
    let zero = system
        .spawn("a", stage.factory(&part("a")))
        .mailbox(|m| m.capacity(0));
    assert!(matches!(zero.await, Err(SpawnError::Mailbox(_))));
    let panics = system
        .spawn("a", stage.factory(&part("a")))
        .mailbox(|_| panic!("no idea"));
    assert!(matches!(panics.await, Err(SpawnError::Failed(_))));
    assert_eq!(stage.take(), [""; 0], "nothing was made");
    stage.enter(&system, &part("a")).await;
}

#[tokio::test(start_paused = true)]
async fn a_name_is_taken_while_its_actor_waits_for_its_restart_or_its_end() {
    let (system, stage) = (System::new("names"), Stage::default());
    let a = stage.enter(&system, &part("a").stops_in(secs(1))).await;
    a.try_tell(Act::Panic).expect("room");
    pass(ms(1)).await;
    let taken = system.spawn("a", stage.factory(&part("a"))).await;
    assert!(matches!(taken, Err(SpawnError::NameTaken(_))), "{taken:?}");
    pass(secs(1)).await;
    a.stop();
    pass(ms(1)).await;
    let taken = system.spawn("a", stage.factory(&part("a"))).await;
    assert!(matches!(taken, Err(SpawnError::NameTaken(_))), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_free_once_the_end_is_told() {
    let (system, stage) = (System::new("names"), Stage::default());
    let mut last = None;
    for round in 0..500 {
        let a = stage.enter(&system, &part("a")).await;
        match round % 3 {
            0 => a.stop(),
            1 => a.kill(),
            _ => a.try_tell(Act::Finish).expect("room"),
        }
        a.terminated().await;
        assert!(
            last.replace(a.id()) < Some(a.id()),
            "later actors have larger ids"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_names_of_children_are_free_when_their_parent_starts_again() {
    let strategy = one_for_one().intensity(10_000, secs(1));
    let system = System::builder("names")
        .supervision(strategy.clone())
        .build();
    let stage = Stage::default();
    let boss = ["a", "b", "c", "d", "e", "f"]
        .into_iter()
        .fold(part("boss").strategy(strategy), |boss, name| {
            boss.child(part(name))
        });
    let boss = stage.enter(&system, &boss).await;
    for round in 1..60 {
        for name in ["a", "c", "e"] {
            let _ = stage.of(name).try_tell(Act::Fail);
        }
        boss.tell(Act::Fail).await.expect("room");
        let instance = boss.ask(Act::Instance).await.expect("it answers");
        assert_eq!(instance, round + 1, "each start went well");
    }
    system.shutdown().await.expect("an orderly end");
}
