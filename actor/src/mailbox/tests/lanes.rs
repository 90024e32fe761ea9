//! Lanes share by weight, keep their order, and coalesce by key.

use super::*;

/// A message of a lane, with its number and maybe a key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    lane: usize,
    number: u32,
    key: Option<u64>,
}

fn item(lane: usize, number: u32) -> Item {
    Item {
        lane,
        number,
        key: None,
    }
}

fn keyed(number: u32, key: u64) -> Item {
    Item {
        lane: 0,
        number,
        key: Some(key),
    }
}

fn numbers(items: &[Item]) -> Vec<u32> {
    items.iter().map(|item| item.number).collect()
}

#[test]
fn two_lanes_share_eight_to_one_and_the_lower_is_not_starved() {
    let mailbox = mailbox(|m| m.capacity(10_000).priority(2, |m: &Item| m.lane));
    for number in 0..900 {
        accept(&mailbox, item(1, number));
        accept(&mailbox, item(0, number));
    }
    let mut consumer = Consumer::of(&mailbox);
    let order: Vec<_> = (0..900).flat_map(|_| consumer.take()).collect();
    for round in order.chunks(9) {
        let low = round.iter().filter(|item| item.lane == 1).count();
        assert_eq!(low, 1, "in each round of nine");
    }
}

#[test]
fn weights_share_as_given() {
    let mailbox = mailbox(|m| m.priority(3, |m: &Item| m.lane).weights(&[3, 2, 1]));
    for number in 0..60 {
        (0..3).for_each(|lane| accept(&mailbox, item(lane, number)));
    }
    let mut consumer = Consumer::of(&mailbox);
    let order: Vec<_> = (0..12).flat_map(|_| consumer.take()).collect();
    let lanes: Vec<_> = order.iter().map(|item| item.lane).collect();
    assert_eq!(lanes, [0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 1, 2]);
}

#[test]
fn order_is_kept_within_a_lane() {
    let mailbox = mailbox(|m| m.capacity(1_000).priority(4, |m: &Item| m.lane));
    for number in 0..200 {
        accept(&mailbox, item((number * 7 % 4) as usize, number));
    }
    let all = Consumer::of(&mailbox).take_all();
    assert_eq!(all.len(), 200);
    for lane in 0..4 {
        assert!(
            all.iter()
                .filter(|m| m.lane == lane)
                .is_sorted_by_key(|m| m.number)
        );
    }
}

#[test]
fn lane_beyond_the_last_counts_as_the_last() {
    let mailbox = mailbox(|m| m.priority(2, |m: &Item| m.lane));
    accept(&mailbox, item(99, 1));
    accept(&mailbox, item(0, 2));
    assert_eq!(numbers(&Consumer::of(&mailbox).take_all()), [2, 1]);
}

#[test]
fn urgent_message_passes_what_is_queued_already() {
    let mailbox = mailbox(|m| m.priority(2, |m: &Item| m.lane));
    (0..50).for_each(|number| accept(&mailbox, item(1, number)));
    let mut consumer = Consumer::of(&mailbox);
    consumer.take();
    accept(&mailbox, item(0, 99));
    let next: Vec<_> = (0..2).flat_map(|_| consumer.take()).collect();
    assert!(numbers(&next).contains(&99), "within one round: {next:?}");
}

#[test]
fn newer_message_of_a_key_takes_the_place_of_the_queued_one() {
    let mailbox = mailbox(|m| m.coalesce(|m: &Item| m.key));
    accept(&mailbox, keyed(1, 7));
    accept(&mailbox, item(0, 2));
    accept(&mailbox, keyed(3, 8));
    let coalesced = push(&mailbox, keyed(4, 7));
    assert_eq!(coalesced, Ok(Some((keyed(1, 7), RemovedBy::Coalesced))));
    assert_eq!(numbers(&Consumer::of(&mailbox).take_all()), [4, 2, 3]);
}

#[test]
fn coalescing_needs_no_room() {
    let mailbox = mailbox(|m| m.capacity(1).coalesce(|m: &Item| m.key));
    accept(&mailbox, keyed(1, 7));
    let coalesced = push(&mailbox, keyed(2, 7));
    assert_eq!(coalesced, Ok(Some((keyed(1, 7), RemovedBy::Coalesced))));
    assert!(push(&mailbox, keyed(3, 8)).is_err());
    assert_eq!(mailbox.fill(), (1, 1));
}

#[test]
fn place_reserved_for_a_message_that_coalesces_is_free_again() {
    let mailbox = mailbox(|m| m.capacity(2).coalesce(|m: &Item| m.key));
    accept(&mailbox, keyed(1, 7));
    let mut ticket = Ticket::Idle;
    assert!(reserve(&mailbox, &mut ticket, Waker::noop()).is_ready());
    let (bell, waker) = Bell::new();
    let mut waits = Ticket::Idle;
    assert!(reserve(&mailbox, &mut waits, &waker).is_pending());
    let removed = mailbox.push_reserved(&mut ticket, Envelope::plain(keyed(2, 7)));
    let removed = removed.ok().flatten().map(parts);
    assert_eq!(removed, Some((keyed(1, 7), RemovedBy::Coalesced)));
    assert_eq!(
        bell.rings(),
        1,
        "the place it did not need is the next one's"
    );
    assert!(reserve(&mailbox, &mut waits, &waker).is_ready());
}

#[test]
fn message_of_a_key_that_was_taken_is_queued_behind() {
    let mailbox = mailbox(|m| m.coalesce(|m: &Item| m.key));
    accept(&mailbox, keyed(1, 7));
    accept(&mailbox, item(0, 2));
    let mut consumer = Consumer::of(&mailbox);
    assert_eq!(numbers(&consumer.take()), [1]);
    accept(&mailbox, keyed(3, 7));
    assert_eq!(numbers(&consumer.take_all()), [2, 3]);
}

#[test]
fn same_key_in_another_lane_is_another_message() {
    let mailbox = mailbox(|m| m.priority(2, |m: &Item| m.lane).coalesce(|m: &Item| m.key));
    accept(&mailbox, keyed(1, 7));
    accept(
        &mailbox,
        Item {
            lane: 1,
            number: 2,
            key: Some(7),
        },
    );
    assert_eq!(numbers(&Consumer::of(&mailbox).take_all()), [1, 2]);
}
