//! Waiting for room: in order, bounded in time, and without a trace when given up.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::SinkExt;
use futures::future::join_all;
use greenroom::prelude::*;
use tokio::time::Instant;

use crate::worker::{Msg, Shared, full, settle, spawn};

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Fills its own mailbox, then tells and asks itself.
struct Fills;

impl Actor for Fills {
    type Msg = Option<Reply<(bool, bool, Duration)>>;

    async fn handle(&mut self, msg: Self::Msg, ctx: &mut greenroom::Context<Self>) -> ActorResult {
        let Some(reply) = msg else { return Ok(()) };
        let (myself, began) = (ctx.myself(), Instant::now());
        while myself.try_tell(None).is_ok() {}
        let told = matches!(myself.tell(None).await, Err(SendError::SelfFull(None)));
        let asked = matches!(myself.ask(Some).await, Err(AskError::SelfFull));
        reply.send((told, asked, began.elapsed()));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn actor_that_fills_its_own_mailbox_is_told_so_at_once() {
    let system = System::new("fills");
    let spawn = system.spawn("fills", || Fills).mailbox(|m| m.capacity(3));
    let actor = spawn.await.unwrap();
    let answer = actor.ask(Some).await.unwrap();
    assert_eq!(answer, (true, true, Duration::ZERO));
}

/// Tells its peer twice as fast as that one can take it, and says how the last tell ended.
struct Floods;

enum Flood {
    Start(ActorRef<Self>, Reply<bool>),
    Drop,
}

impl Actor for Floods {
    type Msg = Flood;

    async fn handle(&mut self, msg: Flood, _ctx: &mut greenroom::Context<Self>) -> ActorResult {
        if let Flood::Start(peer, reply) = msg {
            // So that both are busy with it.
            settle().await;
            while peer.try_tell(Flood::Drop).is_ok() {}
            let told = peer.tell(Flood::Drop).await;
            reply.send(matches!(told, Err(SendError::Timeout(Flood::Drop))));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn two_actors_that_fill_each_other_time_out() {
    let system = System::new("pair");
    let spawn = |name| system.spawn(name, || Floods).mailbox(|m| m.capacity(1));
    let (left, right) = (spawn("left").await.unwrap(), spawn("right").await.unwrap());
    let began = Instant::now();
    let ask = |from: &ActorRef<Flood>, to: &ActorRef<Flood>| {
        let (from, to) = (from.clone(), to.clone());
        async move {
            let asked = from.ask(|reply| Flood::Start(to, reply));
            asked.timeout(Duration::from_secs(60)).await
        }
    };
    let (one, other) = tokio::join!(ask(&left, &right), ask(&right, &left));
    // The first to give up may make room for the other.
    assert!(one.unwrap() || other.unwrap());
    let took = began.elapsed();
    assert!((5_000..5_010).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn waiting_tells_are_let_in_in_order() {
    let (system, shared) = (System::new("order"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let tells = (2..6).map(|number| actor.tell(Msg::Note(number)));
    let all = join_all(tells);
    let let_go = async {
        settle().await;
        shared.let_go();
    };
    let (told, ()) = tokio::join!(all, let_go);
    assert!(told.iter().all(Result::is_ok));
    settle().await;
    assert_eq!(shared.notes(), ["1", "2", "3", "4", "5"]);
}

#[tokio::test(start_paused = true)]
async fn cancelled_tell_leaves_nothing_behind() {
    let (system, shared) = (System::new("cancel"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let mut tell = actor.tell(Msg::Note(2));
    assert!(poll_once(&mut tell).is_pending());
    drop(tell);
    shared.let_go();
    settle().await;
    assert_eq!(shared.notes(), ["1"]);
    actor.try_tell(Msg::Note(3)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn cancelled_tell_that_was_granted_a_place_passes_it_on() {
    let (system, shared) = (System::new("cancel"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let mut first = actor.tell(Msg::Note(2));
    assert!(poll_once(&mut first).is_pending());
    let mut second = actor.ask(|reply| Msg::Get(3, reply));
    assert!(poll_once(&mut second).is_pending());
    shared.let_go();
    settle().await;
    assert!(
        actor.try_tell(Msg::Note(9)).is_err(),
        "the place is granted"
    );
    drop(first);
    assert!(matches!(second.await, Ok(3)));
    assert_eq!(shared.notes(), ["1", "3"]);
}

#[tokio::test(start_paused = true)]
async fn cancelled_ask_leaves_nothing_behind() {
    let (system, shared) = (System::new("cancel"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let mut ask = actor.ask(|reply| Msg::Get(2, reply));
    assert!(poll_once(&mut ask).is_pending());
    drop(ask);
    shared.let_go();
    settle().await;
    assert_eq!(shared.notes(), ["1"]);
    actor.try_tell(Msg::Note(3)).unwrap();
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn tell_and_ask_that_timed_out_hold_no_place_while_they_are_kept() {
    let (system, shared) = (System::new("kept"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let wait = Duration::from_millis(10);
    let mut tell = pin!(actor.tell(Msg::Note(2)).timeout(wait));
    let mut ask = pin!(actor.ask(|reply| Msg::Get(3, reply)).timeout(wait));
    assert!(matches!(tell.as_mut().await, Err(SendError::Timeout(_))));
    assert!(matches!(ask.as_mut().await, Err(AskError::Full)));
    shared.let_go();
    settle().await;
    assert!(actor.try_tell(Msg::Note(4)).is_ok());
    settle().await;
    assert_eq!(shared.notes(), ["1", "4"]);
}

#[tokio::test(start_paused = true)]
async fn waiting_senders_are_told_when_the_actor_stops() {
    let (system, shared) = (System::new("stops"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let mut tell = actor.tell(Msg::Note(2));
    let mut ask = actor.ask(|reply| Msg::Get(3, reply));
    assert!(poll_once(&mut tell).is_pending());
    assert!(poll_once(&mut ask).is_pending());
    let began = Instant::now();
    actor.kill();
    assert!(matches!(tell.await, Err(SendError::Stopped(Msg::Note(2)))));
    assert!(matches!(ask.await, Err(AskError::Stopped)));
    assert!(began.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn zero_timeouts_are_errors_that_send_nothing() {
    let (system, shared) = (System::new("zero"), Shared::default());
    let actor = spawn(&system, "actor", &shared, 1).await;
    let told = actor.tell(Msg::Note(1)).timeout(Duration::ZERO).await;
    assert!(matches!(told, Err(SendError::ZeroTimeout(Msg::Note(1)))));
    let asked = actor.ask(|reply| Msg::Get(2, reply));
    let asked = asked.timeout(Duration::ZERO).await;
    assert!(matches!(asked, Err(AskError::ZeroTimeout)));
    settle().await;
    assert!(shared.notes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn longest_timeout_is_no_overflow() {
    let (system, shared) = (System::new("long"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let tell = actor.tell(Msg::Note(2)).timeout(Duration::MAX);
    let ask = actor.ask(|reply| Msg::Get(3, reply)).timeout(Duration::MAX);
    let let_go = async {
        settle().await;
        shared.let_go();
    };
    let (told, asked, ()) = tokio::join!(tell, ask, let_go);
    assert!(told.is_ok() && asked.is_ok());
}

#[tokio::test(start_paused = true)]
async fn sink_waits_for_room_and_gives_its_place_back_when_dropped() {
    let (system, shared) = (System::new("sink"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let mut sink = actor.sink();
    let let_go = async {
        settle().await;
        shared.let_go();
    };
    let (sent, ()) = tokio::join!(sink.send(Msg::Note(2)), let_go);
    assert!(sent.is_ok());
    settle().await;
    std::future::poll_fn(|cx| sink.poll_ready_unpin(cx))
        .await
        .unwrap();
    assert!(
        actor.try_tell(Msg::Note(3)).is_err(),
        "the sink has the place"
    );
    drop(sink);
    assert!(actor.try_tell(Msg::Note(3)).is_ok());
    settle().await;
    assert_eq!(shared.notes(), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn sink_into_a_stopped_actor_gives_the_item_back() {
    let (system, shared) = (System::new("sink"), Shared::default());
    let actor = full(&system, &shared, 1).await;
    let mut sink = actor.sink();
    let kill = async {
        settle().await;
        actor.kill();
    };
    let (sent, ()) = tokio::join!(sink.send(Msg::Note(2)), kill);
    assert!(matches!(sent, Err(SendError::Stopped(Msg::Note(2)))));
}
