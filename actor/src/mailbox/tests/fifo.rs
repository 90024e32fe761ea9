//! The plain mailbox: order, bounds, sleep, close.

use super::*;

#[test]
fn order_is_kept_for_each_sender() {
    let mailbox = mailbox(|m| m.capacity(1_000));
    let mut consumer = Consumer::of(&mailbox);
    let mut got = Vec::new();
    for round in 0..100 {
        for sender in 0..3 {
            accept(&mailbox, (sender, round));
        }
        if round % 7 == 0 {
            got.extend(consumer.take());
        }
    }
    got.extend(consumer.take_all());
    for sender in 0..3 {
        let of_one: Vec<_> = got.iter().filter(|m| m.0 == sender).collect();
        assert_eq!(of_one.len(), 100);
        assert!(of_one.is_sorted());
    }
}

#[test]
fn full_mailbox_refuses_and_gives_the_message_back() {
    let mailbox = mailbox(|m| m.capacity(2));
    accept(&mailbox, 1);
    accept(&mailbox, 2);
    assert_eq!(
        push(&mailbox, 3),
        Err((3, Refusal::Full { may_wait: true }))
    );
    assert_eq!(mailbox.fill(), (2, 2));
}

#[test]
fn queued_and_reserved_together_never_exceed_the_capacity() {
    let mailbox = mailbox(|m| m.capacity(3));
    let (mut first, mut second) = (Ticket::Idle, Ticket::Idle);
    let waker = Waker::noop();
    accept(&mailbox, 0);
    assert_eq!(reserve(&mailbox, &mut first, waker), Poll::Ready(Ok(())));
    assert_eq!(reserve(&mailbox, &mut second, waker), Poll::Ready(Ok(())));
    assert_eq!(
        push(&mailbox, 9),
        Err((9, Refusal::Full { may_wait: true }))
    );
    mailbox.release(&mut first);
    accept(&mailbox, 1);
    assert!(push(&mailbox, 9).is_err());
    assert!(
        mailbox
            .push_reserved(&mut second, Envelope::plain(2))
            .is_ok()
    );
    assert_eq!(second, Ticket::Idle);
    assert_eq!(Consumer::of(&mailbox).take_all(), [0, 1, 2]);
}

#[test]
fn sleeping_consumer_is_woken_once_by_the_first_message() {
    let mailbox = mailbox(|m| m.capacity(8));
    let mut consumer = Consumer::of(&mailbox);
    let (bell, waker) = Bell::new();
    assert!(consumer.sleeps(&waker));
    accept(&mailbox, 1);
    accept(&mailbox, 2);
    assert_eq!(bell.rings(), 1);
    assert!(!consumer.sleeps(&waker));
    assert_eq!(consumer.take(), [1, 2]);
    assert!(consumer.sleeps(&waker));
    accept(&mailbox, 3);
    assert_eq!(bell.rings(), 2);
}

#[test]
fn reserved_message_wakes_the_sleeping_consumer() {
    let mailbox = mailbox(|m| m.capacity(1));
    let mut consumer = Consumer::of(&mailbox);
    let (bell, waker) = Bell::new();
    let mut ticket = Ticket::Idle;
    assert!(reserve(&mailbox, &mut ticket, Waker::noop()).is_ready());
    assert!(consumer.sleeps(&waker));
    assert!(
        mailbox
            .push_reserved(&mut ticket, Envelope::plain(1))
            .is_ok()
    );
    assert_eq!(bell.rings(), 1);
}

#[test]
fn closed_mailbox_takes_nothing_more_and_keeps_what_it_has() {
    let mailbox = mailbox(|m| m.capacity(4));
    let mut consumer = Consumer::of(&mailbox);
    let mut ticket = Ticket::Idle;
    accept(&mailbox, 1);
    assert!(reserve(&mailbox, &mut ticket, Waker::noop()).is_ready());
    mailbox.close();
    assert_eq!(push(&mailbox, 2), Err((2, Refusal::Stopped)));
    let refused = mailbox
        .push_reserved(&mut ticket, Envelope::plain(3))
        .err()
        .unwrap();
    assert_eq!(
        (refused.envelope.message, refused.why),
        (3, Refusal::Stopped)
    );
    assert_eq!(
        reserve(&mailbox, &mut ticket, Waker::noop()),
        Poll::Ready(Err(Refusal::Stopped))
    );
    assert_eq!(consumer.take(), [1]);
    assert!(matches!(mailbox.take(&mut consumer.batch), Taken::Drained));
}

#[test]
fn close_wakes_a_sleeping_consumer() {
    let mailbox = mailbox::<u8>(|m| m);
    let (bell, waker) = Bell::new();
    assert!(Consumer::of(&mailbox).sleeps(&waker));
    mailbox.close();
    assert_eq!(bell.rings(), 1);
}
