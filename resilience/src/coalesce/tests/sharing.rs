//! Which calls share one, and which don't.

use std::future::pending;
use std::sync::Arc;

use futures::future::join_all;
use futures::poll;
use tokio::time::{Instant, advance, sleep, timeout};

use super::*;
use crate::breaker::Breaker;
use crate::pipeline::{CallError, Pipeline, Reason};

type Answer = Result<u32, &'static str>;

async fn slow(answer: Answer, made: &Cell<u32>) -> Answer {
    made.set(made.get() + 1);
    sleep(ms(10)).await;
    answer
}

#[tokio::test(start_paused = true)]
async fn calls_for_one_key_share_one_call_and_its_answer() {
    let (flights, made) = (flights(), Cell::new(0));
    let began = Instant::now();
    let callers = (0..100).map(|number| {
        let made = &made;
        flights.call("a", move || slow(Ok(number), made))
    });
    let answers = join_all(callers).await;
    assert_eq!(answers, [Ok(0); 100], "that of the first");
    assert_eq!((made.get(), began.elapsed()), (1, ms(10)));
    let stats = flights.stats();
    assert_eq!((stats.made, stats.shared, stats.alone), (1, 99, 0));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn calls_for_other_keys_are_made_at_once() {
    let (flights, made) = (flights(), Cell::new(0));
    let mut hanging = Box::pin(flights.call("a", pending::<Answer>));
    assert!(poll!(&mut hanging).is_pending());
    assert_eq!(flights.call("b", || slow(Ok(1), &made)).await, Ok(1));
    assert_eq!(flights.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_comes_after_the_answer_asks_anew() {
    let (flights, made) = (flights(), Cell::new(0));
    for number in 0..3 {
        let answer = flights.call("a", || slow(Ok(number), &made));
        assert_eq!(answer.await, Ok(number));
    }
    assert_eq!(made.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_one_has_not_taken_yet_is_not_given_to_a_newcomer() {
    let (flights, service) = (flights(), Service::default());
    let [mut first, mut second] = in_line(&flights, &service, [1, 2]).await;
    service.answer();
    assert_eq!(poll!(&mut first), Poll::Ready(1));
    let mut third = Box::pin(flights.call("a", || service.call(3)));
    assert!(poll!(&mut third).is_pending());
    assert_eq!(poll!(&mut second), Poll::Ready(1));
    assert_eq!(
        flights.len(),
        1,
        "the second one has ended no flight but its own"
    );
    service.answer();
    assert_eq!(poll!(&mut third), Poll::Ready(3));
}

#[tokio::test(start_paused = true)]
async fn errors_are_shared_like_all_answers() {
    let (flights, made) = (flights(), Cell::new(0));
    let call = || flights.call("a", || slow(Err("down"), &made));
    let answers = tokio::join!(call(), call(), call());
    let down = Err("down");
    assert_eq!((answers, made.get()), ((down, down, down), 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_shared_is_that_of_one_caller_and_the_next_makes_its_call() {
    let (flights, made) = (flights().share(Result::is_ok), Cell::new(0));
    let began = Instant::now();
    let call = async |answer| {
        let answer = flights.call("a", || slow(answer, &made)).await;
        (answer, began.elapsed())
    };
    let answers = tokio::join!(
        call(Err("first")),
        call(Err("second")),
        call(Ok(3)),
        call(Ok(4)),
        call(Err("fifth")),
    );
    let shared = (Ok(3), ms(30));
    let first = (Err("first"), ms(10));
    let second = (Err("second"), ms(20));
    assert_eq!(answers, (first, second, shared, shared, shared));
    assert_eq!((made.get(), flights.stats().shared), (3, 2));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_room_a_call_for_another_key_is_made_alone() {
    let settings = Coalesce::new(1);
    let flights = Flights::<String, Answer>::new(&settings).expect("sound settings");
    let made = Cell::new(0);
    let answers = tokio::join!(
        flights.call("a", || slow(Ok(1), &made)),
        flights.call("b", || slow(Ok(2), &made)),
        flights.call("b", || slow(Ok(3), &made)),
        flights.call("a", || slow(Ok(4), &made)),
    );
    assert_eq!(answers, (Ok(1), Ok(2), Ok(3), Ok(1)));
    let stats = flights.stats();
    assert_eq!((stats.made, stats.shared, stats.alone), (3, 1, 2));
    assert_eq!(flights.call("c", || slow(Ok(5), &made)).await, Ok(5));
    assert_eq!(flights.stats().alone, 2, "there is room again");
}

#[tokio::test(start_paused = true)]
async fn many_keys_leave_nothing_behind() {
    let flights = Flights::<u32, u32>::new(&Coalesce::new(100)).expect("sound settings");
    for key in 0..100_000 {
        let call = flights.call(&key, || async move { key });
        assert_eq!(call.await, key);
    }
    assert_eq!((flights.len(), flights.stats().alone), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_holds_up_only_those_that_came_early_enough() {
    let settings = Coalesce::new(10).join_for(ms(100));
    let flights = Flights::<String, Answer>::new(&settings).expect("sound settings");
    let made = Cell::new(0);
    let mut hanging = Box::pin(flights.call("a", pending::<Answer>));
    assert!(poll!(&mut hanging).is_pending());
    advance(ms(99)).await;
    let mut early = Box::pin(flights.call("a", || slow(Ok(1), &made)));
    assert!(poll!(&mut early).is_pending());
    assert_eq!(made.get(), 0);
    advance(ms(1)).await;
    let call = || flights.call("a", || slow(Ok(2), &made));
    let late = timeout(ms(50), async { tokio::join!(call(), call()) });
    assert_eq!(late.await, Ok((Ok(2), Ok(2))));
    assert_eq!(made.get(), 1, "the late ones share one");
    assert!(poll!(&mut early).is_pending());
    drop(hanging);
    assert_eq!(early.await, Ok(1));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_flight_takes_nobody_and_keeps_those_it_has() {
    let (flights, made) = (flights(), Cell::new(0));
    let mut first = Box::pin(flights.call("a", || slow(Ok(1), &made)));
    let mut second = Box::pin(flights.call("a", || slow(Ok(2), &made)));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    flights.forget("a");
    flights.forget("unheard of");
    let third = flights.call("a", || slow(Ok(3), &made));
    assert_eq!(tokio::join!(first, second, third), (Ok(1), Ok(1), Ok(3)));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_shared_call_passes_a_pipeline_once() {
    let pipeline = Pipeline::builder("shop")
        .circuit_breaker(Breaker::consecutive(2))
        .attempt_timeout(ms(5))
        .build()
        .expect("sound policies");
    let (flights, made) = (flights(), Cell::new(0));
    let call = || flights.call("a", || pipeline.call(|| slow(Ok(1), &made)));
    let answers = tokio::join!(call(), call(), call());
    for answer in [answers.0, answers.1, answers.2] {
        let Err(CallError::Rejected(rejected)) = answer else {
            panic!("it timed out");
        };
        assert_eq!(rejected.reason, Reason::AttemptTimeout(ms(5)));
    }
    // The breaker has counted one failure of its two.
    assert_eq!(pipeline.call(|| async { Answer::Ok(2) }).await, Ok(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_on_many_threads_all_get_an_answer_and_leave_nothing() {
    let flights = Flights::<u32, u32>::new(&Coalesce::new(100)).expect("sound settings");
    let flights = Arc::new(flights);
    let tasks = (0..8).map(|_| {
        let flights = Arc::clone(&flights);
        tokio::spawn(async move {
            for round in 0..2_000_u32 {
                let key = round % 3;
                let call = flights.call(&key, || async move {
                    tokio::task::yield_now().await;
                    key
                });
                if round % 5 == 0 {
                    // Polled once and dropped: in the lead, in line, or at its end.
                    let mut call = Box::pin(call);
                    let _ = poll!(&mut call);
                } else {
                    assert_eq!(call.await, key);
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    assert!(flights.is_empty());
}
