//! Attempts that each need something of which there may be no more.

use std::future::Pending;
use std::pin::Pin;

use super::*;
use crate::backoff::Jitter;
use crate::retry::Retry;

/// Attempts that never end, each with one of these.
struct Supplies<'t> {
    left: u32,
    /// Whether an attempt uses up what it has, as it comes as far as the service.
    begins: bool,
    /// How often one was told that it may be followed by another.
    more: &'t Cell<u32>,
}

impl MakeAttempt<u32, &'static str> for Supplies<'_> {
    type Future = Pending<Answer>;

    fn make(&mut self, _: u32, more: impl FnOnce() -> bool) -> Self::Future {
        self.left -= 1;
        self.more.set(self.more.get() + u32::from(more()));
        pending()
    }

    fn take_back(&mut self, _: Pin<&mut Self::Future>) -> bool {
        self.left += u32::from(!self.begins);
        self.begins
    }

    fn has_more(&self) -> bool {
        self.left > 0
    }
}

/// Makes a call of five attempts that each time out; says how it ended, and how many attempts were
/// told that they may be followed by another.
async fn call(builder: PipelineBuilder, left: u32, begins: bool) -> (Rejected, u32) {
    let retry = Retry::constant(ms(10)).jitter(Jitter::None).no_budget();
    let pipeline = builder.retry(retry.attempts(5)).attempt_timeout(ms(50));
    let pipeline = pipeline.build().expect("sound policies");
    let more = &Cell::new(0);
    let supplies = Supplies { left, begins, more };
    let ended = Call::new(&pipeline, Options::new(), Unclassified, supplies).await;
    (rejected(ended), more.get())
}

fn idempotent() -> PipelineBuilder {
    Pipeline::builder("supplies").idempotent()
}

#[tokio::test(start_paused = true)]
async fn a_call_is_repeated_as_often_as_there_is_something_to_call_with() {
    let (rejected, more) = call(idempotent(), 2, true).await;
    assert_eq!((rejected.attempts, more), (2, 2));
    assert_eq!(rejected.outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_is_told_that_it_is() {
    let (rejected, more) = call(idempotent(), 9, true).await;
    assert_eq!((rejected.attempts, more), (5, 4));
}

#[tokio::test(start_paused = true)]
async fn what_did_not_come_as_far_as_the_service_was_refused() {
    let only_refused = Pipeline::builder("supplies").only_refused();
    let (rejected, _) = call(only_refused.clone(), 1, false).await;
    assert_eq!(rejected.attempts, 5, "what came back is used again");
    assert_eq!(rejected.outcome(), Outcome::Refused);
    let (rejected, _) = call(only_refused, 9, true).await;
    assert_eq!(rejected.attempts, 1, "it may have had its effect");
}
