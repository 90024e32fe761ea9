//! What a family lets go of is dropped outside its lock: errors of failures, cells of children.

use std::fmt;
use std::sync::{Arc, OnceLock, mpsc};

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};
use parking_lot::Mutex;

use crate::stage::*;

/// Looks, when it is dropped, whether another thread can look at every family of the system.
struct Witness {
    system: System,
    verdicts: Verdicts,
}

type Verdicts = Arc<Mutex<Vec<bool>>>;

impl Drop for Witness {
    fn drop(&mut self) {
        let (system, (sender, looked)) = (self.system.clone(), mpsc::channel());
        std::thread::spawn(move || {
            let _ = sender.send(system.inspect().actors.len());
        });
        // Only where it fails is this waited for.
        let free = looked.recv_timeout(secs(5)).is_ok();
        self.verdicts.lock().push(free);
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a witness")
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a witness")
    }
}

impl std::error::Error for Witness {}

#[derive(Clone)]
struct Scene {
    system: System,
    stage: Stage,
    verdicts: Verdicts,
}

impl Scene {
    fn new() -> Self {
        Self {
            system: System::new("unlocked"),
            stage: Stage::default(),
            verdicts: Verdicts::default(),
        }
    }

    async fn of(parent: Part) -> Self {
        let scene = Self::new();
        scene.stage.enter(&scene.system, &parent).await;
        scene
    }

    fn witness(&self) -> Witness {
        Witness {
            system: self.system.clone(),
            verdicts: Arc::clone(&self.verdicts),
        }
    }

    /// Makes a player fail with a witness.
    fn fail(&self, name: &str) {
        let witness = self.witness();
        let script = play(move |_| Box::pin(async { Err(witness.into()) }));
        self.stage.tell(name, script);
    }

    /// Makes a player fail with a witness and end before it hears from its parent, so that nobody
    /// but the parent has the failure.
    fn fail_for_good(&self, name: &str) {
        let witness = self.witness();
        let script = play(move |ctx| {
            ctx.myself().kill();
            Box::pin(async { Err(witness.into()) })
        });
        self.stage.tell(name, script);
    }

    /// Shuts down, and says of how many witnesses it was seen that no family was locked.
    async fn count(self) -> usize {
        // Failures of the parent that nobody above handles may have stopped it all.
        drop(self.system.shutdown().await);
        let verdicts = self.verdicts.lock();
        let locked = verdicts.iter().filter(|free| !**free).count();
        assert_eq!(locked, 0, "dropped under a lock, of {}", verdicts.len());
        verdicts.len()
    }
}

fn parent() -> Part {
    part("p").child(part("a")).child(part("b")).child(part("c"))
}

#[tokio::test(start_paused = true)]
async fn failures_counted_together_are_dropped_unlocked() {
    let scene = Scene::of(parent()).await;
    scene.stage.tell("p", Act::Work(secs(3)));
    pass(ms(1)).await;
    for _ in 0..3 {
        scene.fail("a");
        pass(ms(500)).await;
    }
    assert_eq!(
        scene.verdicts.lock().len(),
        2,
        "the hook is told of the last"
    );
    assert_eq!(scene.count().await, 3);
}

#[tokio::test(start_paused = true)]
async fn signals_beyond_the_bound_are_dropped_unlocked() {
    let strategy = one_for_one().on_failure(|_| OnFailure::Stop);
    let scene = Scene::of(part("p").strategy(strategy)).await;
    // More children than signals are kept, which all end while the hook can't be told.
    let (of, children, witnesses) = (scene.clone(), 1_024 + 10, 20);
    let ends = play(move |ctx| {
        Box::pin(async move {
            for number in 0..children {
                let child = part("child");
                let child = ctx.spawn(format!("child-{number}"), of.stage.factory(&child));
                let witness = (number < witnesses).then(|| of.witness());
                let fail = play(move |_| {
                    Box::pin(async {
                        match witness {
                            Some(witness) => Err(witness.into()),
                            None => Err(Failure::message("told to")),
                        }
                    })
                });
                child.await?.try_tell(fail).expect("it has room");
            }
            pass(secs(10)).await;
            Ok(())
        })
    });
    scene.stage.tell("p", ends);
    pass(secs(5)).await;
    assert_eq!(scene.verdicts.lock().len(), 10);
    pass(secs(10)).await;
    assert_eq!(scene.count().await, witnesses);
}

