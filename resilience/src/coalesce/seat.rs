//! [`Table`], the flights in progress, and [`Seat`], a caller's place in one.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::settings::Coalesce;
use crate::lock::lock_busy;

/// The flights in progress, by key. Nothing iterates over it.
pub(super) type Table<K, V> = Mutex<HashMap<K, Entry<V>>>;

/// A flight that can be joined.
#[derive(Debug)]
pub(super) struct Entry<V> {
    flight: Arc<Flight<V>>,
    /// How many callers have a seat in it. One at least.
    seats: usize,
    /// Known where its age counts.
    began: Option<Instant>,
}

/// One answer, for all that wait for it.
///
/// The cell lets one of them make its call at a time, the others wait in their order. When that one
/// ends without an answer to share, or is dropped, the next makes its own.
#[derive(Debug)]
pub(super) struct Flight<V> {
    pub(super) cell: OnceCell<V>,
    pub(super) ticket: Ticket,
}

/// Whether the answer of a call is still wanted by those that come after it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ticket {
    is_void: Arc<AtomicBool>,
}

impl Ticket {
    /// Whether another flight of the key took its place, or it was forgotten.
    #[cfg(feature = "cache")]
    pub(crate) fn is_void(&self) -> bool {
        self.is_void.load(Ordering::Acquire)
    }

    fn void(&self) {
        self.is_void.store(true, Ordering::Release);
    }
}

impl<V> Entry<V> {
    fn takes(&self, settings: &Coalesce, now: Option<Instant>) -> bool {
        let is_young = match (settings.join_for, self.began, now) {
            (Some(limit), Some(began), Some(now)) => now.saturating_duration_since(began) < limit,
            _ => true,
        };
        // Who comes after an answer asks anew.
        is_young && !self.flight.cell.initialized()
    }
}

/// A caller's place in a flight. The last one to leave ends it.
#[derive(Debug)]
pub(super) struct Seat<'a, K, V, Q>
where
    K: Borrow<Q> + Hash + Eq,
    Q: Hash + Eq + ?Sized,
{
    table: &'a Table<K, V>,
    key: &'a Q,
    pub(super) flight: Arc<Flight<V>>,
}

impl<'a, K, V, Q> Seat<'a, K, V, Q>
where
    K: Borrow<Q> + Hash + Eq,
    Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
{
    /// Joins the flight of a key, or begins one. `None` where there is no room for another.
    ///
    /// What is removed, and a key that is not needed, are dropped after the lock.
    pub(super) fn take(table: &'a Table<K, V>, settings: &Coalesce, key: &'a Q) -> Option<Self> {
        let now = settings.join_for.map(|_| Instant::now());
        let owned = key.to_owned();
        let before;
        let mut flights = lock_busy(table);
        if let Some(entry) = flights.get_mut(key)
            && entry.takes(settings, now)
        {
            entry.seats += 1;
            let flight = Arc::clone(&entry.flight);
            return Some(Self { table, key, flight });
        }
        before = flights.remove_entry(key);
        if let Some((_, entry)) = &before
            && !entry.flight.cell.initialized()
        {
            entry.flight.ticket.void();
        }
        if flights.len() >= settings.capacity {
            return None;
        }
        let flight = Arc::new(Flight {
            cell: OnceCell::new(),
            ticket: Ticket::default(),
        });
        let entry = Entry {
            flight: Arc::clone(&flight),
            seats: 1,
            began: now,
        };
        flights.insert(owned, entry);
        Some(Self { table, key, flight })
    }
}

/// Takes the flight of a key out of the table, and makes its ticket void.
pub(super) fn forget<K, V, Q>(table: &Table<K, V>, key: &Q)
where
    K: Borrow<Q> + Hash + Eq,
    Q: Hash + Eq + ?Sized,
{
    let forgotten = lock_busy(table).remove_entry(key);
    if let Some((_, entry)) = &forgotten {
        entry.flight.ticket.void();
    }
}

impl<K, V, Q> Drop for Seat<'_, K, V, Q>
where
    K: Borrow<Q> + Hash + Eq,
    Q: Hash + Eq + ?Sized,
{
    fn drop(&mut self) {
        let mut flights = lock_busy(self.table);
        // It may have been forgotten, or replaced by a younger one.
        let Some(entry) = flights.get_mut(self.key) else {
            return;
        };
        if !Arc::ptr_eq(&entry.flight, &self.flight) {
            return;
        }
        entry.seats -= 1;
        let ended = match entry.seats {
            0 => flights.remove_entry(self.key),
            _ => None,
        };
        drop(flights);
        drop(ended);
    }
}
