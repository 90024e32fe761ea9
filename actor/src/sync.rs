//! The one lock of the crate: parking_lot's, or loom's when the mailbox is model-checked.

#[cfg(not(greenroom_loom))]
pub(crate) use parking_lot::{Mutex, MutexGuard};

#[cfg(greenroom_loom)]
pub(crate) use checked::{Mutex, MutexGuard};

/// How long `lock_busy` stands back: some dozens of pushes, 3 µs on a Xeon and less elsewhere.
#[cfg(not(greenroom_loom))]
const STAND_BACK: u32 = 80;

/// Takes a lock that several threads want again and again for a moment each.
///
/// Who finds it taken leaves it to the other for a while. To take turns at each message costs both
/// more than to wait: the lock and what it guards move from one core's cache to the other's.
#[cfg(not(greenroom_loom))]
#[inline]
pub(crate) fn lock_busy<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.try_lock().unwrap_or_else(|| lock_later(mutex))
}

#[cfg(not(greenroom_loom))]
#[cold]
fn lock_later<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..STAND_BACK {
        std::hint::spin_loop();
    }
    mutex.lock()
}

#[cfg(greenroom_loom)]
pub(crate) use checked::lock_busy;

#[cfg(greenroom_loom)]
mod checked {
    //! loom's mutex with parking_lot's signature.

    pub(crate) use loom::sync::MutexGuard;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    pub(crate) fn lock_busy<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock()
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread panics in a model")
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner().expect("no thread panics in a model")
        }
    }
}
