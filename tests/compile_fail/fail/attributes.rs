//! The attributes take few arguments, each once.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message(idempotent, retry)]
    async fn unknown(&mut self) {}

    #[message = "get"]
    async fn valued(&mut self) {}

    #[message]
    #[message]
    async fn twice(&mut self) {}

    #[message]
    #[started]
    async fn both(&mut self) {}

    #[stopped(always)]
    async fn closed(&mut self) {}

    #[message]
    const LIMIT: usize = 3;
}

struct Unknown;

#[actor(public)]
impl Unknown {}

struct Twice;

#[actor(msg = A, msg = B)]
impl Twice {}

struct Visible;

#[actor(pub, pub(crate))]
impl Visible {}

fn main() {}
