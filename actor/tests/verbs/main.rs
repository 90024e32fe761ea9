//! What each verb waits for, what it ends with, and what it leaves behind.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

mod adapters;
mod answers;
mod blocking;
mod letters;
mod outcomes;
mod rest;
mod room;
mod sizes;
mod systems;
mod wakers;
mod worker;
