//! What the criterion benches share with each other and, in part, with `compare`: two worker
//! threads, an actor that counts, the clock, the resident set, and the check of a result.

mod check;
pub mod clock;
mod counter;
pub mod resident;
mod workers;

pub use check::{Fault, check};
pub use counter::{Count, Counter, CounterMsg};
pub use workers::Workers;
