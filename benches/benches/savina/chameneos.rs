//! Chameneos: creatures meet in pairs at a mall and change colour, until so many pairs have met.
//!
//! Checked: as many meetings as the mall arranged, seen from both sides.

use greenroom::prelude::*;
use greenroom_benches::{Fault, check};

use crate::PATIENCE;

/// Savina's number of chameneos.
const CREATURES: u64 = 100;

/// Savina's number of meetings.
pub(crate) const MEETINGS: u64 = 200_000;

pub(crate) async fn run() -> Result<(), Fault> {
    let system = System::new("chameneos");
    let mall = system.spawn("mall", Mall::default).await?;
    let visits = mall.ask(MallMsg::Open).timeout(PATIENCE).await?;
    check("visits of creatures, two a meeting", visits, 2 * MEETINGS)?;
    system.shutdown().await?;
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Blue,
    Red,
    Yellow,
}

impl Colour {
    /// What a creature becomes by meeting another: it stays as it is among its like, and takes the
    /// third colour otherwise.
    fn after(self, other: Self) -> Self {
        match (self, other) {
            (same, other) if same == other => same,
            (Self::Red, Self::Yellow) | (Self::Yellow, Self::Red) => Self::Blue,
            (Self::Blue, Self::Yellow) | (Self::Yellow, Self::Blue) => Self::Red,
            _ => Self::Yellow,
        }
    }
}

enum MallMsg {
    /// Lets the creatures in; answered with the sum of what they have met when all have left.
    Open(Reply<u64>),
    Arrive(Colour, ActorRef<CreatureMsg>),
    /// A creature leaves, having met so many.
    Leave(u64),
}

#[derive(Default)]
struct Mall {
    open: Option<Reply<u64>>,
    waiting: Option<ActorRef<CreatureMsg>>,
    arranged: u64,
    left: u64,
    met: u64,
}

impl Mall {
    async fn let_in(&self, ctx: &mut Context<Self>) -> ActorResult {
        let colours = [Colour::Blue, Colour::Red, Colour::Yellow];
        for (number, colour) in (0..CREATURES).zip(colours.into_iter().cycle()) {
            let mall = ctx.myself();
            let creature = move || Creature {
                mall: mall.clone(),
                colour,
                met: 0,
            };
            ctx.spawn(format!("creature-{number}"), creature).await?;
        }
        Ok(())
    }

    async fn arrange(&mut self, colour: Colour, creature: ActorRef<CreatureMsg>) -> ActorResult {
        if self.arranged == MEETINGS {
            creature.tell(CreatureMsg::Closed).await?;
        } else if let Some(first) = self.waiting.take() {
            self.arranged += 1;
            first.tell(CreatureMsg::Meet(colour, creature)).await?;
        } else {
            self.waiting = Some(creature);
        }
        Ok(())
    }
}

impl Actor for Mall {
    type Msg = MallMsg;

    async fn handle(&mut self, message: MallMsg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            MallMsg::Open(reply) => {
                self.open = Some(reply);
                self.let_in(ctx).await?;
            }
            MallMsg::Arrive(colour, creature) => self.arrange(colour, creature).await?,
            MallMsg::Leave(met) => {
                self.met += met;
                self.left += 1;
                if self.left == CREATURES
                    && let Some(reply) = self.open.take()
                {
                    reply.send(self.met);
                }
            }
        }
        Ok(())
    }
}

enum CreatureMsg {
    /// Somebody of this colour has come, who does not know yet.
    Meet(Colour, ActorRef<Self>),
    /// They have met, and this is the colour to take.
    Change(Colour),
    Closed,
}

struct Creature {
    mall: ActorRef<MallMsg>,
    colour: Colour,
    met: u64,
}

impl Creature {
    async fn arrive(&self, myself: ActorRef<CreatureMsg>) -> ActorResult {
        let arrival = MallMsg::Arrive(self.colour, myself);
        self.mall.tell(arrival).await?;
        Ok(())
    }
}

impl Actor for Creature {
    type Msg = CreatureMsg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.arrive(ctx.myself()).await
    }

    async fn handle(&mut self, message: CreatureMsg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            CreatureMsg::Meet(colour, other) => {
                self.met += 1;
                self.colour = self.colour.after(colour);
                other.tell(CreatureMsg::Change(self.colour)).await?;
                self.arrive(ctx.myself()).await?;
            }
            CreatureMsg::Change(colour) => {
                self.met += 1;
                self.colour = colour;
                self.arrive(ctx.myself()).await?;
            }
            CreatureMsg::Closed => {
                self.mall.tell(MallMsg::Leave(self.met)).await?;
                ctx.stop();
            }
        }
        Ok(())
    }
}
