//! [`Recency`]: a table of bounded size that knows which of its keys was used least recently.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

/// No slot: the end of the list.
const NONE: u32 = u32::MAX;

/// How many of the least recently used keys are looked at for one that need not be remembered,
/// before one that should be is evicted. A bound on the work of one call.
const LOOKS: usize = 8;

/// The most keys there can be: slots are numbers, and one number says that there is none.
pub(crate) const KEYS_MAX: usize = NONE as usize - 1;

#[derive(Debug, Clone)]
struct Slot<K, V> {
    key: K,
    value: V,
    newer: u32,
    older: u32,
}

/// Values by key, in a list from the most recently used to the least.
///
/// Slots lie in one vector without holes; table and list name them by index. The order is that of
/// uses alone: nothing iterates over the table.
#[derive(Debug, Clone)]
pub(crate) struct Recency<K, V> {
    slots: Vec<Slot<K, V>>,
    table: HashTable<u32>,
    newest: u32,
    oldest: u32,
    /// Keys come from outside, so an adversary may choose them: std's hasher, seeded for each
    /// process, and not a quicker one.
    hasher: RandomState,
}

impl<K: Hash + Eq, V> Recency<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            table: HashTable::new(),
            newest: NONE,
            oldest: NONE,
            hasher: RandomState::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn find<Q>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let is_it = |&slot: &u32| self.slots[slot as usize].key.borrow() == key;
        self.table.find(hash, is_it).copied()
    }

    pub(crate) fn value(&self, slot: u32) -> &V {
        &self.slots[slot as usize].value
    }

    pub(crate) fn value_mut(&mut self, slot: u32) -> &mut V {
        &mut self.slots[slot as usize].value
    }

    /// The slot to give up for another key, and the loss. Of the least recently used ones it is the
    /// first whose loss is the lowest; the first with the default loss, which is none, ends the
    /// search. `None` where there are no keys.
    pub(crate) fn cheapest<L: Ord + Default>(&self, loss: impl Fn(&V) -> L) -> Option<(u32, L)> {
        let mut best = None;
        for slot in self.oldest_first().take(LOOKS) {
            let loss = loss(self.value(slot));
            let is_none = loss == L::default();
            if best.as_ref().is_none_or(|(_, lowest)| loss < *lowest) {
                best = Some((slot, loss));
            }
            if is_none {
                break;
            }
        }
        best
    }

    /// The slots from the least recently used on. An index holds until the next removal.
    fn oldest_first(&self) -> impl Iterator<Item = u32> {
        let next = |slot: u32| (slot != NONE).then_some(slot);
        std::iter::successors(next(self.oldest), move |&slot| {
            next(self.slots[slot as usize].newer)
        })
    }

    /// Makes a slot the most recently used.
    pub(crate) fn touch(&mut self, slot: u32) {
        if self.newest != slot {
            self.unlink(slot);
            self.link(slot);
        }
    }

    /// Adds a key that is not there, as the most recently used.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        debug_assert!(self.find(&key).is_none(), "two slots for one key");
        let slot = u32::try_from(self.slots.len()).expect("capacity is less than u32::MAX");
        let hash = self.hasher.hash_one(&key);
        self.slots.push(Slot {
            key,
            value,
            newer: NONE,
            older: NONE,
        });
        let (slots, hasher) = (&self.slots, &self.hasher);
        let rehash = |&slot: &u32| hasher.hash_one(&slots[slot as usize].key);
        self.table.insert_unique(hash, slot, rehash);
        self.link(slot);
    }

    /// Removes a slot, and returns what was there. The last slot takes its index.
    pub(crate) fn remove(&mut self, slot: u32) -> (K, V) {
        self.unlink(slot);
        self.entry_of(slot).remove();
        let last = u32::try_from(self.slots.len() - 1).expect("capacity is less than u32::MAX");
        if slot != last {
            *self.entry_of(last).get_mut() = slot;
            let Slot { newer, older, .. } = self.slots[last as usize];
            *self.older_of(newer) = slot;
            *self.newer_of(older) = slot;
        }
        let Slot { key, value, .. } = self.slots.swap_remove(slot as usize);
        (key, value)
    }

    fn entry_of(&mut self, slot: u32) -> hashbrown::hash_table::OccupiedEntry<'_, u32> {
        let hash = self.hasher.hash_one(&self.slots[slot as usize].key);
        let entry = self.table.find_entry(hash, |&other| other == slot);
        entry.expect("each slot is in the table")
    }

    /// Where the slot before the given one is named.
    fn older_of(&mut self, slot: u32) -> &mut u32 {
        match slot {
            NONE => &mut self.newest,
            slot => &mut self.slots[slot as usize].older,
        }
    }

    /// Where the slot after the given one is named.
    fn newer_of(&mut self, slot: u32) -> &mut u32 {
        match slot {
            NONE => &mut self.oldest,
            slot => &mut self.slots[slot as usize].newer,
        }
    }

    fn unlink(&mut self, slot: u32) {
        let Slot { newer, older, .. } = self.slots[slot as usize];
        *self.older_of(newer) = older;
        *self.newer_of(older) = newer;
    }

    fn link(&mut self, slot: u32) {
        let second = self.newest;
        let linked = &mut self.slots[slot as usize];
        (linked.newer, linked.older) = (NONE, second);
        *self.newer_of(second) = slot;
        self.newest = slot;
    }
}
