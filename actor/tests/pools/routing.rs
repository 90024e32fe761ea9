//! Whom a pool's least-loaded routing chooses, and when.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use greenroom::prelude::*;
use tokio::sync::Semaphore;

/// Answers with its name, then is busy until the gate opens.
struct Worker {
    gate: Arc<Semaphore>,
}

type Hold = Reply<String>;

impl Actor for Worker {
    type Msg = Hold;

    async fn handle(&mut self, reply: Hold, ctx: &mut Context<Self>) -> ActorResult {
        reply.send(ctx.path().name().to_owned());
        self.gate.acquire().await?.forget();
        Ok(())
    }
}

async fn pool(system: &System, gate: &Arc<Semaphore>) -> Pool<Hold> {
    let gate = Arc::clone(gate);
    let factory = move || Worker {
        gate: Arc::clone(&gate),
    };
    let pool = system.pool("pool", 3, factory);
    pool.routing(Routing::least_loaded()).await.unwrap()
}

#[tokio::test]
async fn least_loaded_counts_the_message_in_hand() {
    let (system, gate) = (System::new("test"), Arc::new(Semaphore::new(0)));
    let pool = pool(&system, &gate).await;
    let mut names = BTreeSet::new();
    for _ in 0..3 {
        names.insert(pool.ask(|reply| reply).await.unwrap());
    }
    assert_eq!(names.len(), 3, "{names:?}");
    gate.add_permits(3);
    system.shutdown().await.unwrap();
}

#[tokio::test]
async fn least_loaded_counts_what_waits_behind_a_busy_worker() {
    let (system, gate) = (System::new("test"), Arc::new(Semaphore::new(0)));
    let pool = pool(&system, &gate).await;
    for _ in 0..3 {
        pool.ask(|reply| reply).await.unwrap();
    }
    // All are busy; of six more each gets two.
    let asked: Vec<_> = (0..6).map(|_| pool.ask(|reply| reply)).collect();
    let (names, ()) = tokio::join!(join_all(asked), async { gate.add_permits(9) });
    for worker in 0..3 {
        let name = format!("worker-{worker}");
        let share = names.iter().flatten().filter(|known| **known == name);
        assert_eq!(share.count(), 2, "{names:?}");
    }
    system.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_worker_is_chosen_when_an_ask_is_sent_not_when_it_is_made() {
    let (system, gate) = (System::new("test"), Arc::new(Semaphore::new(3)));
    let pool = pool(&system, &gate).await;
    let asked: Vec<_> = (0..3).map(|_| pool.ask(|reply| reply)).collect();
    let names = join_all(asked).await;
    let names: BTreeSet<_> = names.into_iter().flatten().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    system.shutdown().await.unwrap();
}
