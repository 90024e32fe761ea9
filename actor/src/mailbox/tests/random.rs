//! Random operations on a mailbox beside the model.

use proptest::prelude::*;

use super::super::Overflow;
use super::model::{Item, Kind, Left, Model, left, weights};
use super::*;

#[derive(Debug, Clone)]
enum Op {
    Push(usize, Option<u64>, usize),
    Reserve,
    /// Polls, fills or gives back one of the claims.
    Poll(usize),
    Fill(usize, usize, Option<u64>, usize),
    Release(usize),
    Visit,
    Notify,
    Close,
}

/// The mailbox and its claims, beside the model.
struct Pair {
    mailbox: Mailbox<Item>,
    model: Model,
    tickets: Vec<Ticket>,
}

impl Pair {
    fn new(kind: Kind) -> Self {
        let Kind {
            capacity,
            overflow,
            lanes,
            coalesces,
            bytes_max,
        } = kind.clone();
        let mailbox = mailbox(|mut m: MailboxSettings<Item>| {
            if lanes > 1 {
                m = m.priority(lanes, |item| item.lane);
            }
            if coalesces {
                m = m.coalesce(|item| item.key);
            }
            if let Some(max) = bytes_max {
                m = m.bytes(max, |item| item.bytes);
            }
            m.capacity(capacity).overflow(overflow)
        });
        Self {
            mailbox,
            model: Model::new(kind),
            tickets: Vec::new(),
        }
    }

    fn push(&mut self, item: Item) {
        let pushed = match self.mailbox.push(Envelope::plain(item.clone())) {
            Ok(removed) => Ok(left(removed)),
            Err(refused) => Err((refused.envelope.message, refused.why)),
        };
        assert_eq!(pushed, self.model.push(item));
        self.model.grant();
    }

    fn reserve(&mut self) {
        let claim = self.tickets.len();
        self.tickets.push(Ticket::Idle);
        let polled = self.poll_mailbox(claim);
        assert_eq!(polled, self.model.reserve(claim));
    }

    fn poll_mailbox(&mut self, claim: usize) -> Poll<Result<Left, Refusal>> {
        let mut cx = Context::from_waker(Waker::noop());
        self.mailbox
            .poll_reserve(&mut self.tickets[claim], &mut cx)
            .map_ok(left)
    }

    fn poll(&mut self, claim: usize) {
        if self.tickets[claim] == Ticket::Idle {
            return;
        }
        let expected = if self.model.closed {
            self.model.give_back(claim);
            Poll::Ready(Err(Refusal::Stopped))
        } else if self.model.granted.contains(&claim) {
            Poll::Ready(Ok(None))
        } else {
            Poll::Pending
        };
        assert_eq!(self.poll_mailbox(claim), expected);
    }

    fn fill(&mut self, claim: usize, item: Item) {
        if self.tickets[claim] != Ticket::Granted {
            return;
        }
        let envelope = Envelope::plain(item.clone());
        let pushed = self
            .mailbox
            .push_reserved(&mut self.tickets[claim], envelope);
        let pushed = match pushed {
            Ok(removed) => Ok(left(removed)),
            Err(refused) => Err((refused.envelope.message, refused.why)),
        };
        self.model.give_back(claim);
        let expected = if self.model.closed {
            Err((item, Refusal::Stopped))
        } else if let Some(replaced) = self.model.replace(&item) {
            Ok(Some((vec![replaced], RemovedBy::Coalesced)))
        } else {
            self.model.put(item);
            Ok(None)
        };
        assert_eq!(pushed, expected);
        self.model.grant();
    }

    fn release(&mut self, claim: usize) {
        self.mailbox.release(&mut self.tickets[claim]);
        self.model.give_back(claim);
        self.model.grant();
    }

    fn visit(&mut self, consumer: &mut Batch<Item>) {
        if let Some(due) = self.model.due_notice() {
            let taken = self.mailbox.take(consumer);
            let is_due = matches!(&taken, Taken::Notice(Notice::Message(n)) if n.number == due);
            assert!(is_due, "not the notice {due}: {taken:?}");
            return;
        }
        let taken = self.mailbox.take(consumer);
        assert!(!matches!(taken, Taken::Notice(_)), "too early: {taken:?}");
        let items: Vec<_> = match taken {
            Taken::Message(only) => vec![only.message],
            _ => std::iter::from_fn(|| consumer.pop())
                .map(|e| e.message)
                .collect(),
        };
        assert_eq!(items.is_empty(), self.model.len() == 0);
        if items.is_empty() {
            // Lanes share anew after a pause.
            self.model.credit = weights(self.model.lanes.len());
        }
        let kind = &self.model.kind;
        let one = kind.lanes > 1 || kind.coalesces || kind.overflow == Overflow::DropOldest;
        assert!(items.len() <= if one { 1 } else { kind.capacity });
        for item in items {
            let is_due = self
                .model
                .notices
                .first()
                .is_some_and(|(_, n)| n.is_empty());
            assert!(!is_due, "{item:?} overtook a notice");
            assert_eq!(Some(item), self.model.pop());
        }
        self.model.grant();
    }

