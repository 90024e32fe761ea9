//! Finding actors: receptionist, topics, look-up by path.

mod lookup;
mod receptionist;
mod topic;

use greenroom::prelude::*;

/// Keeps what it is told, as long as an instance lives.
pub(crate) struct Keeper(Vec<u32>);

pub(crate) enum Keep {
    Number(u32),
    All(Reply<Vec<u32>>),
    Fail,
}

impl Actor for Keeper {
    type Msg = Keep;

    async fn handle(&mut self, message: Keep, _ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Keep::Number(number) => self.0.push(number),
            Keep::All(reply) => reply.send(self.0.clone()),
            Keep::Fail => return Err(Failure::message("told to")),
        }
        Ok(())
    }
}

pub(crate) async fn keeper(system: &System, name: &str) -> ActorRef<Keep> {
    let keeper = system.spawn(name, || Keeper(Vec::new()));
    keeper.await.expect("the name is free")
}
