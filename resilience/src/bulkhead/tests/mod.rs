//! The machine beside a naive model, and the gate on a paused clock.

mod crowd;
mod every_order;
mod gate;
mod machine;
mod random;
