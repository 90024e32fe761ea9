//! Publishing under a key, finding, and following who is there.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{Listing, ServiceKey};
use tokio::sync::mpsc;

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
    let (sender, mut heard) = mpsc::channel(16);
    let follower = system
        .spawn("follower", move || Follower(sender.clone()))
        .await;
    let follower = follower.expect("the name is free");
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

/// Hands on how many are listed, once the gate is open; fails over a listing of two.
struct Fickle(mpsc::Sender<usize>, std::sync::Arc<tokio::sync::Semaphore>);

impl Actor for Fickle {
    type Msg = Listing<Keep>;

    async fn handle(&mut self, now: Listing<Keep>, _ctx: &mut Context<Self>) -> ActorResult {
        let _open = self.1.acquire().await?;
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
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(1));
    let fickle = system.spawn("fickle", move || Fickle(sender.clone(), gate.clone()));
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
async fn a_slow_subscriber_misses_listings_but_never_the_last() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (sender, mut heard) = mpsc::channel(16);
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let shut = gate.clone();
    let slow = system.spawn("slow", move || Fickle(sender.clone(), shut.clone()));
    let slow = slow.mailbox(|m| m.capacity(1)).await;
    let slow = slow.expect("the name is free");
    assert!(reception.subscribe(&KEEPERS, &slow));
    for number in 0..20 {
        let keeper = keeper(&system, &number.to_string()).await;
        assert!(reception.register(&KEEPERS, &keeper));
    }
    // Beyond the time-out of a send: nothing new comes that would make up for it.
    tokio::time::sleep(Duration::from_secs(12)).await;
    gate.add_permits(1);
    let mut last = 0;
    while last < 20 {
        let next = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await;
        let next = next.expect("the last one comes").expect("it lives");
        assert!(next >= last, "{next} after {last}");
        last = next;
    }
    assert!(heard.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_ends_is_sent_nothing_and_leaves_nothing_behind() {
    let system = System::new("names");
    let reception = system.receptionist();
    let (sender, mut heard) = mpsc::channel(16);
    let spawn = system.spawn("follower", move || Follower(sender.clone()));
    let follower = spawn.await.expect("the name is free");
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
