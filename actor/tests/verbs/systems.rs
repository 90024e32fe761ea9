//! Two systems in one process have nothing in common, not even what their ids mean.

use std::time::Duration;

use greenroom::prelude::*;
use tokio::task::JoinHandle;

use crate::worker::{Msg, Shared, full, settle, spawn};

#[tokio::test(start_paused = true)]
async fn actor_waits_for_room_in_another_system_whatever_their_ids() {
    let (here, there) = (System::new("here"), System::new("there"));
    let (ours, theirs) = (Shared::default(), Shared::default());
    let target = full(&there, &theirs, 1).await;
    let sender = spawn(&here, "sender", &ours, 4).await;
    assert_eq!(sender.id(), target.id(), "or this shows nothing");
    assert_ne!(sender, target);
    sender.try_tell(Msg::TellTo(target, 2)).unwrap();
    settle().await;
    theirs.let_go();
    settle().await;
    assert_eq!(ours.notes(), ["sender: Ok(())"]);
    assert_eq!(theirs.notes(), ["1", "2"]);
}

/// Watches, and counts who has ended.
struct Watches(ActorRef<Msg>, Shared);

impl Actor for Watches {
    type Msg = ();

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        ctx.watch(&self.0);
        Ok(())
    }

    async fn handle(&mut self, (): (), ctx: &mut Context<Self>) -> ActorResult {
        ctx.unwatch(&self.0);
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, ctx: &mut Context<Self>) -> ActorResult {
        if let Signal::Terminated(_) = signal {
            self.1.note(ctx.system().name());
        }
        Ok(())
    }
}

async fn watch(system: &System, target: &ActorRef<Msg>, shared: &Shared) -> ActorRef<()> {
    let (target, shared) = (target.clone(), shared.clone());
    let make = move || Watches(target.clone(), shared.clone());
    system.spawn("watches", make).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn watches_out_of_several_systems_do_not_replace_each_other() {
    let (one, two, home) = (System::new("one"), System::new("two"), System::new("home"));
    let shared = Shared::default();
    let target = spawn(&home, "target", &shared, 4).await;
    let first = watch(&one, &target, &shared).await;
    let second = watch(&two, &target, &shared).await;
    assert_eq!(first.id(), second.id(), "or this shows nothing");
    target.kill();
    target.terminated().await;
    settle().await;
    let mut notes = shared.notes();
    notes.sort();
    assert_eq!(notes, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn watch_taken_back_in_one_system_stays_in_the_other() {
    let (one, two, home) = (System::new("one"), System::new("two"), System::new("home"));
    let shared = Shared::default();
    let target = spawn(&home, "target", &shared, 4).await;
    let first = watch(&one, &target, &shared).await;
    watch(&two, &target, &shared).await;
    first.try_tell(()).unwrap();
    settle().await;
    target.kill();
    target.terminated().await;
    settle().await;
    assert_eq!(shared.notes(), ["two"]);
}

#[tokio::test(start_paused = true)]
async fn shutdown_of_one_system_leaves_the_other_alone() {
    let (one, two) = (System::new("one"), System::new("two"));
    let shared = Shared::default();
    let (first, second) = (
        spawn(&one, "actor", &shared, 4).await,
        spawn(&two, "actor", &shared, 4).await,
    );
    one.shutdown().await.unwrap();
    assert!(first.is_stopped());
    let asked: JoinHandle<_> = tokio::spawn(async move {
        let asked = second.ask(Msg::Keep).timeout(Duration::from_millis(20));
        asked.await
    });
    assert!(matches!(asked.await.unwrap(), Err(AskError::Timeout)));
}
