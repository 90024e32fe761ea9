//! Actors that fail, and supervisors that decide what follows.
//!
//! 1. A flaky worker is restarted, each time after a longer pause. Its reference and its mailbox
//!    survive: what was queued is handled by the new instance, only the message in hand is lost.
//! 2. A chain in which each part builds on the ones before is supervised *rest for one*: when the
//!    decoder fails, decoder and writer start again, while the connection keeps its state.
//! 3. A child that fails more often than tolerated is not restarted for ever: the failure
//!    *escalates*. Its parent fails in its place and starts again, with fresh children. What
//!    escalates to the top stops the system, with the reason.
//!
//! ```sh
//! cargo run --example supervision
//! ```
//!
//! ```text
//! 1. a flaky worker, restarted with backoff
//!   /user/fetcher starts
//!   /user/fetcher starts
//!   /user/fetcher starts
//!   /user/fetcher starts
//!   the fourth instance, with a state of its own, has handled 1
//!   it came after 140 ms of backoff: true
//! 2. a chain, rest for one
//!   /user/pipeline starts
//!   /user/pipeline/connection starts
//!   /user/pipeline/decoder starts
//!   /user/pipeline/writer starts
//!   the decoder is told to fail
//!   /user/pipeline/decoder starts
//!   /user/pipeline/writer starts
//!   handled by connection, decoder and writer: [2, 1, 1]
//! 3. escalation
//!   /user/tenant starts
//!   /user/tenant/connection starts
//!   /user/tenant/decoder starts
//!   /user/tenant/writer starts
//!   round 1: the decoder is told to fail three times
//!   /user/tenant/decoder starts
//!   /user/tenant/decoder starts
//!   that decoder has failed: decoder broke
//!   /user/tenant starts
//!   /user/tenant/connection starts
//!   /user/tenant/decoder starts
//!   /user/tenant/writer starts
//!   round 2: the decoder is told to fail three times
//!   /user/tenant/decoder starts
//!   /user/tenant/decoder starts
//!   that decoder has failed: decoder broke
//!   the system has failed: decoder broke
//!   shutdown: the system had stopped: decoder broke
//! ```

mod script;

use std::error::Error;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{Backoff, Jitter, Strategy};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use script::Script;

/// Where actors report that they start, so that this program can check the order.
type Starts = mpsc::UnboundedSender<String>;

/// Counts what it has handled, and fails when it is told to.
struct Worker {
    starts: Starts,
    handled: u64,
}

enum WorkerMsg {
    Work(Reply<u64>),
    Fail,
}

impl Worker {
    /// What makes a worker, at first and at each restart.
    fn factory(starts: &Starts) -> impl FnMut() -> Self + Send + 'static {
        let starts = starts.clone();
        move || Self {
            starts: starts.clone(),
            handled: 0,
        }
    }
}

impl Actor for Worker {
    type Msg = WorkerMsg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.starts.send(ctx.path().to_string())?;
        Ok(())
    }

    async fn handle(&mut self, msg: WorkerMsg, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            WorkerMsg::Work(reply) => {
                self.handled += 1;
                reply.send(self.handled);
                Ok(())
            }
            // A panic comes to the same.
            WorkerMsg::Fail => Err(Failure::message(format!("{} broke", ctx.path().name()))),
        }
    }
}

/// Has three workers as children, under a strategy of the caller's choice.
struct Supervisor {
    starts: Starts,
    strategy: Strategy,
    children: Vec<ActorRef<WorkerMsg>>,
}

enum SupervisorMsg {
    Children(Reply<Vec<ActorRef<WorkerMsg>>>),
}

impl Supervisor {
    fn factory(strategy: Strategy, starts: &Starts) -> impl FnMut() -> Self + Send + 'static {
        let starts = starts.clone();
        move || Self {
            starts: starts.clone(),
            strategy: strategy.clone(),
            children: Vec::new(),
        }
    }
}

impl Actor for Supervisor {
    type Msg = SupervisorMsg;

    /// Children belong to an instance, so each instance starts its own.
    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.starts.send(ctx.path().to_string())?;
        ctx.supervise(self.strategy.clone());
        for name in ["connection", "decoder", "writer"] {
            let child = ctx.spawn(name, Worker::factory(&self.starts)).await?;
            self.children.push(child);
        }
        Ok(())
    }

    async fn handle(&mut self, msg: SupervisorMsg, _ctx: &mut Context<Self>) -> ActorResult {
        let SupervisorMsg::Children(reply) = msg;
        reply.send(self.children.clone());
        Ok(())
    }
}

