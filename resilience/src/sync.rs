//! The lock and the atomic number of what is model-checked: loom's in a model.
//!
//! Only in tests of this crate: other crates that are model-checked have it without loom.

#[cfg(not(all(test, greenroom_loom)))]
pub(crate) use {crate::lock::lock_busy, parking_lot::Mutex, std::sync::atomic::AtomicU64};

#[cfg(all(test, greenroom_loom))]
pub(crate) use checked::{AtomicU64, Mutex, lock_busy};

#[cfg(all(test, greenroom_loom))]
mod checked {
    //! loom's mutex with parking_lot's signature.

    pub(crate) use loom::sync::atomic::AtomicU64;

    use loom::sync::MutexGuard;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread panics in a model")
        }
    }

    pub(crate) fn lock_busy<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock()
    }
}
