//! What an actor has around its messages: watches, timers, tasks, a stash.

#[path = "../stage/mod.rs"]
mod stage;
mod stash;
mod streams;
mod tasks;
mod timers;
mod watch;
mod watch_order;
