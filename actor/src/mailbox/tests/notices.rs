//! Notices stand behind what was queued before them, and take no place.

use super::super::Overflow;
use super::*;

/// Takes all, with notices as they come; a notice's message is told by its number.
fn all_in_order(consumer: &mut Consumer<'_, u32>) -> Vec<u32> {
    let mut all = Vec::new();
    loop {
        match consumer.visit() {
            Err(Notice::Message(number)) => all.push(number),
            Err(Notice::Terminated(_)) => panic!("nobody has ended"),
            Ok(messages) if messages.is_empty() => return all,
            Ok(messages) => all.extend(messages),
        }
    }
}

#[test]
fn notice_comes_after_what_was_queued_and_before_what_comes_later() {
    let mailbox = mailbox(|m| m.capacity(2_000));
    let mut consumer = Consumer::of(&mailbox);
    (0..600).for_each(|n| accept(&mailbox, n));
    mailbox.notify(Notice::Message(9_001));
    mailbox.notify(Notice::Message(9_002));
    (600..700).for_each(|n| accept(&mailbox, n));
    let expected = (0..600).chain([9_001, 9_002]).chain(600..700);
    assert!(all_in_order(&mut consumer).into_iter().eq(expected));
}

#[test]
fn notice_keeps_its_place_while_the_consumer_is_in_the_middle_of_a_batch() {
    let mailbox = mailbox(|m| m.capacity(2_000));
    let mut consumer = Consumer::of(&mailbox);
    (0..600).for_each(|n| accept(&mailbox, n));
    let mut got = consumer.take();
    mailbox.notify(Notice::Message(9_000));
    accept(&mailbox, 600);
    got.extend(all_in_order(&mut consumer));
    assert!(got.into_iter().eq((0..600).chain([9_000, 600])));
}

#[test]
fn notice_takes_no_place() {
    let mailbox = mailbox(|m| m.capacity(1));
    mailbox.notify(Notice::Message(9_000));
    accept(&mailbox, 1);
    assert_eq!(all_in_order(&mut Consumer::of(&mailbox)), [9_000, 1]);
}

#[test]
fn notice_wakes_the_sleeping_consumer() {
    let mailbox = mailbox::<u32>(|m| m);
    let (bell, waker) = Bell::new();
    let mut consumer = Consumer::of(&mailbox);
    assert!(consumer.sleeps(&waker));
    mailbox.notify(Notice::Message(9_000));
    assert_eq!(bell.rings(), 1);
    assert!(!consumer.sleeps(&waker));
}

#[test]
fn notice_waits_for_what_was_queued_in_every_lane() {
    let mailbox = mailbox(|m| m.priority(2, |n: &u32| (*n % 2) as usize));
    let mut consumer = Consumer::of(&mailbox);
    accept(&mailbox, 1);
    accept(&mailbox, 3);
    mailbox.notify(Notice::Message(9_000));
    (0..20).for_each(|n| accept(&mailbox, n * 2));
    let order = all_in_order(&mut consumer);
    let at = |n| order.iter().position(|known| *known == n).unwrap();
    assert!(at(3) < at(9_000), "{order:?}");
    assert!(
        at(9_000) < at(38),
        "later ones do not hold it up: {order:?}"
    );
}

#[test]
fn notice_comes_when_what_stood_before_it_was_displaced() {
    let mailbox = mailbox(|m| m.capacity(2).overflow(Overflow::DropOldest));
    accept(&mailbox, 1);
    accept(&mailbox, 2);
    mailbox.notify(Notice::Message(9_000));
    assert!(push(&mailbox, 3).is_ok());
    assert_eq!(all_in_order(&mut Consumer::of(&mailbox)), [2, 9_000, 3]);
}

#[test]
fn notice_does_not_move_when_a_message_before_it_is_replaced() {
    let mailbox = mailbox(|m| m.coalesce(|n: &u32| Some(u64::from(*n % 10))));
    accept(&mailbox, 1);
    accept(&mailbox, 2);
    mailbox.notify(Notice::Message(9_000));
    assert!(push(&mailbox, 11).is_ok());
    accept(&mailbox, 3);
    assert_eq!(all_in_order(&mut Consumer::of(&mailbox)), [11, 2, 9_000, 3]);
}

#[test]
fn notice_comes_within_a_batch_of_a_mailbox_bounded_in_bytes() {
    let mailbox = mailbox(|m| m.bytes(1_000, |_: &u32| 1));
    accept(&mailbox, 1);
    mailbox.notify(Notice::Message(9_000));
    accept(&mailbox, 2);
    assert_eq!(all_in_order(&mut Consumer::of(&mailbox)), [1, 9_000, 2]);
}

#[test]
fn notices_come_out_of_a_closed_mailbox_too() {
    let mailbox = mailbox(|m| m.capacity(8));
    accept(&mailbox, 1);
    mailbox.notify(Notice::Message(9_000));
    mailbox.close();
    assert_eq!(all_in_order(&mut Consumer::of(&mailbox)), [1, 9_000]);
}
