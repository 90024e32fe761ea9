//! [`Call`]: the future of one call, which walks the policies in, and out again.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use pin_project::{pin_project, pinned_drop};
use tokio::time::{Instant, Sleep, sleep_until};

use super::attempt::MakeAttempt;
use super::classify::Classify;
use super::course::{Alarm, Course, Means, Next, Settled, Stage, Stop};
use super::live::Held;
use super::options::Options;
use super::pipeline::{Pipeline, Shared};
use super::race::Race;
use super::rejected::CallError;
use crate::verdict::Verdict;

/// A call on its way through a pipeline: made by [`Pipeline::call`].
///
/// One future without allocation: the attempt and the permits are held inline. Only an attempt that
/// a [hedge](crate::hedge) begins beside the first has a box. It borrows the pipeline, or has a
/// clone of it.
///
/// # Panics
///
/// When the call, or the classifier, does, and when it is polled again after it was ready.
///
/// # Cancel safety
///
/// Dropping it drops the attempt, gives every permit back and leaves nothing behind.
#[pin_project(PinnedDrop, project = CallProjection)]
#[must_use = "futures do nothing unless polled"]
pub struct Call<P: Borrow<Pipeline>, K, M, Fut> {
    pipeline: P,
    held: Held,
    classify: K,
    make: M,
    course: Course,
    #[pin]
    race: Race<Fut>,
    #[pin]
    timer: Option<Sleep>,
}

impl<P: Borrow<Pipeline>, K, M, Fut> Call<P, K, M, Fut> {
    /// A call whose attempts `make` makes, where there is more to say of them than a closure can;
    /// see [`Pipeline::call`].
    #[inline]
    pub fn new(pipeline: P, options: Options, classify: K, make: M) -> Self {
        Self {
            held: pipeline.borrow().hold(),
            pipeline,
            classify,
            make,
            course: Course::new(options),
            race: Race::new(),
            timer: None,
        }
    }

    /// What makes its attempts: with what they have left, once it has ended.
    #[must_use]
    pub fn maker(self: Pin<&mut Self>) -> &mut M {
        self.project().make
    }
}

impl<P, K, M, Fut, T, E> Future for Call<P, K, M, Fut>
where
    P: Borrow<Pipeline>,
    M: MakeAttempt<T, E, Future = Fut>,
    Fut: Future<Output = Result<T, E>>,
    K: Classify<T, E>,
{
    type Output = Result<T, CallError<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.walk(cx, true)
    }
}

impl<P, K, M, Fut> Call<P, K, M, Fut>
where
    P: Borrow<Pipeline>,
{
    /// Goes as far as it comes without a wait, for an attempt that is ready at once; `None` where
    /// the attempt or a policy would have to wait. It needs no runtime and sets no timer.
    #[must_use = "without a result the call has not been made"]
    pub fn try_now<T, E>(self: Pin<&mut Self>) -> Option<Result<T, CallError<E>>>
    where
        M: MakeAttempt<T, E, Future = Fut>,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
    {
        match self.walk(&mut Context::from_waker(Waker::noop()), false) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        }
    }

    #[inline]
    fn walk<T, E>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        may_wait: bool,
    ) -> Poll<Result<T, CallError<E>>>
    where
        M: MakeAttempt<T, E, Future = Fut>,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
    {
        let mut this = self.project();
        loop {
            let settled = match this.course.stage {
                Stage::Entering => match this.course.enter(shared_of(this.held, this.pipeline)) {
                    Ok(()) => {
                        if this.course.stage == Stage::Running {
                            let shared = shared_of(this.held, this.pipeline);
                            let attempt = make_attempt(this.course, shared, this.make);
                            this.race.as_mut().begin(attempt);
                        }
                        continue;
                    }
                    Err(stop) => Settled::Stopped(stop),
                },
                Stage::Waiting(_) if !may_wait => return Poll::Pending,
                Stage::Waiting(until) => {
                    match ready!(poll_wait(this.course, this.timer.as_mut(), until, cx)) {
                        Ok(()) => continue,
                        Err(stop) => Settled::Stopped(stop),
                    }
                }
                Stage::Running => ready!(this.poll_race(cx, may_wait)),
                Stage::Ended => panic!("polled again after it was ready"),
            };
            let means = Means {
                begun: this
                    .race
                    .as_mut()
                    .end(|attempt| this.make.take_back(attempt)),
                more: this.make.has_more(),
            };
            let shared = shared_of(this.held, this.pipeline);
            let (next, result) = this.course.settle(shared, settled, means);
            match next {
                Next::Again => this.make.failed(result.err()),
                Next::End => return Poll::Ready(result),
            }
        }
    }
}