    fn notify(&mut self, number: usize) {
        let notice = Item {
            number,
            lane: 0,
            key: None,
            bytes: 0,
        };
        self.mailbox.notify(Notice::Message(notice));
        let before = self.model.lanes.iter().flatten().map(|item| item.number);
        self.model.notices.push((number, before.collect()));
    }

    fn close(&mut self) {
        self.mailbox.close();
        self.model.closed = true;
        self.model.line.clear();
    }

    fn check(&self) {
        let state = self.mailbox.state.lock();
        assert_eq!(state.queue.len(), self.model.len());
        assert_eq!(state.reserved as usize, self.model.granted.len());
        assert!(state.queue.len() + state.reserved as usize <= state.capacity as usize);
        let in_line = state.waiters.as_ref().is_some_and(|w| w.has_waiting());
        assert_eq!(in_line, !self.model.line.is_empty());
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    let overflow = prop_oneof![
        3 => Just(Overflow::Wait),
        1 => Just(Overflow::Reject),
        1 => Just(Overflow::DropNewest),
        2 => Just(Overflow::DropOldest),
    ];
    let bytes_max = prop_oneof![2 => Just(None), 1 => (1..30usize).prop_map(Some)];
    let sizes = (1..6usize, 1..=3usize, bytes_max);
    (sizes, overflow, any::<bool>()).prop_map(|((capacity, lanes, bytes_max), overflow, c)| Kind {
        capacity,
        overflow,
        lanes,
        coalesces: c,
        bytes_max,
    })
}

/// The mailbox that most actors have, as the other kinds rarely are.
fn plain_kind() -> impl Strategy<Value = Kind> {
    let overflow = prop_oneof![
        3 => Just(Overflow::Wait),
        1 => Just(Overflow::DropOldest),
    ];
    (1..6usize, overflow).prop_map(|(capacity, overflow)| Kind {
        capacity,
        overflow,
        lanes: 1,
        coalesces: false,
        bytes_max: None,
    })
}

fn op() -> impl Strategy<Value = Op> {
    let key = || prop_oneof![Just(None), (0..3u64).prop_map(Some)];
    prop_oneof![
        8 => (0..3usize, key(), 0..9usize).prop_map(|(l, k, b)| Op::Push(l, k, b)),
        3 => Just(Op::Reserve),
        3 => (0..20usize).prop_map(Op::Poll),
        4 => (0..20usize, 0..3usize, key(), 0..9usize)
            .prop_map(|(c, l, k, b)| Op::Fill(c, l, k, b)),
        2 => (0..20usize).prop_map(Op::Release),
        5 => Just(Op::Visit),
        1 => Just(Op::Notify),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let ops = || proptest::collection::vec(op(), 0..120);
    (ops(), proptest::bool::weighted(0.3), ops()).prop_map(|(mut ops, close, after)| {
        if close {
            ops.push(Op::Close);
        }
        ops.extend(after);
        ops
    })
}

fn run(kind: Kind, ops: Vec<Op>) {
    let lanes = kind.lanes;
    let mut pair = Pair::new(kind);
    let mut batch = Batch::new();
    for (number, op) in ops.into_iter().enumerate() {
        let item = |lane: usize, key, bytes| Item {
            number,
            lane: lane % lanes,
            key,
            bytes,
        };
        // The latest claims, as older ones are mostly done with.
        let claim = |back: usize| pair.tickets.len().checked_sub(back + 1);
        match op {
            Op::Push(lane, key, bytes) => pair.push(item(lane, key, bytes)),
            Op::Reserve => pair.reserve(),
            Op::Poll(back) => claim(back).into_iter().for_each(|claim| pair.poll(claim)),
            Op::Fill(back, lane, key, bytes) => {
                if let Some(claim) = claim(back) {
                    pair.fill(claim, item(lane, key, bytes));
                }
            }
            Op::Release(back) => claim(back).into_iter().for_each(|c| pair.release(c)),
            Op::Visit => pair.visit(&mut batch),
            Op::Notify => pair.notify(number),
            Op::Close => pair.close(),
        }
        pair.check();
    }
}

proptest! {
    #[test]
    fn agrees_with_lists(kind in kind(), ops in ops()) {
        run(kind, ops);
    }

    #[test]
    fn plain_mailbox_agrees_with_lists(kind in plain_kind(), ops in ops()) {
        run(kind, ops);
    }
}
