//! The name of a message is free on a reference, and gives a variant of its own.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message]
    async fn stop(&mut self) {}

    #[message]
    async fn id(&mut self) -> u64 {
        0
    }

    #[message]
    async fn clone(&mut self) {}

    #[message]
    async fn get_all(&mut self) {}

    #[message]
    async fn get__all(&mut self) {}

    #[message]
    async fn self_(&mut self) {}

    #[message]
    async fn _1(&mut self) {}
}

fn main() {}
