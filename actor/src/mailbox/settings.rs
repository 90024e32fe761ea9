//! How a mailbox is to be: capacity, what to do when it is full, lanes, bytes, coalescing.

use std::fmt;

use greenroom_resilience::Criticality;
use greenroom_resilience::shed::QueueTime;

use super::error::MailboxError;
use crate::failure::caught;
use crate::key::Key;

/// What a full mailbox does with one more message.
///
/// | policy | `tell` | `try_tell` | `ask` | the message that goes |
/// | --- | --- | --- | --- | --- |
/// | [`Wait`](Self::Wait) | waits, then `Timeout(m)` | `Full(m)` | waits, then `Full` | none |
/// | [`Reject`](Self::Reject) | `Full(m)` at once | `Full(m)` | `Full` at once | none |
/// | [`DropNewest`](Self::DropNewest) | `Ok`, dropped | `Ok`, dropped | `Full` at once | the new one |
/// | [`DropOldest`](Self::DropOldest) | `Ok` | `Ok` | waits for its answer | the oldest one |
///
/// Whatever is dropped is counted and becomes a dead letter; the asker of a displaced message is
/// told `Displaced`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// Senders wait for room, in order, at most their time-out. The default: nothing is lost, and a
    /// slow actor slows its senders down.
    #[default]
    Wait,
    /// Senders are refused at once and keep their message.
    Reject,
    /// The new message is dropped: for samples of which the first ones count.
    DropNewest,
    /// The oldest message is dropped: for samples of which the latest ones count. With lanes it is
    /// the oldest of the lowest lane that holds one, and a newcomer below all of them goes itself.
    /// In a mailbox bounded in bytes as many go as stand in the newcomer's way.
    DropOldest,
}

type LaneOf<M> = Box<dyn Fn(&M) -> usize + Send + Sync>;
type SizeOf<M> = Box<dyn Fn(&M) -> usize + Send + Sync>;
type KeyOf<M> = Box<dyn Fn(&M) -> Option<Key> + Send + Sync>;

/// The settings of one mailbox, given where its actor is spawned.
///
/// ```no_run
/// # use greenroom::prelude::*;
/// # struct Meter; struct Sample { urgent: bool }
/// # impl Actor for Meter { type Msg = Sample;
/// #   async fn handle(&mut self, _: Sample, _: &mut Context<Self>) -> ActorResult { Ok(()) } }
/// # async fn demo(system: System) -> Result<(), SpawnError> {
/// let meter = system
///     .spawn("meter", || Meter)
///     .mailbox(|m| m.capacity(256).priority(2, |s| if s.urgent { 0 } else { 1 }))
///     .await?;
/// # Ok(()) }
/// ```
pub struct MailboxSettings<M> {
    capacity: usize,
    overflow: Overflow,
    lanes: usize,
    lane_of: Option<LaneOf<M>>,
    weights: Option<Vec<u32>>,
    bytes_max: Option<usize>,
    size_of: Option<SizeOf<M>>,
    key_of: Option<KeyOf<M>>,
    shed: Option<QueueTime>,
    one_by_one: bool,
}

impl<M> MailboxSettings<M> {
    /// Room for 1,024 messages: enough to keep a consumer busy between two visits of a slow
    /// producer, little enough that a stuck actor is noticed before memory is.
    pub const DEFAULT_CAPACITY: usize = 1_024;

    pub(crate) fn new() -> Self {
        Self {
            capacity: Self::DEFAULT_CAPACITY,
            overflow: Overflow::Wait,
            lanes: 1,
            lane_of: None,
            weights: None,
            bytes_max: None,
            size_of: None,
            key_of: None,
            shed: None,
            one_by_one: false,
        }
    }

    /// Lets the actor take one message at each visit, so that all others are seen to wait.
    pub(crate) fn one_by_one(mut self) -> Self {
        self.one_by_one = true;
        self
    }

    /// Sets how many messages may wait: 1,024 unless set, at least 1. The actor takes up to 256 of
    /// them at a visit, so a sender can be that much further ahead of the handler. More than
    /// `u32::MAX` counts as `u32::MAX`.
    #[must_use]
    pub fn capacity(mut self, messages: usize) -> Self {
        self.capacity = messages;
        self
    }

    /// Takes the bound away. Rarely right: a mailbox that grows while its actor is slow ends in an
    /// out-of-memory kill, far from the cause. Only for senders that are bounded otherwise.
    #[must_use]
    pub fn unbounded(mut self) -> Self {
        self.capacity = usize::MAX;
        self
    }

