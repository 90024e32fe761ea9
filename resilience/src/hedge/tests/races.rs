//! Calls with more than one attempt at once.

use std::cell::{Cell, RefCell};
use std::future::{Pending, pending};
use std::pin::Pin;
use std::rc::Rc;

use futures::poll;
use proptest::prelude::*;
use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::backoff::Jitter;
use crate::breaker::Breaker;
use crate::bulkhead::Bulkhead;
use crate::hedge::Hedge;
use crate::outcome::Outcome;
use crate::pipeline::{
    Call, CallError, MakeAttempt, Options, Pipeline, PipelineBuilder, Reason, Unclassified, With,
};
use crate::retry::{Budget, Retry};
use crate::verdict::Verdict;

type Answer = Result<u32, &'static str>;

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("twice").idempotent()
}

/// A second attempt after 20 ms, a third after 40 ms.
fn hedge() -> Hedge {
    Hedge::after(ms(20)).attempts(3).no_budget()
}

fn classify(answer: &Answer) -> Verdict {
    match answer {
        Ok(503) | Err("busy") => Verdict::Refused,
        Err("not found") => Verdict::Ignored,
        Ok(_) => Verdict::Success,
        Err(_) => Verdict::Unknown,
    }
}

/// One call whose attempts take so long and end so, one after the other, and then hang; what came
/// back, how many were begun, and how long it took.
async fn call(
    pipeline: &Pipeline,
    attempts: &[(u64, Answer)],
) -> (Result<u32, CallError<&'static str>>, usize, Duration) {
    let (begun, began) = (Cell::new(0), Instant::now());
    let call = pipeline.with().classify(classify).call(|| {
        let attempt = attempts.get(begun.get()).copied();
        begun.set(begun.get() + 1);
        async move {
            let Some((took, answer)) = attempt else {
                return pending().await;
            };
            sleep(ms(took)).await;
            answer
        }
    });
    let answer = call.await;
    (answer, begun.get(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_wins() {
    let pipeline = build(builder().hedge(hedge()));
    let cases = [
        (&[(19, Ok(1)), (1, Ok(2))][..], Ok(1), 1, 19),
        (&[(90, Ok(1)), (10, Ok(2))][..], Ok(2), 2, 30),
        (&[(90, Ok(1)), (90, Ok(2)), (5, Ok(3))][..], Ok(3), 3, 45),
        (&[(50, Ok(1)), (90, Ok(2)), (90, Ok(3))][..], Ok(1), 3, 50),
    ];
    for (attempts, answer, begun, took) in cases {
        assert_eq!(call(&pipeline, attempts).await, (answer, begun, ms(took)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_ends_the_call_only_where_nothing_else_runs() {
    let pipeline = build(builder().hedge(hedge()));
    let busy = || Err(CallError::Inner("busy", Outcome::Refused));
    let lost = || Err(CallError::Inner("busy", Outcome::Unknown));
    let none = Err(CallError::Inner("not found", Outcome::Done));
    let cases = [
        (&[(5, Err("busy"))][..], busy(), 1, 5),
        (&[(30, Err("lost")), (25, Ok(2))][..], Ok(2), 3, 45),
        (&[(25, Err("busy")), (1, Err("busy"))][..], busy(), 2, 25),
        (&[(25, Err("lost")), (7, Err("busy"))][..], lost(), 2, 27),
        (&[(25, Ok(503)), (7, Ok(503))][..], Ok(503), 2, 27),
        (&[(90, Ok(1)), (5, Err("not found"))][..], none, 2, 25),
    ];
    for (attempts, answer, begun, took) in cases {
        assert_eq!(call(&pipeline, attempts).await, (answer, begun, ms(took)));
    }
}

#[tokio::test(start_paused = true)]
async fn only_calls_that_may_be_made_twice_are() {
    let marked = build(builder().hedge(hedge()));
    let unmarked = build(builder().only_refused().hedge(hedge()));
    let begun = async |with: With<'_, _>| {
        let begun = Cell::new(0);
        let call = with.call(|| {
            begun.set(begun.get() + 1);
            async {
                sleep(ms(30)).await;
                Answer::Ok(7)
            }
        });
        assert_eq!(call.await, Ok(7));
        begun.get()
    };
    assert_eq!(begun(marked.with()).await, 2);
    assert_eq!(begun(marked.with().only_refused()).await, 1);
    assert_eq!(begun(unmarked.with()).await, 1);
    assert_eq!(begun(unmarked.with().idempotent()).await, 2);
}

#[tokio::test(start_paused = true)]
async fn those_overtaken_are_dropped_with_the_answer() {
    let pipeline = build(builder().hedge(hedge()));
    let alive = Rc::new(());
    let numbers = RefCell::new(Vec::new());
    let work = |number| {
        let alive = Rc::clone(&alive);
        async move {
            let _alive = alive;
            match number {
                3 => Answer::Ok(number),
                _ => pending().await,
            }
        }
    };
    let mut call = Box::pin(pipeline.with().call_with(|attempt| {
        numbers
            .borrow_mut()
            .push((attempt.number(), attempt.last_error().cloned()));
        work(attempt.number())
    }));
    assert!(poll!(&mut call).is_pending());
    advance(ms(20)).await;
    assert!(poll!(&mut call).is_pending());
    assert_eq!(Rc::strong_count(&alive), 3);
    assert_eq!((&mut call).await, Ok(3));
    assert_eq!(Rc::strong_count(&alive), 1);
    drop(call);
    let mut dropped = Box::pin(pipeline.call(|| work(0)));
    assert!(poll!(&mut dropped).is_pending());
    advance(ms(20)).await;
    assert!(poll!(&mut dropped).is_pending());
    assert_eq!(Rc::strong_count(&alive), 3);
    drop(dropped);
    assert_eq!(Rc::strong_count(&alive), 1);
    assert_eq!(*numbers.borrow(), [(1, None), (2, None), (3, None)]);
}

#[tokio::test(start_paused = true)]
async fn the_other_policies_take_all_attempts_for_one() {
    let breaker = Breaker::consecutive(2).open_for(ms(1_000));
    let pipeline = build(
        builder()
            .circuit_breaker(breaker)
            .bulkhead(Bulkhead::concurrent(1))
            .attempt_timeout(ms(50))
            .hedge(hedge()),
    );
    let both = [(25, Err("lost")), (7, Err("lost"))];
    let (answer, begun, _) = call(&pipeline, &both).await;
    assert!(answer.is_err());
    assert_eq!(begun, 2, "the one place is good for both");
    // One failure in the eyes of the breaker; the time-out counts from the first attempt.
    let (answer, begun, took) = call(&pipeline, &[]).await;
    let Err(CallError::Rejected(rejected)) = answer else {
        panic!("it hangs");
    };
    assert_eq!(rejected.reason, Reason::AttemptTimeout(ms(50)));
    assert_eq!(
        (rejected.attempts, rejected.outcome()),
        (3, Outcome::Unknown)
    );
    assert_eq!((begun, took), (3, ms(50)));
    let (answer, begun, _) = call(&pipeline, &[]).await;
    assert!(answer.is_err());
    assert_eq!(begun, 0, "two failures in a row");
}

#[tokio::test(start_paused = true)]
async fn a_retry_repeats_what_all_attempts_failed_in() {
    let retry = Retry::constant(ms(10)).jitter(Jitter::None).no_budget();
    let hedge = Hedge::after(ms(20));
    let pipeline = build(builder().retry(retry).hedge(hedge));
    let attempts = [(25, Err("busy")), (7, Err("busy")), (30, Ok(3)), (5, Ok(4))];
    let expected = (Ok(4), 4, ms(27) + ms(10) + ms(25));
    assert_eq!(call(&pipeline, &attempts).await, expected);
}

#[tokio::test(start_paused = true)]
async fn hedges_and_repeats_share_one_budget() {
    let two = Budget::share(0.0).at_least_per_second(2);
    let retry = Retry::constant(ms(1)).jitter(Jitter::None).budget(two);
    let shared = build(builder().retry(retry).hedge(Hedge::after(ms(20))));
    let alone = build(builder().hedge(Hedge::after(ms(20)).budget(two)));
    let repeated = [(0, Err("busy")), (0, Ok(2))];
    let hedged = [(30, Ok(1)), (5, Ok(2))];
    assert_eq!(call(&shared, &repeated).await, (Ok(2), 2, ms(1)));
    assert_eq!(call(&shared, &hedged).await, (Ok(2), 2, ms(25)));
    assert_eq!(call(&shared, &hedged).await, (Ok(1), 1, ms(30)));
    let (answer, begun, _) = call(&shared, &repeated).await;
    assert_eq!((answer.is_err(), begun), (true, 1));
    for expected in [(Ok(2), 2, ms(25)), (Ok(2), 2, ms(25)), (Ok(1), 1, ms(30))] {
        assert_eq!(call(&alone, &hedged).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quantile_is_learnt_from_answers_and_from_what_takes_longer() {
    let hedge = Hedge::quantile(0.9).min(ms(5)).no_budget();
    let pipeline = build(builder().hedge(hedge));
    for took in 1..=20 {
        let answer = call(&pipeline, &[(took, Ok(1))]).await;
        assert_eq!(answer, (Ok(1), 1, ms(took)), "nothing is known yet");
    }
    // 18 of 20 took up to 18 ms. What fails before says nothing.
    for _ in 0..20 {
        assert_eq!(call(&pipeline, &[(1, Err("busy"))]).await.1, 1);
    }
    assert_eq!(call(&pipeline, &[(18, Ok(1))]).await.1, 1);
    let slow = [(90, Ok(1)), (2, Ok(2))];
    // 19 of 21 took up to 18 ms now, and 20 of 22 will have taken up to 19.
    assert_eq!(call(&pipeline, &slow).await, (Ok(2), 2, ms(20)));
    assert_eq!(call(&pipeline, &slow).await, (Ok(2), 2, ms(21)));
    for _ in 0..600 {
        call(&pipeline, &[(1, Ok(1))]).await.0.expect("it answers");
    }
    assert_eq!(call(&pipeline, &slow).await, (Ok(2), 2, ms(7)), "at least");
}

/// So many attempts, and no more.
struct Supply {
    left: u32,
    more: Vec<bool>,
}

impl MakeAttempt<u32, &'static str> for &mut Supply {
    type Future = Pending<Answer>;

    fn make(&mut self, _: u32, more: impl FnOnce() -> bool) -> Self::Future {
        self.left -= 1;
        self.more.push(more());
        pending()
    }

    fn take_back(&mut self, _: Pin<&mut Self::Future>) -> bool {
        self.left += 1;
        false
    }

    fn has_more(&self) -> bool {
        self.left > 0
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_is_begun_than_there_is_something_to_call_with() {
    let pipeline = build(builder().timeout(ms(100)).hedge(hedge()));
    for (left, expected) in [(2, &[true, true][..]), (9, &[true, true, false])] {
        let more = Vec::new();
        let mut supply = Supply { left, more };
        let call = Call::new(&pipeline, Options::new(), Unclassified, &mut supply);
        let Err(CallError::Rejected(rejected)) = call.await else {
            panic!("it hangs");
        };
        assert_eq!(
            (&supply.more[..], supply.left),
            (expected, left),
            "all are back"
        );
        assert_eq!(rejected.outcome(), Outcome::Refused, "none was begun");
    }
}

/// Attempts that fail as they are made, the second first, and never come as far as the service.
struct Unsent;

impl MakeAttempt<u32, &'static str> for Unsent {
    type Future = Pin<Box<dyn Future<Output = Answer>>>;

    fn make(&mut self, number: u32, _: impl FnOnce() -> bool) -> Self::Future {
        Box::pin(async move {
            sleep(ms(if number == 1 { 50 } else { 10 })).await;
            Err("no connection")
        })
    }

    fn take_back(&mut self, _: Pin<&mut Self::Future>) -> bool {
        false
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_that_never_came_as_far_as_the_service_were_refused() {
    let pipeline = build(builder().hedge(Hedge::after(ms(20))));
    let call = Call::new(&pipeline, Options::new(), Unclassified, Unsent);
    let error = CallError::Inner("no connection", Outcome::Refused);
    assert_eq!(call.await, Err(error));
}

proptest! {
    /// Beside a list of all events in the order of their times.
    #[test]
    fn the_end_is_that_of_the_first_answer_or_of_the_last_failure(
        attempts in prop::collection::vec((1_u64..100, 0_usize..3), 3),
        delay in 1_u64..50,
    ) {
        let ends = [Ok(7), Err("busy"), Err("not found")];
        let attempts: Vec<_> = attempts.iter().map(|(took, end)| (*took, ends[*end])).collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime of its own");
        let hedge = Hedge::after(ms(delay)).attempts(3).no_budget();
        let pipeline = build(builder().hedge(hedge));
        let (answer, begun, took) = runtime.block_on(call(&pipeline, &attempts));
        let (expected, expected_begun, at) = naive(&attempts, delay);
        let answer = answer.map_err(|error| match error {
            CallError::Inner(error, _) => error,
            CallError::Rejected(rejected) => panic!("{rejected}"),
        });
        prop_assert_eq!((answer, begun, took), (expected, expected_begun, ms(at)));
    }
}

/// Millisecond by millisecond.
fn naive(attempts: &[(u64, Answer)], delay: u64) -> (Answer, usize, u64) {
    let mut running = vec![(0, attempts[0])];
    let mut begun = 1;
    for now in 0.. {
        while let Some(at) = running
            .iter()
            .position(|(began, (took, _))| began + took == now)
        {
            let (_, (_, answer)) = running.remove(at);
            if answer != Err("busy") || running.is_empty() {
                return (answer, begun, now);
            }
        }
        if begun < attempts.len() && now == begun as u64 * delay {
            running.push((now, attempts[begun]));
            begun += 1;
        }
    }
    unreachable!("each attempt ends")
}