#[tokio::test(start_paused = true)]
async fn signals_that_an_ending_instance_was_not_told_are_dropped_unlocked() {
    for panics in [false, true] {
        let scene = Scene::of(parent()).await;
        let end = play(move |_| {
            Box::pin(async move {
                pass(secs(1)).await;
                assert!(!panics, "told to");
                Err(Failure::message("told to"))
            })
        });
        scene.stage.tell("p", end);
        pass(ms(1)).await;
        scene.fail("a");
        pass(ms(500)).await;
        assert_eq!(scene.verdicts.lock().len(), 0, "it waits to be told");
        pass(secs(1)).await;
        assert_eq!(scene.verdicts.lock().len(), 1);
        assert_eq!(scene.stage.instance("p").await, 2);
        assert_eq!(scene.count().await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn ends_told_to_an_ending_parent_are_dropped_unlocked() {
    let scene = Scene::of(part("p").child(part("a"))).await;
    let of = scene.clone();
    let grow = play(move |ctx| {
        Box::pin(async move {
            let child = ctx.spawn("b", of.stage.factory(&part("b"))).await?;
            let witness = of.witness();
            let fail = play(move |_| {
                Box::pin(async {
                    pass(secs(1)).await;
                    Err(witness.into())
                })
            });
            child.try_tell(fail).expect("it has room");
            panic!("told to")
        })
    });
    scene.stage.tell("p", grow);
    pass(secs(2)).await;
    assert_eq!(scene.stage.instance("p").await, 2);
    assert_eq!(scene.count().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_escalation_drops_the_first_unlocked() {
    let strategy = Strategy::one_for_one().on_failure(|_| OnFailure::Escalate);
    let children = part("p").child(part("a")).child(part("b"));
    let scene = Scene::of(children.strategy(strategy)).await;
    scene.stage.tell("p", Act::Work(secs(1)));
    pass(ms(1)).await;
    scene.fail("a");
    pass(ms(1)).await;
    scene.stage.of("a").kill();
    pass(ms(1)).await;
    scene.fail("b");
    pass(secs(2)).await;
    assert_eq!(scene.stage.instance("p").await, 2);
    assert_eq!(scene.count().await, 2);
}

#[tokio::test(start_paused = true)]
async fn failures_that_a_group_restart_makes_moot_are_dropped_unlocked() {
    for strategy in [one_for_all(), rest_for_one()] {
        let scene = Scene::of(parent().strategy(strategy)).await;
        scene.fail("a");
        scene.fail_for_good("b");
        scene.fail("c");
        pass(secs(1)).await;
        assert_eq!(scene.stage.instance("c").await, 2);
        assert_eq!(scene.count().await, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_wait_for_a_group_are_dropped_unlocked_when_the_parent_ends() {
    let scene = Scene::of(parent().strategy(rest_for_one())).await;
    scene.stage.tell("c", Act::Work(secs(2)));
    pass(ms(1)).await;
    scene.fail("b");
    pass(ms(1)).await;
    scene.fail("a");
    pass(ms(1)).await;
    scene.stage.of("a").kill();
    pass(ms(1)).await;
    assert_eq!(scene.verdicts.lock().len(), 0, "it waits for its turn");
    scene.stage.tell("p", Act::Fail);
    pass(ms(1)).await;
    // The other one is why its child ended, which the child's reference knows still.
    assert_eq!(scene.count().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_member_that_leaves_a_group_restart_is_dropped_unlocked() {
    let scene = Scene::of(parent().strategy(one_for_all())).await;
    // A mailbox with a closure that owns a witness, which goes with the last reference.
    let (of, witness) = (scene.clone(), scene.witness());
    let grow = play(move |ctx| {
        Box::pin(async move {
            let closure = move |_: &Act| {
                let _ = &witness;
                0
            };
            let child = ctx.spawn("d", of.stage.factory(&part("d")));
            let child = child.mailbox(move |m| m.priority(2, closure)).await?;
            child.try_tell(Act::Work(secs(1))).expect("it has room");
            ctx.spawn_task(async move {
                pass(ms(500)).await;
                child.stop();
            })?;
            Ok(())
        })
    });
    scene.stage.tell("p", grow);
    pass(ms(100)).await;
    scene.fail("a");
    pass(secs(2)).await;
    assert_eq!(scene.stage.instance("a").await, 2);
    assert_eq!(scene.verdicts.lock().len(), 2, "nobody holds it any more");
    assert_eq!(scene.count().await, 2);
}

/// What a strategy has to look at: it is made without an instance, and without arguments.
static LOOKED_AT: OnceLock<Scene> = OnceLock::new();

struct Supervises;

impl Actor for Supervises {
    type Msg = ();

    fn supervision() -> Strategy {
        drop(LOOKED_AT.get().expect("it is set").witness());
        Strategy::one_for_one()
    }

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        let stage = &LOOKED_AT.get().expect("it is set").stage;
        ctx.spawn("child", stage.factory(&part("child"))).await?;
        Ok(())
    }

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> ActorResult {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_strategy_is_made_unlocked() {
    let scene = LOOKED_AT.get_or_init(Scene::new);
    let spawned = scene.system.spawn("supervises", || Supervises).await;
    spawned.expect("it starts");
    assert_eq!(scene.clone().count().await, 1);
}
