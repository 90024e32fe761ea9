//! One typed value for each name: what the receptionist and topics keep for a whole system.

use std::any::{Any, TypeId};
use std::fmt;

use dashmap::DashMap;

/// Values by type and name. For look-up alone: it is never iterated, so its order shows nowhere.
#[derive(Default)]
pub(crate) struct Store(DashMap<(TypeId, Box<str>), Box<dyn Any + Send + Sync>>);

/// How many names a system keeps: they are for kinds of things, not for each thing.
const NAMES_MAX: usize = 65_536;

impl Store {
    /// The value of type `T` under `name`, made if there is none; `None` when there is no room.
    pub(crate) fn get<T>(&self, name: &str, make: impl FnOnce() -> T) -> Option<T>
    where
        T: Any + Send + Sync + Clone,
    {
        let key = (TypeId::of::<T>(), Box::from(name));
        if let Some(known) = self.0.get(&key) {
            return known.downcast_ref::<T>().cloned();
        }
        if self.0.len() >= NAMES_MAX {
            return None;
        }
        let entry = self.0.entry(key).or_insert_with(|| Box::new(make()));
        entry.downcast_ref::<T>().cloned()
    }

    /// The value of type `T` under `name`, if there is one.
    pub(crate) fn find<T: Any + Clone>(&self, name: &str) -> Option<T> {
        self.0
            .get(&(TypeId::of::<T>(), Box::from(name)))?
            .downcast_ref::<T>()
            .cloned()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("names", &self.0.len())
            .finish()
    }
}
