//! An actor has one block of messages.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message]
    async fn get(&mut self) -> u8 {
        0
    }
}

#[actor(msg = More, calls = MoreCalls)]
impl Store {
    #[message]
    async fn put(&mut self, value: u8) {}
}

fn main() {}
