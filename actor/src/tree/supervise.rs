//! The supervisor at work: events of children in, decisions out.
//!
//! It runs in the supervising actor's task, between messages and also while a handler awaits.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::cell::Resident;
use super::command::{ChildChange, ChildEvent, Command};
use super::family::{Family, Undecided};
use super::group::{Former, Group, Step, command};
use super::head::flag;
use super::ladder;
use crate::failure::quietly;
use crate::signal::Signal;
use crate::supervision::{ChildKind, Directive, Scope, decide_where};

/// Handles what children reported since the last time.
pub(crate) fn supervise(parent: &dyn Resident) {
    let events = {
        let mut control = parent.head().control.lock();
        parent.head().lower(flag::EVENTS);
        control.take_events()
    };
    for ChildEvent { child, name, what } in events {
        match what {
            ChildChange::Failed {
                failure,
                resumable,
                ending,
            } => {
                let later = Undecided {
                    child,
                    name,
                    failure,
                    resumable,
                    ending,
                };
                failed(parent, later);
            }
            ChildChange::Halted => advance(parent, |group| group.halted(child, false)),
            ChildChange::Restarted => advance(parent, |group| (group.started(child), None)),
            ChildChange::Ended(reason) => {
                // An ending instance is told nothing more; a path for each level of a deep tree
                // would make its stop quadratic.
                if !parent.head().has(flag::CLOSING) {
                    let path = parent.head().path().child(&name);
                    tell_hook(parent, Signal::ChildStopped { path, reason });
                }
                advance(parent, |group| group.halted(child, true));
            }
        }
    }
}

/// Moves the group restart on, if there is one; failures that had to wait follow when it is done.
fn advance(parent: &dyn Resident, how: impl FnOnce(&mut Group) -> (Step, Former)) {
    let moved = with_family(parent, |family| {
        family.group.as_mut().map(|group| how(group))
    });
    let Some(Some((step, former))) = moved else {
        return;
    };
    quietly(move || drop(former));
    if !step.carry_out() {
        return;
    }
    let done = with_family(parent, |family| {
        (family.group.take(), std::mem::take(&mut family.later))
    });
    let Some((group, later)) = done else { return };
    quietly(move || drop(group));
    // The first may restart a group of its own, for which the next ones have to wait again.
    for failure in later {
        failed(parent, failure);
    }
}

fn failed(parent: &dyn Resident, failure: Undecided) {
    // What is not handed on comes out of the lock, too.
    let mut failure = Some(failure);
    let child = with_family(parent, |family| {
        let undecided = failure.as_mut()?;
        let child = family
            .find(&undecided.name)
            .filter(|known| known.head().id == undecided.child)?;
        undecided.ending |= child.head().has(flag::STOP);
        match &family.group {
            // No group waits for one that is to end, nor it for the group.
            _ if undecided.ending => Some(child),
            // It is about to be halted anyway.
            Some(group) if group.contains(undecided.child) && !group.is_starting() => None,
            Some(group) if !group.contains(undecided.child) => {
                family.later.extend(failure.take());
                None
            }
            _ => Some(child),
        }
    });
    if let (Some(Some(child)), Some(failure)) = (child, failure) {
        judge(parent, &child, &failure);
    }
}

/// Decides about a failure and carries the decision out.
fn judge(parent: &dyn Resident, child: &Arc<dyn Resident>, failed: &Undecided) {
    let (head, failure) = (child.head(), &failed.failure);
    let Some((strategy, history)) = with_family(parent, |family| {
        let alone = family.strategy.scope() == Scope::OneForOne;
        let history = if alone {
            family.history(&head.name, head.id).clone()
        } else {
            family.shared.clone()
        };
        (Arc::clone(&family.strategy), history)
    }) else {
        return;
    };
    if head.spec.kind == ChildKind::Temporary {
        let directive = Directive::Stop;
        tracing::warn!(child = %head.path(), %failure, ?directive, "a temporary child failed");
        return command(&**child, Command::End);
    }
    let environment = &head.environment;
    let (directive, history) = decide_where(
        failed.resumable,
        &strategy,
        &history,
        failure,
        environment.now(),
        environment.jitter(),
    );
    // What is to end is not started again, and nobody fails for it; it may still go on to its end.
    let directive = match directive {
        Directive::Restart { .. } | Directive::Escalate if failed.ending => Directive::Stop,
        directive => directive,
    };
    if matches!(directive, Directive::Restart { .. }) {
        with_family(parent, |family| match strategy.scope() {
            Scope::OneForOne => *family.history(&head.name, head.id) = history,
            Scope::OneForAll | Scope::RestForOne => family.shared = history,
        });
    }
    tracing::warn!(child = %head.path(), %failure, ?directive, "a child failed");
    match directive {
        Directive::Resume => command(&**child, Command::Resume),
        Directive::Stop => command(&**child, Command::End),
        Directive::Escalate => {
            let former = with_family(parent, |family| family.escalate(failure.clone()));
            parent.head().raise(flag::SIGNALS);
            drop(former);
        }
        Directive::Restart { after } => {
            let path = head.path();
            let signal = Signal::ChildRestarted {
                path,
                failure: failure.clone(),
                times: 1,
            };
            tell_hook(parent, signal);
            match strategy.scope() {
                Scope::OneForOne => command(&**child, Command::Restart { after }),
                scope => restart_group(parent, child, scope, after),
            }
        }
    }
}

fn restart_group(
    parent: &dyn Resident,
    child: &Arc<dyn Resident>,
    scope: Scope,
    after: std::time::Duration,
) {
    let step = with_family(parent, |family| {
        if let Some(group) = &mut family.group {
            group.restart(after);
            return group.next();
        }
        let mut members = family.in_order();
        if scope == Scope::RestForOne {
            members.retain(|member| member.head().id >= child.head().id);
        }
        family
            .group
            .insert(Box::new(Group::new(members, after)))
            .next()
    });
    if let Some(step) = step {
        step.carry_out();
    }
}

fn tell_hook(parent: &dyn Resident, signal: Signal) {
    let former = with_family(parent, |family| family.signal(signal));
    parent.head().raise(flag::SIGNALS);
    drop(former);
}

/// Under the lock: nothing of the user's is run or dropped by `act`, it returns what is to go.
fn with_family<T>(parent: &dyn Resident, act: impl FnOnce(&mut Family) -> T) -> Option<T> {
    parent
        .head()
        .family
        .lock()
        .as_mut()
        .map(|family| act(family))
}

/// Stops the children in reverse order, each with its own grace.
pub(crate) async fn stop_children(parent: &dyn Resident) {
    let (children, remains) = {
        let mut family = parent.head().family.lock();
        parent.head().raise(flag::CLOSING);
        let Some(family) = family.as_mut() else {
            return;
        };
        let remains = family.close();
        (family.in_order(), remains)
    };
    quietly(move || drop(remains));
    for child in children.into_iter().rev() {
        Arc::clone(&child).stop();
        poll_fn(|cx| {
            parent.register(cx);
            let is_here = is_child(parent, &*child);
            if parent.head().has(flag::EVENTS) {
                supervise(parent);
            }
            // It yields, so a kill that comes now must not end in giving it up.
            ladder::leave(parent);
            if is_here {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

fn is_child(parent: &dyn Resident, child: &dyn Resident) -> bool {
    let (family, head) = (parent.head().family.lock(), child.head());
    let family = family.as_ref();
    family.is_some_and(|family| family.contains(&head.name, head.id))
}
