//! What `inspect()` shows.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use greenroom::ActorState;
use greenroom::prelude::*;

/// Asks a peer that answers late, or never.
struct Node;

enum Msg {
    Spawn(&'static str, Reply<ActorRef<Self>>),
    Ask(ActorRef<Self>),
    AskAll(Vec<ActorRef<Self>>),
    Keep(Reply<()>),
    Rest,
    Fail,
}

impl Actor for Node {
    type Msg = Msg;

    async fn handle(&mut self, message: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Msg::Spawn(name, reply) => reply.send(ctx.spawn(name, || Self).await?),
            Msg::Ask(peer) => drop(peer.ask(Msg::Keep).await),
            Msg::AskAll(peers) => {
                let asks = peers.iter().map(|peer| peer.ask(Msg::Keep).into_future());
                asks.collect::<FuturesUnordered<_>>().count().await;
            }
            Msg::Keep(reply) => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                reply.send(());
            }
            Msg::Rest => tokio::time::sleep(Duration::from_secs(1)).await,
            Msg::Fail => return Err(Failure::message("told to")),
        }
        Ok(())
    }
}

async fn child(parent: &ActorRef<Msg>, name: &'static str) -> ActorRef<Msg> {
    let asked = parent.ask(|reply| Msg::Spawn(name, reply)).await;
    asked.expect("the name is free")
}

#[tokio::test(start_paused = true)]
async fn the_tree_its_counts_and_who_waits_for_whom() {
    let system = System::new("seen");
    let top = system
        .spawn("top", || Node)
        .await
        .expect("the name is free");
    let (a, b) = (child(&top, "a").await, child(&top, "b").await);
    a.tell(Msg::Fail).await.expect("room");
    a.tell(Msg::Ask(b.clone())).await.expect("room");
    tokio::time::sleep(Duration::from_millis(500)).await;
    b.try_tell(Msg::Fail).expect("room");
    let seen = system.inspect();
    let paths: Vec<_> = seen
        .actors
        .iter()
        .map(|actor| actor.path.as_str())
        .collect();
    assert_eq!(paths, ["/user", "/user/top", "/user/top/a", "/user/top/b"]);
    let levels: Vec<_> = seen.actors.iter().map(|actor| actor.level).collect();
    assert_eq!(levels, [0, 1, 2, 2]);
    assert_eq!(seen.find("/user/top").map(|top| top.handled), Some(2));
    let a = seen.find("/user/top/a").expect("it is there");
    assert_eq!((a.failed, a.restarts, a.state), (1, 1, ActorState::Running));
    assert_eq!(a.waits_for, Some(b.path()));
    let b = seen.find("/user/top/b").expect("it is there");
    assert_eq!((b.depth, b.capacity, b.waits_for.clone()), (1, 1_024, None));
    assert!(seen.to_string().contains("waits for /user/top/b"), "{seen}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let later = system.inspect();
    assert_eq!(
        later.find("/user/top/a").and_then(|a| a.waits_for.clone()),
        None
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_several_is_seen_to_wait_until_the_last_has_answered() {
    let system = System::new("seen");
    let spawn = |name| system.spawn(name, || Node);
    let a = spawn("a").await.expect("the name is free");
    let (quick, slow) = (spawn("quick").await, spawn("slow").await);
    let (quick, slow) = (quick.expect("it starts"), slow.expect("it starts"));
    let waits_for = || {
        let seen = system.inspect();
        let waits_for = &seen.find("/user/a").expect("it is there").waits_for;
        waits_for.as_ref().map(ToString::to_string)
    };
    for peers in [[&slow, &quick], [&quick, &slow]] {
        let peers: Vec<_> = peers.into_iter().cloned().collect();
        // It answers a second later for it.
        slow.tell(Msg::Rest).await.expect("room");
        a.tell(Msg::AskAll(peers)).await.expect("room");
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(waits_for().is_some(), "for both, of which one is shown");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let left = waits_for();
        assert_eq!(left.as_deref(), Some("/user/slow"), "quick has answered");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(waits_for(), None);
    }
}
