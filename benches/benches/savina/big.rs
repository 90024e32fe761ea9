//! Big: every actor pings others by chance, one ping at a time, and answers whoever pings it.
//!
//! Checked: each pong came from who was pinged, and all pings were answered.

use std::sync::Arc;

use futures::future::try_join_all;
use greenroom::prelude::*;
use greenroom_benches::{Fault, check};

use crate::PATIENCE;
use crate::random::Random;

/// Savina's W.
pub(crate) const ACTORS: u64 = 120;

/// Savina's N, for each actor.
pub(crate) const PINGS: u64 = 20_000;

pub(crate) async fn run() -> Result<(), Fault> {
    let system = System::new("big");
    let mut everyone = Vec::new();
    for number in 0..ACTORS {
        let member = move || Member::new(number);
        everyone.push(system.spawn(format!("member-{number}"), member).await?);
    }
    let everyone: Arc<[_]> = everyone.into();
    for member in everyone.iter() {
        member.tell(MemberMsg::Meet(Arc::clone(&everyone))).await?;
    }
    let played = everyone
        .iter()
        .map(|member| member.ask(MemberMsg::Play).timeout(PATIENCE).into_future());
    let strays: u64 = try_join_all(played).await?.into_iter().sum();
    check("pongs from somebody else", strays, 0)?;
    let mut answered = 0;
    for member in everyone.iter() {
        answered += member.ask(MemberMsg::Answered).await?;
    }
    check("answered pings", answered, ACTORS * PINGS)?;
    system.shutdown().await?;
    Ok(())
}

enum MemberMsg {
    /// All are told of each other before the first one begins.
    Meet(Arc<[ActorRef<Self>]>),
    /// Answered, when all pings have been, with how many pongs came from somebody else.
    Play(Reply<u64>),
    /// Both bear who sent them.
    Ping(usize),
    Pong(usize),
    Answered(Reply<u64>),
}

struct Member {
    number: usize,
    everyone: Arc<[ActorRef<MemberMsg>]>,
    random: Random,
    expected: usize,
    sent: u64,
    answered: u64,
    strays: u64,
    playing: Option<Reply<u64>>,
}

impl Member {
    fn new(number: u64) -> Self {
        Self {
            number: number as usize,
            everyone: Arc::new([]),
            random: Random::new(number),
            expected: 0,
            sent: 0,
            answered: 0,
            strays: 0,
            playing: None,
        }
    }

    async fn ping_next(&mut self) -> ActorResult {
        if self.sent < PINGS {
            self.sent += 1;
            self.expected = self.random.below(self.everyone.len());
            let ping = MemberMsg::Ping(self.number);
            self.everyone[self.expected].tell(ping).await?;
        } else if let Some(reply) = self.playing.take() {
            reply.send(self.strays);
        }
        Ok(())
    }
}

impl Actor for Member {
    type Msg = MemberMsg;

    async fn handle(&mut self, message: MemberMsg, _: &mut Context<Self>) -> ActorResult {
        match message {
            MemberMsg::Meet(everyone) => self.everyone = everyone,
            MemberMsg::Play(reply) => {
                self.playing = Some(reply);
                self.ping_next().await?;
            }
            MemberMsg::Ping(sender) => {
                self.answered += 1;
                let sender = self.everyone.get(sender);
                let sender = sender.ok_or_else(|| Failure::message("a ping from nobody"))?;
                sender.tell(MemberMsg::Pong(self.number)).await?;
            }
            MemberMsg::Pong(sender) => {
                self.strays += u64::from(sender != self.expected);
                self.ping_next().await?;
            }
            MemberMsg::Answered(reply) => reply.send(self.answered),
        }
        Ok(())
    }
}
