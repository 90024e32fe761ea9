//! The children of one actor: unique names, in the order in which they were started.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::cell::Resident;
use super::group::Group;
use crate::failure::Failure;
use crate::id::ActorId;
use crate::signal::Signal;
use crate::supervision::{History, Strategy};

/// Signals that a hook has not been told yet; more are counted together with the last one.
const SIGNALS_MAX: usize = 1_024;

/// One child, and how often it was restarted.
pub(crate) struct Child {
    pub(crate) resident: Arc<dyn Resident>,
    pub(crate) history: Option<Box<History>>,
}

/// The children of one actor and how they are supervised.
///
/// The table is for look-up alone: whenever order matters, children are sorted by id, which grows
/// with each start.
pub(crate) struct Family {
    children: HashTable<Child>,
    hasher: DefaultHashBuilder,
    pub(crate) strategy: Arc<Strategy>,
    /// The restarts of all together, where they are restarted together.
    pub(crate) shared: History,
    /// Where the history of a child goes that ended in the meantime.
    gone: History,
    pub(crate) group: Option<Box<Group>>,
    /// Failures that wait for the group to be done.
    pub(crate) later: VecDeque<Undecided>,
    pub(crate) signals: VecDeque<Signal>,
    /// The failure for which the actor itself has to fail.
    pub(crate) escalated: Option<Failure>,
    /// The instance is ending: nobody is told of its children any more.
    closed: bool,
}

/// What a family does not need any more. Failures hold errors of the user's, and cells closures of
/// theirs, so it is handed out to be dropped after the lock.
#[must_use = "it is dropped after the family's lock"]
#[expect(dead_code, reason = "it is held to be dropped")]
pub(crate) struct Remains {
    group: Option<Box<Group>>,
    later: VecDeque<Undecided>,
    signals: VecDeque<Signal>,
    escalated: Option<Failure>,
}

/// A failure of a child that is not decided yet.
pub(crate) struct Undecided {
    pub(crate) child: ActorId,
    pub(crate) name: Box<str>,
    pub(crate) failure: Failure,
    pub(crate) resumable: bool,
    /// Whether it is to end anyway.
    pub(crate) ending: bool,
}

impl Family {
    pub(crate) fn new(strategy: Strategy) -> Self {
        Self {
            children: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            strategy: Arc::new(strategy),
            shared: History::default(),
            gone: History::default(),
            group: None,
            later: VecDeque::new(),
            signals: VecDeque::new(),
            escalated: None,
            closed: false,
        }
    }

    /// Adds a child, unless its name is taken.
    pub(crate) fn insert(&mut self, resident: &Arc<dyn Resident>) -> bool {
        let hash = self.hasher.hash_one(&*resident.head().name);
        let same = |known: &Child| known.resident.head().name == resident.head().name;
        let rehash = |known: &Child| self.hasher.hash_one(&*known.resident.head().name);
        match self.children.entry(hash, same, rehash) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(Child {
                    resident: Arc::clone(resident),
                    history: None,
                });
                true
            }
        }
    }

    pub(crate) fn remove(&mut self, name: &str, id: ActorId) -> Option<Child> {
        let hash = self.hasher.hash_one(name);
        let found = self
            .children
            .find_entry(hash, |known| known.resident.head().id == id);
        let (child, _) = found.ok()?.remove();
        if self.children.capacity() > 64 && self.children.len() < self.children.capacity() / 8 {
            let hasher = &self.hasher;
            self.children
                .shrink_to_fit(|known| hasher.hash_one(&*known.resident.head().name));
        }
        Some(child)
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<dyn Resident>> {
        let hash = self.hasher.hash_one(name);
        let found = self
            .children
            .find(hash, |known| *known.resident.head().name == *name);
        found.map(|child| Arc::clone(&child.resident))
    }

    /// The restarts of one child; none if it is gone.
    pub(crate) fn history(&mut self, name: &str, id: ActorId) -> &mut History {
        let hash = self.hasher.hash_one(name);
        match self
            .children
            .find_mut(hash, |known| known.resident.head().id == id)
        {
            Some(child) => child.history.get_or_insert_default(),
            None => &mut self.gone,
        }
    }

    /// All children, in the order in which they were started.
    pub(crate) fn in_order(&self) -> Vec<Arc<dyn Resident>> {
        let mut children: Vec<_> = self
            .children
            .iter()
            .map(|child| Arc::clone(&child.resident))
            .collect();
        children.sort_unstable_by_key(|child| child.head().id);
        children
    }

    /// The instance ends: what was going on among its children does not matter any more, and no
    /// instance is told of it.
    pub(crate) fn close(&mut self) -> Remains {
        self.closed = true;
        Remains {
            group: self.group.take(),
            later: std::mem::take(&mut self.later),
            signals: std::mem::take(&mut self.signals),
            escalated: self.escalated.take(),
        }
    }

    /// A new instance begins; it is not told of the last one's children.
    pub(crate) fn reopen(&mut self) {
        // A group that fails while all are stopped is done when the last of them has ended.
        debug_assert!(
            self.group.is_none() && self.later.is_empty(),
            "it was closed"
        );
        debug_assert!(
            self.signals.is_empty() && self.escalated.is_none(),
            "it was closed"
        );
        self.closed = false;
        self.shared = History::default();
    }

    pub(crate) fn contains(&self, name: &str, id: ActorId) -> bool {
        self.find(name).is_some_and(|known| known.head().id == id)
    }

    /// Notes that the actor has to fail for this; what comes back is not needed any more.
    #[must_use = "it is dropped after the family's lock"]
    pub(crate) fn escalate(&mut self, failure: Failure) -> Option<Failure> {
        if self.closed {
            return Some(failure);
        }
        self.escalated.replace(failure)
    }

    /// Keeps a signal for the hook. Restarts of one child are told once, with their number; beyond
    /// the bound the oldest signal goes. What comes back is not needed any more.
    #[must_use = "it is dropped after the family's lock"]
    pub(crate) fn signal(&mut self, mut signal: Signal) -> Option<Signal> {
        if self.closed {
            return Some(signal);
        }
        if let Signal::ChildRestarted { path, failure, .. } = &mut signal {
            // Not beyond the end of an earlier child of that name.
            let told = self.signals.iter_mut().rev().find(|known| {
                matches!(known, Signal::ChildRestarted { path: of, .. }
                    | Signal::ChildStopped { path: of, .. } if of == path)
            });
            if let Some(Signal::ChildRestarted {
                failure: last,
                times,
                ..
            }) = told
            {
                *times += 1;
                std::mem::swap(last, failure);
                return Some(signal);
            }
        }
        let oldest = (self.signals.len() == SIGNALS_MAX)
            .then(|| self.signals.pop_front())
            .flatten();
        self.signals.push_back(signal);
        oldest
    }
}
