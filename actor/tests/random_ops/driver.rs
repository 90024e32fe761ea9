//! Draws one operation after the other, and does it.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::Strategy;
use greenroom::{DeadLetter, DeadLetterReason, DeadLetters};
use greenroom_resilience::backoff::Backoff;
use tokio::task::JoinSet;

use crate::node::{Grove, Nature, Op, Order, factory, spawn_as};
use crate::random::Random;

/// Above this many living actors it stops more than it spawns.
const CROWD: usize = 150;

pub(crate) struct Driver {
    random: Random,
    system: System,
    grove: Grove,
    letters: DeadLetters,
    under_way: JoinSet<()>,
    spawned: u64,
}

impl Driver {
    pub(crate) async fn new(seed: u64) -> Self {
        let patient = Strategy::one_for_one()
            .intensity(u32::MAX, Duration::from_secs(1))
            .backoff(Backoff::constant(Duration::from_millis(20)));
        let system = System::builder("random")
            .seed([seed as u8; 32])
            .supervision(patient)
            .stop_grace(Duration::from_millis(500))
            .kill_grace(Duration::from_millis(500))
            .build();
        let letters = system.dead_letters(1 << 16);
        let mut driver = Self {
            random: Random::new(seed),
            system,
            grove: Grove {
                ledger: Arc::default(),
                nodes: Arc::default(),
            },
            letters,
            under_way: JoinSet::new(),
            spawned: 0,
        };
        for _ in 0..4 {
            driver.spawn().await;
        }
        driver
    }

    /// One operation.
    pub(crate) async fn step(&mut self) {
        let crowded = self.grove.ledger.alive() > CROWD;
        match self.random.below(100) {
            0..3 if !crowded => self.spawn().await,
            0..3 => self.node().kill(),
            3..5 => self.node().stop(),
            5 => self.node().kill(),
            6..9 if !crowded => {
                let seed = self.random.next();
                self.try_tell(Order::Spawn(seed));
            }
            6..9 => self.try_tell(Order::Finish),
            9..11 => self.fail_around(),
            11..14 => self.try_tell(Order::Fail),
            14..17 => self.try_tell(Order::Panic),
            17 => self.try_tell(Order::Finish),
            18..24 => {
                let time = self.random.pick(&[1, 10, 100, 3_000]);
                self.try_tell(Order::Work(time));
            }
            24..30 => self.try_tell(Order::Aside),
            30..33 => self.try_tell(Order::Unstash),
            33..36 => self.pipe(),
            36..46 => self.tell_in_time(),
            46..66 => self.ask(),
            66..72 => self.pass().await,
            _ => self.try_tell(Order::Note),
        }
        self.read_letters();
    }

    /// Shuts down, waits for everything, and settles the ledger.
    pub(crate) async fn end(mut self, bound: Duration) {
        self.expect_answers().await;
        let down = tokio::time::timeout(bound, self.system.shutdown()).await;
        down.expect("the shutdown hangs").expect("an orderly end");
        let rest = async { while self.under_way.join_next().await.is_some() {} };
        tokio::time::timeout(bound, rest)
            .await
            .expect("an ask or a tell hangs");
        for node in self.grove.nodes.lock().iter() {
            assert!(node.is_stopped(), "{node:?} outlives its system");
        }
        self.read_letters();
        assert_eq!(self.letters.missed(), 0);
        let met = self.grove.ledger.settle(self.system.dead_letter_counts());
        for kind in ["handled", "broken", "returned", "dead", "refused"] {
            assert!(met.contains_key(kind), "this run shows little: {met:?}");
        }
    }

    /// Everyone who has not ended answers, once the failures have ceased.
    async fn expect_answers(&mut self) {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let nodes: Vec<_> = self.grove.nodes.lock().clone();
        for node in nodes.into_iter().filter(|node| !node.is_stopped()) {
            let token = self.grove.ledger.token(true);
            let number = token.number();
            let ask = node.ask(|reply| Op {
                order: Order::Answer(reply),
                token,
            });
            let result = ask.timeout(Duration::from_secs(60)).await;
            assert!(
                matches!(result, Ok(_) | Err(AskError::Stopped)),
                "{node:?} says nothing: {result:?}"
            );
            self.grove.ledger.ended(number, result);
        }
    }

    /// Some node, mostly one that lives.
    fn node(&mut self) -> ActorRef<Op> {
        let nodes = self.grove.nodes.lock();
        let any = self.random.below(8) == 0;
        for _ in 0..20 {
            let node = &nodes[self.random.below(nodes.len() as u64) as usize];
            if any || !node.is_stopped() {
                return node.clone();
            }
        }
        nodes[0].clone()
    }

