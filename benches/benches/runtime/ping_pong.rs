//! Two actors tell each other: each message is sent when the one before it is handled.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use greenroom::prelude::*;
use greenroom_benches::{Count, Fault, Workers, check, clock};

/// Messages a round. An even number, so that the last one comes to who began.
const STROKES: u64 = 50_000;

/// A rally takes some milliseconds, more where it is not optimised. What takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("ping_pong");
    group.throughput(Throughput::Elements(STROKES));
    group.bench_function("2_actors", |bencher| {
        bencher.iter_custom(|rounds| workers.run(rallies(rounds)));
    });
    group.finish();
}

async fn rallies(rounds: u64) -> Result<Duration, Fault> {
    let system = System::new("ping-pong");
    let ping = system.spawn("ping", Player::default).await?;
    let pong = system.spawn("pong", Player::default).await?;
    ping.tell(Rally::Meet(pong.clone())).await?;
    pong.tell(Rally::Meet(ping.clone())).await?;
    let expected = Count::of(0..STROKES);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        ping.ask(Rally::Serve).timeout(PATIENCE).await?;
        elapsed += clock::now().duration_since(started);
        let (hers, his) = (ping.ask(Rally::Take).await?, pong.ask(Rally::Take).await?);
        hers.and(his).check(expected)?;
        check("messages of one player", hers.messages(), STROKES / 2)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}

enum Rally {
    Meet(ActorRef<Self>),
    /// Begins; answered when the last ball has come back.
    Serve(Reply<()>),
    /// A ball, and how many come after it.
    Ball(u64),
    Take(Reply<Count>),
}

#[derive(Default)]
struct Player {
    other: Option<ActorRef<Rally>>,
    served: Option<Reply<()>>,
    balls: Count,
}

impl Player {
    async fn hit(&self, left: u64) -> ActorResult {
        let other = self.other.as_ref();
        let other = other.ok_or_else(|| Failure::message("they have not met"))?;
        other.tell(Rally::Ball(left)).await?;
        Ok(())
    }
}

impl Actor for Player {
    type Msg = Rally;

    async fn handle(&mut self, message: Rally, _: &mut Context<Self>) -> ActorResult {
        match message {
            Rally::Meet(other) => self.other = Some(other),
            Rally::Serve(reply) => {
                self.served = Some(reply);
                self.hit(STROKES - 1).await?;
            }
            Rally::Ball(left) => {
                self.balls.add(left);
                if left > 0 {
                    self.hit(left - 1).await?;
                } else {
                    let served = self.served.take();
                    let served =
                        served.ok_or_else(|| Failure::message("the last ball went astray"))?;
                    served.send(());
                }
            }
            Rally::Take(reply) => reply.send(std::mem::take(&mut self.balls)),
        }
        Ok(())
    }
}
