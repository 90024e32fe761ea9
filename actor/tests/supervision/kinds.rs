//! Every kind of child under every strategy, for every way to end.

use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, Strategy};

use crate::stage::*;

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Err,
    Panic,
    Itself,
    Stop,
    Kill,
}

/// Ends the middle one of three children, and says who is which instance afterwards.
async fn after(strategy: Strategy, kind: ChildKind, end: End) -> [Option<u32>; 3] {
    let (system, stage) = (System::new("kinds"), Stage::default());
    let boss = part("boss")
        .strategy(strategy)
        .child(part("a"))
        .child(part("b").kind(kind))
        .child(part("c"));
    stage.enter(&system, &boss).await;
    match end {
        End::Err => stage.tell("b", Act::Fail),
        End::Panic => stage.tell("b", Act::Panic),
        End::Itself => stage.tell("b", Act::Finish),
        End::Stop => stage.of("b").stop(),
        End::Kill => stage.of("b").kill(),
    }
    pass(secs(1)).await;
    let mut instances = [None; 3];
    for (instance, name) in instances.iter_mut().zip(["a", "b", "c"]) {
        match stage.of(name).ask(Act::Instance).await {
            Ok(number) => *instance = Some(number),
            Err(error) => assert!(matches!(error, AskError::Stopped), "{name}: {error}"),
        }
    }
    assert_eq!(stage.instance("boss").await, 1, "the supervisor stays");
    system.shutdown().await.expect("an orderly end");
    instances
}

const ENDS: [End; 5] = [End::Err, End::Panic, End::Itself, End::Stop, End::Kill];

async fn check(strategy: fn() -> Strategy, restarted: [u32; 3]) {
    for end in ENDS {
        for kind in [
            ChildKind::Permanent,
            ChildKind::Transient,
            ChildKind::Temporary,
        ] {
            let failed = matches!(end, End::Err | End::Panic);
            let comes_back = match kind {
                ChildKind::Permanent => failed || end == End::Itself,
                ChildKind::Transient => failed,
                ChildKind::Temporary => false,
            };
            let expected = if comes_back {
                restarted.map(Some)
            } else {
                [Some(1), None, Some(1)]
            };
            let found = after(strategy(), kind, end).await;
            assert_eq!(found, expected, "{kind:?} child, {end:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_for_one_restarts_the_child_alone() {
    check(one_for_one, [1, 2, 1]).await;
}

#[tokio::test(start_paused = true)]
async fn one_for_all_restarts_every_child() {
    check(one_for_all, [2, 2, 2]).await;
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_restarts_the_child_and_later_ones() {
    check(rest_for_one, [1, 2, 2]).await;
}

#[tokio::test(start_paused = true)]
async fn a_temporary_sibling_is_stopped_by_a_group_restart_for_good() {
    let (system, stage) = (System::new("kinds"), Stage::default());
    let boss = part("boss")
        .strategy(one_for_all())
        .child(part("a"))
        .child(part("b").kind(ChildKind::Temporary))
        .child(part("c"));
    stage.enter(&system, &boss).await;
    stage.tell("a", Act::Fail);
    pass(secs(1)).await;
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.instance("c").await, 2);
    let reason = stage.of("b").terminated().await;
    assert!(matches!(reason, StopReason::Stopped), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_permanent_child_that_ends_itself_while_it_starts_is_started_again_at_once() {
    struct Brief(u32, Stage);
    impl Actor for Brief {
        type Msg = Reply<u32>;
        async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
            if self.0 == 1 {
                ctx.stop();
            }
            Ok(())
        }
        async fn handle(&mut self, reply: Reply<u32>, _: &mut Context<Self>) -> ActorResult {
            reply.send(self.0);
            Ok(())
        }
        async fn stopped(&mut self, reason: StopReason, _: &mut Context<Self>) {
            self.1.log(format!("{} {reason}", self.0));
        }
    }
    let (system, stage) = (System::new("kinds"), Stage::default());
    let (mut instance, log) = (0, stage.clone());
    let factory = move || {
        instance += 1;
        Brief(instance, log.clone())
    };
    let brief = system.spawn("brief", factory).kind(ChildKind::Permanent);
    let brief = brief.await.expect("it starts");
    pass(secs(1)).await;
    assert_eq!(
        stage.take(),
        ["1 finished"],
        "without waiting for a message"
    );
    assert_eq!(brief.ask(|reply| reply).await.expect("it answers"), 2);
}
