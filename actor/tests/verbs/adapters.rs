//! Adapters convert once a place is reserved, and give back what they did not convert.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{AdapterError, DeadLetterReason};

use crate::worker::settle;

/// Hands out adapters of itself; records texts.
#[derive(Default)]
struct Recorder {
    record: Vec<String>,
}

enum Msg {
    Text(String),
    Count(Reply<u32>),
    Record(Reply<Vec<String>>),
    Hold,
    Adapter(Convert, Reply<Result<ActorRef<u32>, AdapterError>>),
    AskAdapter(Reply<ActorRef<Reply<u32>>>),
    Adapters(usize, Reply<Option<Vec<ActorRef<u32>>>>),
}

type Convert = fn(u32) -> Msg;

impl Actor for Recorder {
    type Msg = Msg;

    async fn handle(&mut self, msg: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            Msg::Text(text) => self.record.push(text),
            Msg::Count(reply) => reply.send(self.record.len() as u32),
            Msg::Record(reply) => reply.send(self.record.clone()),
            Msg::Hold => tokio::time::sleep(Duration::from_secs(1)).await,
            Msg::Adapter(convert, reply) => reply.send(ctx.adapt(convert)),
            Msg::AskAdapter(reply) => reply.send(ctx.adapt(Msg::Count)?),
            Msg::Adapters(count, reply) => {
                let adapters = (0..count).map(|_| ctx.adapt(|n: u32| Msg::Text(n.to_string())));
                reply.send(adapters.collect::<Result<_, _>>().ok());
            }
        }
        Ok(())
    }
}

fn text(number: u32) -> Msg {
    Msg::Text(format!("n{number}"))
}

fn picky(number: u32) -> Msg {
    assert_ne!(number, 13, "unlucky");
    text(number)
}

async fn recorder(overflow: Overflow) -> (System, ActorRef<Msg>) {
    let system = System::new("adapters");
    let spawn = system.spawn("recorder", Recorder::default);
    let spawn = spawn.mailbox(move |m| m.capacity(1).overflow(overflow));
    let actor = spawn.await.unwrap();
    (system, actor)
}

async fn adapter(actor: &ActorRef<Msg>, convert: Convert) -> ActorRef<u32> {
    let asked = actor.ask(|reply| Msg::Adapter(convert, reply)).await;
    asked.unwrap().unwrap()
}

/// Makes the actor busy and its mailbox full.
async fn fill(actor: &ActorRef<Msg>) {
    actor.try_tell(Msg::Hold).unwrap();
    settle().await;
    actor.try_tell(Msg::Text("fill".to_owned())).unwrap();
}

#[tokio::test(start_paused = true)]
async fn adapted_message_arrives_converted() {
    let (_system, actor) = recorder(Overflow::Wait).await;
    let adapter = adapter(&actor, text).await;
    adapter.tell(1).await.unwrap();
    adapter.try_tell(2).unwrap_err();
    assert_eq!(actor.ask(Msg::Record).await.unwrap(), ["n1"]);
    assert_eq!(adapter.path(), actor.path());
    assert_ne!(adapter.id(), actor.id());
}

#[tokio::test(start_paused = true)]
async fn full_mailbox_gives_back_what_was_not_converted() {
    let (_system, actor) = recorder(Overflow::Wait).await;
    let adapter = adapter(&actor, text).await;
    fill(&actor).await;
    assert!(matches!(adapter.try_tell(7), Err(TrySendError::Full(7))));
    let told = adapter.tell(8).timeout(Duration::from_millis(10)).await;
    assert!(matches!(told, Err(SendError::Timeout(8))));
    let (told, ()) = tokio::join!(adapter.tell(9), async { settle().await });
    assert!(told.is_ok());
    assert_eq!(actor.ask(Msg::Record).await.unwrap(), ["fill", "n9"]);
}

#[tokio::test(start_paused = true)]
async fn stopped_actor_gives_back_what_was_not_converted() {
    let (_system, actor) = recorder(Overflow::Wait).await;
    let adapter = adapter(&actor, |_| panic!("nothing is converted for the dead")).await;
    actor.kill();
    actor.terminated().await;
    assert!(matches!(adapter.try_tell(7), Err(TrySendError::Stopped(7))));
    assert!(matches!(adapter.tell(8).await, Err(SendError::Stopped(8))));
    assert!(adapter.is_stopped());
}

