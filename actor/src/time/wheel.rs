//! A hierarchical timing wheel: insert and cancel in constant time (Varghese and Lauck, 1987).

/// Slots a level; a level's slot spans as much as the whole level below.
const SLOTS: usize = 64;
/// Six levels of 64 slots of one tick: 2^36 ticks. Later deadlines wait in the last level and are
/// sorted in again when it comes round.
const LEVELS: usize = 6;
const BITS: u32 = 6;
const SPAN: u64 = 1 << (BITS * LEVELS as u32);
const NIL: u32 = u32::MAX;

/// Names one entry of a [`Wheel`]; a key that is spent never names another entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WheelKey {
    index: u32,
    generation: u32,
}

#[derive(Debug)]
struct Entry<T> {
    deadline: u64,
    item: Option<T>,
    generation: u32,
    /// Which list the entry is in: level × 64 + slot.
    list: u16,
    previous: u32,
    next: u32,
}

/// Entries by deadline, counted in ticks; pure, so time is what `advance` is told.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    now: u64,
    entries: Vec<Entry<T>>,
    free: u32,
    heads: Box<[(u32, u32)]>,
    occupied: [u64; LEVELS],
    len: usize,
}

impl<T> Wheel<T> {
    pub(crate) fn new() -> Self {
        Self {
            now: 0,
            entries: Vec::new(),
            free: NIL,
            heads: vec![(NIL, NIL); SLOTS * LEVELS].into_boxed_slice(),
            occupied: [0; LEVELS],
            len: 0,
        }
    }

    /// Adds an entry; a deadline that has passed fires at the next `advance`.
    pub(crate) fn insert(&mut self, deadline: u64, item: T) -> WheelKey {
        let deadline = deadline.max(self.now + 1);
        let index = if self.free == NIL {
            assert!(self.entries.len() < NIL as usize, "fewer than 2^32 alarms");
            self.entries.push(Entry {
                deadline,
                item: Some(item),
                generation: 0,
                list: 0,
                previous: NIL,
                next: NIL,
            });
            (self.entries.len() - 1) as u32
        } else {
            let index = self.free;
            let entry = &mut self.entries[index as usize];
            self.free = entry.next;
            entry.deadline = deadline;
            entry.item = Some(item);
            index
        };
        self.link(index);
        self.len += 1;
        WheelKey {
            index,
            generation: self.entries[index as usize].generation,
        }
    }

    /// Takes an entry out again; `None` when it has fired or was taken before.
    pub(crate) fn cancel(&mut self, key: WheelKey) -> Option<T> {
        let entry = self.entries.get(key.index as usize)?;
        if entry.generation != key.generation || entry.item.is_none() {
            return None;
        }
        self.unlink(key.index);
        self.release(key.index)
    }

    /// The tick at which `advance` next has something to do (fire, or sort in again).
    pub(crate) fn next_tick(&self) -> Option<u64> {
        self.next_slot().map(|(_, _, at)| at)
    }

    /// Moves time forward and hands over what is due, in the order of deadlines.
    pub(crate) fn advance(&mut self, now: u64, due: &mut Vec<T>) {
        while let Some((level, slot, at)) = self.next_slot() {
            if at > now {
                break;
            }
            self.now = at;
            self.empty_slot(level, slot, due);
        }
        self.now = self.now.max(now);
    }

