//! A handler may move between threads at an await.

#![allow(unused)]

use std::rc::Rc;

use greenroom::prelude::*;

struct Plain;

impl Actor for Plain {
    type Msg = ();

    async fn handle(&mut self, _message: (), _ctx: &mut Context<Self>) -> ActorResult {
        let count = Rc::new(1);
        tokio::task::yield_now().await;
        drop(count);
        Ok(())
    }
}

struct Written;

#[actor]
impl Written {
    #[message]
    async fn work(&mut self) {
        let count = Rc::new(1);
        tokio::task::yield_now().await;
        drop(count);
    }
}

fn main() {}