#[tokio::test(start_paused = true)]
async fn panicking_conversion_loses_the_message_and_frees_the_place() {
    let (system, actor) = recorder(Overflow::Wait).await;
    let mut letters = system.dead_letters(4);
    let adapter = adapter(&actor, picky).await;
    assert!(matches!(adapter.tell(13).await, Err(SendError::Lost)));
    assert!(matches!(adapter.try_tell(13), Err(TrySendError::Lost)));
    assert_eq!(system.dead_letter_counts().lost, 2);
    let letter = letters.try_recv().unwrap();
    assert!(matches!(letter.reason, DeadLetterReason::Lost));
    assert_eq!((letter.variant, &letter.target), ("u32", &actor.path()));
    adapter.try_tell(1).unwrap();
    assert_eq!(actor.ask(Msg::Record).await.unwrap(), ["n1"]);
}

#[tokio::test(start_paused = true)]
async fn adapter_of_a_dropping_mailbox_drops_what_is_not_converted() {
    let (system, actor) = recorder(Overflow::DropNewest).await;
    let mut letters = system.dead_letters(4);
    let adapter = adapter(&actor, text).await;
    fill(&actor).await;
    assert!(adapter.tell(7).await.is_ok());
    let letter = letters.try_recv().unwrap();
    assert!(matches!(letter.reason, DeadLetterReason::Overflow));
    assert_eq!(letter.take_message(), Some(7u32));
}

#[tokio::test(start_paused = true)]
async fn adapter_of_a_rejecting_mailbox_refuses_at_once() {
    let (_system, actor) = recorder(Overflow::Reject).await;
    let adapter = adapter(&actor, text).await;
    fill(&actor).await;
    assert!(matches!(adapter.tell(7).await, Err(SendError::Full(7))));
}

#[tokio::test(start_paused = true)]
async fn adapter_carries_asks_and_their_fate() {
    let (_system, actor) = recorder(Overflow::Wait).await;
    let adapter = actor.ask(Msg::AskAdapter).await.unwrap();
    assert!(matches!(adapter.ask(|reply| reply).await, Ok(0)));
    actor.kill();
    actor.terminated().await;
    let asked = adapter.ask(|reply| reply).await;
    assert!(matches!(asked, Err(AskError::Stopped)));
}

#[tokio::test(start_paused = true)]
async fn ask_lost_because_its_conversion_stopped_the_actor_is_stopped() {
    let (system, actor) = recorder(Overflow::Wait).await;
    let front = system
        .spawn("front", move || Front(actor.clone()))
        .await
        .unwrap();
    let adapter = front.ask(FrontMsg::Adapter).await.unwrap();
    let asked = adapter.ask(|reply| reply).await;
    assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    assert_eq!(system.dead_letter_counts().lost, 1);
}

/// Has an adapter whose conversion stops the actor.
struct Front(#[expect(dead_code, reason = "keeps the other one referenced")] ActorRef<Msg>);

enum FrontMsg {
    Adapter(Reply<ActorRef<Reply<u32>>>),
    Never(#[expect(dead_code, reason = "never handled")] Reply<u32>),
}

impl Actor for Front {
    type Msg = FrontMsg;

    async fn handle(&mut self, msg: FrontMsg, ctx: &mut Context<Self>) -> ActorResult {
        if let FrontMsg::Adapter(reply) = msg {
            let myself = ctx.myself();
            reply.send(ctx.adapt(move |inner| {
                myself.stop();
                FrontMsg::Never(inner)
            })?);
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn adapters_are_bounded_and_freed_with_their_last_reference() {
    let (_system, actor) = recorder(Overflow::Wait).await;
    let ask = |count| actor.ask(move |reply| Msg::Adapters(count, reply));
    let all = ask(1_024).await.unwrap().expect("as many as may be");
    assert!(ask(1).await.unwrap().is_none());
    let clone = all[0].clone();
    drop(all);
    let again = ask(1_023).await.unwrap();
    assert!(again.is_some());
    assert!(ask(1).await.unwrap().is_none(), "the clone keeps one");
    drop(clone);
    assert!(ask(1).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn actor_that_fills_itself_through_its_adapter_is_told_so() {
    let system = System::new("narrow");
    let spawn = system.spawn("narrow", || Narrow).mailbox(|m| m.capacity(1));
    let actor = spawn.await.unwrap();
    assert!(actor.ask(Some).await.unwrap());
}

/// Fills its own mailbox through an adapter.
struct Narrow;

impl Actor for Narrow {
    type Msg = Option<Reply<bool>>;

    async fn handle(&mut self, msg: Self::Msg, ctx: &mut Context<Self>) -> ActorResult {
        if let Some(reply) = msg {
            let adapter = ctx.adapt(|()| None)?;
            while adapter.try_tell(()).is_ok() {}
            let told = adapter.tell(()).await;
            reply.send(matches!(told, Err(SendError::SelfFull(()))));
        }
        Ok(())
    }
}
