//! Callers that go away, at each await.

use futures::poll;

use super::*;

#[tokio::test]
async fn the_next_in_line_makes_its_call_when_the_first_is_dropped() {
    let (flights, service) = (flights(), Service::default());
    let [first, mut second, mut third] = in_line(&flights, &service, [1, 2, 3]).await;
    drop(first);
    assert_eq!(service.running.get(), 0, "the work ends with its caller");
    assert!(poll!(&mut third).is_pending());
    assert_eq!(service.running.get(), 0, "it is the turn of the second");
    assert!(poll!(&mut second).is_pending());
    assert_eq!(service.running.get(), 1);
    service.answer();
    assert_eq!(poll!(&mut second), Poll::Ready(2));
    assert_eq!(poll!(&mut third), Poll::Ready(2));
    assert!(flights.is_empty());
}

#[tokio::test]
async fn who_is_dropped_in_line_changes_nothing_for_the_others() {
    let (flights, service) = (flights(), Service::default());
    let [mut first, second, mut third] = in_line(&flights, &service, [1, 2, 3]).await;
    drop(second);
    service.answer();
    assert_eq!(poll!(&mut first), Poll::Ready(1));
    assert_eq!(poll!(&mut third), Poll::Ready(1));
    assert!(flights.is_empty());
}

#[tokio::test]
async fn the_turn_of_one_that_is_dropped_before_it_runs_passes_on() {
    let (flights, service) = (flights(), Service::default());
    let [first, second, mut third] = in_line(&flights, &service, [1, 2, 3]).await;
    drop(first);
    drop(second);
    assert!(poll!(&mut third).is_pending());
    assert_eq!(service.running.get(), 1);
    service.answer();
    assert_eq!(poll!(&mut third), Poll::Ready(3));
}

#[tokio::test]
async fn the_call_of_one_that_took_over_can_be_dropped_too() {
    let (flights, service) = (flights(), Service::default());
    let [first, mut second, mut third] = in_line(&flights, &service, [1, 2, 3]).await;
    drop(first);
    assert!(poll!(&mut second).is_pending());
    assert_eq!(service.running.get(), 1);
    drop(second);
    assert!(poll!(&mut third).is_pending());
    service.answer();
    assert_eq!(poll!(&mut third), Poll::Ready(3));
    assert_eq!(flights.stats().made, 3);
}

#[tokio::test]
async fn when_all_are_dropped_nothing_is_left() {
    let (flights, service) = (flights(), Service::default());
    let [first, second] = in_line(&flights, &service, [1, 2]).await;
    let unpolled = flights.call("a", || service.call(3));
    drop((second, first, unpolled));
    assert!(flights.is_empty());
    assert_eq!(service.running.get(), 0);
    service.answer();
    assert_eq!(flights.call("a", || service.call(4)).await, 4);
}

#[tokio::test]
async fn who_is_dropped_without_taking_the_answer_leaves_nothing() {
    let (flights, service) = (flights(), Service::default());
    let [mut first, second] = in_line(&flights, &service, [1, 2]).await;
    service.answer();
    assert_eq!(poll!(&mut first), Poll::Ready(1));
    drop(second);
    assert!(flights.is_empty());
}
