//! An idempotent message is made anew for each attempt.

#![allow(unused)]

use greenroom::prelude::*;

struct Ticket;

struct Store;

#[actor]
impl Store {
    #[message(idempotent)]
    async fn put(&mut self, key: u8, ticket: Ticket) {}
}

fn main() {}
