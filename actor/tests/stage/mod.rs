//! A stage for tests: players that do what they are told, and a log of what happened to them.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;
use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, Strategy};
use greenroom_resilience::backoff::{Backoff, Jitter};
use parking_lot::Mutex;

/// How one start of a player goes; what is not scripted goes well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    Well,
    After(Duration),
    Fails,
    Panics,
    FactoryPanics,
}

/// What a player is told to do.
pub(crate) enum Act {
    /// Logs `NAME N`.
    Note(u32),
    Fail,
    Panic,
    /// `ctx.stop()`.
    Finish,
    /// Logs `NAME works`, awaits, and logs `NAME worked`.
    Work(Duration),
    /// Answers with the number of its instance, from 1.
    Instance(Reply<u32>),
    /// Anything else.
    Play(Script),
}

type Script = Box<dyn for<'a> FnOnce(&'a mut Context<Player>) -> BoxFuture<'a, ActorResult> + Send>;

/// A message that runs `script` in the handler.
pub(crate) fn play<F>(script: F) -> Act
where
    F: for<'a> FnOnce(&'a mut Context<Player>) -> BoxFuture<'a, ActorResult> + Send + 'static,
{
    Act::Play(Box::new(script))
}

/// A part: a name, how it is supervised, and its children.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    kind: ChildKind,
    strategy: Strategy,
    children: Vec<Self>,
    starts: Arc<Mutex<VecDeque<Start>>>,
    grace: Option<Duration>,
    stops_in: Duration,
}

pub(crate) fn part(name: &'static str) -> Part {
    Part {
        name,
        kind: ChildKind::default(),
        strategy: one_for_one(),
        children: Vec::new(),
        starts: Arc::default(),
        grace: None,
        stops_in: Duration::ZERO,
    }
}

impl Part {
    pub(crate) fn kind(mut self, kind: ChildKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    pub(crate) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn starts(self, starts: &[Start]) -> Self {
        self.starts.lock().extend(starts);
        self
    }

    pub(crate) fn grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }

    /// How long its `stopped` hook takes.
    pub(crate) fn stops_in(mut self, time: Duration) -> Self {
        self.stops_in = time;
        self
    }
}

/// The log, and the references of all players by name.
#[derive(Clone, Default)]
pub(crate) struct Stage {
    log: Arc<Mutex<Vec<String>>>,
    cast: Arc<Mutex<BTreeMap<&'static str, ActorRef<Act>>>>,
}

impl Stage {
    pub(crate) fn log(&self, line: impl Into<String>) {
        self.log.lock().push(line.into());
    }

    /// All lines since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock())
    }

    /// The lines that end with one of these words, since the last call.
    pub(crate) fn take_of(&self, words: &[&str]) -> Vec<String> {
        let mut lines = self.take();
        lines.retain(|line| words.iter().any(|word| line.ends_with(word)));
        lines
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.log
            .lock()
            .iter()
            .filter(|known| *known == line)
            .count()
    }

    pub(crate) fn of(&self, name: &str) -> ActorRef<Act> {
        self.cast.lock().get(name).expect("it was spawned").clone()
    }

    /// Sends one player one message; it must have room.
    pub(crate) fn tell(&self, name: &str, act: Act) {
        self.of(name).try_tell(act).expect("it is there");
    }

    pub(crate) async fn instance(&self, name: &str) -> u32 {
        self.of(name).ask(Act::Instance).await.expect("it answers")
    }

    pub(crate) fn factory(&self, part: &Part) -> impl FnMut() -> Player + Send + 'static + use<> {
        let (stage, part, mut instance) = (self.clone(), part.clone(), 0);
        move || {
            instance += 1;
            let start = part.starts.lock().pop_front().unwrap_or(Start::Well);
            assert!(!matches!(start, Start::FactoryPanics), "a broken factory");
            Player {
                part: part.clone(),
                stage: stage.clone(),
                start,
                instance,
            }
        }
    }

    /// Spawns a player, and with it its children.
    pub(crate) async fn enter(&self, system: &System, part: &Part) -> ActorRef<Act> {
        let spawn = system.spawn(part.name, self.factory(part)).kind(part.kind);
        let spawn = match part.grace {
            Some(grace) => spawn.stop_grace(grace),
            None => spawn,
        };
        let player = spawn.await.expect("it starts");
        self.cast.lock().insert(part.name, player.clone());
        player
    }
}

pub(crate) struct Player {
    part: Part,
    stage: Stage,
    start: Start,
    instance: u32,
}

impl Player {
    fn log(&self, what: impl std::fmt::Display) {
        self.stage.log(format!("{} {what}", self.part.name));
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.log("dropped");
    }
}

impl Actor for Player {
    type Msg = Act;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.log("starts");
        match self.start {
            Start::Well | Start::FactoryPanics => {}
            Start::After(time) => tokio::time::sleep(time).await,
            Start::Fails => return Err(Failure::message("a bad start")),
            Start::Panics => panic!("a bad start"),
        }
        ctx.supervise(self.part.strategy.clone());
        for child in &self.part.children {
            let spawn = ctx
                .spawn(child.name, self.stage.factory(child))
                .kind(child.kind);
            let spawn = match child.grace {
                Some(grace) => spawn.stop_grace(grace),
                None => spawn,
            };
            let player = spawn.await?;
            self.stage.cast.lock().insert(child.name, player);
        }
        self.log("is up");
        Ok(())
    }

    async fn handle(&mut self, act: Act, ctx: &mut Context<Self>) -> ActorResult {
        match act {
            Act::Note(number) => self.log(number),
            Act::Fail => return Err(Failure::message("told to")),
            Act::Panic => panic!("told to"),
            Act::Finish => ctx.stop(),
            Act::Work(time) => {
                self.log("works");
                tokio::time::sleep(time).await;
                self.log("worked");
            }
            Act::Instance(reply) => reply.send(self.instance),
            Act::Play(script) => return script(ctx).await,
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        match signal {
            Signal::Terminated(ended) => {
                self.log(format!(
                    "hears {} ended: {}",
                    ended.path.name(),
                    ended.reason
                ));
            }
            Signal::ChildRestarted { path, times, .. } => {
                self.log(format!("hears {} restarted: {times}", path.name()));
            }
            Signal::ChildStopped { path, reason } => {
                self.log(format!("hears {} stopped: {reason}", path.name()));
            }
            other => self.log(format!("hears {other:?}")),
        }
        Ok(())
    }

    async fn stopped(&mut self, reason: StopReason, _ctx: &mut Context<Self>) {
        self.log(format!("ends, {reason}"));
        if !self.part.stops_in.is_zero() {
            tokio::time::sleep(self.part.stops_in).await;
        }
        self.log("ended");
    }
}

/// 10 ms before each restart, and no luck involved.
pub(crate) fn short() -> Backoff {
    Backoff::exponential(ms(10)..=ms(10)).jitter(Jitter::None)
}

pub(crate) fn one_for_one() -> Strategy {
    Strategy::one_for_one().backoff(short())
}

pub(crate) fn one_for_all() -> Strategy {
    Strategy::one_for_all().backoff(short())
}

pub(crate) fn rest_for_one() -> Strategy {
    Strategy::rest_for_one().backoff(short())
}

pub(crate) fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

pub(crate) fn secs(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// Lets everyone run until this much virtual time has passed.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Polls once, and says whether it has to wait.
pub(crate) async fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_pending())).await
}
