//! One seed gives one run: failures, restarts with jitter, timers and many actors, twice.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{Backoff, Jitter, Strategy};
use tokio::time::Instant;

/// What happened, and when; shared by all actors of a run.
#[derive(Clone)]
struct Trace {
    began: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Trace {
    fn line(&self, path: impl std::fmt::Display, what: &str) {
        let at = self.began.elapsed().as_micros();
        let line = format!("{at:>9} {path} {what}");
        self.lines.lock().unwrap().push(line);
    }
}

enum Msg {
    Tick,
    Work(u32),
    Ask(u32, Reply<u32>),
    Meet(Vec<ActorRef<Self>>),
}

/// Ticks, sends work around, asks its neighbour, fails now and then.
struct Worker {
    number: u32,
    trace: Trace,
    peers: Vec<ActorRef<Msg>>,
    handled: u32,
    /// Outlives the instance, so that failures end.
    failures: Arc<Mutex<u32>>,
}

impl Worker {
    fn peer(&self, step: u32) -> Option<&ActorRef<Msg>> {
        let at = (self.number + step) as usize;
        self.peers.get(at % self.peers.len().max(1))
    }
}

impl Actor for Worker {
    type Msg = Msg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.trace.line(ctx.path(), "started");
        let period = Duration::from_millis(7 + u64::from(self.number % 5));
        ctx.set_interval("tick", period, || Msg::Tick)?;
        if let Some(peer) = self.peers.first() {
            ctx.watch(peer);
        }
        Ok(())
    }

    async fn handle(&mut self, msg: Msg, ctx: &mut Context<Self>) -> ActorResult {
        self.handled += 1;
        match msg {
            Msg::Meet(peers) => self.peers = peers,
            Msg::Tick => {
                self.trace.line(ctx.path(), "tick");
                if let Some(peer) = self.peer(self.handled) {
                    drop(peer.try_tell(Msg::Work(self.handled)));
                }
                if let Some(peer) = self.peer(1).cloned() {
                    let number = self.number;
                    let asked = async move {
                        let asked = peer.ask(|reply| Msg::Ask(number, reply));
                        asked.timeout(Duration::from_millis(20)).await
                    };
                    ctx.pipe_to_self(asked, |result| match result {
                        Ok(Ok(answer)) => Msg::Work(1_000 + answer),
                        Ok(Err(_)) | Err(_) => Msg::Work(9_999),
                    })?;
                }
            }
            Msg::Ask(number, reply) => {
                tokio::time::sleep(Duration::from_millis(u64::from(number % 3))).await;
                reply.send(self.number);
            }
            Msg::Work(number) => {
                self.trace.line(ctx.path(), &format!("work {number}"));
                if (number + self.number).is_multiple_of(11) && self.may_fail() {
                    return Err(Failure::message("unlucky"));
                }
            }
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, ctx: &mut Context<Self>) -> ActorResult {
        self.trace.line(ctx.path(), &format!("{signal:?}"));
        Ok(())
    }
}

impl Worker {
    fn may_fail(&self) -> bool {
        let mut failures = self.failures.lock().unwrap();
        *failures += 1;
        *failures <= 40
    }
}

/// The trace of one run.
fn run(seed: u8) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let backoff = Duration::from_millis(1)..=Duration::from_millis(20);
        let strategy = Strategy::rest_for_one()
            .backoff(Backoff::exponential(backoff).jitter(Jitter::Full))
            .intensity(1_000, Duration::from_secs(1));
        let system = System::builder("seeded")
            .seed([seed; 32])
            .supervision(strategy)
            .build();
        let trace = Trace {
            began: Instant::now(),
            lines: Arc::default(),
        };
        let failures = Arc::<Mutex<u32>>::default();
        let mut workers = Vec::new();
        for number in 0..24 {
            let (trace, failures) = (trace.clone(), Arc::clone(&failures));
            let peers = workers.clone();
            let make = move || Worker {
                number,
                trace: trace.clone(),
                peers: peers.clone(),
                handled: 0,
                failures: Arc::clone(&failures),
            };
            workers.push(
                system
                    .spawn(format!("worker-{number}"), make)
                    .await
                    .unwrap(),
            );
        }
        for worker in &workers {
            worker.tell(Msg::Meet(workers.clone())).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        workers[0].kill();
        tokio::time::sleep(Duration::from_secs(1)).await;
        system.shutdown().await.unwrap();
        let counts = system.dead_letter_counts();
        trace.line("end", &format!("{counts:?}"));
        trace.lines.lock().unwrap().clone()
    })
}

#[test]
fn one_seed_gives_one_run() {
    let (first, second) = (run(1), run(1));
    assert!(first.len() > 2_000, "{} lines", first.len());
    let restarts = first
        .iter()
        .filter(|line| line.ends_with("started"))
        .count();
    assert!(restarts > 100, "{restarts} starts");
    let differs = first.iter().zip(&second).position(|(a, b)| a != b);
    if let Some(at) = differs {
        panic!("line {at}: {:?} and {:?}", first[at], second[at]);
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn another_seed_gives_another_run() {
    assert_ne!(run(1), run(2));
}
