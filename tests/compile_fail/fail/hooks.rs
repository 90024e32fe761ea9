//! A hook is called by the runtime, with what the runtime has.

#![allow(unused)]

use greenroom::prelude::*;
use greenroom::supervision::Strategy;

struct Store;

#[actor]
impl Store {
    #[started]
    async fn open(&mut self, path: String) {}

    #[started]
    async fn open_again(&mut self) -> Result<(), String> {
        Ok(())
    }

    #[signal]
    async fn told(&mut self, signal: &Signal) {}

    #[stopped]
    async fn close(&mut self) -> ActorResult {
        Ok(())
    }

    #[supervision]
    async fn strategy(&self) -> Strategy {
        Strategy::default()
    }
}

struct Twice;

#[actor]
impl Twice {
    #[started]
    async fn open(&mut self) {}

    #[started]
    async fn open_again(&mut self) {}
}

struct Forgotten;

#[actor]
impl Forgotten {
    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        Ok(())
    }

    fn supervision() -> Strategy {
        Strategy::default()
    }

    // A helper may well have the name of a hook.
    fn stopped(&self) -> bool {
        false
    }
}

fn main() {}
