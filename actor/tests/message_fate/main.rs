//! What becomes of each message when something happens to its actor: the table, cell by cell.

mod deadline;
mod dropped;
mod ends;
mod failure;
mod overflow;
mod puppet;
mod scene;
mod sibling;
mod supervised;
