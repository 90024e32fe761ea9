//! `#[actor]` goes on an inherent block, the others on methods in it.

#![allow(unused)]

use greenroom::prelude::*;

struct Store;

impl Store {
    #[message]
    async fn get(&mut self) -> u8 {
        0
    }

    #[started]
    async fn open(&mut self) {}
}

#[message]
fn free() {}

#[actor]
struct Other;

#[actor]
fn function() {}

trait Named {
    fn name(&self) -> String;
}

#[actor]
impl Named for Store {
    #[message]
    fn name(&self) -> String {
        String::new()
    }
}

struct Borrowing<'a>(&'a str);

#[actor]
impl<'a> Borrowing<'a> {}

#[actor]
impl (u8, u8) {}

fn main() {}
