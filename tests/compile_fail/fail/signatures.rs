//! A message's method borrows its actor, and is an ordinary method.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message]
    async fn generic<T: Send>(&mut self, value: T) {}

    #[message]
    async fn lifetime<'a>(&'a mut self) {}

    #[message]
    async fn bounded(&mut self)
    where
        Self: Clone,
    {
    }

    #[message]
    const fn constant(&self) -> u8 {
        0
    }

    #[message]
    async unsafe fn careless(&mut self) {}

    #[message]
    extern "C" fn foreign(&mut self) {}

    #[message]
    async fn consumes(self) {}

    #[message]
    async fn boxed(self: Box<Self>) {}

    #[message]
    async fn detached(key: u8) {}
}

fn main() {}
