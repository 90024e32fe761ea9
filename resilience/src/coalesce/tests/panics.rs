//! Calls that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Context;

use futures::poll;
use tokio::task::yield_now;

use super::*;

#[tokio::test]
async fn a_panic_is_that_of_one_caller_and_the_next_makes_its_call() {
    let flights = Arc::new(flights::<u32>());
    let caller = |number| {
        let flights = Arc::clone(&flights);
        tokio::spawn(async move {
            let call = flights.call("a", || async move {
                yield_now().await;
                assert_ne!(number, 0, "the first one panics");
                number
            });
            call.await
        })
    };
    let callers = [0, 1, 2].map(caller);
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.ok());
    }
    assert_eq!(answers, [None, Some(1), Some(1)]);
    assert!(flights.is_empty());
}

#[tokio::test]
async fn a_panic_that_is_caught_holds_up_nobody_while_the_future_is_kept() {
    let (flights, service) = (flights(), Service::default());
    let mut panics = Box::pin(flights.call("a", || async {
        yield_now().await;
        panic!("after its first poll")
    }));
    let mut next = Box::pin(flights.call("a", || service.call(2)));
    assert!(poll!(&mut panics).is_pending());
    assert!(poll!(&mut next).is_pending());
    let mut cx = Context::from_waker(Waker::noop());
    let caught = catch_unwind(AssertUnwindSafe(|| panics.as_mut().poll(&mut cx)));
    assert!(caught.is_err());
    service.answer();
    assert_eq!(poll!(&mut next), Poll::Ready(2));
    drop(panics);
    assert!(flights.is_empty());
}

#[tokio::test]
async fn what_panics_before_it_makes_a_future_or_about_its_answer_holds_up_nobody() {
    let (flights, service) = (flights().share(|number| *number > 0), Service::default());
    let mut cx = Context::from_waker(Waker::noop());
    let makes_none = || -> std::future::Ready<u32> { panic!("no future") };
    let mut first = Box::pin(flights.call("a", makes_none));
    let caught = catch_unwind(AssertUnwindSafe(|| first.as_mut().poll(&mut cx)));
    assert!(caught.is_err());
    assert!(flights.is_empty());

    let judged = Flights::<String, u32>::new(&Coalesce::new(1)).expect("sound settings");
    let judged = judged.share(|number| *number / (*number - 1) > 0);
    let [mut first, mut second] = in_line(&judged, &service, [1, 2]).await;
    service.answer();
    let caught = catch_unwind(AssertUnwindSafe(|| first.as_mut().poll(&mut cx)));
    assert!(caught.is_err(), "it divides by zero");
    service.answer();
    assert_eq!(poll!(&mut second), Poll::Ready(2));
    assert!(judged.is_empty());
}
