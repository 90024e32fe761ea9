//! The end of an actor is told after everything that it had sent.

use greenroom::prelude::*;
use greenroom::supervision::ChildKind;

const WORKERS: u32 = 200;
const RESULTS: u32 = 8;

/// Sends its results to the collector, and ends in one way or another.
struct Worker {
    number: u32,
    collector: ActorRef<Told>,
}

enum Told {
    Watch(ActorRef<()>),
    /// The result's number, of the worker with this number.
    Result(u32, u32),
    Gone(u32),
    Missing(Reply<Vec<String>>),
}

impl Actor for Worker {
    type Msg = ();

    async fn handle(&mut self, (): (), ctx: &mut Context<Self>) -> ActorResult {
        for result in 0..RESULTS {
            let told = Told::Result(self.number, result);
            self.collector
                .tell(told)
                .await
                .map_err(|error| Failure::message(error.to_string()))?;
        }
        match self.number % 3 {
            0 => ctx.stop(),
            1 => return Err(Failure::message("done")),
            _ => panic!("done"),
        }
        Ok(())
    }
}

/// Counts results, and notes each end that came before one of them.
#[derive(Default)]
struct Collector {
    results: std::collections::BTreeMap<u32, u32>,
    gone: u32,
    wrong: Vec<String>,
    waits: Option<Reply<Vec<String>>>,
}

impl Collector {
    fn end_of(&mut self, number: u32) {
        let have = self.results.remove(&number).unwrap_or(0);
        if have != RESULTS {
            self.wrong
                .push(format!("{number} ended after {have} results"));
        }
        self.gone += 1;
        if self.gone == WORKERS
            && let Some(waits) = self.waits.take()
        {
            waits.send(std::mem::take(&mut self.wrong));
        }
    }
}

fn number_of(name: &str) -> u32 {
    name.trim_start_matches('w').parse().expect("a number")
}

impl Actor for Collector {
    type Msg = Told;

    async fn handle(&mut self, told: Told, ctx: &mut Context<Self>) -> ActorResult {
        match told {
            Told::Watch(worker) => {
                let number = number_of(worker.path().name());
                if number.is_multiple_of(2) {
                    ctx.watch(&worker);
                } else {
                    ctx.watch_with(&worker, Told::Gone(number));
                }
                worker.try_tell(())?;
            }
            Told::Result(worker, _) => *self.results.entry(worker).or_default() += 1,
            Told::Gone(number) => self.end_of(number),
            Told::Missing(reply) => self.waits = Some(reply),
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        if let Signal::Terminated(ended) = signal {
            self.end_of(number_of(ended.path.name()));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Plain,
    Narrow,
    Lanes,
}

async fn run(shape: Shape) {
    let system = System::new("order");
    let collector = system.spawn("collector", Collector::default);
    let collector = collector
        .mailbox(move |m| match shape {
            Shape::Plain => m.capacity(4_096),
            Shape::Narrow => m.capacity(4),
            Shape::Lanes => m.capacity(64).priority(3, |told| match told {
                Told::Result(_, number) => (number % 3) as usize,
                Told::Watch(_) | Told::Missing(_) | Told::Gone(_) => 0,
            }),
        })
        .await
        .expect("it starts");
    let missing = {
        let collector = collector.clone();
        tokio::spawn(async move {
            let ask = collector.ask(Told::Missing);
            ask.timeout(std::time::Duration::from_secs(60)).await
        })
    };
    for number in 0..WORKERS {
        let collector = collector.clone();
        let make = {
            let collector = collector.clone();
            move || Worker {
                number,
                collector: collector.clone(),
            }
        };
        let worker = system
            .spawn(format!("w{number}"), make)
            .kind(ChildKind::Temporary);
        let worker = worker.await.expect("it starts");
        collector
            .tell(Told::Watch(worker))
            .await
            .expect("room in time");
    }
    let wrong = missing.await.expect("no panic").expect("all end");
    assert_eq!(wrong, [""; 0], "{shape:?}");
    system.shutdown().await.expect("an orderly end");
}

#[tokio::test(start_paused = true)]
async fn ends_never_overtake_results() {
    for shape in [Shape::Plain, Shape::Narrow, Shape::Lanes] {
        run(shape).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn ends_never_overtake_results_on_several_threads() {
    for _ in 0..5 {
        for shape in [Shape::Plain, Shape::Narrow, Shape::Lanes] {
            run(shape).await;
        }
    }
}
