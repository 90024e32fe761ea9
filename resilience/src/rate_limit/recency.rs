//! [`Recency`]: a table of bounded size that knows which of its keys was used least recently.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

/// No slot: the end of the list.
const NONE: u32 = u32::MAX;

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
pub(super) struct Recency<K, V> {
    slots: Vec<Slot<K, V>>,
    table: HashTable<u32>,
    newest: u32,
    oldest: u32,
    /// Keys come from outside, so an adversary may choose them: std's hasher, seeded for each
    /// process, and not a quicker one.
    hasher: RandomState,
}

impl<K: Hash + Eq, V> Recency<K, V> {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            table: HashTable::new(),
            newest: NONE,
            oldest: NONE,
            hasher: RandomState::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn find<Q>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let is_it = |&slot: &u32| self.slots[slot as usize].key.borrow() == key;
        self.table.find(hash, is_it).copied()
    }

    pub(super) fn value(&self, slot: u32) -> &V {
        &self.slots[slot as usize].value
    }

    pub(super) fn value_mut(&mut self, slot: u32) -> &mut V {
        &mut self.slots[slot as usize].value
    }

    /// The slots from the least recently used on. An index holds until the next removal.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = u32> {
        let next = |slot: u32| (slot != NONE).then_some(slot);
        std::iter::successors(next(self.oldest), move |&slot| {
            next(self.slots[slot as usize].newer)
        })
    }

    /// Makes a slot the most recently used.
    pub(super) fn touch(&mut self, slot: u32) {
        if self.newest != slot {
            self.unlink(slot);
            self.link(slot);
        }
    }

    /// Adds a key that is not there, as the most recently used.
    pub(super) fn insert(&mut self, key: K, value: V) {
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

    /// Removes a slot. The last slot takes its index.
    pub(super) fn remove(&mut self, slot: u32) {
        self.unlink(slot);
        self.entry_of(slot).remove();
        let last = u32::try_from(self.slots.len() - 1).expect("capacity is less than u32::MAX");
        if slot != last {
            *self.entry_of(last).get_mut() = slot;
            let Slot { newer, older, .. } = self.slots[last as usize];
            *self.older_of(newer) = slot;
            *self.newer_of(older) = slot;
        }
        self.slots.swap_remove(slot as usize);
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
