//! How much one visit takes, when places become free, and what memory is left.

use super::super::Overflow;
use super::super::state::Queue;
use super::*;

#[test]
fn a_visit_takes_at_most_256() {
    let mailbox = mailbox(|m| m.capacity(1_000));
    (0..1_000).for_each(|n| accept(&mailbox, n));
    let mut consumer = Consumer::of(&mailbox);
    let sizes: Vec<_> = (0..5).map(|_| consumer.take().len()).collect();
    assert_eq!(sizes, [256, 256, 256, 232, 0]);
}

#[test]
fn places_become_free_in_steps() {
    let mailbox = mailbox(|m| m.capacity(1_000));
    (0..1_000).for_each(|n| accept(&mailbox, n));
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(consumer.take().len(), 256);
    assert_eq!(mailbox.fill(), (744, 1_000));
    (1_000..1_256).for_each(|n| accept(&mailbox, n));
    assert!(
        push(&mailbox, 0).is_err(),
        "only what was handed out is free"
    );
    let rest = consumer.take_all();
    assert!(rest.into_iter().eq(256..1_256));
}

#[test]
fn a_visit_takes_at_most_the_capacity() {
    let mailbox = mailbox(|m| m.capacity(3));
    (0..3).for_each(|n| accept(&mailbox, n));
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(consumer.take(), [0, 1, 2]);
    assert_eq!(mailbox.fill(), (0, 3));
}

#[test]
fn mailboxes_that_may_reorder_or_replace_hand_out_one_at_a_time() {
    let kinds: [fn(MailboxSettings<u32>) -> MailboxSettings<u32>; 3] = [
        |m| m.priority(2, |n| *n as usize % 2),
        |m| m.coalesce(|n| Some(u64::from(*n))),
        |m| m.overflow(Overflow::DropOldest),
    ];
    for kind in kinds {
        let mailbox = mailbox(kind);
        (0..4).for_each(|n| accept(&mailbox, n));
        let mut consumer = Consumer::of(&mailbox);
        assert_eq!(consumer.take().len(), 1);
        assert_eq!(mailbox.fill().0, 3);
    }
}

#[test]
fn what_comes_back_to_the_front_is_handled_first() {
    let mailbox = mailbox(|m| m.capacity(1_000));
    (0..300).for_each(|n| accept(&mailbox, n));
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(consumer.take().len(), 256);
    consumer.batch.push_front(7_777);
    consumer.batch.push_front(6_666);
    let first: Vec<_> = std::iter::from_fn(|| consumer.batch.pop())
        .map(|envelope| envelope.message)
        .collect();
    assert_eq!(first, [6_666, 7_777]);
    assert_eq!(mailbox.fill().0, 44);
    assert!(consumer.take_all().into_iter().eq(256..300));
}

#[test]
fn memory_of_a_burst_is_given_back_before_sleep() {
    let mailbox = mailbox(|m| m.capacity(10_000));
    let mut consumer = Consumer::of(&mailbox);
    (0..10_000).for_each(|n| accept(&mailbox, n));
    (0..10).for_each(|_| drop(consumer.take()));
    (0..2_000).for_each(|n| accept(&mailbox, n));
    assert_eq!(consumer.take_all().len(), 9_440);
    assert!(consumer.sleeps(Waker::noop()));
    assert_eq!(consumer.batch.messages.capacity(), 0);
    let state = mailbox.state.lock();
    assert!(matches!(&state.queue, Queue::Fifo { messages, .. } if messages.capacity() == 0));
}

#[test]
fn the_line_is_given_back_when_nobody_stands_in_it() {
    let mailbox = mailbox(|m| m.capacity(1));
    accept(&mailbox, 1);
    let (mut first, mut second) = (Ticket::Idle, Ticket::Idle);
    assert!(reserve(&mailbox, &mut first, Waker::noop()).is_pending());
    assert!(reserve(&mailbox, &mut second, Waker::noop()).is_pending());
    mailbox.release(&mut second);
    assert_eq!(Consumer::of(&mailbox).take(), [1]);
    assert!(reserve(&mailbox, &mut first, Waker::noop()).is_ready());
    assert!(mailbox.state.lock().waiters.is_none());
}

#[test]
fn what_the_consumer_holds_is_let_go_once_and_keeps_its_place_before_notices() {
    let mailbox = mailbox(|m| m.capacity(1_000));
    (0..300).for_each(|n| accept(&mailbox, n));
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(consumer.take().len(), 256);
    mailbox.notify(Notice::Message(9_001));
    mailbox.close();
    assert_eq!([mailbox.let_go(), mailbox.let_go()], [44, 0]);
    assert_eq!(mailbox.fill().0, 0);
    mailbox.notify(Notice::Message(9_002));
    assert_eq!(mailbox.take_notices().count(), 2);
}
