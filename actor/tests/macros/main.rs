//! What `#[actor]` writes, used as a service would use it.

#![cfg(not(greenroom_loom))]

mod calls;
mod failures;
mod forms;
mod generics;
mod hooks;
mod retries;
mod visibility;
