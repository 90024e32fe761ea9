//! The root of the tree: supervises what the system itself spawns.

use std::convert::Infallible;

use crate::behavior::{Actor, Context};
use crate::failure::ActorResult;

/// Takes no messages; its children and its end are all there is to it.
pub(super) struct Root;

impl Actor for Root {
    type Msg = Infallible;

    async fn handle(&mut self, message: Infallible, _ctx: &mut Context<Self>) -> ActorResult {
        match message {}
    }
}
