//! What a mailbox does, said with lists.

use super::super::Overflow;
use super::*;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) number: usize,
    pub(super) lane: usize,
    pub(super) key: Option<u64>,
    pub(super) bytes: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) capacity: usize,
    pub(super) overflow: Overflow,
    pub(super) lanes: usize,
    pub(super) coalesces: bool,
    pub(super) bytes_max: Option<usize>,
}

/// What is queued, lane by lane, and who claims a place; deliberately naive.
pub(super) struct Model {
    pub(super) kind: Kind,
    pub(super) lanes: Vec<Vec<Item>>,
    pub(super) credit: Vec<u32>,
    /// Each notice with the messages that stand before it.
    pub(super) notices: Vec<(usize, Vec<usize>)>,
    /// Claims by number: those with a place, and the line.
    pub(super) granted: Vec<usize>,
    pub(super) line: Vec<usize>,
    pub(super) closed: bool,
    pub(super) bytes_mean: usize,
}

/// What left, and for whose sake.
pub(super) type Left = Option<(Vec<Item>, RemovedBy)>;

pub(super) fn left(removed: Option<Removed<Item>>) -> Left {
    let Removed {
        envelope,
        more,
        why,
    } = removed?;
    let all = std::iter::once(envelope).chain(more);
    Some((all.map(|envelope| envelope.message).collect(), why))
}

impl Model {
    pub(super) fn new(kind: Kind) -> Self {
        let lanes = kind.lanes;
        Self {
            kind,
            lanes: vec![Vec::new(); lanes],
            credit: weights(lanes),
            notices: Vec::new(),
            granted: Vec::new(),
            line: Vec::new(),
            closed: false,
            bytes_mean: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(Vec::len).sum()
    }

    pub(super) fn has_room(&self) -> bool {
        let reserved = self.granted.len() * self.bytes_mean;
        let bytes = self.bytes(self.lanes.len()) + reserved;
        self.kind.bytes_max.is_none_or(|max| bytes < max)
            && self.len() + self.granted.len() < self.kind.capacity
    }

    pub(super) fn bytes(&self, lanes: usize) -> usize {
        self.lanes[..lanes]
            .iter()
            .flatten()
            .map(|item| item.bytes)
            .sum()
    }

    pub(super) fn put(&mut self, item: Item) {
        self.bytes_mean = match self.bytes_mean {
            0 => item.bytes,
            mean => mean - mean / 8 + item.bytes / 8,
        };
        self.lanes[item.lane].push(item);
    }

    pub(super) fn replace(&mut self, item: &Item) -> Option<Item> {
        let key = item.key.filter(|_| self.kind.coalesces)?;
        let queued = self.lanes[item.lane]
            .iter_mut()
            .find(|known| known.key == Some(key))?;
        let number = queued.number;
        for (_, before) in &mut self.notices {
            before
                .iter_mut()
                .filter(|n| **n == number)
                .for_each(|n| *n = item.number);
        }
        Some(std::mem::replace(queued, item.clone()))
    }

    pub(super) fn left(&mut self, item: &Item) {
        for (_, before) in &mut self.notices {
            before.retain(|number| *number != item.number);
        }
    }

    pub(super) fn displace(&mut self, lane: usize) -> Left {
        if self
            .kind
            .bytes_max
            .is_some_and(|max| self.bytes(lane) >= max)
        {
            return None;
        }
        let mut displaced = Vec::new();
        while displaced.is_empty() || !self.has_room() {
            let lowest = self.lanes.iter().rposition(|lane| !lane.is_empty());
            let Some(lowest) = lowest.filter(|lowest| *lowest >= lane) else {
                break;
            };
            let oldest = self.lanes[lowest].remove(0);
            self.left(&oldest);
            displaced.push(oldest);
        }
        (!displaced.is_empty()).then_some((displaced, RemovedBy::Displaced))
    }

    pub(super) fn push(&mut self, item: Item) -> Result<Left, (Item, Refusal)> {
        if self.closed {
            return Err((item, Refusal::Stopped));
        }
        if let Some(replaced) = self.replace(&item) {
            return Ok(Some((vec![replaced], RemovedBy::Coalesced)));
        }
        if self.has_room() {
            self.put(item);
            return Ok(None);
        }
        match self.kind.overflow {
            Overflow::Wait => Err((item, Refusal::Full { may_wait: true })),
            Overflow::Reject => Err((item, Refusal::Full { may_wait: false })),
            Overflow::DropNewest => Ok(Some((vec![item], RemovedBy::Overflow))),
            Overflow::DropOldest => match self.displace(item.lane) {
                None => Ok(Some((vec![item], RemovedBy::Overflow))),
                displaced => {
                    self.put(item);
                    Ok(displaced)
                }
            },
        }
    }

    pub(super) fn reserve(&mut self, claim: usize) -> Poll<Result<Left, Refusal>> {
        if self.closed {
            return Poll::Ready(Err(Refusal::Stopped));
        }
        let mut displaced = None;
        if !self.has_room() {
            match self.kind.overflow {
                Overflow::Wait => {
                    self.line.push(claim);
                    return Poll::Pending;
                }
                Overflow::Reject => return Poll::Ready(Err(Refusal::Full { may_wait: false })),
                Overflow::DropNewest => return Poll::Ready(Err(Refusal::Overflow)),
                Overflow::DropOldest => match self.displace(0) {
                    None => return Poll::Ready(Err(Refusal::Overflow)),
                    oldest => displaced = oldest,
                },
            }
        }
        self.granted.push(claim);
        Poll::Ready(Ok(displaced))
    }

    pub(super) fn give_back(&mut self, claim: usize) {
        self.granted.retain(|known| *known != claim);
        self.line.retain(|known| *known != claim);
    }

    pub(super) fn grant(&mut self) {
        while !self.line.is_empty() && self.has_room() {
            self.granted.push(self.line.remove(0));
        }
    }

    pub(super) fn pop(&mut self) -> Option<Item> {
        for _ in 0..2 {
            for lane in 0..self.lanes.len() {
                if self.credit[lane] > 0 && !self.lanes[lane].is_empty() {
                    self.credit[lane] -= 1;
                    let item = self.lanes[lane].remove(0);
                    self.left(&item);
                    return Some(item);
                }
            }
            self.credit = weights(self.lanes.len());
        }
        None
    }

    pub(super) fn due_notice(&mut self) -> Option<usize> {
        let is_due = self
            .notices
            .first()
            .is_some_and(|(_, before)| before.is_empty());
        is_due.then(|| self.notices.remove(0).0)
    }
}

pub(super) fn weights(lanes: usize) -> Vec<u32> {
    [vec![u32::MAX], vec![8, 1], vec![8, 3, 1]][lanes - 1].clone()
}
