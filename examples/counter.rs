//! An actor that counts: the smallest program there is, in both forms.
//!
//! An actor owns its state and handles one message after the other, so nothing here needs a lock. A
//! *tell* hands a message over; an *ask* waits for the answer. A message that asks carries a
//! `Reply`.
//!
//! ```sh
//! cargo run --example counter
//! ```
//!
//! ```text
//! after 1, 2 and 3 the count is 6
//! ten tasks added 1,000 each: the count is 10006
//! a taken name is an error: the name `counter` is taken
//! after the shutdown: the actor has stopped; the message came back
//! written with the macro: 6
//! ```

mod script;

use greenroom::prelude::*;

use script::Script;

#[derive(Default)]
struct Counter {
    count: u64,
}

/// What the counter can be sent.
enum CounterMsg {
    Add(u64),
    Get(Reply<u64>),
}

impl Actor for Counter {
    type Msg = CounterMsg;

    async fn handle(&mut self, msg: CounterMsg, _ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            CounterMsg::Add(n) => self.count += n,
            CounterMsg::Get(reply) => reply.send(self.count),
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut script = Script::parse();
    while script.goes_on() {
        scenario().await?;
    }
    Ok(())
}

async fn scenario() -> Result<(), Box<dyn std::error::Error>> {
    let system = System::new("counter");
    // A factory and not a value: if the counter fails, its supervisor makes a new one.
    let counter = system.spawn("counter", Counter::default).await?;

    for n in [1, 2, 3] {
        counter.tell(CounterMsg::Add(n)).await?;
    }
    // Messages of one sender arrive in order, so all three are counted by now.
    let count = counter.ask(CounterMsg::Get).await?;
    println!("after 1, 2 and 3 the count is {count}");
    assert_eq!(count, 6);

    // References are cheap to clone and can be used from anywhere.
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let counter = counter.clone();
            tokio::spawn(async move {
                for _ in 0..1_000 {
                    // Waits whenever the mailbox (1,024 messages) is full.
                    counter.tell(CounterMsg::Add(1)).await?;
                }
                Ok::<(), SendError<CounterMsg>>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let count = counter.ask(CounterMsg::Get).await?;
    println!("ten tasks added 1,000 each: the count is {count}");
    assert_eq!(count, 10_006);

    let taken = system.spawn("counter", Counter::default).await;
    let error = taken.expect_err("siblings have different names");
    println!("a taken name is an error: {error}");

    // Ends every actor, each after what it has queued.
    system.shutdown().await?;
    let error = counter.tell(CounterMsg::Add(1)).await;
    let error = error.expect_err("nobody handles messages any more");
    println!("after the shutdown: {error}; the message came back");
    assert!(matches!(error, SendError::Stopped(CounterMsg::Add(1))));

    with_the_macro().await
}

/// The same counter again. `#[actor]` writes the enum of messages (`TallyMsg`), the `impl Actor`,
/// and a trait with the methods as calls.
#[derive(Default)]
struct Tally {
    count: u64,
}

#[actor]
impl Tally {
    /// Returns nothing, so calling it is a tell.
    #[message]
    async fn add(&mut self, n: u64) {
        self.count += n;
    }

    /// Returns something, so calling it is an ask.
    #[message]
    async fn get(&mut self) -> u64 {
        self.count
    }
}

async fn with_the_macro() -> Result<(), Box<dyn std::error::Error>> {
    let system = System::new("tally");
    let tally = system.spawn("tally", Tally::default).await?;
    for n in [1, 2, 3] {
        tally.add(n).await?;
    }
    let count = tally.get().await?;
    println!("written with the macro: {count}");
    assert_eq!(count, 6);
    system.shutdown().await?;
    Ok(())
}