impl<P, K, M, Fut, T, E> CallProjection<'_, P, K, M, Fut>
where
    P: Borrow<Pipeline>,
    M: MakeAttempt<T, E, Future = Fut>,
    Fut: Future<Output = Result<T, E>>,
    K: Classify<T, E>,
{
    /// Polls the attempt, and those beside it, until one has an answer or all have failed, or the
    /// time is up.
    #[inline]
    fn poll_race(&mut self, cx: &mut Context<'_>, may_wait: bool) -> Poll<Settled<T, E>> {
        match self.poll_attempts(cx) {
            Poll::Ready(result) if !self.race.is_running() => {
                let verdict = self.classify.verdict(&result);
                Poll::Ready(self.done(result, verdict))
            }
            Poll::Pending if !may_wait => Poll::Pending,
            polled => self.poll_on(polled, cx),
        }
    }

    /// What is not so with a call that is ready at once and not hedged, kept out of its way.
    #[inline(never)]
    fn poll_on(
        &mut self,
        mut polled: Poll<Result<T, E>>,
        cx: &mut Context<'_>,
    ) -> Poll<Settled<T, E>> {
        loop {
            if let Poll::Ready(result) = polled {
                let verdict = self.classify.verdict(&result);
                if !(verdict.is_failure() && self.race.is_running()) {
                    return Poll::Ready(self.done(result, verdict));
                }
                let begun = self.race.as_mut().take_begun();
                self.course.lose_one(verdict, begun);
            } else {
                let Some(alarm) = self.course.alarm() else {
                    return Poll::Pending;
                };
                ready!(poll_timer(self.timer.as_mut(), alarm, cx));
                let (shared, more) = (shared_of(self.held, self.pipeline), self.make.has_more());
                match self.course.ring(shared, alarm, more) {
                    Alarm::TimedOut => return Poll::Ready(Settled::Stopped(Stop::TimedOut)),
                    Alarm::Hedge => {
                        let attempt = make_attempt(self.course, shared, self.make);
                        self.race.as_mut().join(attempt);
                    }
                    Alarm::Nothing => {}
                }
            }
            polled = self.poll_attempts(cx);
        }
    }

    #[inline]
    fn poll_attempts(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        let (race, make) = (self.race.as_mut(), &mut *self.make);
        let over = |attempt: Pin<&mut Fut>| make.take_back(attempt);
        self.course.under_deadline(|| race.poll(cx, over))
    }

    fn done(&self, result: Result<T, E>, verdict: Verdict) -> Settled<T, E> {
        let retry_after = self.classify.retry_after(&result);
        Settled::Done(result, verdict, retry_after)
    }
}

fn shared_of<'h, P: Borrow<Pipeline>>(held: &'h Held, pipeline: &'h P) -> &'h Shared {
    held.policies(pipeline.borrow())
}

/// Makes an attempt under the time-outs around it.
#[inline]
fn make_attempt<T, E, M: MakeAttempt<T, E>>(
    course: &Course,
    shared: &Shared,
    make: &mut M,
) -> M::Future {
    let more = || course.may_repeat(shared);
    course.under_deadline(|| make.make(course.attempts, more))
}

/// Waits on the way in: for a turn, or the end of a wait, or that of a time-out.
fn poll_wait(
    course: &mut Course,
    timer: Pin<&mut Option<Sleep>>,
    until: Instant,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Stop>> {
    if let Poll::Ready(turn) = course.poll_turn(cx) {
        return Poll::Ready(turn);
    }
    let first = course.alarm().map_or(until, |end| end.min(until));
    ready!(poll_timer(timer, first, cx));
    Poll::Ready(course.end_wait(until))
}

/// Waits until then. The timer is made when a call is seen to wait: one that is ready at once needs
/// none.
fn poll_timer(
    mut timer: Pin<&mut Option<Sleep>>,
    until: Instant,
    cx: &mut Context<'_>,
) -> Poll<()> {
    match timer.as_mut().as_pin_mut() {
        None => timer.set(Some(sleep_until(until))),
        Some(timer) if timer.deadline() != until => timer.reset(until),
        Some(_) => {}
    }
    let timer = timer.as_pin_mut().expect("it was made just now, or before");
    timer.poll(cx)
}

#[pinned_drop]
impl<P: Borrow<Pipeline>, K, M, Fut> PinnedDrop for Call<P, K, M, Fut> {
    fn drop(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.course.stage != Stage::Ended {
            // The work ends before its places are free.
            this.race.as_mut().end(|_| true);
            this.course.cancel(shared_of(this.held, this.pipeline));
        }
    }
}

impl<P: Borrow<Pipeline>, K, M, Fut> fmt::Debug for Call<P, K, M, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("pipeline", &self.pipeline.borrow().name())
            .field("course", &self.course)
            .finish_non_exhaustive()
    }
}
