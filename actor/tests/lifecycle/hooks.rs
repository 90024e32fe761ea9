//! Which hooks run when, and what happens when they go wrong.

use std::time::Duration;

use greenroom::prelude::*;
use tokio::time::Instant;

use crate::stage::*;

type End = fn(&ActorRef<Act>);

#[tokio::test(start_paused = true)]
async fn stopped_runs_after_stop_and_errors_not_after_panic_or_kill() {
    let cases: [(&str, End, &[&str]); 5] = [
        ("stop", |a| a.stop(), &["a ends, stopped"]),
        (
            "itself",
            |a| a.try_tell(Act::Finish).expect("room"),
            &["a ends, finished"],
        ),
        (
            "err",
            |a| a.try_tell(Act::Fail).expect("room"),
            &["a ends, failed: told to"],
        ),
        ("panic", |a| a.try_tell(Act::Panic).expect("room"), &[]),
        ("kill", |a| a.kill(), &[]),
    ];
    for (what, end, expected) in cases {
        let (system, stage) = (System::new("hooks"), Stage::default());
        let a = stage.enter(&system, &part("a")).await;
        end(&a);
        pass(ms(5)).await;
        let mut lines = stage.take();
        assert_eq!(
            lines.pop().as_deref(),
            Some("a dropped"),
            "{what}: the instance is gone"
        );
        lines.retain(|line| line.starts_with("a ends"));
        assert_eq!(lines, expected, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_is_not_stopped_whether_first_or_later() {
    let (system, stage) = (System::new("hooks"), Stage::default());
    stage
        .enter(&system, &part("a").starts(&[Start::Well, Start::Fails]))
        .await;
    stage.tell("a", Act::Panic);
    assert_eq!(stage.instance("a").await, 3);
    assert_eq!(
        stage.take_of(&["ended", "dropped"]),
        ["a dropped", "a dropped"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stopped_hook_that_hangs_has_the_stop_grace_and_no_more() {
    for fails in [false, true] {
        let (system, stage) = (System::new("hooks"), Stage::default());
        let a = part("a").stops_in(secs(3_600)).grace(secs(2));
        let a = stage.enter(&system, &a).await;
        let began = Instant::now();
        if fails {
            stage.tell("a", Act::Fail);
            assert_eq!(stage.instance("a").await, 2);
        } else {
            a.stop();
            a.terminated().await;
        }
        let took = began.elapsed();
        assert!(took >= secs(2) && took < ms(2_100), "{took:?}");
        assert_eq!(stage.count("a ended"), 0);
        system
            .shutdown()
            .await
            .expect("it was cut short, not abandoned");
    }
}

/// Panics wherever it is told to.
struct Brittle {
    instance: u32,
    breaks_in: &'static str,
    _drop: Drops,
}

struct Drops(bool);

impl Drop for Drops {
    fn drop(&mut self) {
        assert!(!self.0, "a broken drop");
    }
}

enum Break {
    Now,
    Err,
    Work,
    Instance(Reply<u32>),
}

impl Actor for Brittle {
    type Msg = Break;

    async fn handle(&mut self, message: Break, _: &mut Context<Self>) -> ActorResult {
        match message {
            Break::Now => panic!("told to"),
            Break::Err => Err(Failure::message("told to")),
            Break::Work => {
                let _drops = Drops(self.breaks_in == "handler");
                std::future::pending().await
            }
            Break::Instance(reply) => {
                reply.send(self.instance);
                Ok(())
            }
        }
    }

    async fn stopped(&mut self, _: StopReason, _: &mut Context<Self>) {
        assert!(self.breaks_in != "stopped", "a broken stopped");
    }

    fn describe(message: &Break) -> &'static str {
        match message {
            Break::Now => panic!("a broken describe"),
            _ => "Break",
        }
    }
}

async fn brittle(system: &System, breaks_in: &'static str) -> ActorRef<Break> {
    let mut instance = 0;
    let factory = move || {
        instance += 1;
        Brittle {
            instance,
            breaks_in,
            _drop: Drops(breaks_in == "drop"),
        }
    };
    system.spawn("brittle", factory).await.expect("it starts")
}

#[tokio::test(start_paused = true)]
async fn panics_in_stopped_and_drop_stop_neither_a_restart_nor_an_end() {
    for breaks_in in ["stopped", "drop", "handler"] {
        let system = System::new("hooks");
        let a = brittle(&system, breaks_in).await;
        a.tell(Break::Err).await.expect("room");
        let instance = a.ask(Break::Instance).await.expect("it is restarted");
        assert_eq!(instance, 2, "{breaks_in}");
        a.tell(Break::Work).await.expect("room");
        pass(Duration::from_millis(1)).await;
        if breaks_in == "stopped" {
            a.stop();
        } else {
            a.kill();
        }
        let reason = a.terminated().await;
        assert!(
            matches!(reason, StopReason::Killed),
            "{breaks_in}: {reason}"
        );
        system.shutdown().await.expect("an orderly end");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_describe_is_a_failure_and_its_message_is_counted() {
    let system = System::new("hooks");
    let a = brittle(&system, "nothing").await;
    a.tell(Break::Now).await.expect("room");
    assert_eq!(a.ask(Break::Instance).await.expect("it is restarted"), 2);
    assert_eq!(system.dead_letter_counts().failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_signal_hook_is_a_failure() {
    struct Nervous(u32);
    impl Actor for Nervous {
        type Msg = Reply<u32>;
        async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
            if self.0 == 1 {
                let stage = Stage::default();
                let child = ctx.spawn("child", stage.factory(&part("child"))).await?;
                ctx.watch(&child);
                child.kill();
            }
            Ok(())
        }
        async fn handle(&mut self, reply: Reply<u32>, _: &mut Context<Self>) -> ActorResult {
            reply.send(self.0);
            Ok(())
        }
        async fn signal(&mut self, _: Signal, _: &mut Context<Self>) -> ActorResult {
            panic!("nerves")
        }
    }
    let system = System::new("hooks");
    let mut instance = 0;
    let factory = move || {
        instance += 1;
        Nervous(instance)
    };
    let nervous = system.spawn("nervous", factory).await.expect("it starts");
    pass(secs(1)).await;
    let instance = nervous.ask(|reply| reply).await.expect("it is restarted");
    assert_eq!(
        instance, 3,
        "for the child of the instance, and for the watch of the actor"
    );
}
