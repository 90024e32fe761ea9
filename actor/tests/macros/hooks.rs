//! Hooks under their attributes, with what they ask for.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::Strategy;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Log = UnboundedSender<String>;

struct Parent {
    log: Log,
}

#[actor]
impl Parent {
    #[started]
    async fn open(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.note(format!("started {}", ctx.path()));
        let log = self.log.clone();
        let child = ctx
            .spawn("child", move || Child { log: log.clone() })
            .await?;
        ctx.watch(&child);
        child.stop();
        Ok(())
    }

    // The name may be the hook's own, and the order is free.
    #[signal]
    async fn signal(&mut self, _ctx: &mut Context<Self>, signal: Signal) {
        if let Signal::Terminated(terminated) = signal {
            self.note(format!("{} {}", terminated.path, terminated.reason));
        }
    }

    #[stopped]
    fn close(&mut self, reason: StopReason) {
        self.note(format!("stopped: {reason}"));
    }

    #[supervision]
    fn strategy() -> Strategy {
        Strategy::default()
    }

    fn note(&self, text: String) {
        self.log.send(text).expect("the test listens");
    }
}

struct Child {
    log: Log,
}

#[actor]
impl Child {
    #[started]
    fn open(&mut self) {
        self.log
            .send("child started".to_owned())
            .expect("the test listens");
    }

    #[stopped]
    async fn close(&mut self) {
        self.log
            .send("child stopped".to_owned())
            .expect("the test listens");
    }
}

async fn line(lines: &mut UnboundedReceiver<String>) -> String {
    let line = tokio::time::timeout(Duration::from_secs(1), lines.recv()).await;
    line.expect("a hook did not run")
        .expect("the actor has ended")
}

#[tokio::test(start_paused = true)]
async fn hooks_run_when_their_attributes_say() {
    let (log, mut lines) = unbounded_channel();
    let system = System::new("hooks");
    let parent = system
        .spawn("parent", move || Parent { log: log.clone() })
        .await
        .unwrap();
    assert_eq!(line(&mut lines).await, "started /user/parent");
    assert_eq!(line(&mut lines).await, "child started");
    assert_eq!(line(&mut lines).await, "child stopped");
    assert_eq!(line(&mut lines).await, "/user/parent/child stopped");
    parent.stop();
    assert_eq!(line(&mut lines).await, "stopped: stopped");
}

struct Refusing;

#[actor]
impl Refusing {
    #[started]
    fn open(&mut self) -> ActorResult {
        Err(Failure::message("no room"))
    }
}

#[tokio::test]
async fn failing_start_is_told_to_who_spawns() {
    let refused = System::new("hooks")
        .spawn("refusing", || Refusing)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("no room"), "{refused}");
}

struct Counting;

#[actor]
impl Counting {
    #[supervision]
    fn supervision() -> Strategy {
        Strategy::one_for_all()
    }
}

#[test]
fn strategy_is_the_actors_own() {
    let (own, default) = (<Counting as Actor>::supervision(), Strategy::default());
    assert_ne!(format!("{own:?}"), format!("{default:?}"));
}
