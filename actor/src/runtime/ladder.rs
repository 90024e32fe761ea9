//! From asking to forcing: stop, after its grace kill, after that one's grace give up.

use std::sync::{Arc, Weak};

use tokio::time::Instant;

use super::cell::Resident;
use super::finish::finish;
use super::head::flag;
use crate::signal::StopReason;
use crate::time::Alarm;

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rung {
    /// Asked to end after what is queued; then it is killed.
    Stopping,
    /// Asked to end its instance for a sibling's sake; then its handler is dropped.
    Halting,
    /// Told to end at its next await; then it is abandoned.
    Killing,
}

/// The alarm that takes the next step.
struct Ladder {
    resident: Weak<dyn Resident>,
    rung: Rung,
    /// Whether this is still the ladder that the actor stands on.
    serial: u32,
}

/// Gives the actor its grace for this rung; replaces the ladder it may stand on.
pub(crate) fn climb(resident: &Arc<dyn Resident>, rung: Rung) {
    let head = resident.head();
    let grace = match rung {
        Rung::Stopping | Rung::Halting => head.spec.stop_grace,
        Rung::Killing => head.environment.kill_grace,
    };
    let mut control = head.control.lock();
    let serial = control.next_serial();
    let ladder = Arc::new(Ladder {
        resident: Arc::downgrade(resident),
        rung,
        serial,
    });
    let alarms = &head.environment.alarms;
    let previous = control
        .ladder
        .replace((alarms.set(Instant::now() + grace, ladder), serial));
    drop(control);
    if let Some((key, _)) = previous {
        alarms.cancel(key);
    }
}

/// Takes the ladder away: the actor came down by itself.
pub(crate) fn leave(resident: &dyn Resident) {
    let head = resident.head();
    let ladder = head.control.lock().ladder.take();
    if let Some((key, _)) = ladder {
        head.environment.alarms.cancel(key);
    }
}

impl Alarm for Ladder {
    fn ring(self: Arc<Self>) {
        let Some(resident) = self.resident.upgrade() else {
            return;
        };
        let head = resident.head();
        {
            let control = head.control.lock();
            if control
                .ladder
                .is_none_or(|(_, serial)| serial != self.serial)
            {
                return;
            }
            match self.rung {
                Rung::Stopping => head.raise(flag::KILL),
                Rung::Halting => head.raise(flag::DROP),
                Rung::Killing => {}
            }
        }
        if self.rung == Rung::Killing {
            tracing::error!(actor = %head.path(), "abandoned: its handler does not yield");
            head.environment.abandoned.lock().push(head.path());
            let children = head.family.lock().as_ref().map(|family| family.in_order());
            finish(&*resident, StopReason::Abandoned);
            children
                .into_iter()
                .flatten()
                .rev()
                .for_each(|child| child.kill());
        } else {
            climb(&resident, Rung::Killing);
            resident.wake();
        }
    }
}
