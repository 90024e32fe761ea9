//! Publishing under a key, finding, and following who is there.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{Listing, ServiceKey};
use tokio::sync::{Notify, mpsc};

use super::{Keep, keeper};

static KEEPERS: ServiceKey<Keep> = ServiceKey::new("keepers");

/// Hands on how many are listed.
struct Follower(mpsc::Sender<usize>);

impl Actor for Follower {
    type Msg = Listing<Keep>;

    async fn handle(&mut self, now: Listing<Keep>, _ctx: &mut Context<Self>) -> ActorResult {
        self.0.try_send(now.actors.len())?;
        Ok(())
    }
}

/// Follows by an adapter that panics over each listing.
struct Clumsy;

enum Clumsily {
    Adapt(Reply<ActorRef<Listing<Keep>>>),
    /// An adapter that holds this.
    Hold(Arc<()>, Reply<ActorRef<Keep>>),
}

impl Actor for Clumsy {
    type Msg = Clumsily;

    async fn handle(&mut self, message: Clumsily, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Clumsily::Adapt(reply) => {
                reply.send(ctx.adapt(|_: Listing<Keep>| panic!("clumsy"))?);
            }
            Clumsily::Hold(held, reply) => reply.send(ctx.adapt(move |_: Keep| {
                let _ = &held;
                panic!("clumsy")
            })?),
        }
        Ok(())
    }
}

/// Handles a listing when the gate lets it.
struct Slow(mpsc::Sender<usize>, Arc<Notify>);

impl Actor for Slow {
    type Msg = Listing<Keep>;

    async fn handle(&mut self, now: Listing<Keep>, _ctx: &mut Context<Self>) -> ActorResult {
        self.0.try_send(now.actors.len())?;
        self.1.notified().await;
        Ok(())
    }
}

async fn follower(system: &System) -> (ActorRef<Listing<Keep>>, mpsc::Receiver<usize>) {
    let (sender, heard) = mpsc::channel(64);
    let follower = system.spawn("follower", move || Follower(sender.clone()));
    (follower.await.expect("the name is free"), heard)
}

#[tokio::test(start_paused = true)]
async fn published_until_it_ends_and_across_a_restart() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (a, b) = (keeper(&system, "a").await, keeper(&system, "b").await);
    assert!(reception.register(&KEEPERS, &a));
    assert!(reception.register(&KEEPERS, &b));
    assert!(reception.register(&KEEPERS, &a), "twice is once");
    assert_eq!(reception.find(&KEEPERS), [a.clone(), b.clone()]);
    a.tell(Keep::Number(1)).await.expect("room");
    a.tell(Keep::Fail).await.expect("room");
    assert_eq!(a.ask(Keep::All).await.expect("restarted"), [0u32; 0]);
    assert_eq!(reception.find(&KEEPERS), [a.clone(), b.clone()]);
    a.stop();
    a.terminated().await;
    assert_eq!(reception.find(&KEEPERS), std::slice::from_ref(&b));
    reception.deregister(&KEEPERS, &b);
    assert_eq!(reception.find(&KEEPERS), []);
}

#[tokio::test(start_paused = true)]
async fn an_end_in_another_system_withdraws_nobody_here() {
    let (here, there) = (System::new("here"), System::new("there"));
    let reception = here.receptionist();
    let (ours, theirs) = (keeper(&here, "k").await, keeper(&there, "k").await);
    assert_eq!(ours.id(), theirs.id(), "ids are of a system");
    assert!(reception.register(&KEEPERS, &ours));
    assert!(reception.register(&KEEPERS, &theirs));
    theirs.stop();
    theirs.terminated().await;
    assert_eq!(reception.find(&KEEPERS), [ours]);
}

#[tokio::test(start_paused = true)]
async fn keys_of_one_name_and_other_messages_are_other_keys() {
    static OTHERS: ServiceKey<u8> = ServiceKey::new("keepers");
    let system = System::new("names");
    let reception = system.receptionist();
    assert!(reception.register(&KEEPERS, &keeper(&system, "a").await));
    assert_eq!(reception.find(&OTHERS), []);
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_hears_of_every_last_state() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (follower, mut heard) = follower(&system).await;
    assert!(reception.subscribe(&KEEPERS, &follower));
    assert_eq!(heard.recv().await, Some(0), "what is there now comes first");
    let a = keeper(&system, "a").await;
    assert!(reception.register(&KEEPERS, &a));
    assert_eq!(heard.recv().await, Some(1));
    a.kill();
    let last = tokio::time::timeout(Duration::from_secs(1), heard.recv()).await;
    assert_eq!(last, Ok(Some(0)));
}

#[tokio::test(start_paused = true)]
async fn one_that_has_ended_is_not_published() {
    let system = System::new("names");
    let reception = system.receptionist();
    let a = keeper(&system, "a").await;
    a.stop();
    a.terminated().await;
    assert!(reception.register(&KEEPERS, &a));
    assert_eq!(reception.find(&KEEPERS), []);
}

/// Hands on how many are listed; fails over a listing of two.
struct Fickle(mpsc::Sender<usize>);