    /// How many entries wait.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn empty_slot(&mut self, level: usize, slot: usize, due: &mut Vec<T>) {
        let list = level * SLOTS + slot;
        let (mut index, _) = std::mem::replace(&mut self.heads[list], (NIL, NIL));
        self.occupied[level] &= !(1 << slot);
        while index != NIL {
            let next = self.entries[index as usize].next;
            if self.entries[index as usize].deadline <= self.now {
                due.extend(self.release(index));
            } else {
                self.link(index);
            }
            index = next;
        }
    }

    /// The first slot that comes due: lower levels always come before higher ones.
    fn next_slot(&self) -> Option<(usize, usize, u64)> {
        (0..LEVELS).find_map(|level| {
            if self.occupied[level] == 0 {
                return None;
            }
            let shift = BITS * level as u32;
            let here = (self.now >> shift) as u32 % SLOTS as u32;
            let ahead = self.occupied[level].rotate_right(here).trailing_zeros();
            let slot = (here + ahead) as usize % SLOTS;
            let turn = self.now & !((1u64 << (shift + BITS)) - 1);
            let mut at = turn + ((slot as u64) << shift);
            if at <= self.now {
                // Only the last level can hold entries of its next turn.
                at += 1u64 << (shift + BITS);
            }
            Some((level, slot, at))
        })
    }

    fn link(&mut self, index: u32) {
        let deadline = self.entries[index as usize].deadline;
        // Later than the whole wheel: as far as it reaches, then it is sorted in again.
        let reach = deadline.min(self.now + SPAN - SPAN / SLOTS as u64);
        let differing = (self.now ^ reach) | (SLOTS as u64 - 1);
        let level = (((63 - differing.leading_zeros()) / BITS) as usize).min(LEVELS - 1);
        let slot = (reach >> (BITS * level as u32)) as usize % SLOTS;
        let list = level * SLOTS + slot;
        let (head, tail) = self.heads[list];
        let entry = &mut self.entries[index as usize];
        entry.list = list as u16;
        entry.previous = tail;
        entry.next = NIL;
        if tail == NIL {
            self.heads[list] = (index, index);
        } else {
            self.entries[tail as usize].next = index;
            self.heads[list] = (head, index);
        }
        self.occupied[level] |= 1 << slot;
    }

    fn unlink(&mut self, index: u32) {
        let Entry {
            list,
            previous,
            next,
            ..
        } = self.entries[index as usize];
        let list = list as usize;
        if previous == NIL {
            self.heads[list].0 = next;
        } else {
            self.entries[previous as usize].next = next;
        }
        if next == NIL {
            self.heads[list].1 = previous;
        } else {
            self.entries[next as usize].previous = previous;
        }
        if self.heads[list].0 == NIL {
            self.occupied[list / SLOTS] &= !(1 << (list % SLOTS));
        }
    }

    fn release(&mut self, index: u32) -> Option<T> {
        let entry = &mut self.entries[index as usize];
        entry.generation = entry.generation.wrapping_add(1);
        entry.next = self.free;
        self.free = index;
        self.len -= 1;
        entry.item.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fires_at_the_deadline_and_not_before() {
        let mut wheel = Wheel::new();
        let mut due = Vec::new();
        wheel.insert(10, "ten");
        wheel.advance(9, &mut due);
        assert!(due.is_empty());
        wheel.advance(10, &mut due);
        assert_eq!(due, ["ten"]);
    }

    #[test]
    fn deadline_beyond_the_wheel_is_kept() {
        let mut wheel = Wheel::new();
        let mut due = Vec::new();
        wheel.insert(SPAN * 3 + 7, ());
        wheel.advance(SPAN * 3 + 6, &mut due);
        assert!(due.is_empty());
        wheel.advance(SPAN * 3 + 7, &mut due);
        assert_eq!(due.len(), 1);
    }

    #[test]
    fn spent_key_cancels_nothing() {
        let mut wheel = Wheel::new();
        let first = wheel.insert(5, 1);
        assert_eq!(wheel.cancel(first), Some(1));
        wheel.insert(5, 2);
        assert_eq!(wheel.cancel(first), None);
        assert_eq!(wheel.len(), 1);
    }

    #[derive(Debug, Clone)]
    enum Op {
        Insert(u64),
        Cancel(usize),
        Advance(u64),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            3 => prop_oneof![0..200u64, 0..100_000u64, 0..(SPAN * 2)].prop_map(Op::Insert),
            1 => (0..64usize).prop_map(Op::Cancel),
            2 => prop_oneof![0..100u64, 0..10_000u64, 0..SPAN].prop_map(Op::Advance),
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_list(ops in proptest::collection::vec(op(), 1..200)) {
            let mut wheel = Wheel::new();
            let mut model: Vec<(u64, usize)> = Vec::new();
            let mut keys = Vec::new();
            let mut now = 0;
            for (number, op) in ops.into_iter().enumerate() {
                match op {
                    Op::Insert(after) => {
                        keys.push((number, wheel.insert(now + after, number)));
                        model.push(((now + after).max(now + 1), number));
                    }
                    Op::Cancel(which) if !keys.is_empty() => {
                        let (number, key) = keys[which % keys.len()];
                        let expected = model.iter().position(|entry| entry.1 == number);
                        let removed = expected.map(|at| model.remove(at).1);
                        prop_assert_eq!(wheel.cancel(key), removed);
                    }
                    Op::Cancel(_) => {}
                    Op::Advance(by) => {
                        now += by;
                        let mut due = Vec::new();
                        wheel.advance(now, &mut due);
                        let deadline = |n: &usize| model.iter().find(|e| e.1 == *n).map(|e| e.0);
                        let at: Vec<_> = due.iter().map(deadline).collect();
                        prop_assert!(at.is_sorted(), "out of order: {:?}", at);
                        due.sort_unstable();
                        let mut expected: Vec<_> =
                            model.iter().filter(|e| e.0 <= now).map(|e| e.1).collect();
                        expected.sort_unstable();
                        prop_assert_eq!(due, expected);
                        model.retain(|e| e.0 > now);
                    }
                }
                prop_assert_eq!(wheel.len(), model.len());
                let first = model.iter().map(|e| e.0).min();
                prop_assert!(wheel.next_tick() <= first, "sleeps past a deadline");
                prop_assert_eq!(wheel.next_tick().is_some(), first.is_some());
            }
        }
    }
}
