//! [`Keyed`]: a limit for each key, in bounded memory.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::time::Duration;

use super::bucket::Bucket;
use super::check::RateLimitError;
use super::permit::{Permit, RateRejected};
use super::rate::{Meter, Rate};
use super::settings::{Kind, RateLimit};
use super::window::Window;
use crate::recency::Recency;

/// Keys a limiter has room for unless said otherwise: more clients than one process serves within
/// the time in which a bucket refills, in some 5 MB for keys that are integers.
const DEFAULT_CAPACITY: usize = 100_000;

/// A limit for each key, alike for all, in bounded memory.
///
/// A key that is not remembered has an unused limit. When there is no room for another key, one
/// whose limit is unused again (its bucket has refilled) is forgotten, which changes nothing. It is
/// looked for among the eight least recently used. If there is none, the least recently used key is
/// *evicted*: its next call finds an unused limit, and its permits can't be given back. That is
/// [counted](Self::evicted); if the count rises, the capacity is too small for the clients there
/// are. A million keys that come once each never take more memory than the capacity.
///
/// Time is handed in as it is to a [`RateLimiter`](super::RateLimiter), and what `now` may be is
/// the same.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::RateLimit;
/// use greenroom_resilience::rate_limit::{Keyed, RateRejected};
///
/// let mut clients = Keyed::<String>::new(&RateLimit::per_second(10).burst(1))?;
///
/// let now = Duration::from_secs(5);
/// assert!(clients.try_acquire("ann", 1, now).is_ok());
/// assert!(clients.try_acquire("bob", 1, now).is_ok());
/// let error = clients.try_acquire("ann", 1, now).unwrap_err();
/// assert_eq!(error.retry_after(), Some(Duration::from_millis(100)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Keyed<K> {
    rate: Rate,
    latest: Duration,
    capacity: usize,
    evicted: u64,
    keys: Keys<K>,
}

/// One kind for all keys, so that a bucket takes no more room than its number.
enum Keys<K> {
    Bucket(Recency<K, Bucket>),
    Window(Recency<K, Window>),
}

/// Runs the same code for either kind of keys.
macro_rules! either {
    ($keys:expr, $each:ident => $code:expr) => {
        match $keys {
            Keys::Bucket($each) => $code,
            Keys::Window($each) => $code,
        }
    };
}

impl<K: Hash + Eq> Keyed<K> {
    /// A limiter with room for 100,000 keys: some 5 MB for keys that are integers, and more
    /// clients than most processes have active at a time. Room is taken as keys come.
    ///
    /// # Errors
    ///
    /// Those of [`with_capacity`](Self::with_capacity).
    pub fn new(limit: &RateLimit) -> Result<Self, RateLimitError> {
        Self::with_capacity(limit, DEFAULT_CAPACITY)
    }

    /// A limiter with room for so many keys: as many as are active within the time in which a
    /// bucket refills, or within the period of a sliding window.
    ///
    /// # Errors
    ///
    /// What [`RateLimit::check`] finds, and:
    ///
    /// - [`InvalidCapacity`](RateLimitError::InvalidCapacity): room for no key, or for more than
    ///   `u32::MAX` less one.
    /// - [`WindowTooLong`](RateLimitError::WindowTooLong): sliding windows that would remember
    ///   more than 10,000,000 calls together.
    pub fn with_capacity(limit: &RateLimit, capacity: usize) -> Result<Self, RateLimitError> {
        limit.check_keyed(capacity)?;
        Ok(Self {
            rate: Rate::new(limit),
            latest: Duration::ZERO,
            capacity,
            evicted: 0,
            keys: match limit.kind {
                Kind::TokenBucket => Keys::Bucket(Recency::new()),
                Kind::SlidingWindow => Keys::Window(Recency::new()),
            },
        })
    }

