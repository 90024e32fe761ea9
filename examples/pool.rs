//! Several like workers behind one handle.
//!
//! 1. Who gets which message: forty jobs, one every millisecond, for four workers. Every fourth job
//!    takes 20 ms. *Round robin* hands all of the long ones to the same worker, *least loaded* does
//!    not, and *by key* keeps the jobs of one customer with one worker, in order.
//! 2. The pool is resized while it works: new workers take part at once, those that go first handle
//!    what they have.
//! 3. A worker that fails costs its job alone: the asker is told, the others go on, the worker is
//!    restarted and the pool keeps its size.
//!
//! ```sh
//! cargo run --example pool
//! ```
//!
//! It prints (times vary):
//!
//! ```text
//! 1. forty jobs for four workers, one a millisecond
//!   round-robin: 217ms; {"worker-0": 10, "worker-1": 10, "worker-2": 10, "worker-3": 10}
//!   least-loaded: 89ms; {"worker-0": 5, "worker-1": 10, "worker-2": 10, "worker-3": 15}
//!   by-key: 121ms; {"worker-0": 12, "worker-2": 16, "worker-3": 12}
//!   each customer's jobs went to one worker: true
//! 2. resized while it works
//!   two workers, then 6: 40 jobs in 69ms
//!   six workers, then 1: 40 jobs in 276ms
//! 3. workers that fail
//!   27 jobs done, 3 failed; the pool has 3 workers
//!   an asker is told: its handler failed: this job can't be done
//! ```

mod script;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use greenroom::prelude::*;
use tokio::time::{Instant, sleep};

use script::Script;

struct Worker;

struct Job {
    customer: u64,
    takes: Duration,
    fails: bool,
    /// Is told the name of the worker.
    reply: Reply<String>,
}

impl Actor for Worker {
    type Msg = Job;

    async fn handle(&mut self, job: Job, ctx: &mut Context<Self>) -> ActorResult {
        sleep(job.takes).await;
        if job.fails {
            return Err(Failure::message("this job can't be done"));
        }
        job.reply.send(ctx.path().name().to_owned());
        Ok(())
    }
}

/// One job for one of seven customers; every fourth takes long. Answers the name of the worker.
async fn job(pool: &Pool<Job>, number: u64, fails: bool) -> Result<String, AskError> {
    let takes = Duration::from_millis(if number.is_multiple_of(4) { 20 } else { 1 });
    let customer = number % 7;
    pool.ask(move |reply| Job {
        customer,
        takes,
        fails,
        reply,
    })
    .await
}

/// Asks for a job every millisecond and waits for all answers.
async fn work(pool: &Pool<Job>, jobs: u64) -> Result<(Vec<String>, Duration), AskError> {
    let begun = Instant::now();
    let asked = (0..jobs).map(|number| async move {
        sleep(Duration::from_millis(number)).await;
        job(pool, number, false).await
    });
    let workers = try_join_all(asked).await?;
    Ok((workers, begun.elapsed()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut script = Script::parse();
    while script.goes_on() {
        scenario().await?;
    }
    Ok(())
}

async fn scenario() -> Result<(), Box<dyn Error>> {
    let system = System::new("pool");
    routing(&system).await?;
    resizing(&system).await?;
    failing(&system).await?;
    system.shutdown().await?;
    Ok(())
}

async fn routing(system: &System) -> Result<(), Box<dyn Error>> {
    println!("1. forty jobs for four workers, one a millisecond");
    let mut times = Vec::new();
    for (name, routing) in [
        ("round-robin", Routing::round_robin()),
        ("least-loaded", Routing::least_loaded()),
        ("by-key", Routing::by_key(|job: &Job| job.customer)),
    ] {
        let pool = system.pool(name, 4, || Worker).routing(routing).await?;
        let (workers, took) = work(&pool, 40).await?;
        let mut jobs = BTreeMap::new();
        for worker in &workers {
            *jobs.entry(worker).or_insert(0) += 1;
        }
        println!("  {name}: {took:.0?}; {jobs:?}");
        if name == "by-key" {
            let kept = (0..40).all(|job| workers[job] == workers[job % 7]);
            println!("  each customer's jobs went to one worker: {kept}");
            assert!(kept);
        }
        times.push(took);
        pool.stop();
        pool.terminated().await;
    }
    // Ten long jobs in a row are 200 ms.
    assert!(times[0] >= Duration::from_millis(200));
    assert!(times[1] < times[0]);
    Ok(())
}

async fn resizing(system: &System) -> Result<(), Box<dyn Error>> {
    println!("2. resized while it works");
    let pool = system
        .pool("elastic", 2, || Worker)
        .routing(Routing::least_loaded())
        .await?;
    let (first, grown) = tokio::join!(work(&pool, 40), pool.resize(6));
    grown?;
    let (workers, took) = first?;
    println!(
        "  two workers, then {}: {} jobs in {took:.0?}",
        pool.size(),
        workers.len()
    );
    assert_eq!((workers.len(), pool.size()), (40, 6));
    let (second, shrunk) = tokio::join!(work(&pool, 40), pool.resize(1));
    shrunk?;
    let (workers, took) = second?;
    println!(
        "  six workers, then {}: {} jobs in {took:.0?}",
        pool.size(),
        workers.len()
    );
    assert_eq!((workers.len(), pool.size()), (40, 1));
    Ok(())
}

async fn failing(system: &System) -> Result<(), Box<dyn Error>> {
    println!("3. workers that fail");
    let pool = system.pool("brave", 3, || Worker).await?;
    let answers = join_all((0..30).map(|number| job(&pool, number, number % 10 == 9))).await;
    let failed = answers
        .iter()
        .filter(|answer| matches!(answer, Err(AskError::Failed(_))));
    let failed = failed.count();
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    println!(
        "  {done} jobs done, {failed} failed; the pool has {} workers",
        pool.size()
    );
    if let Some(Err(error)) = answers.into_iter().find(Result::is_err) {
        println!("  an asker is told: {error}");
    }
    assert_eq!((done, failed, pool.size()), (27, 3, 3));
    Ok(())
}
