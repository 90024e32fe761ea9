//! What each verb waits for, what it ends with, and what it leaves behind.

mod adapters;
mod answers;
mod blocking;
mod letters;
mod outcomes;
mod room;
mod systems;
mod worker;
