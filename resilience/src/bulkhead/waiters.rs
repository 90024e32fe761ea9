//! [`Waiters`]: who waits for a place or has been granted one, in slots that are used again.
//!
//! Each class of priority is a list through the slots, oldest to newest, so that whoever gives up
//! leaves from the middle in one step. Slots are never given back: there are at most as many as
//! there were waiters at one time.

use std::time::Duration;

use super::settings::{HIGHEST_PRIORITY, Order};

const CLASSES: usize = HIGHEST_PRIORITY as usize + 1;

/// The claim of one waiter. It is not `Copy` and no slot holds two, so nobody is served twice.
#[must_use = "a ticket is polled or abandoned"]
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Ticket {
    slot: Slot,
    /// Tells the claim from those that had the slot before and after it.
    number: u64,
}

impl Ticket {
    /// Where the waiter's waker belongs.
    pub(super) const fn slot(&self) -> Slot {
        self.slot
    }
}

/// The place of a waiter among the waiters: small numbers, used again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(pub(super) usize);

/// What became of a waiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It waits, until then.
    Queued(Duration),
    /// It has a place, and need only take it.
    Granted,
    /// A waiter of a higher class has taken its place in the queue.
    Displaced,
}

/// Slots, and the lists of those that are queued.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Waiters {
    slots: Vec<Entry>,
    classes: [Class; CLASSES],
    free: Option<usize>,
    queued: usize,
    next_number: u64,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Entry {
    /// The ticket that the slot belongs to, or belonged to last.
    number: u64,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Free { next: Option<usize> },
    Queued(Link),
    Granted,
}

/// A waiter in the list of its class.
#[derive(Debug, Clone, Copy)]
struct Link {
    class: usize,
    until: Duration,
    older: Option<usize>,
    newer: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Class {
    oldest: Option<usize>,
    newest: Option<usize>,
}

impl Waiters {
    pub(super) const fn new() -> Self {
        const EMPTY: Class = Class {
            oldest: None,
            newest: None,
        };
        Self {
            slots: Vec::new(),
            classes: [EMPTY; CLASSES],
            free: None,
            queued: 0,
            next_number: 0,
        }
    }

    /// How many wait for a place. Those that have been granted one don't.
    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    /// Puts a waiter at the new end of its class.
    pub(super) fn push(&mut self, priority: u8, until: Duration) -> Ticket {
        let class = class_of(priority);
        let older = self.classes[class].newest;
        let link = Link {
            class,
            until,
            older,
            newer: None,
        };
        let number = self.next_number;
        self.next_number += 1;
        let entry = Entry {
            number,
            state: State::Queued(link),
        };
        let at = if let Some(at) = self.free {
            let State::Free { next } = self.slots[at].state else {
                unreachable!("slot {at} is listed as free and is in use");
            };
            self.free = next;
            self.slots[at] = entry;
            at
        } else {
            self.slots.push(entry);
            self.slots.len() - 1
        };
        match older {
            Some(older) => self.link(older).newer = Some(at),
            None => self.classes[class].oldest = Some(at),
        }
        self.classes[class].newest = Some(at);
        self.queued += 1;
        Ticket {
            slot: Slot(at),
            number,
        }
    }

    /// Grants a place to the next in turn: of the highest class that has waiters, the oldest or the
    /// newest. It keeps its slot until it takes the place or gives it up.
    pub(super) fn grant(&mut self, order: Order) -> Option<Slot> {
        let mut ends = self.classes.iter().rev().map(|class| match order {
            Order::OldestFirst => class.oldest,
            Order::NewestFirst => class.newest,
        });
        let at = ends.find_map(|end| end)?;
        self.unlink(at);
        self.slots[at].state = State::Granted;
        Some(Slot(at))
    }

    /// Whether a waiter of this priority could displace another.
    pub(super) fn can_displace(&self, priority: u8) -> bool {
        self.lowest_newest()
            .is_some_and(|(class, _)| class < class_of(priority))
    }

    /// Removes the newest waiter of the lowest class. Whether the one it makes room for is of a
    /// higher class, [`can_displace`](Self::can_displace) says.
    pub(super) fn displace(&mut self) -> Option<Slot> {
        let (_, at) = self.lowest_newest()?;
        self.unlink(at);
        self.release(at);
        Some(Slot(at))
    }

    fn lowest_newest(&self) -> Option<(usize, usize)> {
        let mut classes = self.classes.iter().enumerate();
        classes.find_map(|(class, ends)| ends.newest.map(|at| (class, at)))
    }

    /// What became of the holder of this ticket.
    pub(super) fn standing(&self, ticket: &Ticket) -> Standing {
        let entry = &self.slots[ticket.slot.0];
        if entry.number != ticket.number {
            return Standing::Displaced;
        }
        match entry.state {
            State::Queued(link) => Standing::Queued(link.until),
            State::Granted => Standing::Granted,
            // Its slot was released by no ticket, so by displacement, and is not used again yet.
            State::Free { .. } => Standing::Displaced,
        }
    }

    /// Takes the ticket back and gives its slot free. Says what became of its holder.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a ticket that has been taken back is used up"
    )]
    pub(super) fn remove(&mut self, ticket: Ticket) -> Standing {
        let standing = self.standing(&ticket);
        match standing {
            Standing::Queued(_) => {
                self.unlink(ticket.slot.0);
                self.release(ticket.slot.0);
            }
            Standing::Granted => self.release(ticket.slot.0),
            Standing::Displaced => {}
        }
        standing
    }

    fn unlink(&mut self, at: usize) {
        let Link {
            class,
            older,
            newer,
            ..
        } = *self.link(at);
        match older {
            Some(older) => self.link(older).newer = newer,
            None => self.classes[class].oldest = newer,
        }
        match newer {
            Some(newer) => self.link(newer).older = older,
            None => self.classes[class].newest = older,
        }
        self.queued -= 1;
        let ends = self.classes[class];
        assert_eq!(
            ends.oldest.is_none(),
            ends.newest.is_none(),
            "class {class} has one end"
        );
    }

    fn release(&mut self, at: usize) {
        self.slots[at].state = State::Free { next: self.free };
        self.free = Some(at);
    }

    fn link(&mut self, at: usize) -> &mut Link {
        match &mut self.slots[at].state {
            State::Queued(link) => link,
            state => unreachable!("slot {at} is in a list and {state:?}"),
        }
    }
}

fn class_of(priority: u8) -> usize {
    usize::from(priority.min(HIGHEST_PRIORITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Waiters {
        /// Slots there are, free ones among them.
        pub(in super::super) fn slots(&self) -> usize {
            self.slots.len()
        }

        /// Slots that belong to a waiter.
        pub(in super::super) fn in_use(&self) -> usize {
            let free = |entry: &&Entry| matches!(entry.state, State::Free { .. });
            self.slots.len() - self.slots.iter().filter(free).count()
        }

        /// The order in which free slots will be used.
        pub(in super::super) fn layout(&self) -> Vec<usize> {
            let next = |at: &usize| match self.slots[*at].state {
                State::Free { next } => next,
                State::Queued(_) | State::Granted => panic!("slot {at} is not free"),
            };
            std::iter::successors(self.free, next).collect()
        }
    }
}
