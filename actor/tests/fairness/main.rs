//! Fairness: nobody keeps a thread to itself as long as its handlers end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use greenroom::MailboxSettings;
use greenroom::prelude::*;
use tokio::time::Instant;

/// Counts messages; each takes this much of the processor.
struct Busy {
    count: Arc<AtomicU64>,
    each: Duration,
}

enum Msg {
    One,
    /// Tells itself another one, so that its mailbox never runs empty.
    Again,
    Count(Reply<u64>),
    Adapt(Reply<ActorRef<()>>),
}

impl Actor for Busy {
    type Msg = Msg;

    async fn handle(&mut self, message: Msg, ctx: &mut Context<Self>) -> ActorResult {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        if !self.each.is_zero() {
            let began = Instant::now();
            while began.elapsed() < self.each {
                std::hint::spin_loop();
            }
        }
        match message {
            Msg::One => {}
            Msg::Again => drop(ctx.myself().try_tell(Msg::Again)),
            Msg::Count(reply) => reply.send(count),
            Msg::Adapt(reply) => reply.send(ctx.adapt(|()| Msg::One)?),
        }
        Ok(())
    }

    async fn signal(&mut self, _: Signal, _: &mut Context<Self>) -> ActorResult {
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn busy(system: &System, name: &str, each: Duration) -> (ActorRef<Msg>, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let factory = move || Busy {
        count: Arc::clone(&counted),
        each,
    };
    let spawn = system.spawn(name, factory).mailbox(|m| m.capacity(100_000));
    (spawn.await.expect("it starts"), count)
}

#[tokio::test]
async fn a_flooded_actor_does_not_starve_a_quiet_one() {
    let system = System::new("fairness");
    let (loud, handled) = busy(&system, "loud", Duration::ZERO).await;
    let (quiet, _) = busy(&system, "quiet", Duration::ZERO).await;
    for _ in 0..50_000 {
        loud.try_tell(Msg::One).expect("room");
    }
    for _ in 0..1_000 {
        loud.try_tell(Msg::Again).expect("room");
    }
    for round in 1..=50 {
        let before = handled.load(Ordering::Relaxed);
        quiet.ask(Msg::Count).await.expect("it answers");
        let meanwhile = handled.load(Ordering::Relaxed) - before;
        // A few turns of the loud one for the turns that a question and its answer take.
        assert!(
            meanwhile <= 4 * 256,
            "round {round}: {meanwhile} of the loud one's came between"
        );
    }
    assert!(
        handled.load(Ordering::Relaxed) > 50,
        "the loud one was at it all the time"
    );
    loud.kill();
    system.shutdown().await.expect("an orderly end");
}

#[tokio::test]
async fn an_actor_with_slow_handlers_ends_its_turn_by_the_clock() {
    let system = System::new("fairness");
    let (slow, handled) = busy(&system, "slow", Duration::from_millis(1)).await;
    let (quiet, _) = busy(&system, "quiet", Duration::ZERO).await;
    for _ in 0..400 {
        slow.try_tell(Msg::One).expect("room");
    }
    for round in 1..=10 {
        let before = handled.load(Ordering::Relaxed);
        quiet.ask(Msg::Count).await.expect("it answers");
        let meanwhile = handled.load(Ordering::Relaxed) - before;
        assert!(
            meanwhile <= 16,
            "round {round}: {meanwhile} ms of handlers came between"
        );
    }
    assert!(
        handled.load(Ordering::Relaxed) < 400,
        "the slow one was at it all the time"
    );
    slow.kill();
    system.shutdown().await.expect("an orderly end");
}

#[tokio::test]
async fn a_flooded_actor_does_not_starve_a_task() {
    let system = System::new("fairness");
    let (loud, handled) = busy(&system, "loud", Duration::ZERO).await;
    for _ in 0..1_000 {
        loud.try_tell(Msg::Again).expect("room");
    }
    for _ in 0..100 {
        let before = handled.load(Ordering::Relaxed);
        tokio::task::yield_now().await;
        let meanwhile = handled.load(Ordering::Relaxed) - before;
        assert!(meanwhile <= 2 * 256, "{meanwhile} messages in one turn");
    }
    loud.kill();
    system.shutdown().await.expect("an orderly end");
}

#[tokio::test]
async fn thousands_of_ends_told_at_once_are_told_in_turns() {
    /// Watches all that it is sent.
    struct Watcher(Arc<AtomicU64>);
    impl Actor for Watcher {
        type Msg = ActorRef<Msg>;
        async fn handle(&mut self, one: ActorRef<Msg>, ctx: &mut Context<Self>) -> ActorResult {
            ctx.watch(&one);
            Ok(())
        }
        async fn signal(&mut self, _: Signal, _: &mut Context<Self>) -> ActorResult {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }
    let system = System::new("fairness");
    let told = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&told);
    let factory = move || Watcher(Arc::clone(&count));
    let watcher = system.spawn("watcher", factory).await.expect("it starts");
    let (gone, _) = busy(&system, "gone", Duration::ZERO).await;
    gone.stop();
    gone.terminated().await;
    for _ in 0..3_000 {
        watcher.tell(gone.clone()).await.expect("room");
    }
    let mut most = 0;
    while told.load(Ordering::Relaxed) < 3_000 {
        let before = told.load(Ordering::Relaxed);
        tokio::task::yield_now().await;
        most = most.max(told.load(Ordering::Relaxed) - before);
    }
    assert!(most <= 512, "{most} in one turn");
    system.shutdown().await.expect("an orderly end");
}

type Settings = fn(MailboxSettings<Msg>) -> MailboxSettings<Msg>;

/// Mailboxes that never let a sender wait.
const NEVER_WAITING: [(&str, Settings); 4] = [
    ("oldest", |m| m.capacity(4).overflow(Overflow::DropOldest)),
    ("newest", |m| m.capacity(4).overflow(Overflow::DropNewest)),
    ("coalesce", |m| m.coalesce(|_| Some(1_u64))),
    ("unbounded", |m| m.unbounded()),
];

/// More than any turn is to take; a sender that starves others would go on until here.
const MANY: u64 = 20_000;

#[tokio::test]
async fn a_sender_that_never_has_to_wait_does_not_starve_others() {
    let system = System::new("fairness");
    for (name, settings) in NEVER_WAITING {
        let factory = || Busy {
            count: Arc::default(),
            each: Duration::ZERO,
        };
        let actor = system.spawn(name, factory).mailbox(settings).await;
        let actor = actor.expect("it starts");
        let sent = Arc::new(AtomicU64::new(0));
        for way in ["tell", "adapter", "sink"] {
            sent.store(0, Ordering::Relaxed);
            let adapter = actor.ask(Msg::Adapt).await.expect("it answers");
            let (actor, count) = (actor.clone(), Arc::clone(&sent));
            let next = move || count.fetch_add(1, Ordering::Relaxed) < MANY;
            let sender = tokio::spawn(async move {
                match way {
                    "tell" => while next() && actor.tell(Msg::One).await.is_ok() {},
                    "adapter" => while next() && adapter.tell(()).await.is_ok() {},
                    _ => {
                        let all = stream::repeat_with(|| Ok(Msg::One));
                        let all = all.take_while(|_| std::future::ready(next()));
                        drop(all.forward(actor.sink()).await);
                    }
                }
            });
            tokio::task::yield_now().await;
            let in_a_turn = sent.load(Ordering::Relaxed);
            assert!(
                (1..=1_024 + 256).contains(&in_a_turn),
                "{name}, {way}: {in_a_turn}"
            );
            sender.abort();
        }
    }
    system.shutdown().await.expect("an orderly end");
}
