//! Actors on threads of their own: the whole life, and what their hooks may do.
//!
//! The clock is real here, since a paused one does not wait for threads. All that is waited for is
//! an event; the bound is for a test that fails.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::Strategy;
use greenroom_resilience::backoff::Backoff;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Instant;

use crate::stage::*;

const BOUND: Duration = Duration::from_secs(20);

/// A runtime whose workers go on while the test blocks.
fn workers() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(2).enable_all();
    builder.build().expect("a runtime")
}

/// A system in which one that blocks is soon given up on.
fn hasty() -> System {
    let builder = System::builder("hasty").stop_grace(ms(20));
    builder.kill_grace(ms(20)).build()
}

async fn enter(system: &System, stage: &Stage, part: &Part) -> ActorRef<Act> {
    let spawn = system.spawn_blocking_actor(part.name, stage.factory(part));
    spawn.await.expect("it starts")
}

/// A handler that blocks its thread until the sender is dropped, and says when it begins.
fn block() -> (Act, Receiver<()>, Sender<()>) {
    let ((begins, begun), (hold, held)) = (channel(), channel::<()>());
    let act = play(move |_| {
        begins.send(()).expect("the test waits");
        assert!(held.recv().is_err(), "nothing is sent");
        Box::pin(async { Ok(()) })
    });
    (act, begun, hold)
}

/// Blocks the test until a line stands in the log.
fn wait_for(stage: &Stage, line: &str) {
    let began = Instant::now();
    while stage.count(line) == 0 {
        assert!(began.elapsed() < BOUND, "no `{line}`: {:?}", stage.take());
        thread::yield_now();
    }
}

