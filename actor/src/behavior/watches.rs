//! Whom an actor watches.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use crate::refs::{Subject, WatcherId};

/// After how many new watches the first look for those that are over.
const SWEEP_AFTER: usize = 64;

/// The watches of an actor, to take them back when it ends.
#[derive(Default)]
pub(crate) struct Watches {
    /// By system and id. Of those that ended some are left until the next sweep.
    subjects: BTreeMap<WatcherId, Weak<dyn Subject>>,
    /// How many there are at the next sweep: twice as many as the last one left, so that a watch
    /// costs a constant time on average.
    sweep_at: usize,
}

impl Watches {
    pub(crate) fn insert(&mut self, subject: &Arc<dyn Subject>) {
        if self.subjects.len() >= self.sweep_at.max(SWEEP_AFTER) {
            self.subjects
                .retain(|_, known| known.upgrade().is_some_and(|subject| !subject.is_stopped()));
            self.sweep_at = 2 * self.subjects.len();
        }
        self.subjects
            .insert(id_of(&**subject), Arc::downgrade(subject));
    }

    pub(crate) fn remove(&mut self, subject: &dyn Subject) {
        self.subjects.remove(&id_of(subject));
    }

    /// Takes out all that are alive.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Arc<dyn Subject>> + use<> {
        let subjects = std::mem::take(&mut self.subjects);
        subjects.into_values().filter_map(|known| known.upgrade())
    }
}

fn id_of(subject: &dyn Subject) -> WatcherId {
    WatcherId::new(subject.environment(), subject.id())
}

#[cfg(all(test, not(greenroom_loom)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::environment::Environment;
    use crate::id::ActorPath;
    use crate::refs::Nobody;

    #[test]
    fn watches_of_those_that_have_ended_are_swept() {
        let zero = Duration::ZERO;
        let environment = Arc::new(Environment::new("watches".into(), [0; 32], zero, zero));
        let mut watches = Watches::default();
        for _ in 0..100 * SWEEP_AFTER {
            let path = ActorPath::root("gone");
            let gone: Arc<dyn Subject> = Arc::new(Nobody::new(path, Arc::clone(&environment)));
            watches.insert(&gone);
            assert!(watches.subjects.len() <= SWEEP_AFTER);
        }
    }
}
