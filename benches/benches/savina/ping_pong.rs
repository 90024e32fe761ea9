//! PingPong: one actor pings another, which answers each with a pong.
//!
//! Checked: both had as many as were sent.

use greenroom::prelude::*;
use greenroom_benches::{Fault, check};

use crate::PATIENCE;

/// Savina's N.
pub(crate) const PINGS: u64 = 40_000;

pub(crate) async fn run() -> Result<(), Fault> {
    let system = System::new("ping-pong");
    let pong = system.spawn("pong", Pong::default).await?;
    let other = pong.clone();
    let ping = system
        .spawn("ping", move || Ping::new(other.clone()))
        .await?;
    let pongs = ping.ask(PingMsg::Start).timeout(PATIENCE).await?;
    check("pongs", pongs, PINGS)?;
    check("pings", pong.ask(PongMsg::Count).await?, PINGS)?;
    system.shutdown().await?;
    Ok(())
}

enum PingMsg {
    /// Answered with the pongs when all have come.
    Start(Reply<u64>),
    Pong,
}

struct Ping {
    pong: ActorRef<PongMsg>,
    pongs: u64,
    started: Option<Reply<u64>>,
}

impl Ping {
    fn new(pong: ActorRef<PongMsg>) -> Self {
        Self {
            pong,
            pongs: 0,
            started: None,
        }
    }
}

impl Actor for Ping {
    type Msg = PingMsg;

    async fn handle(&mut self, message: PingMsg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            PingMsg::Start(reply) => self.started = Some(reply),
            PingMsg::Pong => self.pongs += 1,
        }
        if self.pongs < PINGS {
            self.pong.tell(PongMsg::Ping(ctx.myself())).await?;
        } else if let Some(reply) = self.started.take() {
            reply.send(self.pongs);
        }
        Ok(())
    }
}

enum PongMsg {
    /// A ping, and who is to be answered, as in Savina.
    Ping(ActorRef<PingMsg>),
    Count(Reply<u64>),
}

#[derive(Default)]
struct Pong {
    pings: u64,
}

impl Actor for Pong {
    type Msg = PongMsg;

    async fn handle(&mut self, message: PongMsg, _: &mut Context<Self>) -> ActorResult {
        match message {
            PongMsg::Ping(sender) => {
                self.pings += 1;
                sender.tell(PingMsg::Pong).await?;
            }
            PongMsg::Count(reply) => reply.send(self.pings),
        }
        Ok(())
    }
}
