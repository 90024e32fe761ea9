//! Pools: who gets which message, and what becomes of it when workers come, go and fail.

mod changes;
mod elastic;
mod faults;
mod routing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use parking_lot::Mutex;

/// What the workers of one test share: who handled what, in order.
#[derive(Clone, Default)]
struct Board {
    handled: Arc<Mutex<Vec<(String, u64, u32)>>>,
}

impl Board {
    /// The numbers handled for each key, in order.
    fn by_key(&self) -> BTreeMap<u64, Vec<u32>> {
        let mut keys = BTreeMap::<u64, Vec<u32>>::new();
        for (_, key, number) in &*self.handled.lock() {
            keys.entry(*key).or_default().push(*number);
        }
        keys
    }

    fn count(&self) -> usize {
        self.handled.lock().len()
    }

    /// Who handled messages of a key, each once.
    fn workers_of(&self, key: u64) -> Vec<String> {
        let handled = self.handled.lock();
        let of_key = handled.iter().filter(|(_, known, _)| *known == key);
        let mut names: Vec<_> = of_key.map(|(name, ..)| name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn worker(&self) -> impl Fn() -> Worker + Send + Sync + 'static {
        let board = self.clone();
        move || Worker(board.clone())
    }
}

#[derive(Debug)]
enum Job {
    /// Noted under its key, after a moment.
    Note(u64, u32),
    /// Answered with the worker's name.
    Who(u64, Reply<String>),
    /// Fails over it.
    Fail(u64),
    /// Panics over it.
    Panic(u64),
    /// Ends itself.
    Finish(u64),
    /// Busy for a second.
    Work(u64),
}

impl Job {
    fn key(&self) -> u64 {
        match self {
            Self::Note(key, _) | Self::Who(key, _) | Self::Fail(key) => *key,
            Self::Panic(key) | Self::Finish(key) | Self::Work(key) => *key,
        }
    }
}

struct Worker(Board);

impl Actor for Worker {
    type Msg = Job;

    async fn handle(&mut self, job: Job, ctx: &mut Context<Self>) -> ActorResult {
        let name = ctx.path().name().to_owned();
        match job {
            Job::Note(key, number) => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                self.0.handled.lock().push((name, key, number));
            }
            Job::Who(_, reply) => reply.send(name),
            Job::Fail(_) => return Err(Failure::message("told to")),
            Job::Panic(_) => panic!("told to"),
            Job::Finish(_) => ctx.stop(),
            Job::Work(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
        Ok(())
    }
}

async fn who(pool: &Pool<Job>, key: u64) -> String {
    let asked = pool.ask(|reply| Job::Who(key, reply)).await;
    asked.expect("a worker answers")
}
