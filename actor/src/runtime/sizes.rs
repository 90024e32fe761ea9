//! How large an idle actor is: a million of them should fit into a gigabyte.

use super::life::Life;
use super::spawn::Resides;
use crate::behavior::{Actor, Context};
use crate::failure::ActorResult;
use crate::refs::Reply;
use crate::tree::Cell;

struct Small(u64, u64);

struct Add(u64, Reply<u64>);

impl Actor for Small {
    type Msg = Add;

    async fn handle(&mut self, add: Add, _: &mut Context<Self>) -> ActorResult {
        let Add(value, reply) = add;
        self.0 += 1;
        self.1 += value;
        reply.send(self.1);
        Ok(())
    }
}

fn size_of_task<T, L>(_run: impl FnOnce(T) -> L) -> usize {
    size_of::<Resides<L>>()
}

#[test]
fn a_small_actor_takes_776_bytes() {
    let task = size_of_task(Life::<Small, fn() -> Small>::run);
    assert!(
        task <= 384 - 104,
        "tokio adds 104 and rounds up to 128: {task}"
    );
    let cell = size_of::<Cell<Add>>();
    assert!(cell <= 392 - 16, "two counts are beside it: {cell}");
}
