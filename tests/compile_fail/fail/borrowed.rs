//! A message is queued: neither its arguments nor its answer can borrow.

#![allow(unused)]

use std::borrow::Cow;
use std::sync::Arc;

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message]
    async fn text(&mut self, key: &str) {}

    #[message]
    async fn bytes(&mut self, bytes: &[u8]) {}

    #[message]
    async fn value(&mut self, value: &mut Vec<u8>) {}

    #[message]
    async fn inside(&mut self, key: Option<&str>) {}

    #[message]
    async fn cow(&mut self, key: Cow<'_, str>) {}

    #[message]
    async fn answer(&mut self) -> &str {
        ""
    }

    #[message]
    async fn answer_inside(&mut self) -> Option<Cow<'_, str>> {
        None
    }

    // These are fine: what a function takes is lent to it only when it is called.
    #[message]
    async fn constant(&mut self, key: &'static str, with: fn(&str) -> usize) {}

    #[message]
    async fn function(&mut self, with: Arc<dyn for<'a> Fn(&'a str) -> &'a str + Send + Sync>) {}
}

fn main() {}
