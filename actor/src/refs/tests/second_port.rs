//! A second port behind a reference: messages go to an actor of another system as bytes, and
//! answers come back through a table, as bytes too.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::environment::Environment;
use crate::failure::Failure;
use crate::id::{ActorId, ActorPath};
use crate::mailbox::{Envelope, Refusal, Refused, Ticket};
use crate::refs::slot::Slot;
use crate::refs::{ActorRef, AskError, Deliver, Reply, Subject, Undelivered, Watcher, WatcherId};
use crate::sync::Mutex;
use crate::system::System;

/// What the actor of these tests can be sent.
pub(super) enum Msg {
    Add(u64),
    Get(Reply<u64>),
    /// Fails over it.
    Fail(Reply<u64>),
    /// Drops the reply and goes on.
    Ignore(Reply<u64>),
    /// Waits for long, with the reply.
    Hold(Reply<u64>),
}

/// Replies on the asker's side, by correlation id.
#[derive(Default)]
struct Table {
    next: u64,
    waiting: HashMap<u64, Arc<Slot<u64>>>,
}

/// The way to an actor of another system.
pub(super) struct SecondPort {
    id: ActorId,
    environment: Arc<Environment>,
    target: Arc<dyn Deliver<Msg>>,
    table: Arc<Mutex<Table>>,
}

impl SecondPort {
    /// A reference in `here` to an actor of another system.
    pub(super) fn to(target: &ActorRef<Msg>, here: &System) -> (ActorRef<Msg>, Arc<Self>) {
        let environment = Arc::clone(here.environment());
        let port = Arc::new(Self {
            id: environment.next_id(),
            environment,
            target: Arc::clone(target.port()),
            table: Arc::default(),
        });
        (ActorRef::new(Arc::clone(&port) as _), port)
    }

    /// How many answers are waited for.
    pub(super) fn waiting(&self) -> usize {
        self.table.lock().waiting.len()
    }

    fn encode(&self, message: Msg) -> Vec<u8> {
        let (tag, number) = match message {
            Msg::Add(number) => (0, number),
            Msg::Get(reply) => (1, self.export(reply)),
            Msg::Fail(reply) => (2, self.export(reply)),
            Msg::Ignore(reply) => (3, self.export(reply)),
            Msg::Hold(reply) => (4, self.export(reply)),
        };
        let mut bytes = vec![tag];
        bytes.extend(number.to_be_bytes());
        bytes
    }

    fn export(&self, reply: Reply<u64>) -> u64 {
        let slot = reply.export().expect("a reply is exported once");
        let mut table = self.table.lock();
        table.next += 1;
        let correlation = table.next;
        table.waiting.insert(correlation, slot);
        correlation
    }

    /// The other side: makes a message of bytes, with a reply that answers in bytes.
    fn decode(&self, bytes: &[u8]) -> (Envelope<Msg>, Option<u64>) {
        let number = u64::from_be_bytes(bytes[1..].try_into().unwrap());
        let make: fn(Reply<u64>) -> Msg = match bytes[0] {
            0 => return (Envelope::plain(Msg::Add(number)), None),
            1 => Msg::Get,
            2 => Msg::Fail,
            3 => Msg::Ignore,
            _ => Msg::Hold,
        };
        let table = Arc::clone(&self.table);
        let (reply, slot) = Reply::through(move |result| {
            answered(&table, number, &encode_answer(result));
        });
        let envelope = Envelope {
            message: make(reply),
            attachment: Some(slot as _),
        };
        (envelope, Some(number))
    }
}

/// The asker's side again.
fn answered(table: &Mutex<Table>, correlation: u64, bytes: &[u8]) {
    let slot = table.lock().waiting.remove(&correlation);
    let Some(slot) = slot else { return };
    match decode_answer(bytes) {
        Ok(answer) => drop(slot.answer(answer)),
        Err(error) => slot.fail(error),
    }
}

fn encode_answer(result: Result<u64, AskError>) -> Vec<u8> {
    let (tag, text) = match result {
        Ok(answer) => return [&[0][..], &answer.to_be_bytes()].concat(),
        Err(AskError::Failed(failure)) => (1, failure.to_string()),
        Err(AskError::Killed) => (2, String::new()),
        Err(AskError::NoReply) => (3, String::new()),
        Err(AskError::Stopped) => (4, String::new()),
        Err(other) => panic!("nobody answers so here: {other}"),
    };
    [&[tag][..], text.as_bytes()].concat()
}

fn decode_answer(bytes: &[u8]) -> Result<u64, AskError> {
    let rest = &bytes[1..];
    Err(match bytes[0] {
        0 => return Ok(u64::from_be_bytes(rest.try_into().unwrap())),
        1 => AskError::Failed(Failure::message(String::from_utf8_lossy(rest))),
        2 => AskError::Killed,
        3 => AskError::NoReply,
        _ => AskError::Stopped,
    })
}

impl Subject for SecondPort {
    fn id(&self) -> ActorId {
        self.id
    }

    fn owner(&self) -> ActorId {
        self.id
    }

    fn actor(self: Arc<Self>) -> Arc<dyn Subject> {
        Arc::clone(&self.target).actor()
    }

    fn path(&self) -> ActorPath {
        self.target.path()
    }

    fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    fn stop(self: Arc<Self>) {
        Arc::clone(&self.target).stop();
    }

    fn kill(self: Arc<Self>) {
        Arc::clone(&self.target).kill();
    }

    fn is_stopped(&self) -> bool {
        self.target.is_stopped()
    }

    fn load(&self) -> usize {
        self.target.load()
    }

    fn fullness(&self) -> f64 {
        0.0
    }

    fn watch(&self, watcher: Watcher) {
        self.target.watch(watcher);
    }

    fn unwatch(&self, watcher: WatcherId) {
        self.target.unwatch(watcher);
    }

    fn waits_for(&self, _other: Arc<dyn Subject>) {}

    fn waited_for(&self, _address: usize) {}
}

impl Deliver<Msg> for SecondPort {
    fn push(&self, envelope: Envelope<Msg>) -> Result<(), Undelivered<Msg>> {
        let mut ticket = Ticket::Idle;
        let mut cx = Context::from_waker(Waker::noop());
        let why = match self.target.poll_reserve(&mut ticket, &mut cx) {
            Poll::Ready(Ok(())) => return self.push_reserved(&mut ticket, envelope),
            Poll::Ready(Err(why)) => why,
            Poll::Pending => {
                self.target.release(&mut ticket);
                Refusal::Full { may_wait: true }
            }
        };
        Err(Refused { envelope, why }.into())
    }

    fn poll_reserve(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        self.target.poll_reserve(ticket, cx)
    }

    fn push_reserved(
        &self,
        ticket: &mut Ticket,
        envelope: Envelope<Msg>,
    ) -> Result<(), Undelivered<Msg>> {
        let bytes = self.encode(envelope.message);
        let (decoded, correlation) = self.decode(&bytes);
        match self.target.push_reserved(ticket, decoded) {
            Ok(()) => Ok(()),
            Err(Undelivered::Lost(why)) => Err(Undelivered::Lost(why)),
            Err(Undelivered::Refused(refused)) => {
                // Taken back first: what is said of this ask is said by the error.
                let slot = correlation.and_then(|it| self.table.lock().waiting.remove(&it));
                drop((slot, refused.envelope));
                Err(Undelivered::Lost(refused.why))
            }
        }
    }

    fn release(&self, ticket: &mut Ticket) {
        self.target.release(ticket);
    }
}