    async fn spawn(&mut self) {
        self.spawned += 1;
        let nature = Nature::draw(self.random.next(), 1);
        let factory = factory(&self.grove, nature);
        let spawn = self.system.spawn(format!("top{}", self.spawned), factory);
        let started = tokio::time::timeout(Duration::from_secs(600), spawn_as(spawn, nature));
        if let Ok(node) = started.await.expect("a spawn hangs") {
            self.grove.nodes.lock().push(node);
        }
    }

    /// Several failures among siblings, as close together as can be.
    fn fail_around(&mut self) {
        let parent = |node: &ActorRef<Op>| {
            let path = node.path().to_string();
            path.rsplit_once('/').map(|(parent, _)| parent.to_owned())
        };
        let first = self.node();
        let nodes: Vec<_> = self.grove.nodes.lock().clone();
        let siblings: Vec<_> = nodes
            .iter()
            .filter(|node| !node.is_stopped() && parent(node) == parent(&first))
            .collect();
        for _ in 0..self.random.below(6) {
            let index = self.random.below(siblings.len().max(1) as u64) as usize;
            let order = if self.random.below(3) == 0 {
                Order::Panic
            } else {
                Order::Fail
            };
            Self::tell_now(&self.grove, siblings.get(index).unwrap_or(&&first), order);
        }
    }

    fn try_tell(&mut self, order: Order) {
        let node = self.node();
        Self::tell_now(&self.grove, &node, order);
    }

    fn tell_now(grove: &Grove, node: &ActorRef<Op>, order: Order) {
        let token = grove.ledger.token(false);
        match node.try_tell(Op { order, token }) {
            Ok(()) => {}
            Err(error) => error
                .into_message()
                .expect("it comes back")
                .token
                .returned(),
        }
    }

    /// The token in the task is another message, which may never come to be.
    fn pipe(&mut self) {
        let inner = self.grove.ledger.token(false);
        let (number, node) = (inner.number(), self.node());
        let token = self.grove.ledger.token(false);
        let order = Order::Pipe(inner);
        if let Err(error) = node.try_tell(Op { order, token }) {
            error
                .into_message()
                .expect("it comes back")
                .token
                .returned();
        }
        self.grove.ledger.may_vanish(number);
    }

    fn tell_in_time(&mut self) {
        let (node, token) = (self.node(), self.grove.ledger.token(false));
        let time = Duration::from_millis(1 + self.random.below(200));
        let gives_up = self.random.below(5) == 0;
        let number = token.number();
        let ledger = Arc::clone(&self.grove.ledger);
        self.under_way.spawn(async move {
            let order = Order::Note;
            let tell = node.tell(Op { order, token }).timeout(time);
            let patience = if gives_up { time / 2 } else { time * 2 };
            match tokio::time::timeout(patience, tell).await {
                Err(_) => ledger.may_vanish(number),
                Ok(Err(error)) => error
                    .into_message()
                    .expect("it comes back")
                    .token
                    .returned(),
                Ok(Ok(())) => {}
            }
        });
    }

    fn ask(&mut self) {
        let (node, token) = (self.node(), self.grove.ledger.token(true));
        let (ledger, number) = (Arc::clone(&self.grove.ledger), token.number());
        let late = self.random.pick(&[1, 20, 400]);
        let which = self.random.below(6);
        let time = Duration::from_millis(self.random.pick(&[10, 300, 5_000]));
        self.under_way.spawn(async move {
            let make = |reply| {
                let order = match which {
                    0 => Order::Keep(reply),
                    1 => Order::FailToAnswer(reply),
                    2 => Order::AnswerLate(reply, late),
                    _ => Order::Answer(reply),
                };
                Op { order, token }
            };
            let result = node.ask(make).timeout(time).await;
            ledger.ended(number, result);
        });
    }

    async fn pass(&mut self) {
        let time = self.random.pick(&[0, 1, 1, 7, 60]);
        tokio::time::sleep(Duration::from_millis(time)).await;
    }

    fn read_letters(&mut self) {
        while let Some(letter) = self.letters.try_recv() {
            self.read(&letter);
        }
    }

    fn read(&self, letter: &DeadLetter) {
        let is_broken = matches!(
            letter.reason,
            DeadLetterReason::Failed(_) | DeadLetterReason::Killed
        );
        match letter.take_message::<Op>() {
            Some(op) if !is_broken => op.token.lettered(),
            None if is_broken => {}
            _ => self
                .grove
                .ledger
                .complain(format!("an odd letter: {letter:?}")),
        }
    }
}
