//! What a call comes back with, and what the policies make of it.

use super::*;

#[tokio::test(start_paused = true)]
async fn answers_and_errors_pass_through() {
    let pipeline = Pipeline::builder("plain")
        .build()
        .expect("nothing to check");
    assert_eq!(pipeline.call(|| async { Answer::Ok(7) }).await, Ok(7));
    fail(&pipeline, 3).await;
}

#[tokio::test(start_paused = true)]
async fn clones_share_their_breaker_and_an_open_one_calls_nobody() {
    let pipeline = with_breaker();
    fail(&pipeline.clone(), 2).await;
    advance(ms(300)).await;
    let called = Cell::new(false);
    let answer = pipeline.call(|| {
        called.set(true);
        async { Answer::Ok(7) }
    });
    let rejected = rejected(answer.await);
    assert!(!called.get());
    assert_eq!(&*rejected.pipeline, "shop");
    assert_eq!(rejected.reason, Reason::Breaker(BreakerState::Open));
    assert_eq!(rejected.reason.policy(), "circuit_breaker");
    assert_eq!(rejected.retry_after, Some(ms(700)));
    assert_eq!(
        (rejected.attempts, rejected.outcome()),
        (0, Outcome::Refused)
    );
    let text = "pipeline \"shop\" ended the call: its circuit breaker is open; try again in 700ms";
    assert_eq!(rejected.to_string(), text);
}

#[tokio::test(start_paused = true)]
async fn the_classifier_says_what_counts() {
    let pipeline = with_breaker();
    let classify = |result: &Answer| match result {
        Ok(503) => Verdict::Refused,
        Ok(_) => Verdict::Success,
        Err(_) => Verdict::Ignored,
    };
    for _ in 0..5 {
        let answer = pipeline.with().classify(classify);
        let answer = answer.call(|| async { Answer::Err("not found") }).await;
        assert_eq!(answer, Err(CallError::Inner("not found", Outcome::Done)));
    }
    for _ in 0..2 {
        let answer = pipeline.with().classify(classify);
        assert_eq!(answer.call(|| async { Answer::Ok(503) }).await, Ok(503));
    }
    assert!(!is_let_in(&pipeline).await, "two answers of 503 in a row");
}

#[tokio::test(start_paused = true)]
async fn the_first_time_out_ends_the_call_and_drops_the_work() {
    struct Flag<'a>(&'a Cell<bool>);
    impl Drop for Flag<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let both = Pipeline::builder("both")
        .timeout(ms(100))
        .attempt_timeout(ms(40))
        .build()
        .expect("sound policies");
    let whole = Pipeline::builder("whole").timeout(ms(100)).build();
    let whole = whole.expect("sound policies");
    let cases = [
        (&both, Reason::AttemptTimeout(ms(40)), 40),
        (&whole, Reason::Timeout(ms(100)), 100),
    ];
    for (pipeline, reason, after) in cases {
        let (dropped, began) = (Cell::new(false), Instant::now());
        let answer = pipeline.call(|| {
            let flag = Flag(&dropped);
            async move {
                let _flag = flag;
                pending::<Answer>().await
            }
        });
        let rejected = rejected(answer.await);
        assert_eq!(rejected.reason, reason);
        assert_eq!(
            (rejected.attempts, rejected.outcome()),
            (1, Outcome::Unknown)
        );
        assert_eq!(began.elapsed(), ms(after));
        assert!(dropped.get());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_ready_with_its_time_out_has_its_answer() {
    let pipeline = Pipeline::builder("edge").timeout(ms(100)).build();
    let pipeline = pipeline.expect("sound policies");
    let answer = pipeline.call(|| async {
        sleep(ms(100)).await;
        Answer::Ok(7)
    });
    assert_eq!(answer.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn attempts_that_time_out_open_the_breaker() {
    let pipeline = Pipeline::builder("slow")
        .circuit_breaker(brittle())
        .attempt_timeout(ms(10))
        .build()
        .expect("sound policies");
    for _ in 0..2 {
        assert!(pipeline.call(pending::<Answer>).await.is_err());
    }
    assert!(!is_let_in(&pipeline).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_called_runs_under_the_time_outs_as_its_deadline() {
    let pipeline = Pipeline::builder("nested").timeout(ms(100)).build();
    let pipeline = pipeline.expect("sound policies");
    let remaining = || async {
        let first = Deadline::current().map(Deadline::remaining);
        sleep(ms(10)).await;
        Ok::<_, ()>((first, Deadline::current().map(Deadline::remaining)))
    };
    let near = Deadline::after(ms(50));
    let inside = near.scope(pipeline.call(remaining)).await;
    assert_eq!(inside, Ok((Some(ms(50)), Some(ms(40)))));
    let inside = pipeline.call(remaining).await;
    assert_eq!(inside, Ok((Some(ms(100)), Some(ms(90)))));
    assert_eq!(Deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_called_after_the_deadline() {
    let pipeline = with_breaker();
    let late = Deadline::after(ms(0));
    let answer = late.scope(pipeline.call(|| async { panic!("it is called") }));
    let rejected = rejected::<()>(answer.await);
    assert_eq!(rejected.reason, Reason::Expired);
    assert_eq!(rejected.remaining, Some(ms(0)));
    assert_eq!(rejected.outcome(), Outcome::Refused);
}

#[test]
fn an_error_that_knows_rejections_takes_them_in() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Own,
        Rejected(&'static str),
    }
    impl From<Rejected> for Mine {
        fn from(rejected: Rejected) -> Self {
            Self::Rejected(rejected.reason.policy())
        }
    }
    let rejected = Rejected {
        pipeline: "shop".into(),
        reason: Reason::Expired,
        retry_after: None,
        attempts: 0,
        remaining: None,
        outcome: Outcome::Refused,
    };
    let flat = CallError::<Mine>::from(rejected).flatten();
    assert_eq!(flat, Mine::Rejected("deadline"));
    let flat = CallError::Inner(Mine::Own, Outcome::Unknown).flatten();
    assert_eq!(flat, Mine::Own);
}
