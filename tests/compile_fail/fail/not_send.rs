//! What is sent crosses threads.

#![allow(unused)]

use std::rc::Rc;

use greenroom::prelude::*;

struct Store;

#[actor]
impl Store {
    #[message]
    async fn put(&mut self, value: Rc<u8>) {}
}

fn main() {}
