//! Children belong to an instance of their parent.

use greenroom::prelude::*;

use crate::stage::*;

#[tokio::test(start_paused = true)]
async fn a_killed_parent_ends_its_children_first() {
    let (system, stage) = (System::new("children"), Stage::default());
    let boss = part("boss")
        .child(part("a").child(part("deep")))
        .child(part("b"));
    let boss = stage.enter(&system, &boss).await;
    boss.kill();
    boss.terminated().await;
    let ends = stage.take_of(&["dropped"]);
    assert_eq!(
        ends,
        ["b dropped", "deep dropped", "a dropped", "boss dropped"]
    );
    for name in ["a", "b", "deep"] {
        assert!(stage.of(name).is_stopped());
    }
}

#[tokio::test(start_paused = true)]
async fn a_panicking_parent_ends_its_children_before_it_starts_again() {
    let (system, stage) = (System::new("children"), Stage::default());
    let boss = part("boss").child(part("a").stops_in(secs(2)));
    stage.enter(&system, &boss).await;
    let first = stage.of("a");
    stage.take();
    stage.tell("boss", Act::Panic);
    pass(secs(4)).await;
    let lines = stage.take_of(&["ended", "dropped", "starts"]);
    let expected = [
        "a ended",
        "a dropped",
        "boss dropped",
        "boss starts",
        "a starts",
    ];
    assert_eq!(lines, expected);
    assert_ne!(stage.of("a"), first);
}

/// Spawns a child in its `stopped` hook.
struct Late(Stage, Option<Part>);

impl Actor for Late {
    type Msg = Act;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        if let Some(early) = &self.1 {
            ctx.spawn(early.name, self.0.factory(early)).await?;
        }
        Ok(())
    }

    async fn handle(&mut self, _: Act, _: &mut Context<Self>) -> ActorResult {
        Err(Failure::message("told to"))
    }

    async fn stopped(&mut self, _: StopReason, ctx: &mut Context<Self>) {
        let spawned = ctx.spawn("late", self.0.factory(&part("late"))).await;
        self.0.log(match spawned {
            Err(SpawnError::ShuttingDown) => "refused".to_owned(),
            other => format!("{other:?}"),
        });
    }
}

#[tokio::test(start_paused = true)]
async fn an_ending_instance_gets_no_more_children() {
    for early in [None, Some(part("early"))] {
        let (system, stage) = (System::new("children"), Stage::default());
        let log = stage.clone();
        let factory = move || Late(log.clone(), early.clone());
        let late = system.spawn("parent", factory).await.expect("it starts");
        late.tell(Act::Fail).await.expect("room");
        pass(secs(1)).await;
        late.stop();
        late.terminated().await;
        let mut lines = stage.take();
        lines.retain(|line| !line.starts_with("early"));
        assert_eq!(
            lines,
            ["refused", "refused"],
            "at the restart and at the end"
        );
        system.shutdown().await.expect("an orderly end");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_left_of_those_spawned_while_the_system_shuts_down() {
    for _ in 0..200 {
        let (system, stage) = (System::new("children"), Stage::default());
        let spawner = {
            let (system, stage) = (system.clone(), stage.clone());
            tokio::spawn(async move {
                let mut spawned = Vec::new();
                for number in 0.. {
                    let name = format!("n{number}");
                    match system.spawn(name, stage.factory(&part("n"))).await {
                        Ok(one) => spawned.push(one),
                        Err(SpawnError::Ended) => {}
                        Err(SpawnError::ShuttingDown) => break,
                        Err(other) => panic!("{other}"),
                    }
                }
                spawned
            })
        };
        tokio::task::yield_now().await;
        system.shutdown().await.expect("an orderly end");
        for one in spawner.await.expect("no panic") {
            assert!(one.is_stopped(), "{one:?} outlived its system");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_escalated_parent_is_stopped_orderly_even_for_a_panic_of_its_child() {
    let (system, stage) = (System::new("children"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_one().intensity(0, secs(1)))
        .child(part("a"));
    stage.enter(&system, &boss).await;
    stage.tell("a", Act::Panic);
    pass(secs(1)).await;
    assert_eq!(stage.instance("boss").await, 2);
    assert_eq!(
        stage.take_of(&["ended"]),
        ["boss ended"],
        "its own state is sound"
    );
}
