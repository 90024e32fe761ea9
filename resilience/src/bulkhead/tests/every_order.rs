//! Every order of events at a small bulkhead: two places, two queue places, four callers.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::Bulkhead;
use super::crowd::{Crowd, Step};

const CALLERS: usize = 4;

/// A wait of two ticks, so that waiters differ in what they have left.
fn small() -> Bulkhead {
    Bulkhead::concurrent(2)
        .queue(2)
        .max_wait(Duration::from_millis(2))
}

/// Visits all states that these steps lead to, each once, and from each sends everybody away.
fn explore(settings: &Bulkhead, steps: &[Step]) -> usize {
    let start = Crowd::new(settings, CALLERS);
    let mut seen = BTreeSet::from([start.essence()]);
    let mut open = vec![start];
    while let Some(crowd) = open.pop() {
        crowd.clone().disperse();
        for &step in steps {
            let mut next = crowd.clone();
            if next.step(step) && seen.insert(next.essence()) {
                open.push(next);
            }
        }
    }
    seen.len()
}

/// The callers' priorities, and the events: with or without changes of the number of places.
fn steps(priorities: [u8; CALLERS], places: &[usize]) -> Vec<Step> {
    let mut steps = vec![Step::Tick(1)];
    for (caller, priority) in priorities.into_iter().enumerate() {
        steps.extend([
            Step::Enter(caller, priority),
            Step::Leave(caller),
            Step::Poll(caller),
            Step::Abandon(caller),
        ]);
    }
    steps.extend(places.iter().map(|&places| Step::Resize(places)));
    steps
}

#[test]
fn every_order_of_equal_callers_agrees_with_the_model() {
    let steps = steps([0; CALLERS], &[]);
    assert!(explore(&small(), &steps) > 1_000);
    assert!(explore(&small().lifo(), &steps) > 1_000);
}

#[test]
fn every_order_of_callers_of_several_classes_agrees_with_the_model() {
    let steps = steps([0, 0, 1, 3], &[]);
    assert!(explore(&small(), &steps) > 1_000);
    assert!(explore(&small().lifo(), &steps) > 1_000);
}

#[test]
fn every_order_with_changes_of_the_places_agrees_with_the_model() {
    let steps = steps([0, 0, 2, 2], &[1, 2]);
    let one = Bulkhead::concurrent(1)
        .queue(2)
        .max_wait(Duration::from_millis(1));
    assert!(explore(&one, &steps) > 1_000);
    assert!(explore(&one.lifo(), &steps) > 1_000);
}
