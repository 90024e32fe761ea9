//! Where the benches run.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use crate::check::Fault;

/// A tokio runtime with two worker threads, as in `compare`.
#[derive(Debug)]
pub struct Workers(Runtime);

impl Workers {
    /// Starts the threads.
    ///
    /// # Panics
    ///
    /// The operating system gives no threads.
    pub fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("the operating system gives two threads");
        Self(runtime)
    }

    /// Runs a task on the workers to its end; this thread only waits, so that nothing of what is
    /// measured is sent to or from a third thread.
    ///
    /// # Panics
    ///
    /// The work came out wrong, or panicked: a figure of it would mean nothing.
    pub fn run<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        match self.0.block_on(self.0.spawn(work)) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(fault)) => panic!("the work came out wrong: {fault}"),
            Err(error) => panic!("the work did not end: {error}"),
        }
    }
}
