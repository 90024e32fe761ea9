//! Who can see an actor has to see its messages: `#[actor(pub)]`.

#![allow(unused)]

use greenroom::prelude::*;

pub struct Store;

#[actor]
impl Store {
    #[message]
    async fn get(&mut self) -> u8 {
        0
    }
}

fn main() {}
