//! One of the million, and what is counted of them.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use greenroom::prelude::*;

/// Longer than any machine takes to get round to an actor among so many; nothing waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// What is to become of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Lives,
    FailsOnce,
    Finishes,
    FailsForGood,
    IsKilled,
}

impl Fate {
    /// By its number among the leaves of its branch.
    pub(crate) fn of(number: u64) -> Self {
        match number % 100 {
            7 | 17 | 27 | 37 | 47 | 57 | 67 | 77 | 87 | 97 => Self::FailsOnce,
            5 | 25 | 45 | 65 | 85 => Self::Finishes,
            11 => Self::FailsForGood,
            3 | 53 => Self::IsKilled,
            _ => Self::Lives,
        }
    }

    /// How many leaves of a branch it is the fate of.
    pub(crate) fn count(self) -> u64 {
        (0..crate::tree::LEAVES)
            .filter(|number| Self::of(*number) == self)
            .count() as u64
    }

    /// What such a leaf is told.
    pub(crate) fn script(self) -> Vec<Message> {
        let last = match self {
            Self::Lives | Self::IsKilled => {
                return vec![Message::Work, Message::Work, Message::Work];
            }
            Self::FailsOnce => Message::Fail,
            Self::Finishes => Message::Finish,
            Self::FailsForGood => Message::FailForGood,
        };
        vec![Message::Work, Message::Work, last, Message::Work]
    }

    /// Whether it ends by what it is told.
    pub(crate) fn ends(self) -> bool {
        matches!(self, Self::Finishes | Self::FailsForGood)
    }

    /// What it has counted at the end: an instance begins anew.
    pub(crate) fn last_count(self) -> u64 {
        if self == Self::FailsOnce { 1 } else { 3 }
    }
}

/// What the test has sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Numbers {
    pub(crate) tells: u64,
    pub(crate) answers: u64,
    pub(crate) back: u64,
}

impl AddAssign for Numbers {
    fn add_assign(&mut self, other: Self) {
        self.tells += other.tells;
        self.answers += other.answers;
        self.back += other.back;
    }
}

#[derive(Default)]
struct Counts {
    made: AtomicU64,
    dropped: AtomicU64,
    handled: AtomicU64,
    stopped: AtomicU64,
}

/// Counts of all leaves together.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Counts>);

impl Tally {
    pub(crate) fn made(&self) -> u64 {
        self.0.made.load(Ordering::SeqCst)
    }

    pub(crate) fn alive(&self) -> u64 {
        self.made() - self.0.dropped.load(Ordering::SeqCst)
    }

    pub(crate) fn handled(&self) -> u64 {
        self.0.handled.load(Ordering::SeqCst)
    }

    pub(crate) fn stopped(&self) -> u64 {
        self.0.stopped.load(Ordering::SeqCst)
    }
}

pub(crate) enum Message {
    Work,
    Fail,
    FailForGood,
    Finish,
    Count(Reply<u64>),
}

pub(crate) struct Leaf {
    tally: Tally,
    count: u64,
}

impl Leaf {
    pub(crate) fn new(tally: &Tally) -> Self {
        tally.0.made.fetch_add(1, Ordering::SeqCst);
        Self {
            tally: tally.clone(),
            count: 0,
        }
    }

    fn handled(&self) {
        self.tally.0.handled.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        self.tally.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// The error after which a leaf is not started again.
#[derive(Debug)]
pub(crate) struct ForGood;

impl std::fmt::Display for ForGood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("for good")
    }
}

impl std::error::Error for ForGood {}

impl Actor for Leaf {
    type Msg = Message;

    async fn handle(&mut self, message: Message, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Message::Work => self.count += 1,
            Message::Fail => return Err(Failure::message("once")),
            Message::FailForGood => return Err(ForGood.into()),
            Message::Finish => ctx.stop(),
            Message::Count(reply) => {
                reply.send(self.count);
                return Ok(());
            }
        }
        self.handled();
        Ok(())
    }

    async fn stopped(&mut self, _reason: StopReason, _ctx: &mut Context<Self>) {
        self.tally.0.stopped.fetch_add(1, Ordering::SeqCst);
    }
}
