//! ThreadRing: a token goes round a ring of actors.
//!
//! Checked: every number that the token bore was seen once, and it ended where it had to.

use greenroom::prelude::*;
use greenroom_benches::{Count, Fault, check};

use crate::PATIENCE;

/// Savina's N.
const ACTORS: u64 = 100;

/// Savina's R.
pub(crate) const HOPS: u64 = 100_000;

pub(crate) async fn run() -> Result<(), Fault> {
    let system = System::new("thread-ring");
    let mut ring = Vec::new();
    for place in 0..ACTORS {
        let link = move || Link::new(place);
        ring.push(system.spawn(format!("link-{place}"), link).await?);
    }
    for (link, next) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        link.tell(LinkMsg::Next(next.clone())).await?;
    }
    let first = ring.first().ok_or("the ring is empty")?;
    let token = |reply| LinkMsg::Token { left: HOPS, reply };
    let last = first.ask(token).timeout(PATIENCE).await?;
    check("where the token ended", last, HOPS % ACTORS)?;
    let mut seen = Count::default();
    for link in &ring {
        seen = seen.and(link.ask(LinkMsg::Seen).await?);
    }
    seen.check(Count::of(0..HOPS + 1))?;
    system.shutdown().await?;
    Ok(())
}

enum LinkMsg {
    Next(ActorRef<Self>),
    /// Bears the reply too: whoever has it last answers.
    Token {
        left: u64,
        reply: Reply<u64>,
    },
    Seen(Reply<Count>),
}

struct Link {
    place: u64,
    next: Option<ActorRef<LinkMsg>>,
    seen: Count,
}

impl Link {
    fn new(place: u64) -> Self {
        Self {
            place,
            next: None,
            seen: Count::default(),
        }
    }
}

impl Actor for Link {
    type Msg = LinkMsg;

    async fn handle(&mut self, message: LinkMsg, _: &mut Context<Self>) -> ActorResult {
        match message {
            LinkMsg::Next(next) => self.next = Some(next),
            LinkMsg::Seen(reply) => reply.send(self.seen),
            LinkMsg::Token { left, reply } => {
                self.seen.add(left);
                match (&self.next, left.checked_sub(1)) {
                    (Some(next), Some(left)) => next.tell(LinkMsg::Token { left, reply }).await?,
                    _ => reply.send(self.place),
                }
            }
        }
        Ok(())
    }
}