impl Actor for Fickle {
    type Msg = Listing<Keep>;

    async fn handle(&mut self, now: Listing<Keep>, _ctx: &mut Context<Self>) -> ActorResult {
        self.0.try_send(now.actors.len())?;
        if now.actors.len() == 2 {
            return Err(Failure::message("too many"));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_is_restarted_hears_of_what_comes_after() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (sender, mut heard) = mpsc::channel(16);
    let fickle = system.spawn("fickle", move || Fickle(sender.clone()));
    let fickle = fickle.await.expect("the name is free");
    assert!(reception.subscribe(&KEEPERS, &fickle));
    assert_eq!(heard.recv().await, Some(0));
    for (name, count) in [("a", 1), ("b", 2), ("c", 3)] {
        let keeper = keeper(&system, name).await;
        assert!(reception.register(&KEEPERS, &keeper));
        assert_eq!(heard.recv().await, Some(count));
    }
    assert_eq!(system.dead_letter_counts().failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_ends_is_sent_nothing_and_leaves_nothing_behind() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (follower, mut heard) = follower(&system).await;
    assert!(reception.subscribe(&KEEPERS, &follower));
    assert_eq!(heard.recv().await, Some(0));
    follower.kill();
    follower.terminated().await;
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = tasks();
    let a = keeper(&system, "a").await;
    assert!(reception.register(&KEEPERS, &a));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(heard.recv().await, None, "nobody holds its end any more");
    assert_eq!(tasks(), before + 1, "of the keeper alone");
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_an_adapter_fails_over_is_not_told_again() {
    let system = System::new("names");
    let reception = system.receptionist();
    let clumsy = system.spawn("clumsy", || Clumsy).await;
    let clumsy = clumsy.expect("the name is free");
    let adapter = clumsy.ask(Clumsily::Adapt).await.expect("it answers");
    assert!(reception.subscribe(&KEEPERS, &adapter));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(system.dead_letter_counts().lost, 1);
    assert!(reception.register(&KEEPERS, &keeper(&system, "a").await));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(system.dead_letter_counts().lost, 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_gets_the_last_state_whatever_its_policy() {
    for overflow in [
        Overflow::Wait,
        Overflow::Reject,
        Overflow::DropNewest,
        Overflow::DropOldest,
    ] {
        let system = System::new("names");
        let reception = system.receptionist();
        let (sender, mut heard) = mpsc::channel(64);
        let gate = Arc::new(Notify::new());
        let open = Arc::clone(&gate);
        let slow = system
            .spawn("slow", move || Slow(sender.clone(), Arc::clone(&gate)))
            .mailbox(move |m| m.capacity(1).overflow(overflow));
        let slow = slow.await.expect("the name is free");
        assert!(reception.subscribe(&KEEPERS, &slow));
        assert_eq!(heard.recv().await, Some(0));
        for name in ["a", "b", "c", "d"] {
            assert!(reception.register(&KEEPERS, &keeper(&system, name).await));
            // Longer than any time-out, with one listing queued and another that waits.
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        for expected in [1, 4] {
            open.notify_one();
            assert_eq!(heard.recv().await, Some(expected), "{overflow:?}");
        }
        assert_eq!(system.dead_letter_counts().total(), 0, "{overflow:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn subscribing_again_replaces_and_unsubscribing_ends() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (follower, mut heard) = follower(&system).await;
    for _ in 0..3 {
        assert!(reception.subscribe(&KEEPERS, &follower));
        assert_eq!(heard.recv().await, Some(0), "each is told anew");
    }
    let a = keeper(&system, "a").await;
    assert!(reception.register(&KEEPERS, &a));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((heard.try_recv(), heard.is_empty()), (Ok(1), true));
    reception.unsubscribe(&KEEPERS, &follower);
    reception.deregister(&KEEPERS, &a);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(heard.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_registers_again_after_it_withdrew_is_withdrawn_at_its_end() {
    let system = System::new("names");
    let reception = system.receptionist();
    let a = keeper(&system, "a").await;
    for _ in 0..3 {
        assert!(reception.register(&KEEPERS, &a));
        assert!(reception.register(&KEEPERS, &a), "twice is once");
        reception.deregister(&KEEPERS, &a);
        assert_eq!(reception.find(&KEEPERS), []);
    }
    assert!(reception.register(&KEEPERS, &a));
    a.stop();
    a.terminated().await;
    assert_eq!(reception.find(&KEEPERS), []);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_one_that_withdrew() {
    let system = System::new("names");
    let reception = system.receptionist();
    let clumsy = system.spawn("clumsy", || Clumsy).await;
    let clumsy = clumsy.expect("the name is free");
    let held = Arc::new(());
    for _ in 0..3 {
        let adapter = clumsy.ask(|reply| Clumsily::Hold(Arc::clone(&held), reply));
        let adapter = adapter.await.expect("it answers");
        assert!(reception.register(&KEEPERS, &adapter));
        assert!(reception.register(&KEEPERS, &adapter));
        reception.deregister(&KEEPERS, &adapter);
        drop(adapter);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