    /// Sets what happens when it is full: senders wait unless set.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sorts messages into 2 to 8 lanes; `lane` gives each message's, 0 the most urgent, larger
    /// ones than the last count as the last.
    ///
    /// Lanes share the actor by weight, 8 to 1 between the first and the last unless
    /// [`weights`](Self::weights) are given, so the last is never starved. Order is kept within
    /// each sender and lane.
    #[must_use]
    pub fn priority(
        mut self,
        lanes: usize,
        lane: impl Fn(&M) -> usize + Send + Sync + 'static,
    ) -> Self {
        self.lanes = lanes;
        self.lane_of = Some(Box::new(lane));
        self
    }

    /// Sets how many messages each lane may have handled in a round in which all have some: one
    /// number of at least 1 for each lane of [`priority`](Self::priority), the most urgent first.
    #[must_use]
    pub fn weights(mut self, weights: &[u32]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// Bounds the mailbox in bytes as well, as `size` counts them. The bound is soft: a message is
    /// taken while less than `max` is queued, so that one larger than the bound can pass at all. A
    /// place that a sender holds counts as the mean of what came lately.
    #[must_use]
    pub fn bytes(mut self, max: usize, size: impl Fn(&M) -> usize + Send + Sync + 'static) -> Self {
        self.bytes_max = Some(max);
        self.size_of = Some(Box::new(size));
        self
    }

    /// Keeps only the newest message of each key: it takes the queued one's place in the queue,
    /// which becomes a dead letter. Messages without a key, and of other lanes, stay as they are.
    #[must_use]
    pub fn coalesce<K: Into<Key>>(
        mut self,
        key: impl Fn(&M) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        self.key_of = Some(Box::new(move |message| key(message).map(Into::into)));
        self
    }

    /// Sheds messages when they have to wait too long: while all of them waited longer than a
    /// target for the length of an interval (CoDel), those that waited too long for their
    /// [`Criticality`](greenroom_resilience::Criticality) are not handled. An asker is told
    /// [`AskError::Shed`](crate::AskError::Shed), a tell is a dead letter; nothing is shed unless
    /// set. Each lane is a queue of its own.
    ///
    /// For requests that come faster than they can be handled: without it each is handled just when
    /// its asker has given up. The [guide](crate::guide::guarded#shedding) says more.
    ///
    /// The actor then takes messages one by one, and each costs two looks at the clock.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use greenroom::prelude::*;
    /// # use greenroom_resilience::shed::QueueTime;
    /// # struct Shop; #[actor] impl Shop { #[message] fn buy(&mut self) {} }
    /// # async fn demo(system: System) -> Result<(), SpawnError> {
    /// let target = QueueTime::target(Duration::from_millis(20));
    /// let shop = system.spawn("shop", || Shop).mailbox(move |m| m.shed(target)).await?;
    /// # let _ = shop; Ok(()) }
    /// ```
    #[must_use]
    pub fn shed(mut self, queue_time: QueueTime) -> Self {
        self.shed = Some(queue_time);
        self
    }

    /// Checks the settings and splits them: numbers for the queue, closures for its senders.
    pub(crate) fn build(self) -> Result<Policy<M>, MailboxError> {
        if self.capacity == 0 {
            return Err(MailboxError::ZeroCapacity);
        }
        if self.bytes_max == Some(0) {
            return Err(MailboxError::ZeroBytes);
        }
        if self.lane_of.is_some() && !(2..=8).contains(&self.lanes) {
            return Err(MailboxError::Lanes(self.lanes));
        }
        if let Some(shed) = &self.shed {
            shed.check()?;
        }
        let weights = self.weights.unwrap_or_else(|| default_weights(self.lanes));
        if weights.len() != self.lanes || weights.contains(&0) {
            let usable = weights.iter().filter(|weight| **weight > 0).count();
            return Err(MailboxError::Weights {
                lanes: self.lanes,
                weights: usable,
            });
        }
        let sorted = self.lane_of.is_some() || self.key_of.is_some();
        let shaped = sorted || self.size_of.is_some() || self.shed.is_some();
        let shape = shaped.then(|| {
            Box::new(Shape {
                lane_of: self.lane_of,
                size_of: self.size_of,
                key_of: self.key_of,
                bytes_max: self.bytes_max.unwrap_or(usize::MAX),
                shed: self.shed,
                weights,
            })
        });
        Ok(Policy {
            capacity: self.capacity,
            overflow: self.overflow,
            one_by_one: self.one_by_one,
            shape,
        })
    }
}

/// From 8 down to 1 in even ratios.
fn default_weights(lanes: usize) -> Vec<u32> {
    let steps = lanes.saturating_sub(1).max(1) as f64;
    (0..lanes)
        .map(|lane| 8f64.powf(1.0 - lane as f64 / steps).round().max(1.0) as u32)
        .collect()
}

impl<M> fmt::Debug for MailboxSettings<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxSettings")
            .field("capacity", &self.capacity)
            .field("overflow", &self.overflow)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

/// Settings that were checked.
pub(crate) struct Policy<M> {
    pub(crate) capacity: usize,
    pub(crate) overflow: Overflow,
    pub(crate) one_by_one: bool,
    /// Absent for the plain first-in, first-out mailbox.
    pub(crate) shape: Option<Box<Shape<M>>>,
}

impl<M> Default for Policy<M> {
    /// What the default settings come to.
    fn default() -> Self {
        Self {
            capacity: MailboxSettings::<M>::DEFAULT_CAPACITY,
            overflow: Overflow::default(),
            one_by_one: false,
            shape: None,
        }
    }
}

/// The user's closures over messages, with the numbers that belong to them.
pub(crate) struct Shape<M> {
    lane_of: Option<LaneOf<M>>,
    size_of: Option<SizeOf<M>>,
    key_of: Option<KeyOf<M>>,
    pub(crate) bytes_max: usize,
    pub(crate) shed: Option<QueueTime>,
    pub(crate) weights: Vec<u32>,
}

/// What the closures said of one message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stamp {
    pub(crate) lane: usize,
    pub(crate) bytes: usize,
    pub(crate) key: Option<Key>,
    /// Not the closures' word, but the sender's.
    pub(crate) class: Criticality,
}

