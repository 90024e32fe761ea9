//! [`Passage`]: a guarded call on its way through its pipeline, which begins with its first poll.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use greenroom_resilience::Pipeline;
use greenroom_resilience::pipeline::{Call, CallError, Classify, MakeAttempt, Options};
use pin_project::pin_project;

/// What is to be called and how, and then the call.
#[expect(
    clippy::large_enum_variant,
    reason = "it becomes the large one at its first poll, and a box would cost each call"
)]
#[pin_project(project = Stage)]
pub(super) enum Passage<'a, A, K, Fut> {
    /// Until its first poll it can be changed.
    Ahead(&'a Pipeline, Option<Plan<A, K>>),
    Under(#[pin] Call<&'a Pipeline, K, A, Fut>),
}

/// A call that has not begun.
pub(super) struct Plan<A, K> {
    pub(super) options: Options,
    pub(super) attempts: A,
    pub(super) classify: K,
}

impl<'a, A, K, Fut> Passage<'a, A, K, Fut> {
    pub(super) fn new(pipeline: &'a Pipeline, attempts: A, classify: K) -> Self {
        let plan = Plan {
            options: Options::new(),
            attempts,
            classify,
        };
        Self::Ahead(pipeline, Some(plan))
    }

    /// Changes what has not begun.
    pub(super) fn change<K2>(
        self,
        how: impl FnOnce(Plan<A, K>) -> Plan<A, K2>,
    ) -> Passage<'a, A, K2, Fut> {
        match self {
            Self::Ahead(pipeline, plan) => Passage::Ahead(pipeline, plan.map(how)),
            Self::Under(_) => unreachable!("what was polled is pinned, and can't be handed over"),
        }
    }

    /// Polls the call. `prepare` is for its attempts, which come back with an error.
    pub(super) fn poll<T, E, O>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        prepare: impl FnOnce(&mut A),
        failed: impl FnOnce(CallError<E>, &mut A) -> O,
    ) -> Poll<Result<T, O>>
    where
        A: MakeAttempt<T, E, Future = Fut>,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
    {
        if let Stage::Ahead(pipeline, plan) = self.as_mut().project() {
            let Plan {
                options,
                attempts,
                classify,
            } = plan.take().expect("it is there until the first poll");
            let call = Call::new(*pipeline, options, classify, attempts);
            self.set(Self::Under(call));
        }
        let Stage::Under(mut call) = self.project() else {
            unreachable!("it was set just now, or before");
        };
        prepare(call.as_mut().maker());
        let result = ready!(call.as_mut().poll(cx));
        Poll::Ready(result.map_err(|error| failed(error, call.maker())))
    }
}
