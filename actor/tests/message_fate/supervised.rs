//! Instances that can't be resumed, whatever the supervisor chooses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, OnFailure, Strategy};

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
