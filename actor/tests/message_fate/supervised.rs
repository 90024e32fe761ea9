//! Decisions that reach more than one actor: escalated failures resumed above, starts that fail.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, OnFailure, Strategy};

use crate::puppet::{Msg, Puppet, Stage, settle};

/// Spawns children that escalate every failure, and hands out their references.
struct Escalates {
    stage: Stage,
    children: Arc<Mutex<Vec<ActorRef<Msg>>>>,
}

impl Actor for Escalates {
    type Msg = Msg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        for name in ["first", "second"] {
            let child = ctx.spawn::<Puppet, _>(name, self.stage.puppet()).await?;
            self.children.lock().unwrap().push(child);
        }
        Ok(())
    }

    async fn handle(&mut self, msg: Msg, _ctx: &mut Context<Self>) -> ActorResult {
        self.stage.note(msg.number());
        Ok(())
    }

    fn supervision() -> Strategy {
        Strategy::one_for_one().on_failure(|_| OnFailure::Escalate)
    }
}

#[tokio::test(start_paused = true)]
async fn children_go_on_when_the_failure_they_escalated_is_resumed() {
    let strategy = Strategy::one_for_one().on_failure(|_| OnFailure::Resume);
    let system = System::builder("resume").supervision(strategy).build();
    let (stage, children) = (Stage::new(), Arc::new(Mutex::new(Vec::new())));
    let (of_parent, list) = (stage.clone(), Arc::clone(&children));
    let make = move || Escalates {
        stage: of_parent.clone(),
        children: Arc::clone(&list),
    };
    let parent = system.spawn("parent", make).await.unwrap();
    let children = children.lock().unwrap().clone();
    for round in 0..3 {
        // Both at once, so that the parent learns of both before it fails over one.
        for child in &children {
            child.try_tell(Msg::Fail).unwrap();
        }
        for child in &children {
            let answer = child.ask(|reply| Msg::Get(round, reply)).await;
            assert!(matches!(answer, Ok(n) if n == round), "{answer:?}");
        }
    }
    parent.tell(Msg::Note(9)).await.unwrap();
    settle().await;
    assert_eq!(stage.record(), [0, 0, 1, 1, 2, 2, 9]);
}

/// Starts once, then fails to, some times.
struct Starts {
    starts: Arc<AtomicU32>,
    fails: u32,
    is_up: bool,
}

impl Actor for Starts {
    type Msg = Option<Reply<bool>>;

    async fn started(&mut self, _ctx: &mut Context<Self>) -> ActorResult {
        let before = self.starts.fetch_add(1, Ordering::SeqCst);
        if (1..=self.fails).contains(&before) {
            return Err(Failure::message("not yet"));
        }
        self.is_up = true;
        Ok(())
    }

    async fn handle(&mut self, msg: Option<Reply<bool>>, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            Some(reply) => reply.send(self.is_up),
            None if ctx.path().name() == "ends-itself" => ctx.stop(),
            None => panic!("restart me"),
        }
        Ok(())
    }
}

fn starts(fails: u32) -> (Arc<AtomicU32>, impl FnMut() -> Starts + Send + 'static) {
    let starts = Arc::new(AtomicU32::new(0));
    let of_actor = Arc::clone(&starts);
    let make = move || Starts {
        starts: Arc::clone(&of_actor),
        fails,
        is_up: false,
    };
    (starts, make)
}

fn resuming() -> Strategy {
    Strategy::one_for_one().on_failure(|_| OnFailure::Resume)
}

#[tokio::test(start_paused = true)]
async fn instance_that_did_not_start_is_not_resumed() {
    let system = System::builder("start").supervision(resuming()).build();
    let (_, make) = starts(1);
    let actor = system.spawn("actor", make).await.unwrap();
    actor.try_tell(None).unwrap();
    let is_up = actor.ask(Some).await;
    assert!(matches!(is_up, Ok(true)), "{is_up:?}");
}

#[tokio::test(start_paused = true)]
async fn start_that_fails_again_and_again_uses_up_the_restarts() {
    let strategy = resuming().intensity(5, Duration::from_secs(1_000));
    let system = System::builder("start").supervision(strategy).build();
    let (starts, make) = starts(u32::MAX);
    let actor = system.spawn("actor", make).await.unwrap();
    actor.try_tell(None).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(100), actor.terminated()).await;
    assert!(
        ended.is_ok(),
        "started {} times",
        starts.load(Ordering::SeqCst)
    );
    assert_eq!(starts.load(Ordering::SeqCst), 6);
}

#[tokio::test(start_paused = true)]
async fn permanent_child_that_ends_itself_is_restarted_whatever_is_resumed() {
    let system = System::builder("permanent").supervision(resuming()).build();
    let (starts, make) = starts(0);
    let spawn = system.spawn("ends-itself", make).kind(ChildKind::Permanent);
    let actor = spawn.await.unwrap();
    actor.try_tell(None).unwrap();
    assert!(matches!(actor.ask(Some).await, Ok(true)));
    assert!(matches!(actor.ask(Some).await, Ok(true)), "and only once");
    assert_eq!(starts.load(Ordering::SeqCst), 2);
}
