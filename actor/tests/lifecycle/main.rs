//! The life of an actor: how it starts, how it ends, and what it leaves behind.

mod abandoned;
mod blocking;
mod children;
mod deep;
mod ending;
mod ends;
mod hooks;
mod names;
mod released;
mod shutdown;
mod spawn;
#[path = "../stage/mod.rs"]
mod stage;
mod written_off;
