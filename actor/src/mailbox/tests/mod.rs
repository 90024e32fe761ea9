//! The mailbox by itself: what is queued, who waits, what leaves, and in which order.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

mod batches;
mod fifo;
mod lanes;
mod model;
mod notices;
mod overflow;
mod random;
mod shedding;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::{
    Batch, Envelope, Mailbox, MailboxSettings, Notice, Refusal, Removed, RemovedBy, Taken, Ticket,
};

/// A mailbox with these settings, which are known to work.
fn mailbox<M>(with: impl FnOnce(MailboxSettings<M>) -> MailboxSettings<M>) -> Mailbox<M> {
    Mailbox::new(with(MailboxSettings::new()).build().unwrap())
}

/// The consumer of a mailbox: what it takes is a list.
struct Consumer<'a, M> {
    mailbox: &'a Mailbox<M>,
    batch: Batch<M>,
    /// What it found when it was about to sleep.
    found: Option<Taken<M>>,
}

impl<'a, M> Consumer<'a, M> {
    fn of(mailbox: &'a Mailbox<M>) -> Self {
        Self {
            mailbox,
            batch: Batch::new(),
            found: None,
        }
    }

    /// The messages of one visit; `Err` with a notice.
    fn visit(&mut self) -> Result<Vec<M>, Notice<M>> {
        let found = self.found.take();
        match found.unwrap_or_else(|| self.mailbox.take(&mut self.batch)) {
            Taken::Notice(notice) => Err(notice),
            Taken::Message(envelope) | Taken::Only(envelope) => Ok(vec![envelope.message]),
            Taken::Shed(_) => panic!("shed, which nobody asked for"),
            Taken::Messages | Taken::Nothing | Taken::Drained => {
                Ok(std::iter::from_fn(|| self.batch.pop())
                    .map(|envelope| envelope.message)
                    .collect())
            }
        }
    }

    /// The messages of one visit.
    fn take(&mut self) -> Vec<M> {
        self.visit()
            .unwrap_or_else(|_| panic!("a notice nobody expected"))
    }

    /// All that is queued, visit by visit.
    fn take_all(&mut self) -> Vec<M> {
        let mut all = Vec::new();
        loop {
            let taken = self.take();
            if taken.is_empty() {
                return all;
            }
            all.extend(taken);
        }
    }

    /// Whether it would sleep now.
    fn sleeps(&mut self, waker: &Waker) -> bool {
        let mut cx = Context::from_waker(waker);
        if self.found.is_some() {
            return false;
        }
        match self.mailbox.poll_take(&mut self.batch, &mut cx) {
            Poll::Ready(Taken::Drained) | Poll::Pending => true,
            Poll::Ready(taken) => {
                self.found = Some(taken);
                false
            }
        }
    }
}

/// Pushes a message and expects it to be taken, with nothing leaving for it.
#[track_caller]
fn accept<M>(mailbox: &Mailbox<M>, message: M) {
    match mailbox.push(Envelope::plain(message)) {
        Ok(None) => {}
        Ok(Some(_)) => panic!("something left for it"),
        Err(refused) => panic!("refused: {:?}", refused.why),
    }
}

/// Pushes a message and says what came of it: what left for its sake, or why it was refused.
#[track_caller]
fn push<M>(mailbox: &Mailbox<M>, message: M) -> Result<Option<(M, RemovedBy)>, (M, Refusal)> {
    match mailbox.push(Envelope::plain(message)) {
        Ok(removed) => Ok(removed.map(parts)),
        Err(refused) => Err((refused.envelope.message, refused.why)),
    }
}

/// The one message that left, and for whose sake.
fn parts<M>(removed: Removed<M>) -> (M, RemovedBy) {
    assert!(removed.more.is_empty(), "only one leaves");
    (removed.envelope.message, removed.why)
}

/// Asks for a place.
fn reserve<M>(
    mailbox: &Mailbox<M>,
    ticket: &mut Ticket,
    waker: &Waker,
) -> Poll<Result<(), Refusal>> {
    mailbox
        .poll_reserve(ticket, &mut Context::from_waker(waker))
        .map_ok(|removed| assert!(removed.is_none(), "something left for a reservation"))
}

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Bell {
    fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self::default());
        (Arc::clone(&bell), Waker::from(bell))
    }

    fn rings(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
