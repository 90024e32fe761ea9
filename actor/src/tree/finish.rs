//! The end of an actor: once, from its own task or from outside when that task is stuck.

use std::sync::atomic::{AtomicU64, Ordering};

use super::cell::Resident;
use super::command::{ChildChange, ChildEvent};
use super::head::{Head, Watchers, flag};
use super::ladder;
use crate::failure::quietly;
use crate::signal::{StopReason, Terminated};

/// Ends an actor for good; true for the one call that did.
///
/// What is queued becomes dead letters and its asks end `Stopped`; the name is free, then watchers
/// and parent are told. Of an actor that is given up, what its task has taken or stashed is counted
/// too; to drop it and to tell its asks is left to that task, and so is the message in hand.
pub(crate) fn finish(resident: &dyn Resident, reason: &StopReason) -> bool {
    let head = resident.head();
    let watchers = {
        let mut slot = head.watchers.lock();
        match &*slot {
            Watchers::Ended(_) => return false,
            Watchers::Alive(_) => std::mem::replace(&mut *slot, Watchers::Ended(reason.clone())),
        }
    };
    let abandoned = matches!(reason, StopReason::Abandoned);
    if abandoned {
        head.environment.abandoned.lock().push(head.path());
    }
    ladder::leave(resident);
    resident.close_mailbox();
    resident.drain_mailbox();
    if abandoned {
        resident.write_off();
    }
    leave_family(head, reason.clone());
    if let Watchers::Alive(Some(watchers)) = watchers {
        let path = head.path();
        for tell in watchers.into_values() {
            let (path, reason) = (path.clone(), reason.clone());
            let id = head.id;
            // It may drop a message for a watcher that has ended, too.
            quietly(|| tell(Terminated { id, path, reason }));
        }
    }
    let waits = std::mem::take(&mut *head.waits.lock());
    drop(waits);
    if let Some(parent) = &head.parent {
        parent.wake();
    }
    true
}

/// Adds the actor's counts to those of all that have ended.
fn count(head: &Head) {
    let (totals, vitals) = (&head.environment.totals, &head.vitals);
    let add = |total: &AtomicU64, count: u64| total.fetch_add(count, Ordering::Release);
    add(&totals.handled, vitals.handled.load(Ordering::Relaxed));
    add(&totals.failed, vitals.failed.load(Ordering::Relaxed).into());
    add(
        &totals.restarts,
        vitals.restarts.load(Ordering::Relaxed).into(),
    );
}

/// Posts an event to the control lane of the parent.
pub(crate) fn tell_parent(head: &Head, what: ChildChange) {
    let Some(parent) = &head.parent else { return };
    post(head, &**parent, what);
    parent.wake();
}

fn post(head: &Head, parent: &dyn Resident, what: ChildChange) {
    let event = ChildEvent {
        child: head.id,
        name: head.name.clone(),
        what,
    };
    parent.head().control.lock().report(event);
    parent.head().raise(flag::EVENTS);
}

/// Takes the actor out of its parent's children, adds its counts to those of the ended and posts
/// its end in one step: a parent that finds the child gone also finds the event, and who reads the
/// totals first and looks at the tree second counts nobody twice.
fn leave_family(head: &Head, reason: StopReason) {
    let Some(parent) = &head.parent else {
        count(head);
        return;
    };
    let child = {
        let mut family = parent.head().family.lock();
        let child = family
            .as_mut()
            .and_then(|family| family.remove(&head.name, head.id));
        count(head);
        post(head, &**parent, ChildChange::Ended(reason));
        child
    };
    // Dropped after the lock, as it may be the last reference to the cell.
    drop(child);
}
