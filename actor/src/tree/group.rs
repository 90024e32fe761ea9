//! Restarting several children together: ended in reverse order, started again in order.

use std::sync::Arc;
use std::time::Duration;

use super::cell::Resident;
use super::command::Command;
use super::head::flag;
use super::ladder::{Rung, climb};
use crate::id::ActorId;
use crate::supervision::ChildKind;

/// A restart of several children on its way.
pub(crate) struct Group {
    members: Vec<Arc<dyn Resident>>,
    after: Duration,
    phase: Phase,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Members from this one on have ended their instances.
    Halting(usize),
    /// Members before this one have started again.
    Starting(usize),
}

/// What the actor who supervises is to do next, outside any lock.
pub(crate) enum Step {
    /// End this one's instance, and wait to hear of it.
    Halt(Arc<dyn Resident>),
    /// End this one for good, and wait to hear of it.
    Stop(Arc<dyn Resident>),
    /// Start this one, and wait to hear of it.
    Start(Arc<dyn Resident>, Duration),
    /// Wait.
    Nothing,
    /// All are up again.
    Done,
}

/// A member that is none any more; dropped after the family's lock, as it may be the last
/// reference to its cell.
pub(crate) type Former = Option<Arc<dyn Resident>>;

impl Group {
    /// `members` in the order in which they were started.
    pub(crate) fn new(members: Vec<Arc<dyn Resident>>, after: Duration) -> Self {
        let phase = Phase::Halting(members.len());
        Self {
            members,
            after,
            phase,
        }
    }

    pub(crate) fn contains(&self, id: ActorId) -> bool {
        self.members.iter().any(|member| member.head().id == id)
    }

    /// Whether a failure of a member is news, or it is about to be halted anyway.
    pub(crate) fn is_starting(&self) -> bool {
        matches!(self.phase, Phase::Starting(_))
    }

    /// Begins anew: a member failed while it was started.
    pub(crate) fn restart(&mut self, after: Duration) {
        self.phase = Phase::Halting(self.members.len());
        self.after = after;
        // One that has not begun to start yet must not start out of turn.
        for member in &self.members {
            member.head().control.lock().take_command();
            member.head().lower(flag::COMMAND);
        }
    }

    /// A member has ended its instance, or has ended for good.
    pub(crate) fn halted(&mut self, id: ActorId, for_good: bool) -> (Step, Former) {
        let Some(at) = self
            .members
            .iter()
            .position(|member| member.head().id == id)
        else {
            return (Step::Nothing, None);
        };
        let step = match self.phase {
            Phase::Halting(from) if at + 1 == from => {
                self.phase = Phase::Halting(at);
                true
            }
            Phase::Starting(next) if for_good && at == next => true,
            _ => false,
        };
        let former = for_good.then(|| self.forget(at));
        let step = if step { self.next() } else { Step::Nothing };
        (step, former)
    }

    /// A member has started again.
    pub(crate) fn started(&mut self, id: ActorId) -> Step {
        match self.phase {
            Phase::Starting(next)
                if self
                    .members
                    .get(next)
                    .is_some_and(|member| member.head().id == id) =>
            {
                self.phase = Phase::Starting(next + 1);
                self.next()
            }
            _ => Step::Nothing,
        }
    }

    /// What is to be done now.
    pub(crate) fn next(&mut self) -> Step {
        match self.phase {
            Phase::Halting(0) => {
                self.phase = Phase::Starting(0);
                self.next()
            }
            Phase::Halting(from) => {
                let member = Arc::clone(&self.members[from - 1]);
                match member.head().spec.kind {
                    ChildKind::Temporary => Step::Stop(member),
                    ChildKind::Permanent | ChildKind::Transient => Step::Halt(member),
                }
            }
            Phase::Starting(next) => match self.members.get(next) {
                // The backoff is for the group: the first waits, the others follow.
                Some(member) => Step::Start(Arc::clone(member), std::mem::take(&mut self.after)),
                None => Step::Done,
            },
        }
    }

    fn forget(&mut self, at: usize) -> Arc<dyn Resident> {
        let member = self.members.remove(at);
        let (Phase::Halting(mark) | Phase::Starting(mark)) = &mut self.phase;
        if at < *mark {
            *mark -= 1;
        }
        member
    }
}

impl Step {
    /// Tells the member what it is to do; true when the group is done.
    pub(crate) fn carry_out(self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Done => true,
            Self::Stop(member) => {
                member.stop();
                false
            }
            Self::Halt(member) => {
                climb(&member, Rung::Halting, flag::HALT);
                member.wake();
                false
            }
            Self::Start(member, after) => {
                command(&*member, Command::Start { after });
                false
            }
        }
    }
}

/// Gives a child its supervisor's decision.
pub(crate) fn command(child: &dyn Resident, command: Command) {
    let head = child.head();
    head.control.lock().command(command);
    head.raise(flag::COMMAND);
    child.wake();
}
