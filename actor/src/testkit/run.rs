//! Running a test in virtual time, from a seed.

use crate::system::System;

/// Runs a test on a system of its own: one thread, a paused clock that jumps to the next timer when
/// nothing else is to be done, and everything random from `seed`. The same seed gives the same run.
///
/// The system is shut down at the end.
///
/// # Panics
///
/// When the test panics, or the system can't be shut down: a failure that escalated to its root, or
/// an actor that could not be ended.
pub fn run<T>(seed: u64, test: impl AsyncFnOnce(System) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread without i/o needs nothing that could be missing");
    runtime.block_on(async {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let system = System::builder("test").seed(bytes).build();
        let result = test(system.clone()).await;
        if let Err(error) = system.shutdown().await {
            panic!("the system of seed {seed} did not shut down well: {error}");
        }
        result
    })
}
