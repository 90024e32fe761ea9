//! [`Acquire`], the future that waits for a place, and [`Guard`], which holds one.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;
use tokio::time::{Sleep, sleep_until};

use super::gate::{Entered, Gate, Rejected};
use super::machine::Permit;
use super::waiting::Waiting;
use crate::Deadline;

/// A future that waits for a place: made by [`Gate::acquire`], which says what it does.
///
/// Whoever holds it without polling it may hold up others: a place that was given to it stays its
/// own until it is polled or dropped.
#[pin_project]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire {
    gate: Gate,
    priority: u8,
    stage: Stage,
    /// Set only where there is a wait.
    #[pin]
    timer: Option<Sleep>,
}

#[derive(Debug)]
enum Stage {
    Outside,
    Waiting(Waiting),
    Done,
}

impl Acquire {
    pub(super) const fn new(gate: Gate, priority: u8) -> Self {
        Self {
            gate,
            priority,
            stage: Stage::Outside,
            timer: None,
        }
    }
}

impl Future for Acquire {
    type Output = Result<Guard, Rejected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Stage::Outside = this.stage {
            *this.stage = Stage::Done;
            match this.gate.enter(*this.priority) {
                Ok(Entered::Permit(permit)) => {
                    return Poll::Ready(Ok(Guard::new(this.gate.clone(), permit)));
                }
                Ok(Entered::Waiting(waiting)) => {
                    let until = Deadline::after(waiting.wait()).instant();
                    *this.stage = Stage::Waiting(waiting);
                    this.timer.set(Some(sleep_until(until)));
                }
                Err(rejected) => return Poll::Ready(Err(rejected)),
            }
        }
        let Stage::Waiting(waiting) = this.stage else {
            panic!("a place was waited for after the end of the wait");
        };
        let result = match waiting.poll_acquire(cx) {
            Poll::Ready(result) => result,
            Poll::Pending => {
                let timer = this.timer.as_mut().as_pin_mut();
                ready!(timer.expect("whoever waits has a timer").poll(cx));
                waiting.expire()
            }
        };
        *this.stage = Stage::Done;
        this.timer.set(None);
        Poll::Ready(result.map(|permit| Guard::new(this.gate.clone(), permit)))
    }
}

/// A place in a bulkhead, left on drop. It may be moved into a task or another thread.
///
/// Hold it for as long as the call runs, and no longer.
#[derive(Debug)]
#[must_use = "the place is left as soon as the guard is dropped"]
pub struct Guard {
    gate: Gate,
    /// `None` only while it is dropped.
    permit: Option<Permit>,
}

impl Guard {
    pub(super) const fn new(gate: Gate, permit: Permit) -> Self {
        Self {
            gate,
            permit: Some(permit),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate.leave(permit);
        }
    }
}