/// Waits for the starts that are expected, and prints them.
async fn expect(
    starts: &mut mpsc::UnboundedReceiver<String>,
    expected: &[&str],
) -> Result<(), Box<dyn Error>> {
    for path in expected {
        let started = timeout(Duration::from_secs(5), starts.recv()).await?;
        assert_eq!(started.as_deref(), Some(*path));
        println!("  {path} starts");
    }
    Ok(())
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
    flaky_worker().await?;
    chain().await?;
    escalation().await
}

async fn flaky_worker() -> Result<(), Box<dyn Error>> {
    println!("1. a flaky worker, restarted with backoff");
    let strategy = Strategy::one_for_one()
        .intensity(5, Duration::from_secs(10))
        .backoff(
            Backoff::exponential(Duration::from_millis(20)..=Duration::from_secs(1))
                .jitter(Jitter::None),
        );
    let system = System::builder("flaky").supervision(strategy).build();
    let (starts, mut started) = mpsc::unbounded_channel();
    let fetcher = system.spawn("fetcher", Worker::factory(&starts)).await?;
    assert_eq!(fetcher.ask(WorkerMsg::Work).await?, 1);

    let begun = Instant::now();
    for _ in 0..3 {
        fetcher.tell(WorkerMsg::Fail).await?;
    }
    // Queued behind the failures: it waits in the mailbox until an instance comes to it.
    let handled = fetcher.ask(WorkerMsg::Work).await?;
    let took = begun.elapsed();
    expect(&mut started, &["/user/fetcher"; 4]).await?;
    println!("  the fourth instance, with a state of its own, has handled {handled}");
    assert_eq!(handled, 1);
    // 20, 40 and 80 ms.
    println!(
        "  it came after 140 ms of backoff: {}",
        took.as_millis() >= 140
    );
    assert!(took >= Duration::from_millis(140));
    system.shutdown().await?;
    Ok(())
}

async fn chain() -> Result<(), Box<dyn Error>> {
    println!("2. a chain, rest for one");
    let system = System::new("chain");
    let (starts, mut started) = mpsc::unbounded_channel();
    let factory = Supervisor::factory(Strategy::rest_for_one(), &starts);
    let pipeline = system.spawn("pipeline", factory).await?;
    let paths = [
        "/user/pipeline",
        "/user/pipeline/connection",
        "/user/pipeline/decoder",
        "/user/pipeline/writer",
    ];
    expect(&mut started, &paths).await?;
    let children = pipeline.ask(SupervisorMsg::Children).await?;
    for child in &children {
        assert_eq!(child.ask(WorkerMsg::Work).await?, 1);
    }
    println!("  the decoder is told to fail");
    children[1].tell(WorkerMsg::Fail).await?;
    expect(&mut started, &paths[2..]).await?;
    let mut handled = Vec::new();
    for child in &children {
        handled.push(child.ask(WorkerMsg::Work).await?);
    }
    println!("  handled by connection, decoder and writer: {handled:?}");
    assert_eq!(handled, [2, 1, 1]);
    system.shutdown().await?;
    Ok(())
}

async fn escalation() -> Result<(), Box<dyn Error>> {
    println!("3. escalation");
    // The top tolerates one restart of the tenant, the tenant two restarts of a child.
    let window = Duration::from_secs(10);
    let top = Strategy::one_for_one().intensity(1, window);
    let system = System::builder("escalation").supervision(top).build();
    let (starts, mut started) = mpsc::unbounded_channel();
    let factory = Supervisor::factory(Strategy::one_for_one().intensity(2, window), &starts);
    let tenant = system.spawn("tenant", factory).await?;
    let paths = [
        "/user/tenant",
        "/user/tenant/connection",
        "/user/tenant/decoder",
        "/user/tenant/writer",
    ];
    for round in 1..=2 {
        expect(&mut started, &paths).await?;
        let children = tenant.ask(SupervisorMsg::Children).await?;
        println!("  round {round}: the decoder is told to fail three times");
        for _ in 0..3 {
            children[1].tell(WorkerMsg::Fail).await?;
        }
        expect(&mut started, &["/user/tenant/decoder"; 2]).await?;
        let reason = children[1].terminated().await;
        println!("  that decoder has {reason}");
        // Its siblings end with it: they belong to the instance of the tenant that failed.
        children[0].terminated().await;
    }
    let reason = system.terminated().await;
    println!("  the system has {reason}");
    assert!(reason.failure().is_some());
    let error = system
        .shutdown()
        .await
        .expect_err("it had stopped by itself");
    println!("  shutdown: {error}");
    Ok(())
}
