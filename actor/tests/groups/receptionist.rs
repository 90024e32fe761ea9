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
