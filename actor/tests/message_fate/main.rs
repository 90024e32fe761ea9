//! What becomes of each message when something happens to its actor: the table, cell by cell.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

mod contention;
mod deadline;
mod dropped;
mod ends;
mod failure;
mod overflow;
mod policies;
mod puppet;
mod scene;
mod sibling;
mod supervised;
mod waiting;
