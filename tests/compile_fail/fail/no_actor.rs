//! Only an actor can be spawned.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

async fn start(system: &System) {
    system.spawn("store", || Store);
}

fn main() {}