/// Says on which thread each hook runs.
struct Where(Sender<(&'static str, thread::Thread)>);

impl Where {
    fn say(&self, hook: &'static str) {
        self.0.send((hook, thread::current())).expect("it is read");
    }
}

impl Actor for Where {
    type Msg = ();

    async fn started(&mut self, _: &mut Context<Self>) -> ActorResult {
        self.say("started");
        Ok(())
    }

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> ActorResult {
        tokio::task::yield_now().await;
        self.say("handle");
        Err(Failure::message("told to"))
    }

    async fn stopped(&mut self, _: StopReason, _: &mut Context<Self>) {
        self.say("stopped");
    }
}

#[test]
fn all_hooks_of_all_instances_run_on_one_thread_that_bears_its_name() {
    let (runtime, system, (says, said)) = (workers(), System::new("blocking"), channel());
    let spawn = async {
        system
            .spawn_blocking_actor("clerk", move || Where(says.clone()))
            .await
    };
    let clerk = runtime.block_on(spawn).expect("it starts");
    clerk.blocking_tell(()).expect("room");
    let mut lines: Vec<_> = (0..4)
        .map(|_| said.recv_timeout(BOUND).expect("it comes"))
        .collect();
    clerk.stop();
    lines.extend(said.iter());
    let hooks: Vec<_> = lines.iter().map(|(hook, _)| *hook).collect();
    assert_eq!(
        hooks,
        ["started", "handle", "stopped", "started", "stopped"]
    );
    assert!(
        lines
            .iter()
            .all(|(_, thread)| thread.name() == Some("clerk"))
    );
    assert!(
        lines
            .iter()
            .all(|(_, thread)| thread.id() == lines[0].1.id())
    );
}

#[tokio::test]
async fn a_handler_that_blocks_holds_up_nobody_even_on_a_single_worker() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let blocker = enter(&system, &stage, &part("blocker")).await;
    let other = stage.enter(&system, &part("other")).await;
    let (act, _begun, hold) = block();
    blocker.tell(act).await.expect("room");
    blocker.tell(Act::Note(1)).await.expect("room");
    assert_eq!(other.ask(Act::Instance).await.ok(), Some(1));
    assert_eq!(stage.count("blocker 1"), 0);
    drop(hold);
    assert_eq!(blocker.ask(Act::Instance).await.ok(), Some(1));
    assert_eq!(stage.count("blocker 1"), 1);
    system.shutdown().await.expect("an orderly end");
}

#[test]
fn a_failure_starts_a_new_instance_and_keeps_what_is_queued() {
    for fail in [|| Act::Fail, || Act::Panic] {
        let (runtime, stage) = (workers(), Stage::default());
        let system = System::builder("blocking")
            .supervision(one_for_one())
            .build();
        let a = runtime.block_on(enter(&system, &stage, &part("a")));
        let (act, begun, hold) = block();
        a.blocking_tell(act).expect("room");
        begun.recv_timeout(BOUND).expect("it begins");
        a.blocking_tell(fail()).expect("room");
        a.blocking_tell(Act::Note(1)).expect("room");
        drop(hold);
        assert_eq!(a.blocking_ask(Act::Instance).ok(), Some(2));
        assert_eq!(stage.count("a 1"), 1);
        assert_eq!(system.dead_letter_counts().failed, 1);
        let failing = |reply: Reply<u8>| play(move |_| panic!("with {reply:?}"));
        let asked = a.blocking_ask(failing);
        assert!(matches!(asked, Err(AskError::Failed(_))), "{asked:?}");
        runtime.block_on(system.shutdown()).expect("an orderly end");
    }
}

#[test]
fn a_first_start_that_fails_ends_the_thread() {
    let (runtime, system, stage) = (workers(), System::new("blocking"), Stage::default());
    let a = part("a").starts(&[Start::Fails, Start::FactoryPanics]);
    for _ in 0..2 {
        let spawn = async { system.spawn_blocking_actor("a", stage.factory(&a)).await };
        let error = runtime.block_on(spawn).expect_err("a bad start");
        assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    }
    runtime.block_on(enter(&system, &stage, &a));
}

#[test]
fn a_stop_waits_for_what_is_queued() {
    let (runtime, system, stage) = (workers(), System::new("blocking"), Stage::default());
    let a = runtime.block_on(enter(&system, &stage, &part("a")));
    let (act, begun, hold) = block();
    a.blocking_tell(act).expect("room");
    a.blocking_tell(Act::Note(1)).expect("room");
    begun.recv_timeout(BOUND).expect("it begins");
    a.stop();
    assert!(matches!(
        a.try_tell(Act::Note(2)),
        Err(TrySendError::Stopped(_))
    ));
    drop(hold);
    let reason = runtime.block_on(a.terminated());
    assert!(matches!(reason, StopReason::Stopped), "{reason}");
    let lines = stage.take_of(&["1", "2", "ended", "dropped"]);
    assert_eq!(lines, ["a 1", "a ended", "a dropped"]);
}

#[test]
fn a_kill_drops_a_handler_that_awaits() {
    let (runtime, system, stage) = (workers(), System::new("blocking"), Stage::default());
    let a = runtime.block_on(enter(&system, &stage, &part("a")));
    a.blocking_tell(Act::Work(secs(600))).expect("room");
    wait_for(&stage, "a works");
    a.kill();
    let reason = runtime.block_on(a.terminated());
    assert!(matches!(reason, StopReason::Killed), "{reason}");
    wait_for(&stage, "a dropped");
    assert_eq!(stage.count("a worked"), 0);
}

#[test]
fn one_that_blocks_for_too_long_is_given_up_and_its_thread_ends_later() {
    for kill in [false, true] {
        let (runtime, system, stage) = (workers(), hasty(), Stage::default());
        let a = runtime.block_on(enter(&system, &stage, &part("a")));
        let (act, begun, hold) = block();
        a.blocking_tell(act).expect("room");
        a.blocking_tell(Act::Note(1)).expect("room");
        begun.recv_timeout(BOUND).expect("it begins");
        if kill {
            a.kill();
        } else {
            a.stop();
        }
        let reason = runtime.block_on(a.terminated());
        assert!(matches!(reason, StopReason::Abandoned), "{reason}");
        let error = runtime.block_on(system.shutdown()).expect_err("one blocks");
        assert!(error.to_string().contains("/user/a"), "{error}");
        drop(hold);
        wait_for(&stage, "a dropped");
        assert_eq!(stage.count("a 1"), 0, "nothing more is handled");
    }
}

#[test]
fn an_idle_one_ends_with_its_runtime() {
    let (runtime, system, stage) = (workers(), System::new("blocking"), Stage::default());
    let a = runtime.block_on(enter(&system, &stage, &part("a")));
    drop(runtime);
    wait_for(&stage, "a dropped");
    assert!(a.is_stopped());
    assert!(matches!(
        a.blocking_ask(Act::Instance),
        Err(AskError::Stopped)
    ));
    let reason = workers().block_on(a.terminated());
    assert!(matches!(reason, StopReason::Killed), "{reason}");
}

#[test]
fn one_that_waits_for_its_restart_ends_with_its_runtime() {
    let long = Backoff::exponential(secs(600)..=secs(600));
    let strategy = Strategy::one_for_one().backoff(long);
    let (runtime, stage) = (workers(), Stage::default());
    let system = System::builder("blocking").supervision(strategy).build();
    let a = runtime.block_on(enter(&system, &stage, &part("a")));
    a.blocking_tell(Act::Fail).expect("room");
    wait_for(&stage, "a dropped");
    drop(runtime);
    let reason = workers().block_on(a.terminated());
    assert!(matches!(reason, StopReason::Killed), "{reason}");
    assert_eq!(stage.count("a starts"), 1);
}

#[test]
fn one_that_blocks_while_its_runtime_is_dropped_ends_after_its_handler() {
    let (runtime, system, stage) = (workers(), System::new("blocking"), Stage::default());
    let a = runtime.block_on(enter(&system, &stage, &part("a")));
    let (act, begun, hold) = block();
    a.blocking_tell(act).expect("room");
    a.blocking_tell(Act::Note(1)).expect("room");
    begun.recv_timeout(BOUND).expect("it begins");
    drop(runtime);
    drop(hold);
    wait_for(&stage, "a dropped");
    assert_eq!(stage.count("a 1"), 0, "nothing more is handled");
    assert_eq!(system.dead_letter_counts().stopped, 1);
}

/// Runs a check in a handler, whose result is the answer.
fn check<F>(check: F) -> impl FnOnce(Reply<bool>) -> Act
where
    F: FnOnce(&mut Context<Player>) -> bool + Send + 'static,
{
    move |reply| {
        play(move |ctx| {
            reply.send(check(ctx));
            Box::pin(async { Ok(()) })
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_verbs_work_in_its_hooks() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let a = enter(&system, &stage, &part("a")).await;
    let other = stage.enter(&system, &part("other")).await;
    let asked = a.ask(check(move |_| {
        other.blocking_tell(Act::Note(1)).is_ok()
            && matches!(other.blocking_ask(Act::Instance), Ok(1))
            && Handle::current().block_on(async { other.ask(Act::Instance).await.is_ok() })
            && Handle::current()
                .block_on(tokio::spawn(async { true }))
                .is_ok()
    }));
    assert_eq!(asked.await.ok(), Some(true));
    assert_eq!(stage.count("other 1"), 1);
    // To itself there is no waiting for room either.
    let spawn = system.spawn_blocking_actor("b", stage.factory(&part("b")));
    let b = spawn.mailbox(|m| m.capacity(1)).await.expect("it starts");
    let asked = b.ask(check(|ctx| {
        let me = ctx.myself();
        let told: Vec<_> = (0..1_000).map(|n| me.blocking_tell(Act::Note(n))).collect();
        matches!(told.last(), Some(Err(SendError::SelfFull(_))))
    }));
    assert_eq!(asked.await.ok(), Some(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_hooks_may_await_spawn_and_set_timers_as_all_others() {
    let (system, stage) = (System::new("blocking"), Stage::default());
    let a = enter(&system, &stage, &part("a").child(part("child"))).await;
    let child = stage.of("child");
    let asked = a.ask(move |reply: Reply<u32>| {
        play(move |ctx| {
            Box::pin(async move {
                ctx.set_timer("t", ms(1), Act::Note(1))?;
                ctx.pipe_to_self(async { 2 }, |done| Act::Note(done.unwrap_or(0)))?;
                tokio::time::sleep(ms(1)).await;
                reply.send(child.ask(Act::Instance).await?);
                Ok(())
            })
        })
    });
    assert_eq!(asked.await.ok(), Some(1));
    let stage = tokio::task::spawn_blocking(move || {
        wait_for(&stage, "a 1");
        wait_for(&stage, "a 2");
        stage
    });
    let stage = stage.await.expect("no panic");
    system.shutdown().await.expect("an orderly end");
    assert_eq!(stage.take_of(&["ended"]), ["child ended", "a ended"]);
}

/// Has a blocking child.
struct Boss(Stage);

impl Actor for Boss {
    type Msg = Act;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        let child = self.0.factory(&part("child"));
        ctx.spawn_blocking_actor("child", child).await?;
        Ok(())
    }

    async fn handle(&mut self, _: Act, _: &mut Context<Self>) -> ActorResult {
        Err(Failure::message("told to"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_with_the_instance_of_its_parent() {
    let stage = Stage::default();
    let system = System::builder("blocking")
        .supervision(one_for_one())
        .build();
    let of_boss = stage.clone();
    let spawn = system.spawn("boss", move || Boss(of_boss.clone()));
    let boss = spawn.await.expect("it starts");
    boss.tell(Act::Fail).await.expect("room");
    boss.stop();
    boss.terminated().await;
    let lines = stage.take_of(&["starts", "dropped"]);
    let life = ["child starts", "child dropped"];
    assert!(lines.len() >= life.len());
    assert_eq!(lines, life.repeat(lines.len() / 2));
}
