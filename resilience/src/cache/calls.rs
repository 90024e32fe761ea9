//! [`CallCache`]: a cache that calls for what it does not have.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::settings::{Cache, CacheError};
use crate::coalesce::{Flights, Ticket};

/// Answers by key, and calls for those that are missing.
///
/// Made of a [`Cache`]. See the [module](super) for what it does.
pub struct CallCache<K, T, E> {
    ttl: Duration,
    stale_for: Duration,
    errors: Option<KeepErrors<E>>,
    answers: moka::sync::Cache<K, Kept<T, E>>,
    flights: Flights<K, Result<T, E>>,
    hits: AtomicU64,
    misses: AtomicU64,
    stale: AtomicU64,
}

/// Which errors are answers, and how long they are kept.
struct KeepErrors<E> {
    ttl: Duration,
    is_answer: fn(&E) -> bool,
}

/// An answer, and since when it is kept. Its age is told by tokio's clock: that of the library
/// below could not be paused.
#[derive(Clone)]
struct Kept<T, E> {
    answer: Result<T, E>,
    since: Instant,
    /// Void when the answer was invalidated while the call for it was in progress.
    ticket: Ticket,
}

/// How often there was an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Callers that found one.
    pub hits: u64,
    /// Callers that found none, and made a call or waited for that of another.
    pub misses: u64,
    /// Calls that failed, and an older answer was given instead.
    pub stale: u64,
}

impl<K, T, E> CallCache<K, T, E>
where
    K: Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// Without an answer. No error is kept, and all are shared by those that wait.
    ///
    /// # Errors
    ///
    /// What [`Cache::check`] finds.
    pub fn new(settings: &Cache) -> Result<Self, CacheError> {
        settings.check()?;
        let capacity = u64::try_from(settings.capacity).unwrap_or(u64::MAX);
        Ok(Self {
            ttl: settings.ttl.unwrap_or_default(),
            stale_for: settings.stale,
            errors: None,
            answers: moka::sync::Cache::new(capacity),
            flights: Flights::new(&settings.coalesce())?,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            stale: AtomicU64::new(0),
        })
    }

    /// Sets which errors are answers, such as "not found", and how long they are kept. They are
    /// given as they are: no older answer is served in their place.
    #[must_use]
    pub fn keep_errors(mut self, ttl: Duration, is_answer: fn(&E) -> bool) -> Self {
        self.errors = Some(KeepErrors { ttl, is_answer });
        self
    }

    /// Sets which answers are shared by those that wait for one call, as
    /// [`Flights::share`](crate::coalesce::Flights::share) does: all unless set.
    #[must_use]
    pub fn share(mut self, shares: fn(&Result<T, E>) -> bool) -> Self {
        self.flights = self.flights.share(shares);
        self
    }

    /// The answer that is kept for `key`; where there is none, that of a call, which all share that
    /// miss it at the same time.
    ///
    /// # Errors
    ///
    /// That of the call, where no older answer may be served instead, or one that is kept.
    ///
    /// # Panics
    ///
    /// If its own call does, or the clone of an answer.
    ///
    /// # Cancel safety
    ///
    /// That of [`Flights::call`](crate::coalesce::Flights::call): dropped at any point, the future
    /// leaves nothing behind, and the next in line makes its own call. An answer is kept as soon as
    /// the call has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::cache::{Cache, CallCache};
    /// use tokio::time::{Duration, advance};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let settings = Cache::new(100).ttl(Duration::from_secs(30));
    /// let stock = CallCache::<String, u32, String>::new(&settings)?;
    /// assert_eq!(stock.get_or_call("sku-1", || async { Ok(7) }).await, Ok(7));
    ///
    /// advance(Duration::from_secs(29)).await;
    /// assert_eq!(stock.get_or_call("sku-1", || async { Ok(8) }).await, Ok(7));
    /// advance(Duration::from_secs(1)).await;
    /// assert_eq!(stock.get_or_call("sku-1", || async { Ok(9) }).await, Ok(9));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_call<Q, F, Fut>(&self, key: &Q, make: F) -> Result<T, E>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(answer) = self.get(key) {
            count(&self.hits);
            return answer;
        }
        count(&self.misses);
        let call = self.flights.call_with(key, async |ticket| {
            // A call may have ended between the look above and this one.
            match self.get(key) {
                Some(answer) => answer,
                None => self.keep(key, make().await, ticket),
            }
        });
        call.await
    }

    /// The answer that is kept for `key`, where there is one that is fresh. Counts nothing, and
    /// calls nobody.
    pub fn get<Q>(&self, key: &Q) -> Option<Result<T, E>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let kept = self.find(key)?;
        let ttl = match kept.answer {
            Ok(_) => self.ttl,
            Err(_) => self.errors.as_ref()?.ttl,
        };
        (kept.since.elapsed() < ttl).then_some(kept.answer)
    }

    /// Forgets the answer for `key`. For who has just changed what the calls read: who comes from
    /// now on gets no answer of a call that began before. Those that wait for one still get it.
    pub fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // First the call in progress, whose answer is void from here on wherever it is.
        self.flights.forget(key);
        self.answers.invalidate(key);
    }

    /// How many answers are kept, those among them whose time is over. An estimate: the library
    /// below counts some time after it has stored.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.answers.entry_count()
    }

    /// Whether no answer is kept, as far as is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often there was an answer so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            stale: self.stale.load(Ordering::Relaxed),
        }
    }

    /// Does what is put off, so that [`len`](Self::len) is exact.
    #[cfg(test)]
    pub(super) fn settle(&self) {
        self.answers.run_pending_tasks();
    }

    fn find<Q>(&self, key: &Q) -> Option<Kept<T, E>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let kept = self.answers.get(key);
        kept.filter(|kept| !kept.ticket.is_void())
    }

    /// Keeps what a call gave, or finds an older answer in its place.
    fn keep<Q>(&self, key: &Q, answer: Result<T, E>, ticket: Option<Ticket>) -> Result<T, E>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let keeps = |error| {
            let errors = self.errors.as_ref();
            errors.is_some_and(|errors| (errors.is_answer)(error))
        };
        if answer.as_ref().is_err_and(|error| !keeps(error)) {
            return self.stale(key).map_or(answer, Ok);
        }
        // Of a call that nobody could join, nobody would know whether it was invalidated. One that
        // is void must not take the place of a newer answer.
        if let Some(ticket) = ticket
            && !ticket.is_void()
        {
            let kept = Kept {
                answer: answer.clone(),
                since: Instant::now(),
                ticket,
            };
            self.answers.insert(key.to_owned(), kept);
        }
        answer
    }

    /// An answer that is too old, and better than none.
    fn stale<Q>(&self, key: &Q) -> Option<T>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let kept = self.find(key)?;
        let answer = kept.answer.ok()?;
        if kept.since.elapsed() >= self.ttl.saturating_add(self.stale_for) {
            return None;
        }
        count(&self.stale);
        Some(answer)
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Shows no keys and no answers: these may be of people.
impl<K, T, E> fmt::Debug for CallCache<K, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallCache")
            .field("ttl", &self.ttl)
            .field("flights", &self.flights)
            .finish_non_exhaustive()
    }
}
