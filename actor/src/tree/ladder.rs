//! From asking to forcing: stop, after its grace kill, after that one's grace give up.

use std::sync::{Arc, Weak};

use super::cell::Resident;
use super::finish::finish;
use super::head::{Control, flag};
use crate::signal::StopReason;
use crate::sync::MutexGuard;
use crate::time::{Alarm, later};

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

/// Gives the actor its grace for this rung, and raises the flag that tells it; replaces the ladder
/// it may stand on. An actor that has ended stands on none.
pub(crate) fn climb(resident: &Arc<dyn Resident>, rung: Rung, flag: u16) {
    let control = resident.head().control.lock();
    step(resident, control, rung, flag);
    if resident.head().ended().is_some() {
        leave(&**resident);
    }
}

/// Flag and ladder change together, so that an actor that sees the one can leave the other.
fn step(resident: &Arc<dyn Resident>, mut control: MutexGuard<'_, Control>, rung: Rung, flag: u16) {
    let head = resident.head();
    let grace = match rung {
        Rung::Stopping | Rung::Halting => head.spec.stop_grace,
        Rung::Killing => head.environment.kill_grace,
    };
    let serial = control.next_serial();
    let ladder = Arc::new(Ladder {
        resident: Arc::downgrade(resident),
        rung,
        serial,
    });
    let alarms = &head.environment.alarms;
    let key = alarms.set(later(grace), ladder);
    let previous = control.stand_on(key, serial);
    head.raise(flag);
    drop(control);
    if let Some(key) = previous {
        alarms.cancel(key);
    }
}

/// Takes the ladder away: the actor came down by itself.
pub(crate) fn leave(resident: &dyn Resident) {
    let head = resident.head();
    let ladder = head.control.lock().take_ladder();
    if let Some(key) = ladder {
        head.environment.alarms.cancel(key);
    }
}

impl Alarm for Ladder {
    fn ring(self: Arc<Self>) {
        let Some(resident) = self.resident.upgrade() else {
            return;
        };
        let head = resident.head();
        let control = head.control.lock();
        if !control.stands_on(self.serial) {
            return;
        }
        match self.rung {
            Rung::Stopping => step(&resident, control, Rung::Killing, flag::KILL),
            Rung::Halting => step(&resident, control, Rung::Killing, flag::DROP),
            Rung::Killing => {
                drop(control);
                abandon(&*resident);
                return;
            }
        }
        resident.wake();
    }
}

/// Ends an actor whose task is stuck, and its children with it.
fn abandon(resident: &dyn Resident) {
    let head = resident.head();
    let children = head.family.lock().as_ref().map(|family| family.in_order());
    // If its task ever goes on, it is to end, also where it was only to restart for a sibling.
    head.raise(flag::KILL);
    if !finish(resident, &StopReason::Abandoned) {
        return;
    }
    tracing::error!(actor = %head.path(), "abandoned: its handler does not yield");
    let children = children.into_iter().flatten().rev();
    children.for_each(|child| child.kill());
}
