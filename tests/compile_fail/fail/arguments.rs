//! An argument is a field of the variant: it has a name and one type.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message]
    async fn open(&mut self, key: impl Into<String>) {}

    #[message]
    async fn open_inside(&mut self, keys: Vec<impl Into<String>>) {}

    #[message]
    async fn answer(&mut self) -> impl Iterator<Item = u8> {
        [].into_iter()
    }

    #[message]
    async fn taken_apart(&mut self, (a, b): (u8, u8)) {}

    #[message]
    async fn whole(&mut self, pair @ (a, b): (u8, u8)) {}

    #[message]
    async fn nameless(&mut self, _: u8) {}

    #[message]
    async fn conditional(&mut self, #[cfg(unix)] key: u8) {}

    #[message]
    async fn twice(&mut self, ctx: &mut Context<Self>, again: &mut Context<Self>) {}

    #[message]
    async fn owned(&mut self, ctx: Context<Self>) {}
}

fn main() {}
