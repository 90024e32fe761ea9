//! [`Call`]: the future of one call, which walks the policies in, and out again.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::{pin_project, pinned_drop};
use tokio::time::{Instant, Sleep, sleep_until};

use super::attempt::MakeAttempt;
use super::classify::Classify;
use super::course::{Course, Means, Next, Settled, Stage, Stop};
use super::options::Options;
use super::pipeline::Pipeline;
use super::rejected::CallError;

/// A call on its way through a pipeline: made by [`Pipeline::call`].
///
/// One future without allocation: the attempt and the permits are held inline. It borrows the
/// pipeline, or has a clone of it.
///
/// # Panics
///
/// When the call, or the classifier, does, and when it is polled again after it was ready.
///
/// # Cancel safety
///
/// Dropping it drops the attempt, gives every permit back and leaves nothing behind.
#[pin_project(PinnedDrop)]
#[must_use = "futures do nothing unless polled"]
pub struct Call<P: Borrow<Pipeline>, K, M, Fut> {
    pipeline: P,
    classify: K,
    make: M,
    course: Course,
    #[pin]
    attempt: Option<Fut>,
    #[pin]
    timer: Option<Sleep>,
}

impl<P: Borrow<Pipeline>, K, M, Fut> Call<P, K, M, Fut> {
    pub(crate) fn new(pipeline: P, options: Options, classify: K, make: M) -> Self {
        Self {
            pipeline,
            classify,
            make,
            course: Course::new(options),
            attempt: None,
            timer: None,
        }
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

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let shared = (*this.pipeline).borrow().shared();
        loop {
            let settled = match this.course.stage {
                Stage::Entering => match this.course.enter(shared) {
                    Ok(()) => {
                        if this.course.stage == Stage::Running {
                            let (course, make) = (&*this.course, &mut *this.make);
                            let more = || course.may_repeat(shared);
                            let attempt = || make.make(course.attempts, more);
                            let attempt = course.under_deadline(attempt);
                            this.attempt.set(Some(attempt));
                        }
                        continue;
                    }
                    Err(stop) => Settled::Stopped(stop),
                },
                Stage::Waiting(until) => {
                    match ready!(poll_wait(this.course, this.timer.as_mut(), until, cx)) {
                        Ok(()) => continue,
                        Err(stop) => Settled::Stopped(stop),
                    }
                }
                Stage::Running => {
                    let (attempt, timer) = (this.attempt.as_mut(), this.timer.as_mut());
                    match ready!(poll_attempt(this.course, attempt, timer, cx)) {
                        Ok(result) => {
                            let verdict = this.classify.verdict(&result);
                            let retry_after = this.classify.retry_after(&result);
                            Settled::Done(result, verdict, retry_after)
                        }
                        Err(stop) => Settled::Stopped(stop),
                    }
                }
                Stage::Ended => panic!("polled again after it was ready"),
            };
            let attempt = this.attempt.as_mut().as_pin_mut();
            let begun = attempt.is_some_and(|attempt| this.make.take_back(attempt));
            this.attempt.set(None);
            let means = Means {
                begun,
                more: this.make.has_more(),
            };
            let (next, result) = this.course.settle(shared, settled, means);
            match next {
                Next::Again => this.make.failed(result.err()),
                Next::End => return Poll::Ready(result),
            }
        }
    }
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
    let first = course.until().map_or(until, |end| end.min(until));
    ready!(poll_timer(timer, first, cx));
    Poll::Ready(course.end_wait(until))
}

/// Polls the attempt, and the first time-out around it.
fn poll_attempt<Fut: Future>(
    course: &Course,
    attempt: Pin<&mut Option<Fut>>,
    timer: Pin<&mut Option<Sleep>>,
    cx: &mut Context<'_>,
) -> Poll<Result<Fut::Output, Stop>> {
    let attempt = attempt.as_pin_mut().expect("it is there while it runs");
    if let Poll::Ready(output) = course.under_deadline(|| attempt.poll(cx)) {
        return Poll::Ready(Ok(output));
    }
    match course.until() {
        Some(until) => poll_timer(timer, until, cx).map(|()| Err(Stop::TimedOut)),
        None => Poll::Pending,
    }
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
        // The work ends before its places are free.
        this.attempt.set(None);
        if this.course.stage != Stage::Ended {
            this.course.cancel((*this.pipeline).borrow().shared());
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
