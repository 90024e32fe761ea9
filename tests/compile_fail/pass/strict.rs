//! What is written gives no warning in a crate that is strict, for a public actor either.

#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(unused_qualifications, elided_lifetimes_in_paths, single_use_lifetimes, unused)]
#![deny(non_camel_case_types, private_interfaces)]
#![deny(rust_2018_idioms, let_underscore_drop, unreachable_code, unused_results)]
#![forbid(unsafe_code)]

use greenroom::prelude::*;

pub mod store {
    //! A public actor.

    use greenroom::prelude::*;

    /// Keeps values.
    #[derive(Debug)]
    pub struct Store<T> {
        values: Vec<T>,
    }

    #[actor(pub, derive(Debug))]
    impl<T: Clone + Send + std::fmt::Debug + 'static> Store<T> {
        /// An empty one.
        #[must_use]
        pub fn new() -> Self {
            Self { values: Vec::new() }
        }

        #[message]
        async fn put(&mut self, value: T) {
            self.values.push(value);
        }

        #[message(idempotent)]
        fn all(&self, at_most: usize) -> Vec<T> {
            self.values.iter().take(at_most).cloned().collect()
        }

        #[message]
        #[deprecated = "use `all`"]
        async fn first(&mut self, _ctx: &mut Context<Self>) -> Option<T> {
            self.values.first().cloned()
        }

        #[message]
        #[cfg(any())]
        async fn gone(&mut self, value: Missing, ctx: &mut Context<Self>) {}
    }

    impl<T: Clone + Send + std::fmt::Debug + 'static> Default for Store<T> {
        fn default() -> Self {
            Self::new()
        }
    }
}

/// Nobody calls it here, and it has no messages.
#[derive(Debug)]
pub struct Silent;

#[actor(pub)]
impl Silent {
    #[started]
    async fn open(&mut self) {}
}

struct Private<T>(std::marker::PhantomData<T>);

#[actor]
impl<T: Send + 'static> Private<T> {
    #[message]
    async fn never_called(&mut self) {}
}

fn spawn(system: &System) {
    drop(system.spawn("private", || Private::<u8>(std::marker::PhantomData)));
}

fn main() {
    spawn(&System::new("strict"));
}
