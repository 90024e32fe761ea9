//! What a full mailbox does, policy by policy and verb by verb.

use super::super::Overflow;
use super::*;

fn full(overflow: Overflow) -> Mailbox<u32> {
    let mailbox = mailbox(|m| m.capacity(2).overflow(overflow));
    accept(&mailbox, 1);
    accept(&mailbox, 2);
    mailbox
}

fn reserved(mailbox: &Mailbox<u32>, ticket: &mut Ticket) -> Poll<Result<Option<u32>, Refusal>> {
    mailbox
        .poll_reserve(ticket, &mut Context::from_waker(Waker::noop()))
        .map_ok(|removed| removed.map(|removed| removed.envelope.message))
}

#[test]
fn reject_refuses_and_nobody_waits() {
    let mailbox = full(Overflow::Reject);
    let full = Refusal::Full { may_wait: false };
    assert_eq!(push(&mailbox, 3), Err((3, full)));
    let mut ticket = Ticket::Idle;
    assert_eq!(reserved(&mailbox, &mut ticket), Poll::Ready(Err(full)));
    assert_eq!(ticket, Ticket::Idle);
    assert_eq!(Consumer::of(&mailbox).take_all(), [1, 2]);
}

#[test]
fn drop_newest_drops_the_newcomer() {
    let mailbox = full(Overflow::DropNewest);
    assert_eq!(push(&mailbox, 3), Ok(Some((3, RemovedBy::Overflow))));
    let mut ticket = Ticket::Idle;
    let refused = Poll::Ready(Err(Refusal::Overflow));
    assert_eq!(reserved(&mailbox, &mut ticket), refused);
    assert_eq!(Consumer::of(&mailbox).take_all(), [1, 2]);
}

#[test]
fn drop_newest_does_not_wake_the_consumer_for_nothing() {
    let mailbox = mailbox(|m| m.capacity(1).overflow(Overflow::DropNewest));
    let (bell, waker) = Bell::new();
    let mut ticket = Ticket::Idle;
    assert_eq!(reserved(&mailbox, &mut ticket), Poll::Ready(Ok(None)));
    assert!(Consumer::of(&mailbox).sleeps(&waker));
    assert_eq!(push(&mailbox, 3), Ok(Some((3, RemovedBy::Overflow))));
    assert_eq!(bell.rings(), 0);
}

#[test]
fn drop_oldest_drops_the_oldest() {
    let mailbox = full(Overflow::DropOldest);
    assert_eq!(push(&mailbox, 3), Ok(Some((1, RemovedBy::Displaced))));
    let mut ticket = Ticket::Idle;
    assert_eq!(reserved(&mailbox, &mut ticket), Poll::Ready(Ok(Some(2))));
    assert_eq!(mailbox.fill().0, 1);
    assert!(
        mailbox
            .push_reserved(&mut ticket, Envelope::plain(4))
            .is_ok()
    );
    assert_eq!(Consumer::of(&mailbox).take_all(), [3, 4]);
}

#[test]
fn drop_oldest_drops_the_newcomer_when_every_place_is_reserved() {
    let mailbox = mailbox(|m| m.capacity(1).overflow(Overflow::DropOldest));
    let (mut first, mut second) = (Ticket::Idle, Ticket::Idle);
    assert_eq!(reserved(&mailbox, &mut first), Poll::Ready(Ok(None)));
    assert_eq!(push(&mailbox, 3), Ok(Some((3, RemovedBy::Overflow))));
    let refused = Poll::Ready(Err(Refusal::Overflow));
    assert_eq!(reserved(&mailbox, &mut second), refused);
    assert!(
        mailbox
            .push_reserved(&mut first, Envelope::plain(4))
            .is_ok()
    );
    assert_eq!(Consumer::of(&mailbox).take_all(), [4]);
}

