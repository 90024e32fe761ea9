//! Pipelines that are refused.

use super::*;
use crate::breaker::BreakerError;
use crate::hedge::{Hedge, HedgeError};
use crate::retry::{Budget, Retry, RetryError};

fn error(builder: PipelineBuilder) -> PipelineError {
    builder.build().expect_err("it can't work")
}

fn retry() -> Retry {
    Retry::constant(ms(10))
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("refused")
}

#[test]
fn policies_that_cannot_work_together_are_refused() {
    let (attempt, overall) = (ms(100), ms(100));
    assert_eq!(
        error(builder().timeout(overall).attempt_timeout(attempt)),
        PipelineError::AttemptOutlastsCall { attempt, overall }
    );
    let outside = "circuit_breaker";
    assert_eq!(
        error(builder().circuit_breaker(brittle()).timeout(overall)),
        PipelineError::TimeoutInside { outside }
    );
    let inside = "circuit_breaker";
    assert_eq!(
        error(
            builder()
                .attempt_timeout(attempt)
                .circuit_breaker(brittle())
        ),
        PipelineError::AttemptTimeoutOutside { inside }
    );
    let outside = builder().circuit_breaker(brittle()).retry(retry());
    let policy = "circuit_breaker";
    assert_eq!(error(outside), PipelineError::OutsideRetry { policy });
    let unsaid = || builder().retry(retry()).attempt_timeout(attempt);
    assert_eq!(error(unsaid()), PipelineError::RepeatsUnsaid(attempt));
    assert!(unsaid().idempotent().build().is_ok());
    assert!(unsaid().only_refused().build().is_ok());
    let policy = "circuit_breaker";
    let twice = builder().circuit_breaker(brittle());
    assert_eq!(
        error(twice.circuit_breaker(brittle())),
        PipelineError::Twice { policy }
    );
    let nine = (0..9).fold(builder(), |builder, _| builder.timeout(overall));
    assert_eq!(error(nine), PipelineError::TooMany { count: 9 });
}

#[test]
fn a_hedge_is_the_innermost_policy_of_calls_that_may_be_made_twice() {
    let hedge = || Hedge::after(ms(20));
    let inside = "attempt_timeout";
    assert_eq!(
        error(
            builder()
                .hedge(hedge())
                .attempt_timeout(ms(100))
                .idempotent()
        ),
        PipelineError::HedgeOutside { inside }
    );
    assert_eq!(
        error(builder().hedge(hedge())),
        PipelineError::HedgeUnmarked
    );
    assert!(builder().hedge(hedge()).only_refused().build().is_ok());
    let within = || builder().attempt_timeout(ms(100)).idempotent();
    assert!(within().hedge(hedge()).build().is_ok());
    let (attempt, overall) = (ms(100), ms(100));
    assert_eq!(
        error(
            builder()
                .timeout(overall)
                .attempt_timeout(attempt)
                .idempotent()
                .hedge(hedge())
        ),
        PipelineError::AttemptOutlastsCall { attempt, overall }
    );
    for budget in [hedge().budget(Budget::default()), hedge().no_budget()] {
        let both = builder().retry(retry()).idempotent().hedge(budget);
        assert_eq!(error(both), PipelineError::HedgeBudget);
        assert!(builder().idempotent().hedge(budget).build().is_ok());
    }
    let never = builder().idempotent().hedge(hedge().attempts(1));
    let attempts = HedgeError::InvalidAttempts { attempts: 1 };
    assert_eq!(error(never), PipelineError::Hedge(attempts));
}

#[test]
fn a_policy_that_cannot_work_alone_is_refused() {
    let policy = "timeout";
    assert_eq!(
        error(builder().timeout(ms(0))),
        PipelineError::ZeroTimeout { policy }
    );
    let policy = "attempt_timeout";
    let zero = builder().attempt_timeout(ms(0));
    assert_eq!(error(zero), PipelineError::ZeroTimeout { policy });
    let never = builder().retry(retry().attempts(0));
    let expected = PipelineError::Retry(RetryError::ZeroAttempts);
    assert_eq!(error(never), expected);
    let never = builder().circuit_breaker(Breaker::consecutive(0));
    assert_eq!(
        error(never),
        PipelineError::Breaker(BreakerError::NoFailures)
    );
}

#[tokio::test(start_paused = true)]
async fn the_longest_time_out_is_no_overflow() {
    let pipeline = builder().timeout(Duration::MAX).build();
    let pipeline = pipeline.expect("it is long, and nothing else");
    let answer = pipeline.call(|| async {
        sleep(ms(1)).await;
        Answer::Ok(7)
    });
    assert_eq!(answer.await, Ok(7));
}
