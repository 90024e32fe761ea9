//! Asks: one and sixteen tasks ask one actor, each one question at a time.

use std::ops::Range;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use greenroom::prelude::*;
use greenroom_benches::{Count, Fault, Workers, clock};

use crate::shares;

/// Questions a round.
const QUESTIONS: u64 = 20_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("ask");
    group.throughput(Throughput::Elements(QUESTIONS));
    for askers in [1, 16] {
        group.bench_function(format!("{askers}_to_1"), |bencher| {
            bencher.iter_custom(|rounds| workers.run(questions(rounds, askers)));
        });
    }
    group.finish();
}

async fn questions(rounds: u64, askers: u64) -> Result<Duration, Fault> {
    let system = System::new("ask");
    let echo = system.spawn("echo", || Echo).await?;
    let expected = Count::of(0..QUESTIONS);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        let askers: Vec<_> = shares(QUESTIONS, askers)
            .map(|share| tokio::spawn(ask(echo.clone(), share)))
            .collect();
        let mut answers = Count::default();
        for asker in askers {
            answers = answers.and(asker.await??);
        }
        elapsed += clock::now().duration_since(started);
        answers.check(expected)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}

async fn ask(echo: ActorRef<Question>, numbers: Range<u64>) -> Result<Count, Fault> {
    let mut answers = Count::default();
    for number in numbers {
        answers.add(echo.ask(|reply| Question(number, reply)).await?);
    }
    Ok(answers)
}

/// Answers with what it was asked.
struct Echo;

struct Question(u64, Reply<u64>);

impl Actor for Echo {
    type Msg = Question;

    async fn handle(&mut self, question: Question, _: &mut Context<Self>) -> ActorResult {
        let Question(number, reply) = question;
        reply.send(number);
        Ok(())
    }
}
