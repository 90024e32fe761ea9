//! The actor of the tree: does as it is told, badly if need be.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, OnFailure, Scope, Strategy};
use greenroom_resilience::backoff::Backoff;
use parking_lot::Mutex;

use crate::ledger::{Ledger, Token};
use crate::random::Random;

pub(crate) enum Order {
    Note,
    /// Awaits this many milliseconds.
    Work(u64),
    Fail,
    Panic,
    Finish,
    /// Puts the message aside first, when it comes for the first time.
    Aside,
    Unstash,
    /// Spawns a child that was drawn from this seed.
    Spawn(u64),
    /// Does the rest in a task of the instance, and is told so by a message.
    Pipe(Token),
    Answer(Reply<usize>),
    AnswerLate(Reply<usize>, u64),
    /// Keeps the reply until the instance ends.
    Keep(Reply<usize>),
    FailToAnswer(Reply<usize>),
}

pub(crate) struct Op {
    pub(crate) order: Order,
    pub(crate) token: Token,
}

/// What all nodes share.
#[derive(Clone)]
pub(crate) struct Grove {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) nodes: Arc<Mutex<Vec<ActorRef<Op>>>>,
}

/// What a node is like; drawn once, the same for all its instances.
#[derive(Clone, Copy)]
pub(crate) struct Nature {
    pub(crate) seed: u64,
    depth: u32,
    pub(crate) kind: ChildKind,
    children: u64,
    capacity: usize,
    overflow: Overflow,
    lanes: bool,
}

impl Nature {
    pub(crate) fn draw(seed: u64, depth: u32) -> Self {
        let mut random = Random::new(seed);
        let kinds = [
            ChildKind::Permanent,
            ChildKind::Transient,
            ChildKind::Temporary,
        ];
        let overflows = [
            Overflow::Wait,
            Overflow::Wait,
            Overflow::Reject,
            Overflow::DropNewest,
            Overflow::DropOldest,
        ];
        Self {
            seed,
            depth,
            kind: random.pick(&kinds),
            children: if depth < 3 { random.below(3) } else { 0 },
            capacity: random.pick(&[1, 2, 4, 64, 1_024]),
            overflow: random.pick(&overflows),
            lanes: random.below(4) == 0,
        }
    }

    fn strategy(self) -> Strategy {
        let mut random = Random::new(self.seed ^ 0x57a7);
        let strategy = match random.pick(&[Scope::OneForOne, Scope::OneForAll, Scope::RestForOne]) {
            Scope::OneForOne => Strategy::one_for_one(),
            Scope::OneForAll => Strategy::one_for_all(),
            Scope::RestForOne => Strategy::rest_for_one(),
        };
        let backoff = random.pick(&[0, 5, 50]);
        let intensity = random.pick(&[0, 3, 20, 100]);
        let odds = random.below(40);
        strategy
            .intensity(intensity, Duration::from_secs(1))
            .backoff(Backoff::constant(Duration::from_millis(backoff)))
            .on_failure(move |failure| {
                let length = failure.to_string().len() as u64;
                match (odds + length) % 10 {
                    0 => OnFailure::Resume,
                    1 => OnFailure::Stop,
                    2 => OnFailure::Escalate,
                    3 => blow("no idea"),
                    _ => OnFailure::Restart,
                }
            })
    }
}

pub(crate) struct Node {
    grove: Grove,
    nature: Nature,
    random: Random,
    instance: u64,
    path: Option<String>,
    kept: Vec<Reply<usize>>,
    aside: Vec<usize>,
}

pub(crate) fn factory(grove: &Grove, nature: Nature) -> impl FnMut() -> Node + Send + use<> {
    let (grove, mut instance) = (grove.clone(), 0);
    move || {
        instance += 1;
        let mut random = Random::new(nature.seed.wrapping_add(instance));
        if random.below(40) == 0 && instance > 1 {
            blow("a broken factory");
        }
        Node {
            grove: grove.clone(),
            nature,
            random,
            instance,
            path: None,
            kept: Vec::new(),
            aside: Vec::new(),
        }
    }
}

/// Panics without a line in the log: there are thousands of them.
fn blow(text: impl Into<String>) -> ! {
    std::panic::resume_unwind(Box::new(text.into()))
}

