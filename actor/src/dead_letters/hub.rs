//! Where dead letters arrive: counters, subscribers and the log.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures::Stream;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::letter::{DeadLetter, DeadLetterReason};
use super::log::LogLimit;
use crate::failure::quietly;
use crate::id::ActorPath;
use crate::sync::Mutex;

/// The dead letters of one system.
#[derive(Default)]
pub(crate) struct Hub {
    counts: [AtomicU64; DeadLetterReason::KINDS],
    subscribers: Mutex<Vec<Subscriber>>,
    subscribed: AtomicUsize,
    log: Mutex<LogLimit>,
}

#[derive(Clone)]
struct Subscriber {
    letters: mpsc::Sender<DeadLetter>,
    missed: Arc<AtomicU64>,
}

impl Hub {
    /// Counts a message that was not handled, and hands it on to the subscribers and the log.
    ///
    /// Drops it otherwise; a panic in its drop is caught. Must not be called under a lock.
    pub(crate) fn bury<M: Send + 'static>(
        &self,
        target: impl Fn() -> ActorPath,
        variant: &'static str,
        reason: DeadLetterReason,
        message: Option<M>,
    ) {
        self.counts[reason.kind()].fetch_add(1, Ordering::Relaxed);
        let message_type = std::any::type_name::<M>();
        // The lock is free again before the log is written: a tracing subscriber is code of the
        // user's, and may come back here.
        let admitted = self.log.lock().admit(Instant::now());
        if let Some(suppressed) = admitted {
            let target = target();
            tracing::warn!(%target, message_type, variant, %reason, suppressed, "dead letter");
        }
        if self.subscribed.load(Ordering::Acquire) == 0 {
            quietly(|| drop(message));
            return;
        }
        let letter = DeadLetter {
            target: target(),
            message_type,
            variant,
            reason,
            message: Arc::new(Mutex::new(message.map(|m| Box::new(m) as _))),
        };
        self.hand_out(letter);
    }

    pub(crate) fn counts(&self) -> DeadLetterCounts {
        let count = |kind: usize| self.counts[kind].load(Ordering::Relaxed);
        DeadLetterCounts {
            stopped: count(0),
            failed: count(1),
            killed: count(2),
            expired: count(3),
            overflow: count(4),
            displaced: count(5),
            stale: count(6),
            lost: count(7),
            unsubscribed: count(8),
            shed: count(9),
        }
    }

    pub(crate) fn subscribe(&self, capacity: usize) -> DeadLetters {
        let (letters, receiver) = mpsc::channel(capacity.clamp(1, Semaphore::MAX_PERMITS));
        let missed = Arc::new(AtomicU64::new(0));
        let mut subscribers = self.subscribers.lock();
        subscribers.push(Subscriber {
            letters,
            missed: Arc::clone(&missed),
        });
        self.subscribed.store(subscribers.len(), Ordering::Release);
        DeadLetters {
            letters: receiver,
            missed,
        }
    }

    fn hand_out(&self, letter: DeadLetter) {
        // Sent after the lock: it wakes readers, and what is not sent may be dropped here.
        let subscribers = self.subscribers.lock().clone();
        let mut closed = false;
        for subscriber in &subscribers {
            match subscriber.letters.try_send(letter.clone()) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    subscriber.missed.fetch_add(1, Ordering::Relaxed);
                }
                Err(mpsc::error::TrySendError::Closed(_)) => closed = true,
            }
        }
        if closed {
            let mut subscribers = self.subscribers.lock();
            let gone: Vec<_> = subscribers
                .extract_if(.., |subscriber| subscriber.letters.is_closed())
                .collect();
            self.subscribed.store(subscribers.len(), Ordering::Release);
            drop(subscribers);
            // With letters that came in while its reader went.
            quietly(move || drop(gone));
        }
        quietly(move || drop((letter, subscribers)));
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

/// How many messages were not handled since the system began, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each field is named after its DeadLetterReason"
)]
pub struct DeadLetterCounts {
    pub stopped: u64,
    pub failed: u64,
    pub killed: u64,
    pub expired: u64,
    pub overflow: u64,
    pub displaced: u64,
    pub stale: u64,
    pub lost: u64,
    pub unsubscribed: u64,
    /// Waited too long in a mailbox that sheds.
    pub shed: u64,
}

impl DeadLetterCounts {
    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason().into_iter().map(|(_, count)| count).sum()
    }

    /// Each reason by name, with its count.
    #[must_use]
    pub fn by_reason(&self) -> [(&'static str, u64); 10] {
        [
            ("stopped", self.stopped),
            ("failed", self.failed),
            ("killed", self.killed),
            ("expired", self.expired),
            ("overflow", self.overflow),
            ("displaced", self.displaced),
            ("stale", self.stale),
            ("lost", self.lost),
            ("unsubscribed", self.unsubscribed),
            ("shed", self.shed),
        ]
    }
}

/// A subscription to dead letters, as a [`Stream`]; bounded, so it misses what it can't hold.
#[derive(Debug)]
pub struct DeadLetters {
    letters: mpsc::Receiver<DeadLetter>,
    missed: Arc<AtomicU64>,
}

impl DeadLetters {
    /// Waits for the next dead letter; `None` once the system is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn recv(&mut self) -> Option<DeadLetter> {
        self.letters.recv().await
    }

    /// Takes the next dead letter if there is one.
    pub fn try_recv(&mut self) -> Option<DeadLetter> {
        self.letters.try_recv().ok()
    }

    /// How many letters found this subscription full.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl Stream for DeadLetters {
    type Item = DeadLetter;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<DeadLetter>> {
        self.letters.poll_recv(cx)
    }
}
