//! Single rules of the machine, each by name.

use std::time::Duration;

use super::super::Bulkhead;
use super::super::machine::{Entry, Machine, Permit, Turn};
use super::super::waiters::{Slot, Ticket};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn settings(places: usize, queue: usize) -> Bulkhead {
    Bulkhead::concurrent(places).queue(queue).max_wait(ms(10))
}

/// A machine of one place that is taken, and its permit.
fn taken(settings: &Bulkhead) -> (Machine, Permit) {
    let mut machine = Machine::new(settings);
    let permit = machine.try_enter().unwrap();
    (machine, permit)
}

fn queue(machine: &mut Machine, priority: u8, now: u64) -> Ticket {
    match machine.enter(priority, ms(now)) {
        Entry::Queued { ticket, .. } => ticket,
        entry => panic!("{entry:?}"),
    }
}

fn is_waiting(machine: &mut Machine, ticket: Ticket, now: u64) -> Ticket {
    match machine.poll(ticket, ms(now)) {
        Turn::Waiting(ticket) => ticket,
        turn => panic!("{turn:?}"),
    }
}

#[test]
fn place_left_goes_to_the_highest_class_and_the_oldest_in_it() {
    let (mut machine, permit) = taken(&settings(1, 4));
    let _low = queue(&mut machine, 0, 0);
    let first = queue(&mut machine, 2, 1);
    let _second = queue(&mut machine, 2, 2);
    assert_eq!(machine.leave(permit), Some(first.slot()));
    assert!(matches!(machine.poll(first, ms(3)), Turn::Granted(_)));
}

#[test]
fn lifo_serves_the_newest_of_the_highest_class() {
    let (mut machine, permit) = taken(&settings(1, 4).lifo());
    let _first = queue(&mut machine, 2, 0);
    let second = queue(&mut machine, 2, 1);
    let _low = queue(&mut machine, 0, 2);
    assert_eq!(machine.leave(permit), Some(second.slot()));
}

#[test]
fn priority_beyond_the_highest_counts_as_the_highest() {
    let (mut machine, permit) = taken(&settings(1, 4));
    let _lower = queue(&mut machine, 2, 0);
    let highest = queue(&mut machine, 3, 1);
    let beyond = queue(&mut machine, 4, 2);
    assert_eq!(machine.leave(permit), Some(highest.slot()));
    let Turn::Granted(permit) = machine.poll(highest, ms(3)) else {
        panic!("not granted");
    };
    assert_eq!(machine.leave(permit), Some(beyond.slot()));
}

#[test]
fn full_queue_rejects_a_caller_of_the_same_class_and_of_a_lower_one() {
    let (mut machine, _permit) = taken(&settings(1, 1));
    let waiter = queue(&mut machine, 1, 0);
    for priority in [0, 1] {
        assert!(!machine.has_room(priority));
        assert!(matches!(machine.enter(priority, ms(1)), Entry::Rejected));
    }
    let _waiter = is_waiting(&mut machine, waiter, 2);
}

#[test]
fn full_queue_displaces_the_newest_of_the_lowest_class() {
    for settings in [settings(1, 3), settings(1, 3).lifo()] {
        let (mut machine, _permit) = taken(&settings);
        let oldest = queue(&mut machine, 0, 0);
        let newest = queue(&mut machine, 0, 1);
        let middle = queue(&mut machine, 1, 2);
        let Entry::Queued { displaced, .. } = machine.enter(2, ms(3)) else {
            panic!("not queued");
        };
        assert_eq!(displaced, Some(newest.slot()));
        assert!(matches!(machine.poll(newest, ms(4)), Turn::Displaced));
        let _oldest = is_waiting(&mut machine, oldest, 4);
        let _middle = is_waiting(&mut machine, middle, 4);
    }
}

#[test]
fn displaced_waiter_that_is_dropped_takes_nothing_from_the_holder_of_its_slot() {
    let (mut machine, _permit) = taken(&settings(1, 1));
    let low = queue(&mut machine, 0, 0);
    let high = queue(&mut machine, 1, 1);
    assert_eq!(low.slot(), high.slot());
    assert_eq!(machine.abandon(low).1, None);
    let _high = is_waiting(&mut machine, high, 2);
}

