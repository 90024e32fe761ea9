//! The supervisor at work: events of children in, decisions out.
//!
//! It runs in the supervising actor's task, between messages and also while a handler awaits.

use std::sync::Arc;

use super::cell::Resident;
use super::command::{ChildChange, ChildEvent, Command};
use super::family::Family;
use super::group::{Group, Step, command};
use super::head::flag;
use crate::failure::Failure;
use crate::id::ActorId;
use crate::signal::Signal;
use crate::supervision::{ChildKind, Directive, Scope, decide};

/// Handles what children reported since the last time.
pub(crate) fn supervise(parent: &dyn Resident) {
    let events = {
        let mut control = parent.head().control.lock();
        parent.head().lower(flag::EVENTS);
        std::mem::take(&mut control.events)
    };
    for ChildEvent { child, name, what } in events {
        match what {
            ChildChange::Failed(failure) => failed(parent, &name, child, &failure),
            ChildChange::Halted => advance(parent, |group| group.halted(child, false)),
            ChildChange::Restarted => advance(parent, |group| group.started(child)),
            ChildChange::Ended(reason) => {
                let path = parent.head().path().child(&name);
                tell_hook(parent, Signal::ChildStopped { path, reason });
                advance(parent, |group| group.halted(child, true));
            }
        }
    }
}

/// Moves the group restart on, if there is one; failures that had to wait follow when it is done.
fn advance(parent: &dyn Resident, how: impl FnOnce(&mut Group) -> Step) {
    let step = with_family(parent, |family| {
        family.group.as_mut().map(|group| how(group))
    });
    let Some(Some(step)) = step else { return };
    if !step.carry_out() {
        return;
    }
    let later = with_family(parent, |family| {
        family.group = None;
        std::mem::take(&mut family.later)
    });
    for (child, failure) in later.into_iter().flatten() {
        if child.head().ended().is_none() {
            judge(parent, &child, &failure);
        }
    }
}

fn failed(parent: &dyn Resident, name: &str, child: ActorId, failure: &Failure) {
    let found = with_family(parent, |family| {
        let resident = family.find(name).filter(|known| known.head().id == child)?;
        let group = family.group.as_ref();
        let is_member = group.is_some_and(|group| group.contains(child));
        let waits = group.is_some() && !is_member;
        let is_halting = is_member && group.is_some_and(|group| !group.is_starting());
        if waits {
            family
                .later
                .push_back((Arc::clone(&resident), failure.clone()));
        }
        Some((resident, waits || is_halting))
    });
    if let Some(Some((resident, false))) = found {
        judge(parent, &resident, failure);
    }
}

/// Decides about a failure and carries the decision out.
fn judge(parent: &dyn Resident, child: &Arc<dyn Resident>, failure: &Failure) {
    let head = child.head();
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
        return command(&**child, Command::End);
    }
    let environment = &head.environment;
    let (directive, history) = decide(
        &strategy,
        &history,
        failure,
        environment.now(),
        environment.jitter(),
    );
    with_family(parent, |family| match strategy.scope() {
        Scope::OneForOne => *family.history(&head.name, head.id) = history,
        Scope::OneForAll | Scope::RestForOne => family.shared = history,
    });
    tracing::warn!(child = %head.path(), %failure, ?directive, "a child failed");
    match directive {
        Directive::Resume => command(&**child, Command::Resume),
        Directive::Stop => command(&**child, Command::End),
        Directive::Escalate => {
            with_family(parent, |family| family.escalated = Some(failure.clone()));
            parent.head().raise(flag::SIGNALS);
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
    with_family(parent, |family| family.signal(signal));
    parent.head().raise(flag::SIGNALS);
}

fn with_family<T>(parent: &dyn Resident, act: impl FnOnce(&mut Family) -> T) -> Option<T> {
    parent
        .head()
        .family
        .lock()
        .as_mut()
        .map(|family| act(family))
}