/// Gives a spawn what the nature says.
pub(crate) async fn spawn_as<F: FnMut() -> Node + Send + 'static>(
    spawn: greenroom::Spawn<'_, Node, F>,
    nature: Nature,
) -> Result<ActorRef<Op>, SpawnError> {
    spawn
        .kind(nature.kind)
        .stop_grace(Duration::from_millis(200 + nature.seed % 400))
        .mailbox(move |m| {
            let m = m.capacity(nature.capacity).overflow(nature.overflow);
            if nature.lanes {
                m.priority(3, |op: &Op| op.token.number() % 3)
            } else {
                m
            }
        })
        .await
}

impl Node {
    async fn child(&mut self, seed: u64, name: String, ctx: &mut Context<Self>) -> ActorResult {
        let nature = Nature::draw(seed, self.nature.depth + 1);
        let factory = factory(&self.grove, nature);
        match spawn_as(ctx.spawn(name, factory), nature).await {
            Ok(child) => self.grove.nodes.lock().push(child),
            Err(SpawnError::NameTaken(name)) => {
                self.grove
                    .ledger
                    .complain(format!("{name} is taken below {}", ctx.path()));
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// Everything but what is put aside; `Ok` says that the message has been handled.
    async fn obey(&mut self, op: Op, ctx: &mut Context<Self>) -> ActorResult {
        let Op { order, token } = op;
        token.begin();
        match order {
            Order::Note | Order::Aside => {}
            Order::Work(time) => tokio::time::sleep(Duration::from_millis(time)).await,
            Order::Fail => return Err(Failure::message("x".repeat(token.number() % 10))),
            Order::Panic => blow("y".repeat(token.number() % 10)),
            Order::Finish => ctx.stop(),
            Order::Unstash => ctx.unstash_all(),
            Order::Spawn(seed) if self.nature.depth < 4 => {
                self.child(seed, format!("n{}", token.number()), ctx)
                    .await?;
            }
            Order::Spawn(_) => {}
            Order::Pipe(inner) => {
                let time = Duration::from_millis(self.random.below(50));
                let future = async move {
                    tokio::time::sleep(time).await;
                    inner
                };
                let map = |result: Result<Token, Failure>| Op {
                    order: Order::Note,
                    token: result.expect("it does not panic"),
                };
                let _ = ctx.pipe_to_self(future, map);
            }
            Order::Answer(reply) => reply.send(token.number()),
            Order::AnswerLate(reply, time) => {
                tokio::time::sleep(Duration::from_millis(time)).await;
                reply.send(token.number());
            }
            Order::Keep(reply) => self.kept.push(reply),
            Order::FailToAnswer(_reply) => return Err(Failure::message("no answer")),
        }
        token.finish();
        Ok(())
    }
}

impl Actor for Node {
    type Msg = Op;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        let path = ctx.path().to_string();
        self.grove.ledger.born(&path);
        self.path = Some(path);
        ctx.supervise(self.nature.strategy());
        for number in 0..self.nature.children {
            let seed = self.nature.seed.wrapping_mul(31).wrapping_add(number);
            self.child(seed, format!("c{number}"), ctx).await?;
        }
        match self.random.below(24) {
            0 if self.instance > 1 => Err(Failure::message("a bad start")),
            1 if self.instance > 1 => blow("a bad start"),
            2 => {
                tokio::time::sleep(Duration::from_millis(30)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn handle(&mut self, op: Op, ctx: &mut Context<Self>) -> ActorResult {
        let number = op.token.number();
        if matches!(op.order, Order::Aside) && !self.aside.contains(&number) {
            self.aside.push(number);
            return match ctx.stash(op) {
                Ok(()) => Ok(()),
                Err(full) => self.obey(full.0, ctx).await,
            };
        }
        self.obey(op, ctx).await
    }

    async fn stopped(&mut self, _: StopReason, ctx: &mut Context<Self>) {
        match self.random.below(12) {
            0 => blow("a broken end"),
            1 => tokio::time::sleep(Duration::from_millis(self.random.below(900))).await,
            2 if ctx
                .spawn("late", factory(&self.grove, self.nature))
                .await
                .is_ok() =>
            {
                self.grove
                    .ledger
                    .complain("a child of an ended instance".to_owned());
            }
            _ => {}
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            self.grove.ledger.died(path);
        }
    }
}
