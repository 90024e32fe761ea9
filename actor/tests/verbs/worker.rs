//! The actor that the verbs are tried on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use tokio::sync::Notify;

pub(crate) enum Msg {
    Note(u32),
    Get(u32, Reply<u32>),
    /// Busy until it is let go.
    Hold,
    /// Tells the peer, and notes how that ended.
    TellTo(ActorRef<Self>, u32),
    /// Keeps the reply for later.
    Keep(Reply<u32>),
    /// Answers what was kept.
    AnswerKept(u32),
    /// Drops the reply, and handles on.
    Drop(Reply<u32>),
    /// Hands the reply to another actor.
    PassOn(ActorRef<Self>, Reply<u32>),
    Fail(Reply<u32>),
    Panic(Reply<u32>),
}

/// What the test and its actors share.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) notes: Arc<Mutex<Vec<String>>>,
    go: Arc<Notify>,
}

impl Shared {
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.notes.lock().unwrap().push(text.into());
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    pub(crate) fn let_go(&self) {
        self.go.notify_one();
    }

    pub(crate) fn worker(&self) -> impl FnMut() -> Worker + Send + 'static {
        let shared = self.clone();
        move || Worker {
            shared: shared.clone(),
            kept: None,
        }
    }
}

pub(crate) struct Worker {
    shared: Shared,
    kept: Option<Reply<u32>>,
}

impl Actor for Worker {
    type Msg = Msg;

    async fn handle(&mut self, msg: Msg, ctx: &mut Context<Self>) -> ActorResult {
        let name = ctx.path().name().to_owned();
        match msg {
            Msg::Note(number) => self.shared.note(number.to_string()),
            Msg::Get(number, reply) => {
                self.shared.note(number.to_string());
                reply.send(number);
            }
            Msg::Hold => self.shared.go.notified().await,
            Msg::TellTo(peer, number) => {
                let told = peer.tell(Msg::Note(number)).await;
                let told = told.map_err(|error| error.without_message());
                self.shared.note(format!("{name}: {told:?}"));
            }
            Msg::Keep(reply) => self.kept = Some(reply),
            Msg::AnswerKept(number) => {
                if let Some(reply) = self.kept.take() {
                    reply.send(number);
                }
            }
            Msg::Drop(reply) => {
                drop(reply);
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.shared.note("went on");
            }
            Msg::PassOn(peer, reply) => peer
                .tell(Msg::Get(77, reply))
                .await
                .map_err(|error| error.without_message())?,
            Msg::Fail(_reply) => return Err(Failure::message("failed over it")),
            Msg::Panic(_reply) => panic!("panicked over it"),
        }
        Ok(())
    }
}

pub(crate) async fn spawn(
    system: &System,
    name: &str,
    shared: &Shared,
    capacity: usize,
) -> ActorRef<Msg> {
    let spawn = system.spawn(name, shared.worker());
    spawn.mailbox(move |m| m.capacity(capacity)).await.unwrap()
}

/// An actor that is busy and whose mailbox, of that capacity, is full of notes from 1 on.
pub(crate) async fn full(system: &System, shared: &Shared, capacity: u32) -> ActorRef<Msg> {
    let actor = spawn(system, "full", shared, capacity as usize).await;
    actor.try_tell(Msg::Hold).unwrap();
    settle().await;
    (1..=capacity).for_each(|number| actor.try_tell(Msg::Note(number)).unwrap());
    actor
}

/// Lets everything happen that can without time going on; the clock is paused.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
