//! What `inspect()` shows.

use std::time::Duration;

use greenroom::ActorState;
use greenroom::prelude::*;

/// Asks a peer that answers late, or never.
struct Node;

enum Msg {
    Spawn(&'static str, Reply<ActorRef<Self>>),
    Ask(ActorRef<Self>),
    Keep(Reply<()>),
    Fail,
}

impl Actor for Node {
    type Msg = Msg;

    async fn handle(&mut self, message: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Msg::Spawn(name, reply) => reply.send(ctx.spawn(name, || Self).await?),
            Msg::Ask(peer) => drop(peer.ask(Msg::Keep).await),
            Msg::Keep(reply) => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                reply.send(());
            }
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
