//! The one lock of the crate: parking_lot's, or loom's when the mailbox is model-checked.

#[cfg(not(greenroom_loom))]
pub(crate) use parking_lot::{Mutex, MutexGuard};

#[cfg(greenroom_loom)]
pub(crate) use checked::{Mutex, MutexGuard};

#[cfg(greenroom_loom)]
mod checked {
    //! loom's mutex with parking_lot's signature.

    pub(crate) use loom::sync::MutexGuard;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().expect("no thread panics in a model")
        }
    }
}