#[test]
fn drop_oldest_does_not_displace_what_is_being_handled() {
    let mailbox = full(Overflow::DropOldest);
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(consumer.take(), [1]);
    accept(&mailbox, 3);
    assert_eq!(push(&mailbox, 4), Ok(Some((2, RemovedBy::Displaced))));
    assert_eq!(consumer.take_all(), [3, 4]);
}

#[test]
fn drop_oldest_with_lanes_spares_higher_lanes() {
    let lane = |n: &u32| (*n / 10) as usize;
    let mailbox = mailbox(|m| {
        m.capacity(3)
            .overflow(Overflow::DropOldest)
            .priority(3, lane)
    });
    [0, 10, 20].into_iter().for_each(|n| accept(&mailbox, n));
    assert_eq!(push(&mailbox, 21), Ok(Some((20, RemovedBy::Displaced))));
    assert_eq!(push(&mailbox, 1), Ok(Some((21, RemovedBy::Displaced))));
    assert_eq!(push(&mailbox, 11), Ok(Some((10, RemovedBy::Displaced))));
    assert_eq!(push(&mailbox, 2), Ok(Some((11, RemovedBy::Displaced))));
    assert_eq!(push(&mailbox, 12), Ok(Some((12, RemovedBy::Overflow))));
    assert_eq!(Consumer::of(&mailbox).take_all(), [0, 1, 2]);
}

#[test]
fn drop_oldest_by_bytes_displaces_until_there_is_room() {
    let mailbox = mailbox(|m| {
        m.overflow(Overflow::DropOldest)
            .bytes(100, |n: &u32| *n as usize)
    });
    (0..100).for_each(|_| accept(&mailbox, 1));
    for _ in 0..10 {
        assert!(mailbox.push(Envelope::plain(1_000)).is_ok());
    }
    assert_eq!(Consumer::of(&mailbox).take_all(), [1_000]);
}

#[test]
fn soft_byte_bound_lets_one_pass_that_is_larger_than_the_bound() {
    let mailbox = mailbox(|m| m.bytes(10, |n: &u32| *n as usize));
    accept(&mailbox, 9);
    accept(&mailbox, 500);
    assert_eq!(
        push(&mailbox, 1),
        Err((1, Refusal::Full { may_wait: true }))
    );
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(consumer.take_all(), [9, 500]);
    accept(&mailbox, 700);
}

#[test]
fn byte_bound_holds_for_those_who_waited_in_line() {
    let mailbox = mailbox(|m| m.bytes(100, |n: &u32| *n as usize));
    accept(&mailbox, 100);
    let mut line: Vec<_> = (0..10).map(|_| (Ticket::Idle, Bell::new())).collect();
    for (ticket, (_, waker)) in &mut line {
        assert!(reserve(&mailbox, ticket, waker).is_pending());
    }
    let mut consumer = Consumer::of(&mailbox);
    let mut passed = 0;
    while passed < line.len() {
        assert!(!consumer.take().is_empty(), "nobody came after {passed}");
        for (ticket, (bell, waker)) in &mut line[passed..] {
            if bell.rings() > 0 && reserve(&mailbox, ticket, waker).is_ready() {
                assert!(mailbox.push_reserved(ticket, Envelope::plain(100)).is_ok());
                passed += 1;
            }
        }
        assert!(mailbox.fill().0 <= 2, "{} of 100 bytes", mailbox.fill().0);
    }
}

#[test]
fn closure_that_panics_refuses_the_message_and_gives_it_back() {
    type Settings = MailboxSettings<u32>;
    let kinds: [fn(Settings) -> Settings; 3] = [
        |m| m.priority(2, |_| panic!("no lane")),
        |m| m.bytes(10, |_| panic!("no size")),
        |m| m.coalesce(|_| -> Option<u64> { panic!("no key") }),
    ];
    for kind in kinds {
        let mailbox = mailbox(kind);
        assert_eq!(push(&mailbox, 7), Err((7, Refusal::Policy)));
        assert_eq!(mailbox.fill().0, 0);
    }
}