#[test]
fn waiter_times_out_at_its_end_and_not_before() {
    let (mut machine, _permit) = taken(&settings(1, 1));
    let waiter = queue(&mut machine, 0, 5);
    let waiter = is_waiting(&mut machine, waiter, 14);
    assert!(matches!(machine.poll(waiter, ms(15)), Turn::TimedOut));
    assert_eq!(machine.queued(), 0);
}

#[test]
fn place_granted_in_time_is_had_however_late_it_is_taken() {
    let (mut machine, permit) = taken(&settings(1, 1));
    let waiter = queue(&mut machine, 0, 0);
    assert!(machine.leave(permit).is_some());
    assert!(matches!(machine.poll(waiter, ms(99)), Turn::Granted(_)));
}

#[test]
fn waiters_that_time_out_leave_the_others_in_order() {
    let (mut machine, permit) = taken(&settings(1, 3));
    let first = queue(&mut machine, 0, 0);
    let gone = queue(&mut machine, 0, 0);
    let last = queue(&mut machine, 0, 0);
    assert!(matches!(machine.poll(gone, ms(10)), Turn::TimedOut));
    assert_eq!(machine.leave(permit), Some(first.slot()));
    let Turn::Granted(permit) = machine.poll(first, ms(10)) else {
        panic!("not granted");
    };
    assert_eq!(machine.leave(permit), Some(last.slot()));
}

#[test]
fn granted_place_of_a_waiter_that_is_gone_passes_on() {
    let (mut machine, permit) = taken(&settings(1, 2));
    let first = queue(&mut machine, 0, 0);
    let second = queue(&mut machine, 0, 0);
    assert!(machine.leave(permit).is_some());
    assert_eq!(machine.abandon(first).1, Some(second.slot()));
    assert_eq!(machine.granted(), 1);
}

#[test]
fn granted_place_is_not_free_for_who_comes_later() {
    let (mut machine, permit) = taken(&settings(1, 2));
    let _waiter = queue(&mut machine, 0, 0);
    assert!(machine.leave(permit).is_some());
    assert!(machine.try_enter().is_none());
}

#[test]
fn growth_grants_new_places_in_order() {
    let (mut machine, _permit) = taken(&settings(1, 4));
    let slots: Vec<Slot> = [0, 3, 0, 1]
        .map(|priority| queue(&mut machine, priority, 0).slot())
        .into();
    assert_eq!(machine.resize(3), [slots[1], slots[3]]);
    assert_eq!(machine.queued(), 2);
}

#[test]
fn shrinking_lets_those_inside_finish_and_grants_when_few_enough_are_left() {
    let mut machine = Machine::new(&settings(3, 2));
    let permits = [(); 3].map(|()| machine.try_enter().unwrap());
    let waiter = queue(&mut machine, 0, 0);
    assert_eq!(machine.resize(1), []);
    let granted = permits.map(|permit| machine.leave(permit));
    assert_eq!(granted, [None, None, Some(waiter.slot())]);
}

#[test]
fn reconfiguring_keeps_those_that_wait_as_they_were_told() {
    let (mut machine, permit) = taken(&settings(1, 4));
    let first = queue(&mut machine, 0, 0);
    let second = queue(&mut machine, 0, 0);
    assert_eq!(machine.reconfigure(&Bulkhead::concurrent(1)), []);
    assert!(matches!(machine.enter(3, ms(1)), Entry::Rejected));
    let first = is_waiting(&mut machine, first, 9);
    assert!(matches!(machine.poll(first, ms(10)), Turn::TimedOut));
    assert_eq!(machine.leave(permit), Some(second.slot()));
}

#[test]
fn nothing_is_allocated_while_nobody_queues() {
    let mut machine = Machine::new(&settings(2, 100));
    for _ in 0..10 {
        let permits = [(); 2].map(|()| machine.try_enter().unwrap());
        for permit in permits {
            assert_eq!(machine.leave(permit), None);
        }
    }
    assert_eq!(machine.waiters.slots(), 0);
}

#[test]
fn slots_are_used_again() {
    let (mut machine, _permit) = taken(&settings(1, 2));
    for now in 0..100 {
        let tickets = [(); 2].map(|()| queue(&mut machine, 0, now));
        for ticket in tickets {
            machine.abandon(ticket);
        }
    }
    assert_eq!(machine.waiters.slots(), 2);
}

#[test]
#[should_panic(expected = "a place was left that nobody had")]
fn place_of_another_machine_is_refused() {
    let (_, permit) = taken(&settings(1, 1));
    Machine::new(&settings(1, 1)).leave(permit);
}
