//! The part of a cell that does not depend on its messages: identity, control lane, relations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use super::cell::Resident;
use super::command::{ChildEvent, Command};
use super::family::Family;
use super::vitals::Vitals;
use super::waits::Waits;
use crate::environment::Environment;
use crate::id::{ActorId, ActorPath};
use crate::refs::WatcherId;
use crate::signal::{StopReason, Terminated};
use crate::supervision::ChildKind;
use crate::sync::Mutex;
use crate::time::AlarmKey;

/// What the control lane holds, as flags that the message loop reads without a lock.
pub(crate) mod flag {
    /// End after what is queued.
    pub(crate) const STOP: u16 = 1;
    /// End at the next await.
    pub(crate) const KILL: u16 = 1 << 1;
    /// The supervisor has decided about this actor.
    pub(crate) const COMMAND: u16 = 1 << 2;
    /// Something happened to a child.
    pub(crate) const EVENTS: u16 = 1 << 3;
    /// A timer may be due.
    pub(crate) const TIMER: u16 = 1 << 4;
    /// End this instance after the message in hand, for a sibling's sake.
    pub(crate) const HALT: u16 = 1 << 5;
    /// The grace for that is over: end it at the next await.
    pub(crate) const DROP: u16 = 1 << 6;
    /// There are signals for the hook, or the actor has to fail for a child.
    pub(crate) const SIGNALS: u16 = 1 << 7;
    /// The instance is ending, or has ended: no new children. Written under the family's lock.
    pub(crate) const CLOSING: u16 = 1 << 8;
}

/// How an actor is to be as a child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChildSpec {
    pub(crate) kind: ChildKind,
    pub(crate) stop_grace: Duration,
    /// Whether each message gets a tracing span.
    pub(crate) traced: bool,
}

pub(crate) struct Head {
    pub(crate) id: ActorId,
    pub(crate) name: Box<str>,
    pub(crate) parent: Option<Arc<dyn Resident>>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) spec: ChildSpec,
    pub(crate) control: Mutex<Control>,
    pub(crate) family: Mutex<Option<Box<Family>>>,
    pub(crate) watchers: Mutex<Watchers>,
    pub(crate) waits: Mutex<Waits>,
    pub(crate) vitals: Vitals,
    flags: AtomicU16,
}

/// What is sent to an actor beside its mailbox: nothing, for most of its life.
#[derive(Default)]
pub(crate) struct Control(Option<Box<Orders>>);

/// Bounded: a command replaces the one before it, and there is at most one event of each kind for
/// each child.
#[derive(Default)]
struct Orders {
    command: Option<Command>,
    events: Vec<ChildEvent>,
    /// The ladder that the actor stands on, by its serial.
    ladder: Option<(AlarmKey, u32)>,
    serial: u32,
}

impl Control {
    fn orders(&mut self) -> &mut Orders {
        self.0.get_or_insert_default()
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.orders().command = Some(command);
    }

    pub(crate) fn take_command(&mut self) -> Option<Command> {
        self.0.as_mut()?.command.take()
    }

    pub(crate) fn report(&mut self, event: ChildEvent) {
        self.orders().events.push(event);
    }

    pub(crate) fn take_events(&mut self) -> Vec<ChildEvent> {
        let events = self.0.as_mut().map(|orders| &mut orders.events);
        events.map(std::mem::take).unwrap_or_default()
    }

    /// A number for a new ladder, so that the alarm of an old one can tell that it is old.
    pub(crate) fn next_serial(&mut self) -> u32 {
        let serial = &mut self.orders().serial;
        *serial = serial.wrapping_add(1);
        *serial
    }

    /// Puts the actor on a ladder; the alarm of the one it stood on is to be cancelled.
    pub(crate) fn stand_on(&mut self, key: AlarmKey, serial: u32) -> Option<AlarmKey> {
        let previous = self.orders().ladder.replace((key, serial));
        previous.map(|(key, _)| key)
    }

    pub(crate) fn stands_on(&self, ladder: u32) -> bool {
        let orders = self.0.as_ref();
        let stands_on = orders.and_then(|orders| orders.ladder);
        stands_on.is_some_and(|(_, serial)| serial == ladder)
    }

    pub(crate) fn take_ladder(&mut self) -> Option<AlarmKey> {
        self.0.as_mut()?.ladder.take().map(|(key, _)| key)
    }
}

pub(crate) enum Watchers {
    /// Few actors are watched: the others have no more than a pointer for it.
    Alive(Option<Box<Watching>>),
    Ended(StopReason),
}

/// Those who watch, and how each is told.
pub(crate) type Watching = BTreeMap<WatcherId, Box<dyn FnOnce(Terminated) + Send>>;

impl Head {
    pub(crate) fn new(
        name: Box<str>,
        parent: Option<Arc<dyn Resident>>,
        environment: Arc<Environment>,
        spec: ChildSpec,
    ) -> Self {
        Self {
            id: environment.next_id(),
            name,
            parent,
            environment,
            spec,
            control: Mutex::new(Control::default()),
            family: Mutex::new(None),
            watchers: Mutex::new(Watchers::Alive(None)),
            waits: Mutex::new(Waits::default()),
            vitals: Vitals::default(),
            flags: AtomicU16::new(0),
        }
    }

    pub(crate) fn path(&self) -> ActorPath {
        let mut names = vec![&*self.name];
        let mut above = self.parent.as_ref();
        while let Some(parent) = above {
            names.push(&parent.head().name);
            above = parent.head().parent.as_ref();
        }
        names.reverse();
        ActorPath::of(&names)
    }

    pub(crate) fn has(&self, mask: u16) -> bool {
        self.flags.load(Ordering::Acquire) & mask != 0
    }

    pub(crate) fn raise(&self, mask: u16) {
        self.flags.fetch_or(mask, Ordering::AcqRel);
    }

    /// Lowers flags, and says which of them were up.
    pub(crate) fn lower(&self, mask: u16) -> u16 {
        self.flags.fetch_and(!mask, Ordering::AcqRel) & mask
    }

    /// Why the actor ended, once it has.
    pub(crate) fn ended(&self) -> Option<StopReason> {
        match &*self.watchers.lock() {
            Watchers::Alive(_) => None,
            Watchers::Ended(reason) => Some(reason.clone()),
        }
    }
}

/// Ancestors that were kept by this actor alone go one after the other: each dropping the one above
/// it, they would need a stack as deep as the tree.
impl Drop for Head {
    fn drop(&mut self) {
        let mut above = self.parent.take();
        while let Some(mut parent) = above {
            above = Arc::get_mut(&mut parent).and_then(|parent| parent.head_mut().parent.take());
        }
    }
}
