//! A snapshot of the tree of actors.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::id::{ActorId, ActorPath};
use crate::refs::Subject;
use crate::system::System;
use crate::tree::{ActorState, Resident};

/// One actor at the time of the snapshot.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ActorInfo {
    /// Its identity.
    pub id: ActorId,
    /// Where it stands.
    pub path: ActorPath,
    /// How far below the root it stands.
    pub level: usize,
    /// What it is doing.
    pub state: ActorState,
    /// How many messages are queued; up to 256 more may be in its hands.
    pub depth: usize,
    /// How many may be; `usize::MAX` where the mailbox has no bound.
    pub capacity: usize,
    /// How many its mailbox has shed, as they waited too long.
    pub shed: u64,
    /// How many it has handled, all instances together.
    pub handled: u64,
    /// How often it has failed.
    pub failed: u32,
    /// How often it was started again.
    pub restarts: u32,
    /// How long it was at work, extrapolated from one visit in 16.
    pub busy: Duration,
    /// How long a message waited before it was handled, from the last sample.
    pub queue_wait: Option<Duration>,
    /// Whose mailbox or answer its handler waits for; of several, the one for the longest.
    pub waits_for: Option<ActorPath>,
}

/// All actors of a system, parents before their children, siblings in the order of their starting.
///
/// It is taken actor by actor while they go on, so it need not show any one instant.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The actors.
    pub actors: Vec<ActorInfo>,
}

impl Snapshot {
    /// The actor at a path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&ActorInfo> {
        self.actors.iter().find(|actor| actor.path.as_str() == path)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for actor in &self.actors {
            let (indent, name) = (actor.level * 2, actor.path.name());
            write!(f, "{:indent$}{name}  {:?}", "", actor.state)?;
            write!(f, "  queued {}/{}", actor.depth, actor.capacity)?;
            write!(f, "  handled {}", actor.handled)?;
            if actor.shed > 0 {
                write!(f, "  shed {}", actor.shed)?;
            }
            if actor.failed > 0 {
                write!(f, "  failed {}, restarted {}", actor.failed, actor.restarts)?;
            }
            if let Some(other) = &actor.waits_for {
                write!(f, "  waits for {other}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl System {
    /// Looks at all actors: state, mailbox, counts, and who waits for whom.
    ///
    /// It looks at them one after the other, from this thread: for a console or a health check, not
    /// for each request.
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Echo;
    /// # #[actor] impl Echo { #[message] fn say(&mut self, n: u32) -> u32 { n } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// # let echo = system.spawn("echo", || Echo).await?;
    /// let snapshot = system.inspect();
    /// println!("{snapshot}");
    /// let fullest = snapshot.actors.iter().max_by_key(|actor| actor.depth);
    /// # let _ = (fullest, echo); Ok(()) }
    /// ```
    #[must_use]
    pub fn inspect(&self) -> Snapshot {
        let mut actors = Vec::new();
        // A list in place of recursion: a tree may be deeper than a stack.
        let mut ahead = vec![(Arc::clone(self.root()), 0)];
        while let Some((resident, level)) = ahead.pop() {
            let children = {
                let family = resident.head().family.lock();
                family
                    .as_ref()
                    .map(|family| family.in_order())
                    .unwrap_or_default()
            };
            actors.push(look(&*resident, level));
            ahead.extend(children.into_iter().rev().map(|child| (child, level + 1)));
        }
        Snapshot { actors }
    }
}

fn look(resident: &dyn Resident, level: usize) -> ActorInfo {
    let head = resident.head();
    let vitals = &head.vitals;
    let (depth, capacity) = resident.fill();
    let other: Option<Arc<dyn Subject>> = head.waits.lock().first().cloned();
    let stopping = resident.is_stopped();
    ActorInfo {
        id: head.id,
        path: head.path(),
        level,
        state: if stopping {
            ActorState::Stopping
        } else {
            vitals.state()
        },
        depth,
        capacity,
        shed: resident.shed(),
        handled: vitals.handled.load(Ordering::Relaxed),
        failed: vitals.failed.load(Ordering::Relaxed),
        restarts: vitals.restarts.load(Ordering::Relaxed),
        busy: vitals.busy(),
        queue_wait: vitals.queue_wait(),
        waits_for: other.map(|other| other.path()),
    }
}
