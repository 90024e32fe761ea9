//! [`Crowd`]: callers at a machine, and a naive model that says what each must be told.

use std::time::Duration;

use super::super::machine::{Entry, Machine, Permit, Turn};
use super::super::settings::{Bulkhead, Order};
use super::super::waiters::{Slot, Ticket};

/// What a caller may do. Each does nothing where it makes no sense.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Enter(usize, u8),
    Leave(usize),
    Poll(usize),
    Abandon(usize),
    Resize(usize),
    Tick(u64),
}

/// What a caller holds of the machine.
#[derive(Debug, Clone)]
enum Held {
    Nothing,
    Ticket(Ticket),
    Permit(Permit),
}

/// Where a caller stands by the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stand {
    Outside,
    Queued,
    Granted,
    Displaced,
    Inside,
}

/// The machine, those that use it, and the model: plain lists, searched from end to end.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    pub(super) machine: Machine,
    held: Vec<Held>,
    settings: Bulkhead,
    now: u64,
    stands: Vec<Stand>,
    /// Caller, priority and end of the wait of those that are queued, in the order of arrival.
    line: Vec<(usize, u8, u64)>,
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Crowd {
    pub(super) fn new(settings: &Bulkhead, callers: usize) -> Self {
        Self {
            machine: Machine::new(settings),
            held: vec![Held::Nothing; callers],
            settings: settings.clone(),
            now: 0,
            stands: vec![Stand::Outside; callers],
            line: Vec::new(),
        }
    }

    /// Takes a step in both and compares. Says whether the step made sense.
    pub(super) fn step(&mut self, step: Step) -> bool {
        let done = match step {
            Step::Enter(caller, priority) => self.enter(caller, priority),
            Step::Leave(caller) => self.leave(caller),
            Step::Poll(caller) => self.poll(caller),
            Step::Abandon(caller) => self.abandon(caller),
            Step::Resize(places) => {
                let changed = places != self.settings.places;
                let woken = self.machine.resize(places);
                self.settings.places = places;
                let expected: Vec<usize> = std::iter::from_fn(|| self.grant()).collect();
                let woken: Vec<usize> = woken.into_iter().map(|slot| self.holder(slot)).collect();
                assert_eq!(woken, expected);
                changed
            }
            Step::Tick(by) => {
                self.now += by;
                !self.line.is_empty()
            }
        };
        self.compare();
        done
    }

    fn enter(&mut self, caller: usize, priority: u8) -> bool {
        if self.stands[caller] != Stand::Outside {
            return false;
        }
        let room = self.machine.has_room(priority);
        let entry = self.machine.enter(priority, millis(self.now));
        if self.taken() < self.settings.places {
            let Entry::Permit(permit) = entry else {
                panic!("a place is free, and caller {caller} got {entry:?}");
            };
            self.held[caller] = Held::Permit(permit);
            self.stands[caller] = Stand::Inside;
            return true;
        }
        let lowest = self.line.iter().map(|waiter| waiter.1).min();
        let full = self.line.len() >= self.settings.queue;
        if full && lowest.is_none_or(|lowest| lowest >= priority) {
            assert!(!room, "the machine says there is room and there is none");
            assert!(matches!(entry, Entry::Rejected), "let in: {entry:?}");
            return true;
        }
        assert!(room, "the machine says there is no room and there is");
        let victim = full.then(|| {
            let at = self
                .line
                .iter()
                .rposition(|waiter| Some(waiter.1) == lowest);
            self.line.remove(at.unwrap()).0
        });
        let Entry::Queued {
            ticket,
            until,
            displaced,
        } = entry
        else {
            panic!("there is room, and caller {caller} got {entry:?}");
        };
        // Before the newcomer is known: it may have been given the very slot.
        assert_eq!(displaced.map(|slot| self.holder(slot)), victim);
        if let Some(victim) = victim {
            self.stands[victim] = Stand::Displaced;
        }
        let end = self.now + self.settings.max_wait.unwrap().as_millis() as u64;
        assert_eq!(until, millis(end));
        self.line.push((caller, priority, end));
        self.held[caller] = Held::Ticket(ticket);
        self.stands[caller] = Stand::Queued;
        true
    }

    fn leave(&mut self, caller: usize) -> bool {
        if self.stands[caller] != Stand::Inside {
            return false;
        }
        let Held::Permit(permit) = self.let_go(caller) else {
            panic!("caller {caller} is inside without a permit");
        };
        let woken = self.machine.leave(permit);
        self.stands[caller] = Stand::Outside;
        let expected = self.grant();
        assert_eq!(woken.map(|slot| self.holder(slot)), expected);
        true
    }

    fn poll(&mut self, caller: usize) -> bool {
        let ticket = match self.let_go(caller) {
            Held::Ticket(ticket) => ticket,
            other => {
                self.held[caller] = other;
                return false;
            }
        };
        let turn = self.machine.poll(ticket, millis(self.now));
        let at = self.line.iter().position(|waiter| waiter.0 == caller);
        match (self.stands[caller], turn) {
            (Stand::Granted, Turn::Granted(permit)) => {
                self.held[caller] = Held::Permit(permit);
                self.stands[caller] = Stand::Inside;
            }
            (Stand::Displaced, Turn::Displaced) => self.stands[caller] = Stand::Outside,
            (Stand::Queued, turn) => {
                let end = self.line[at.unwrap()].2;
                match turn {
                    Turn::Waiting(ticket) => {
                        assert!(self.now < end, "it waits after its end");
                        self.held[caller] = Held::Ticket(ticket);
                        return false;
                    }
                    Turn::TimedOut => {
                        assert!(self.now >= end, "its time was not up");
                        self.line.remove(at.unwrap());
                        self.stands[caller] = Stand::Outside;
                    }
                    turn => panic!("caller {caller} is queued and got {turn:?}"),
                }
            }
            (stand, turn) => panic!("caller {caller} is {stand:?} and got {turn:?}"),
        }
        true
    }

    fn abandon(&mut self, caller: usize) -> bool {
        let ticket = match self.let_go(caller) {
            Held::Ticket(ticket) => ticket,
            other => {
                self.held[caller] = other;
                return false;
            }
        };
        let (_, woken) = self.machine.abandon(ticket);
        self.line.retain(|waiter| waiter.0 != caller);
        let granted = self.stands[caller] == Stand::Granted;
        self.stands[caller] = Stand::Outside;
        let expected = if granted { self.grant() } else { None };
        assert_eq!(woken.map(|slot| self.holder(slot)), expected);
        true
    }

    fn let_go(&mut self, caller: usize) -> Held {
        std::mem::replace(&mut self.held[caller], Held::Nothing)
    }

    /// The model's grant: the first or last to come of the highest class.
    fn grant(&mut self) -> Option<usize> {
        if self.taken() >= self.settings.places {
            return None;
        }
        let highest = self.line.iter().map(|waiter| waiter.1).max()?;
        let at = match self.settings.order {
            Order::OldestFirst => self.line.iter().position(|waiter| waiter.1 == highest),
            Order::NewestFirst => self.line.iter().rposition(|waiter| waiter.1 == highest),
        };
        let (caller, ..) = self.line.remove(at?);
        self.stands[caller] = Stand::Granted;
        Some(caller)
    }

    /// Whose slot it is, by tickets that were not displaced.
    fn holder(&self, slot: Slot) -> usize {
        let holds = |caller: &usize| {
            matches!(&self.held[*caller], Held::Ticket(ticket) if ticket.slot() == slot)
                && self.stands[*caller] != Stand::Displaced
        };
        let mut holders = (0..self.held.len()).filter(holds);
        let holder = holders.next().expect("a slot that is woken has a holder");
        assert_eq!(holders.next(), None, "{slot:?} has two holders");
        holder
    }

    fn count(&self, stand: Stand) -> usize {
        self.stands.iter().filter(|other| **other == stand).count()
    }

    fn taken(&self) -> usize {
        self.count(Stand::Inside) + self.count(Stand::Granted)
    }

    fn compare(&self) {
        let machine = &self.machine;
        assert_eq!(machine.in_use(), self.count(Stand::Inside));
        assert_eq!(machine.granted(), self.count(Stand::Granted));
        assert_eq!(machine.queued(), self.line.len());
        assert_eq!(machine.limit(), self.settings.places);
        assert!(
            self.line.is_empty() || self.taken() >= self.settings.places,
            "somebody waits while a place is free"
        );
        let owned = self.line.len() + self.count(Stand::Granted);
        assert_eq!(machine.waiters.in_use(), owned, "a slot was lost");
    }

    /// Everybody goes away; the machine must be as new.
    pub(super) fn disperse(&mut self) {
        for caller in 0..self.held.len() {
            self.step(Step::Abandon(caller));
            self.step(Step::Leave(caller));
        }
        let machine = &self.machine;
        let left = (machine.in_use(), machine.granted(), machine.queued());
        assert_eq!(left, (0, 0, 0), "something was left behind");
    }

    /// All that decides what can happen from here on, without numbers that only grow.
    pub(super) fn essence(&self) -> String {
        let line: Vec<_> = self
            .line
            .iter()
            .map(|(caller, priority, end)| (caller, priority, end.saturating_sub(self.now)))
            .collect();
        let slots: Vec<_> = self
            .held
            .iter()
            .map(|held| match held {
                Held::Ticket(ticket) => Some(ticket.slot().0),
                Held::Nothing | Held::Permit(_) => None,
            })
            .collect();
        let Bulkhead { places, .. } = self.settings;
        let layout = self.machine.waiters.layout();
        format!("{places} {:?} {line:?} {slots:?} {layout:?}", self.stands)
    }
}
