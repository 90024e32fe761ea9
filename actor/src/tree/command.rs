//! What supervisors and children tell each other.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::{Instant, sleep_until};

use super::cell::Resident;
use super::head::flag;
use super::supervise::supervise;
use crate::failure::Failure;
use crate::id::ActorId;
use crate::signal::StopReason;

/// What a supervisor tells a child that waits for its decision.
#[derive(Debug)]
pub(crate) enum Command {
    /// Go on with the same instance.
    Resume,
    /// End this instance and make a new one after the delay.
    Restart { after: Duration },
    /// Make a new instance after the delay; the last one has been halted.
    Start { after: Duration },
    /// End for good.
    End,
}

/// What a child tells its supervisor.
#[derive(Debug)]
pub(crate) struct ChildEvent {
    pub(crate) child: ActorId,
    pub(crate) name: Box<str>,
    pub(crate) what: ChildChange,
}

#[derive(Debug)]
pub(crate) enum ChildChange {
    /// It failed (or, permanent, ended itself) and waits for a command.
    Failed {
        failure: Failure,
        /// Whether its instance could go on as it is.
        resumable: bool,
        /// Whether it had been told to end, or had ended itself, so that it is not started again.
        ending: bool,
    },
    /// Its instance has ended as it was told, and it waits for a command.
    Halted,
    /// A new instance has started.
    Restarted,
    /// It has ended for good; it is no child any more.
    Ended(StopReason),
}

/// What came of waiting for a command.
pub(crate) enum Order {
    Given(Command),
    Halt,
    Stop,
    Kill,
    Slept,
}

/// Waits for the supervisor, for `kill`, for `stop` where `heed` has its flag, or until `until`.
pub(crate) async fn command(resident: &dyn Resident, heed: u16, until: Option<Instant>) -> Order {
    let head = resident.head();
    let mut sleep = std::pin::pin!(until.map(sleep_until));
    poll_fn(|cx| {
        resident.register(cx);
        if head.has(flag::EVENTS) {
            supervise(resident);
        }
        if head.has(flag::KILL) {
            return Poll::Ready(Order::Kill);
        }
        if head.has(flag::STOP & heed) {
            return Poll::Ready(Order::Stop);
        }
        if head.lower(flag::HALT | flag::DROP) != 0 {
            return Poll::Ready(Order::Halt);
        }
        if head.lower(flag::COMMAND) != 0 {
            let command = head.control.lock().take_command();
            if let Some(command) = command {
                return Poll::Ready(Order::Given(command));
            }
        }
        match sleep.as_mut().as_pin_mut() {
            Some(mut sleep) => sleep.poll_unpin(cx).map(|()| Order::Slept),
            None => Poll::Pending,
        }
    })
    .await
}
