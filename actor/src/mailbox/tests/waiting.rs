//! Senders that wait for room: in order, no more than there is room for, nothing left behind.

use super::*;

/// A sender in line.
struct Sender {
    ticket: Ticket,
    bell: Arc<Bell>,
    waker: Waker,
}

impl Sender {
    fn in_line<M>(mailbox: &Mailbox<M>) -> Self {
        let (bell, waker) = Bell::new();
        let mut sender = Self {
            ticket: Ticket::Idle,
            bell,
            waker,
        };
        assert!(sender.poll(mailbox).is_pending());
        sender
    }

    fn poll<M>(&mut self, mailbox: &Mailbox<M>) -> Poll<Result<(), Refusal>> {
        reserve(mailbox, &mut self.ticket, &self.waker)
    }
}

fn full(capacity: u32) -> Mailbox<u32> {
    let mailbox = mailbox(|m| m.capacity(capacity as usize));
    (0..capacity).for_each(|n| accept(&mailbox, n));
    mailbox
}

fn woken(senders: &[Sender]) -> Vec<usize> {
    senders.iter().map(|sender| sender.bell.rings()).collect()
}

#[test]
fn only_as_many_are_woken_as_there_is_room_for_and_in_order() {
    let mailbox = full(2);
    let mut senders: Vec<_> = (0..4).map(|_| Sender::in_line(&mailbox)).collect();
    assert_eq!(Consumer::of(&mailbox).take().len(), 2);
    assert_eq!(woken(&senders), [1, 1, 0, 0]);
    assert!(senders[2].poll(&mailbox).is_pending(), "nobody overtakes");
    for (n, sender) in senders.iter_mut().take(2).enumerate() {
        assert_eq!(sender.poll(&mailbox), Poll::Ready(Ok(())));
        let envelope = Envelope::plain(10 + n as u32);
        assert!(mailbox.push_reserved(&mut sender.ticket, envelope).is_ok());
    }
    assert_eq!(woken(&senders), [1, 1, 0, 0]);
    assert_eq!(Consumer::of(&mailbox).take(), [10, 11]);
    assert_eq!(woken(&senders), [1, 1, 1, 1]);
}

#[test]
fn newcomer_does_not_overtake_the_line() {
    let mailbox = full(1);
    let mut first = Sender::in_line(&mailbox);
    assert_eq!(Consumer::of(&mailbox).take(), [0]);
    assert!(push(&mailbox, 9).is_err(), "the free place is the first's");
    assert_eq!(first.poll(&mailbox), Poll::Ready(Ok(())));
}

#[test]
fn cancelled_wait_leaves_nothing_behind() {
    let mailbox = full(1);
    let mut sender = Sender::in_line(&mailbox);
    mailbox.release(&mut sender.ticket);
    assert_eq!(sender.ticket, Ticket::Idle);
    assert!(mailbox.state.lock().waiters.is_none());
    assert_eq!(Consumer::of(&mailbox).take(), [0]);
    assert_eq!(sender.bell.rings(), 0);
    accept(&mailbox, 1);
}

#[test]
fn granted_place_given_back_unclaimed_goes_to_the_next() {
    let mailbox = full(1);
    let mut senders: Vec<_> = (0..3).map(|_| Sender::in_line(&mailbox)).collect();
    assert_eq!(Consumer::of(&mailbox).take(), [0]);
    mailbox.release(&mut senders[0].ticket);
    assert_eq!(woken(&senders), [1, 1, 0]);
    assert_eq!(senders[1].poll(&mailbox), Poll::Ready(Ok(())));
    mailbox.release(&mut senders[1].ticket);
    assert_eq!(woken(&senders), [1, 1, 1]);
    mailbox.release(&mut senders[2].ticket);
    let state = mailbox.state.lock();
    assert_eq!(state.reserved, 0);
    assert!(state.waiters.is_none());
}

#[test]
fn one_that_leaves_from_the_middle_is_passed_over() {
    let mailbox = full(1);
    let mut senders: Vec<_> = (0..3).map(|_| Sender::in_line(&mailbox)).collect();
    mailbox.release(&mut senders[0].ticket);
    assert_eq!(Consumer::of(&mailbox).take(), [0]);
    assert_eq!(woken(&senders), [0, 1, 0]);
}

#[test]
fn the_latest_waker_is_the_one_that_is_woken() {
    let mailbox = full(1);
    let mut sender = Sender::in_line(&mailbox);
    let (bell, waker) = Bell::new();
    sender.waker = waker;
    assert!(sender.poll(&mailbox).is_pending());
    assert_eq!(Consumer::of(&mailbox).take(), [0]);
    assert_eq!((sender.bell.rings(), bell.rings()), (0, 1));
}

#[test]
fn close_wakes_the_whole_line_and_frees_granted_places() {
    let mailbox = full(2);
    let mut senders: Vec<_> = (0..4).map(|_| Sender::in_line(&mailbox)).collect();
    assert_eq!(Consumer::of(&mailbox).take().len(), 2);
    assert_eq!(senders[1].poll(&mailbox), Poll::Ready(Ok(())));
    mailbox.close();
    assert_eq!(woken(&senders), [1, 1, 1, 1]);
    for sender in &mut senders {
        assert_eq!(sender.poll(&mailbox), Poll::Ready(Err(Refusal::Stopped)));
        assert_eq!(sender.ticket, Ticket::Idle);
    }
    let state = mailbox.state.lock();
    assert_eq!(state.reserved, 0);
    assert!(state.waiters.is_none());
}

#[test]
fn refused_reserved_message_frees_its_place() {
    let mailbox = mailbox(|m| {
        m.capacity(1).bytes(10, |n: &u32| {
            assert_ne!(*n, 13);
            1
        })
    });
    let mut ticket = Ticket::Idle;
    assert!(reserve(&mailbox, &mut ticket, Waker::noop()).is_ready());
    let next = Sender::in_line(&mailbox);
    let refused = mailbox
        .push_reserved(&mut ticket, Envelope::plain(13))
        .err();
    assert_eq!(refused.unwrap().why, Refusal::Policy);
    assert_eq!(ticket, Ticket::Idle);
    assert_eq!(next.bell.rings(), 1);
}