    /// Takes a place under the limit of `key`, as
    /// [`RateLimiter::try_acquire`](super::RateLimiter::try_acquire) does.
    ///
    /// Only a call that takes something makes a key remembered.
    ///
    /// # Errors
    ///
    /// The call takes nothing, and must not start:
    ///
    /// - [`Exhausted`](RateRejected::Exhausted): its turn would come too late.
    /// - [`TooCostly`](RateRejected::TooCostly): its turn would never come.
    pub fn try_acquire<Q>(
        &mut self,
        key: &Q,
        cost: u32,
        now: Duration,
    ) -> Result<Permit, RateRejected>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.latest = self.latest.max(now);
        let (rate, now) = (&self.rate, self.latest);
        let (capacity, evicted) = (self.capacity, &mut self.evicted);
        either!(&mut self.keys, keys => {
            if let Some(slot) = keys.find(key) {
                keys.touch(slot);
                return keys.value_mut(slot).try_take(rate, cost, now);
            }
            let (permit, meter) = first(rate, cost, now)?;
            if permit.cost > 0 {
                if keys.len() >= capacity {
                    *evicted += u64::from(make_room(keys, rate, now));
                }
                keys.insert(key.to_owned(), meter);
            }
            Ok(permit)
        })
    }

    /// Gives back the place of a call under `key` that was cancelled before it started.
    ///
    /// A sliding window gets everything back, always. A token bucket gets it back if no other call
    /// of the key was admitted after this one, and else nothing: it is one number for each key, and
    /// remembers no gaps as that of [one limit](super::RateLimiter::refund) does. A key that was
    /// evicted meanwhile has nothing to get back.
    ///
    /// The permit must come from this limiter and this key.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is given back once")]
    pub fn refund<Q>(&mut self, key: &Q, permit: Permit, now: Duration)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.latest = self.latest.max(now);
        if permit.cost == 0 {
            return;
        }
        either!(&mut self.keys, keys => {
            if let Some(slot) = keys.find(key) {
                keys.value_mut(slot).give_back(&self.rate, &permit);
            }
        });
    }

    /// Forgets all keys whose limit is unused again, and says how many those were. Decides nothing
    /// differently; for whoever wants [`len`](Self::len) to say how many are active.
    ///
    /// Looks at every key, so not for each call.
    pub fn forget_unused(&mut self, now: Duration) -> usize {
        self.latest = self.latest.max(now);
        let (rate, now) = (&self.rate, self.latest);
        either!(&mut self.keys, keys => {
            let before = keys.len();
            // From the last slot on, so that a slot that takes another's index was looked at.
            for slot in (0..before as u32).rev() {
                if keys.value(slot).is_unused(rate, now) {
                    keys.remove(slot);
                }
            }
            before - keys.len()
        })
    }

    /// How many permits the key could take at `now` without a wait.
    #[must_use]
    pub fn available<Q>(&self, key: &Q, now: Duration) -> u32
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let now = self.latest.max(now);
        either!(&self.keys, keys => keys.find(key).map_or(self.rate.most, |slot| {
            keys.value(slot).available(&self.rate, now)
        }))
    }

    /// How many keys are remembered, at most the capacity.
    #[must_use]
    pub fn len(&self) -> usize {
        either!(&self.keys, keys => keys.len())
    }

    /// Whether no key is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys were forgotten while their limit was in use, for want of room.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }
}

/// The first call of a key that is not remembered.
fn first<M: Meter>(rate: &Rate, cost: u32, now: Duration) -> Result<(Permit, M), RateRejected> {
    let mut meter = M::default();
    let permit = meter.try_take(rate, cost, now)?;
    Ok((permit, meter))
}

/// Removes one key, and says whether its limit was in use.
fn make_room<K: Hash + Eq, M: Meter>(keys: &mut Recency<K, M>, rate: &Rate, now: Duration) -> bool {
    let is_in_use = |meter: &M| !meter.is_unused(rate, now);
    let Some((slot, was_in_use)) = keys.cheapest(is_in_use) else {
        return false;
    };
    keys.remove(slot);
    was_in_use
}

/// Shows how full it is, and no keys: these may be addresses or names of people.
impl<K> fmt::Debug for Keyed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("capacity", &self.capacity)
            .field("evicted", &self.evicted)
            .finish_non_exhaustive()
    }
}
