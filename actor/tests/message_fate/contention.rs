//! Overflow while many threads send: what is dropped and what is handled add up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom::prelude::*;

const SENDERS: u64 = 8;
const EACH: u64 = 2_000;

/// Counts what it handles, and checks that each sender's messages come in order.
struct Counter {
    handled: Arc<AtomicU64>,
    last: [Option<u64>; SENDERS as usize],
}

/// The sender, and the number of its message.
struct Note(u64, u64);

impl Actor for Counter {
    type Msg = Note;

    async fn handle(&mut self, Note(sender, number): Note, _: &mut Context<Self>) -> ActorResult {
        let last = &mut self.last[sender as usize];
        assert!(*last < Some(number), "{number} after {last:?}");
        *last = Some(number);
        self.handled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

struct Outcome {
    handled: u64,
    /// How many sends ended with an error that gave the message back.
    refused: u64,
    letters: greenroom::DeadLetterCounts,
}

/// Lets all senders send at once, half of them by `tell`, half by `try_tell`.
async fn flood(overflow: Overflow) -> Outcome {
    let system = System::new("contention");
    let handled = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&handled);
    let factory = move || Counter {
        handled: Arc::clone(&count),
        last: [None; SENDERS as usize],
    };
    let actor = system.spawn("counter", factory);
    let actor = actor.mailbox(move |m| m.capacity(4).overflow(overflow));
    let actor = actor.await.expect("it starts");
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let actor = actor.clone();
            tokio::spawn(async move {
                let mut refused = 0;
                for number in 0..EACH {
                    let note = Note(sender, number);
                    let sent = if sender % 2 == 0 {
                        actor.tell(note).await.is_ok()
                    } else {
                        actor.try_tell(note).is_ok()
                    };
                    refused += u64::from(!sent);
                }
                refused
            })
        })
        .collect();
    let mut refused = 0;
    for sender in senders {
        refused += sender.await.expect("no sender panics");
    }
    actor.stop();
    let reason = actor.terminated().await;
    assert!(matches!(reason, StopReason::Stopped), "{reason}");
    Outcome {
        handled: handled.load(Ordering::Relaxed),
        refused,
        letters: system.dead_letter_counts(),
    }
}

const SENT: u64 = SENDERS * EACH;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn waiting_senders_lose_nothing() {
    let outcome = flood(Overflow::Wait).await;
    assert_eq!(outcome.handled + outcome.refused, SENT);
    assert!(outcome.refused <= SENT / 2, "only those that do not wait");
    assert_eq!(outcome.letters.total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rejected_messages_are_with_their_senders() {
    let outcome = flood(Overflow::Reject).await;
    assert_eq!(outcome.handled + outcome.refused, SENT);
    assert_eq!(outcome.letters.total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_newcomer_that_is_dropped_is_counted() {
    let outcome = flood(Overflow::DropNewest).await;
    assert_eq!(outcome.refused, 0);
    assert_eq!(outcome.handled + outcome.letters.overflow, SENT);
    assert_eq!(outcome.letters.total(), outcome.letters.overflow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_message_that_is_displaced_is_counted() {
    let outcome = flood(Overflow::DropOldest).await;
    assert_eq!(outcome.refused, 0);
    assert_eq!(outcome.handled + outcome.letters.displaced, SENT);
    assert_eq!(outcome.letters.total(), outcome.letters.displaced);
}
