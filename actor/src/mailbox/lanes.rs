//! The queue with lanes, a byte count and keys: everything beyond first-in, first-out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use greenroom_resilience::Criticality;
use greenroom_resilience::shed::{Codel, QueueTime};
use tokio::time::Instant;

use super::envelope::Envelope;
use super::settings::Stamp;
use crate::key::Key;

struct Slot<M> {
    envelope: Envelope<M>,
    class: Criticality,
    /// When it was queued, where that matters.
    since: Duration,
    bytes: usize,
    key: Option<Key>,
}

/// One lane: positions count from the first message it ever held.
struct Lane<M> {
    slots: VecDeque<Slot<M>>,
    left: u64,
    bytes: usize,
    weight: u32,
    credit: u32,
    keys: BTreeMap<Key, u64>,
    /// Sheds, where the mailbox is to: each lane is a queue of its own.
    codel: Option<Codel>,
}

/// Weighted lanes; the lock's owner is the only caller.
pub(super) struct Lanes<M> {
    lanes: Vec<Lane<M>>,
    bytes_max: usize,
    /// The mean size of what came lately: as much a reserved place counts, since what will take
    /// it is not known yet.
    bytes_mean: usize,
    /// Where messages are shed by how long they wait.
    shedding: Option<Shedding>,
}

struct Shedding {
    origin: Instant,
    shed: u64,
}

impl<M> Lanes<M> {
    pub(super) fn new(weights: &[u32], bytes_max: usize, shed: Option<QueueTime>) -> Self {
        let lane = |weight: &u32| Lane {
            slots: VecDeque::new(),
            left: 0,
            bytes: 0,
            weight: *weight,
            credit: *weight,
            keys: BTreeMap::new(),
            codel: shed.map(Codel::new),
        };
        Self {
            lanes: weights.iter().map(lane).collect(),
            bytes_max,
            bytes_mean: 0,
            shedding: shed.map(|_| Shedding {
                origin: Instant::now(),
                shed: 0,
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.slots.len()).sum()
    }

    /// Whether less than the bound is queued, with so many places reserved.
    pub(super) fn has_bytes_left(&self, reserved: usize) -> bool {
        let reserved = reserved.saturating_mul(self.bytes_mean);
        self.bytes(self.lanes.len()).saturating_add(reserved) < self.bytes_max
    }

    /// The bytes queued in the lanes above `lane`.
    fn bytes(&self, lane: usize) -> usize {
        self.lanes[..lane].iter().map(|lane| lane.bytes).sum()
    }

    pub(super) fn fullness(&self) -> f64 {
        self.bytes(self.lanes.len()) as f64 / self.bytes_max as f64
    }

    pub(super) fn sheds(&self) -> bool {
        self.shedding.is_some()
    }

    pub(super) fn shed(&self) -> u64 {
        self.shedding.as_ref().map_or(0, |shedding| shedding.shed)
    }

    /// The time since the mailbox was made, where that matters.
    fn now(&self) -> Duration {
        let shedding = self.shedding.as_ref();
        shedding.map_or(Duration::ZERO, |shedding| shedding.origin.elapsed())
    }

    /// How many messages each lane has taken in so far.
    pub(super) fn queued(&self) -> Vec<u64> {
        self.lanes
            .iter()
            .map(|lane| lane.left + lane.slots.len() as u64)
            .collect()
    }

    /// How many messages have left each lane.
    pub(super) fn left(&self) -> Vec<u64> {
        self.lanes.iter().map(|lane| lane.left).collect()
    }

    pub(super) fn push(&mut self, envelope: Envelope<M>, stamp: Stamp) {
        let since = self.now();
        let lane = &mut self.lanes[stamp.lane];
        if let Some(key) = &stamp.key {
            lane.keys
                .insert(key.clone(), lane.left + lane.slots.len() as u64);
        }
        lane.bytes += stamp.bytes;
        self.bytes_mean = match self.bytes_mean {
            0 => stamp.bytes,
            mean => mean - mean / 8 + stamp.bytes / 8,
        };
        lane.slots.push_back(Slot {
            envelope,
            class: stamp.class,
            since,
            bytes: stamp.bytes,
            key: stamp.key,
        });
    }

    /// Puts a message in the place of the queued one of its lane and key, which comes back;
    /// `Err` gives the message back when there is none.
    pub(super) fn replace(
        &mut self,
        envelope: Envelope<M>,
        stamp: &Stamp,
    ) -> Result<Envelope<M>, Envelope<M>> {
        let lane = &mut self.lanes[stamp.lane];
        let Some(at) = stamp.key.as_ref().and_then(|key| lane.keys.get(key)) else {
            return Err(envelope);
        };
        let slot = &mut lane.slots[(at - lane.left) as usize];
        lane.bytes = lane.bytes - slot.bytes + stamp.bytes;
        slot.bytes = stamp.bytes;
        // It has the other's place, and with it the other's wait.
        slot.class = stamp.class;
        Ok(std::mem::replace(&mut slot.envelope, envelope))
    }

    /// Takes the next message in turn: lanes share by weight, earlier lanes first.
    pub(super) fn pop(&mut self) -> Option<Envelope<M>> {
        let index = self.next_lane()?;
        self.remove_first(index).map(|slot| slot.envelope)
    }

    /// Takes the next message in turn; `Err` when it is to be shed.
    pub(super) fn pop_in_time(&mut self) -> Option<Result<Envelope<M>, Envelope<M>>> {
        let index = self.next_lane()?;
        let slot = self.remove_first(index)?;
        let now = self.now();
        let waited = now.saturating_sub(slot.since);
        let served = match &mut self.lanes[index].codel {
            Some(codel) => codel.admit(waited, slot.class, now),
            None => true,
        };
        if served {
            return Some(Ok(slot.envelope));
        }
        self.shedding
            .iter_mut()
            .for_each(|shedding| shedding.shed += 1);
        // It is not handled: its lane may have another in its stead.
        self.lanes[index].credit += 1;
        Some(Err(slot.envelope))
    }

    /// Whose turn it is.
    fn next_lane(&mut self) -> Option<usize> {
        let next = |lanes: &[Lane<M>]| {
            lanes
                .iter()
                .position(|lane| lane.credit > 0 && !lane.slots.is_empty())
        };
        let index = next(&self.lanes).or_else(|| {
            self.lanes
                .iter_mut()
                .for_each(|lane| lane.credit = lane.weight);
            next(&self.lanes)
        })?;
        self.lanes[index].credit -= 1;
        Some(index)
    }

    /// Makes room for a message of `lane`: the oldest of the lowest lane that holds one goes,
    /// unless what stands above `lane` fills the mailbox by itself.
    pub(super) fn displace(&mut self, lane: usize) -> Option<Envelope<M>> {
        if self.bytes(lane) >= self.bytes_max {
            return None;
        }
        let lowest = self.lanes.iter().rposition(|lane| !lane.slots.is_empty())?;
        if lowest < lane {
            None
        } else {
            self.remove_first(lowest).map(|slot| slot.envelope)
        }
    }

    fn remove_first(&mut self, index: usize) -> Option<Slot<M>> {
        let lane = &mut self.lanes[index];
        let slot = lane.slots.pop_front()?;
        if let Some(key) = &slot.key {
            lane.keys.remove(key);
        }
        lane.left += 1;
        lane.bytes -= slot.bytes;
        if lane.slots.is_empty() {
            lane.slots = VecDeque::new();
        }
        Some(slot)
    }
}
