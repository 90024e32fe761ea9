//! What happens when messages come faster than they are handled.
//!
//! 1. A fast producer and a slow consumer with a mailbox of eight places. `tell` waits for room, so
//!    the producer runs at the consumer's pace, and is never further ahead than the mailbox and
//!    what the consumer took out of it at one visit. No memory grows and nothing is lost.
//! 2. The four overflow policies beside each other: twenty messages for a consumer that is busy and
//!    has eight places. `Wait` keeps all of them and slows the sender down; `Reject` tells the
//!    sender at once; `DropNewest` keeps the first eight and `DropOldest` the last eight. What is
//!    dropped is counted, and every message is accounted for.
//!
//! ```sh
//! cargo run --example backpressure
//! ```
//!
//! It prints (times vary):
//!
//! ```text
//! a producer without a pause, a consumer that takes 1 ms, 8 places
//!   200 of 200 messages handled; the producer needed 403ms
//!   it was at most 16 messages ahead
//! 20 messages for a busy consumer with 8 places
//!   policy      queued  refused  dropped  handled
//!   Wait            20        0        0  20 (1 to 20)
//!   Reject           8       12        0  8 (1 to 8)
//!   DropNewest      20        0       12  8 (1 to 8)
//!   DropOldest      20        0       12  8 (13 to 20)
//! ```

mod script;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use greenroom::prelude::*;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep};

use script::Script;

const PLACES: usize = 8;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut script = Script::parse();
    while script.goes_on() {
        scenario().await?;
    }
    Ok(())
}

async fn scenario() -> Result<(), Box<dyn Error>> {
    slowed_producer().await?;
    policies().await
}

/// Takes a millisecond for each message.
struct Slow {
    handled: Arc<AtomicU64>,
}

impl Actor for Slow {
    type Msg = u64;

    async fn handle(&mut self, _number: u64, _ctx: &mut Context<Self>) -> ActorResult {
        sleep(Duration::from_millis(1)).await;
        self.handled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn slowed_producer() -> Result<(), Box<dyn Error>> {
    const MESSAGES: u64 = 200;
    let system = System::new("backpressure");
    let handled = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&handled);
    let slow = system
        .spawn("slow", move || Slow {
            handled: Arc::clone(&counter),
        })
        .mailbox(|mailbox| mailbox.capacity(PLACES))
        .await?;

    let begun = Instant::now();
    let mut furthest = 0;
    for number in 1..=MESSAGES {
        slow.tell(number).await?;
        furthest = furthest.max(number - handled.load(Ordering::Relaxed));
    }
    let took = begun.elapsed();
    // Stops the actor after what is queued, and waits for that.
    slow.stop();
    slow.terminated().await;
    let handled = handled.load(Ordering::Relaxed);

    println!("a producer without a pause, a consumer that takes 1 ms, {PLACES} places");
    println!("  {handled} of {MESSAGES} messages handled; the producer needed {took:.0?}");
    println!("  it was at most {furthest} messages ahead");
    assert_eq!(handled, MESSAGES);
    assert!(took >= Duration::from_millis(MESSAGES - 2 * PLACES as u64 - 1));
    // In the mailbox, and taken out of it but not handled yet.
    assert!(furthest <= 2 * PLACES as u64 + 1);
    system.shutdown().await?;
    Ok(())
}

/// Notes the numbers that it is sent, once its gate is open.
struct Gated {
    gate: Arc<Semaphore>,
    numbers: Arc<Mutex<Vec<u64>>>,
}

enum GatedMsg {
    /// Answers that it is busy now, and is until the gate opens.
    WaitAtGate(Reply<()>),
    Number(u64),
}

impl Actor for Gated {
    type Msg = GatedMsg;

    async fn handle(&mut self, msg: GatedMsg, _ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            GatedMsg::WaitAtGate(reply) => {
                reply.send(());
                self.gate.acquire().await?.forget();
            }
            GatedMsg::Number(number) => self.numbers.lock().await.push(number),
        }
        Ok(())
    }
}

async fn policies() -> Result<(), Box<dyn Error>> {
    const MESSAGES: u64 = 20;
    println!("{MESSAGES} messages for a busy consumer with {PLACES} places");
    println!("  policy      queued  refused  dropped  handled");
    let policies = [
        (Overflow::Wait, 20, 0, 0, 1..=20),
        (Overflow::Reject, 8, 12, 0, 1..=8),
        (Overflow::DropNewest, 20, 0, 12, 1..=8),
        (Overflow::DropOldest, 20, 0, 12, 13..=20),
    ];
    for (policy, queued, refused, dropped, expected) in policies {
        let system = System::new("policies");
        let gate = Arc::new(Semaphore::new(0));
        let numbers = Arc::new(Mutex::new(Vec::new()));
        let (its_gate, its_numbers) = (Arc::clone(&gate), Arc::clone(&numbers));
        let gated = system
            .spawn("gated", move || Gated {
                gate: Arc::clone(&its_gate),
                numbers: Arc::clone(&its_numbers),
            })
            .mailbox(move |mailbox| mailbox.capacity(PLACES).overflow(policy))
            .await?;
        gated.ask(GatedMsg::WaitAtGate).await?;

        // The gate opens once all are sent, or the sender waits for room.
        let sender = async {
            let mut told = Vec::new();
            for number in 1..=MESSAGES {
                told.push(gated.tell(GatedMsg::Number(number)).await);
            }
            told
        };
        let (told, ()) = tokio::join!(sender, async { gate.add_permits(1) });
        let ok = told.iter().filter(|told| told.is_ok()).count();
        let full = told
            .iter()
            .filter(|told| matches!(told, Err(SendError::Full(_))))
            .count();
        gated.stop();
        gated.terminated().await;
        let handled = numbers.lock().await;
        let counts = system.dead_letter_counts();
        let lost = counts.overflow + counts.displaced;

        let (first, last) = (handled.first().unwrap_or(&0), handled.last().unwrap_or(&0));
        let name = format!("{policy:?}");
        println!(
            "  {name:<10}  {ok:>6}  {full:>7}  {lost:>7}  {} ({first} to {last})",
            handled.len()
        );
        assert_eq!((ok, full, lost), (queued, refused, dropped));
        assert_eq!(*handled, expected.collect::<Vec<_>>());
        assert_eq!(handled.len() as u64 + lost + full as u64, MESSAGES);
        system.shutdown().await?;
    }
    Ok(())
}
