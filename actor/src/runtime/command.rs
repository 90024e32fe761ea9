//! What supervisors and children tell each other.

use std::time::Duration;

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
    Failed(Failure),
    /// Its instance has ended as it was told, and it waits for a command.
    Halted,
    /// A new instance has started.
    Restarted,
    /// It has ended for good; it is no child any more.
    Ended(StopReason),
}