impl<M> Shape<M> {
    /// Asks the closures, before any lock; `None` when one of them panicked.
    pub(crate) fn stamp(&self, message: &M, class: Criticality) -> Option<Stamp> {
        let last = self.weights.len() - 1;
        caught(|| Stamp {
            lane: self
                .lane_of
                .as_ref()
                .map_or(0, |lane| lane(message).min(last)),
            bytes: self.size_of.as_ref().map_or(0, |size| size(message)),
            key: self.key_of.as_ref().and_then(|key| key(message)),
            class,
        })
        .inspect_err(|failure| tracing::error!(%failure, "a mailbox policy's closure failed"))
        .ok()
    }

    /// Whether a message may take the place of another of its key.
    pub(crate) fn coalesces(&self) -> bool {
        self.key_of.is_some()
    }

    /// Whether messages could be reordered, replaced or shed, so that none may be taken ahead of
    /// its turn.
    pub(crate) fn takes_one(&self) -> bool {
        self.lane_of.is_some() || self.key_of.is_some() || self.shed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use greenroom_resilience::shed::ShedError;

    use super::*;

    #[test]
    fn default_weights_fall_from_eight_to_one() {
        assert_eq!(default_weights(2), [8, 1]);
        assert_eq!(default_weights(4), [8, 4, 2, 1]);
        let eight = default_weights(8);
        assert_eq!((eight[0], eight[7]), (8, 1));
        assert!(eight.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn default_policy_is_that_of_the_default_settings() {
        let (built, default) = (
            MailboxSettings::<u8>::new().build(),
            Policy::<u8>::default(),
        );
        let built = built.expect("they work");
        assert_eq!(built.capacity, default.capacity);
        assert_eq!(built.overflow, default.overflow);
        assert_eq!(built.one_by_one, default.one_by_one);
        assert!(built.shape.is_none() && default.shape.is_none());
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let settings = MailboxSettings::<u8>::new;
        assert_eq!(
            settings().capacity(0).build().err(),
            Some(MailboxError::ZeroCapacity)
        );
        assert_eq!(
            settings().bytes(0, |_| 1).build().err(),
            Some(MailboxError::ZeroBytes)
        );
        assert_eq!(
            settings().priority(9, |_| 0).build().err(),
            Some(MailboxError::Lanes(9))
        );
        let never = QueueTime::target(Duration::ZERO);
        assert_eq!(
            settings().shed(never).build().err(),
            Some(MailboxError::Shed(ShedError::ZeroTarget))
        );
        let weights = settings().priority(2, |_| 0).weights(&[1, 0]).build().err();
        assert_eq!(
            weights,
            Some(MailboxError::Weights {
                lanes: 2,
                weights: 1
            })
        );
    }
}
