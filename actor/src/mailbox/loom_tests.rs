//! The mailbox under loom: no lost wake-up, no lost message, order, bounds, close.
//!
//! Run with `RUSTFLAGS="--cfg greenroom_loom" cargo test -p greenroom --release --lib loom`.

use std::future::poll_fn;
use std::task::Poll;

use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;

use super::{Batch, Envelope, Mailbox, MailboxSettings, Refusal, Taken, Ticket};

type Message = (u8, u8);

fn mailbox(capacity: usize) -> Arc<Mailbox<Message>> {
    let policy = MailboxSettings::new().capacity(capacity).build();
    Arc::new(Mailbox::new(policy.unwrap()))
}

/// Sends in order, waiting for room as `tell` does; says how many were taken.
async fn send(mailbox: &Mailbox<Message>, sender: u8, count: u8) -> u8 {
    for number in 0..count {
        let message = (sender, number);
        let refused = match mailbox.push(Envelope::plain(message)) {
            Ok(_) => continue,
            Err(refused) => refused,
        };
        if refused.why == Refusal::Stopped {
            return number;
        }
        let mut ticket = Ticket::Idle;
        let reserved = poll_fn(|cx| mailbox.poll_reserve(&mut ticket, cx)).await;
        let pushed =
            reserved.is_ok() && mailbox.push_reserved(&mut ticket, refused.envelope).is_ok();
        assert_eq!(ticket, Ticket::Idle);
        if !pushed {
            return number;
        }
    }
    count
}

/// Takes until `count` messages have come, or the mailbox is closed and empty.
async fn receive(mailbox: &Mailbox<Message>, count: usize) -> Vec<Message> {
    let mut batch = Batch::new();
    let mut received = Vec::new();
    while received.len() < count {
        let (queued, capacity) = mailbox.fill();
        assert!(queued <= capacity, "{queued} of {capacity}");
        match poll_fn(|cx| mailbox.poll_take(&mut batch, cx)).await {
            Taken::Message(envelope) => received.push(envelope.message),
            Taken::Only(envelope) => {
                received.push(envelope.message);
                if received.len() < count {
                    rest().await;
                }
            }
            Taken::Messages => {
                received.extend(std::iter::from_fn(|| batch.pop()).map(|e| e.message));
            }
            Taken::Notice(_) => unreachable!("nobody leaves a notice"),
            Taken::Drained => break,
            Taken::Nothing => unreachable!("it sleeps instead"),
            Taken::Shed(_) => unreachable!("no mailbox here sheds"),
        }
    }
    received
}

/// Waits to be woken, without another look at the mailbox.
async fn rest() {
    let mut woken = false;
    poll_fn(|_| {
        let poll = if woken {
            Poll::Ready(())
        } else {
            Poll::Pending
        };
        woken = true;
        poll
    })
    .await;
}

/// All interleavings with at most two preemptions: nearly all bugs need no more, and the models
/// take seconds.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

#[track_caller]
fn in_order(received: &[Message], of: u8) -> usize {
    let numbers: Vec<_> = received.iter().filter(|m| m.0 == of).map(|m| m.1).collect();
    assert!(
        numbers.iter().copied().eq(0..numbers.len() as u8),
        "{received:?}"
    );
    numbers.len()
}

fn spawn_sender(mailbox: &Arc<Mailbox<Message>>, sender: u8, count: u8) -> thread::JoinHandle<u8> {
    let mailbox = Arc::clone(mailbox);
    thread::spawn(move || block_on(send(&mailbox, sender, count)))
}

#[test]
fn loom_two_senders_lose_nothing_and_keep_their_order() {
    check(|| {
        let mailbox = mailbox(4);
        let senders = [spawn_sender(&mailbox, 0, 2), spawn_sender(&mailbox, 1, 1)];
        let received = block_on(receive(&mailbox, 3));
        assert_eq!((in_order(&received, 0), in_order(&received, 1)), (2, 1));
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn loom_senders_that_wait_for_room_are_let_in() {
    check(|| {
        let mailbox = mailbox(1);
        let senders = [spawn_sender(&mailbox, 0, 2), spawn_sender(&mailbox, 1, 1)];
        let received = block_on(receive(&mailbox, 3));
        assert_eq!((in_order(&received, 0), in_order(&received, 1)), (2, 1));
        for sender in senders {
            sender.join().unwrap();
        }
        assert_eq!(mailbox.state.lock().reserved, 0);
    });
}

#[test]
fn loom_close_wakes_all_and_nothing_is_taken_after() {
    check(|| {
        let mailbox = mailbox(1);
        let sender = spawn_sender(&mailbox, 0, 2);
        let closer = {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || {
                mailbox.close();
                assert!(mailbox.push(Envelope::plain((1, 0))).is_err());
            })
        };
        let received = block_on(receive(&mailbox, usize::MAX));
        let sent = sender.join().unwrap();
        closer.join().unwrap();
        assert_eq!(
            in_order(&received, 0),
            usize::from(sent),
            "as many as were taken"
        );
        let state = mailbox.state.lock();
        assert_eq!((state.reserved, state.queue.len()), (0, 0));
        assert!(state.waiters.is_none());
    });
}

#[test]
fn loom_cancelled_wait_passes_its_place_on() {
    check(|| {
        let mailbox = mailbox(1);
        assert!(mailbox.push(Envelope::plain((9, 0))).is_ok());
        let gives_up = {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || {
                let mut ticket = Ticket::Idle;
                block_on(poll_fn(|cx| {
                    let _ = mailbox.poll_reserve(&mut ticket, cx);
                    Poll::Ready(())
                }));
                mailbox.release(&mut ticket);
            })
        };
        let sender = spawn_sender(&mailbox, 0, 1);
        let received = block_on(receive(&mailbox, 2));
        assert_eq!(received, [(9, 0), (0, 0)]);
        gives_up.join().unwrap();
        assert_eq!(sender.join().unwrap(), 1);
        let state = mailbox.state.lock();
        assert_eq!(state.reserved, 0);
        assert!(state.waiters.is_none());
    });
}

#[test]
fn loom_wake_for_the_control_lane_is_not_lost() {
    loom::model(|| {
        let mailbox = mailbox(1);
        let flag = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let raiser = {
            let (mailbox, flag) = (Arc::clone(&mailbox), Arc::clone(&flag));
            thread::spawn(move || {
                flag.store(true, loom::sync::atomic::Ordering::Release);
                mailbox.wake_consumer();
            })
        };
        let mut batch = Batch::new();
        block_on(poll_fn(|cx| {
            // As the actor does: registered first, looked at second.
            assert!(mailbox.poll_take(&mut batch, cx).is_pending());
            if flag.load(loom::sync::atomic::Ordering::Acquire) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        raiser.join().unwrap();
    });
}
