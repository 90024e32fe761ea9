//! Deadlines: they travel with asks, shrink through nested ones, and tells keep going.

use std::time::Duration;

use futures::FutureExt;
use greenroom::prelude::*;
use greenroom::{DeadLetterReason, GuardedCause};
use greenroom_resilience::Outcome;
use greenroom_resilience::deadline::Deadline;
use greenroom_resilience::pipeline::Reason;
use tokio::time::Instant;

use crate::shop::{Order, asked, build, busy_shop, ms, pipeline, reason, retry, shop};

/// Hands asks on to a shop.
struct Clerk(ActorRef<Order>);

enum Ask {
    /// Says how much time was left in its handler, before and after an await.
    Left(Reply<(Option<Duration>, Option<Duration>)>),
    /// Asks the shop, and answers with what came of it.
    Nested(Reply<Result<u32, AskError>>),
    /// Answers, and asks the shop after it.
    After(
        Reply<()>,
        tokio::sync::oneshot::Sender<Result<u32, AskError>>,
    ),
    /// Tells the shop when it has waited so long.
    TellLater(Duration, Reply<()>),
}

impl Actor for Clerk {
    type Msg = Ask;

    async fn handle(&mut self, ask: Ask, _ctx: &mut Context<Self>) -> ActorResult {
        let left = || Deadline::current().map(Deadline::remaining);
        match ask {
            Ask::Left(reply) => {
                let first = left();
                tokio::time::sleep(ms(10)).await;
                reply.send((first, left()));
            }
            Ask::Nested(reply) => reply.send(self.0.ask(Order::Count).await),
            Ask::After(reply, sender) => {
                reply.send(());
                tokio::time::sleep(ms(200)).await;
                drop(sender.send(self.0.ask(Order::Count).await));
            }
            Ask::TellLater(after, reply) => {
                tokio::time::sleep(after).await;
                assert!(Deadline::current().unwrap().is_expired());
                self.0.tell(Order::Note(1)).await?;
                drop(reply);
            }
        }
        Ok(())
    }
}

async fn clerk(system: &System, shop: &ActorRef<Order>) -> ActorRef<Ask> {
    let shop = shop.clone();
    system
        .spawn("clerk", move || Clerk(shop.clone()))
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn handler_runs_under_the_deadline_of_its_ask() {
    let system = System::new("deadlines");
    let (shop, _gate) = shop(&system, 8).await;
    let clerk = clerk(&system, &shop).await;
    let left = clerk.ask(Ask::Left).timeout(ms(100)).await.unwrap();
    assert_eq!(left, (Some(ms(100)), Some(ms(90))));
    let scoped = Deadline::after(ms(70)).scope(clerk.ask(Ask::Left).timeout(ms(100)));
    assert_eq!(scoped.await.unwrap(), (Some(ms(70)), Some(ms(60))));
    let guarded = clerk.guarded(&build(pipeline().timeout(ms(40)).attempt_timeout(ms(30))));
    assert_eq!(
        guarded.ask(Ask::Left).await.unwrap(),
        (Some(ms(30)), Some(ms(20)))
    );
    let (_, after_await) = clerk.ask(Ask::Left).await.unwrap();
    assert_eq!(
        after_await,
        Some(ms(4_990)),
        "the default time-out, once the handler awaits"
    );
}

/// The asker's task may be busy elsewhere; its handler must not be without a deadline for that.
#[tokio::test(start_paused = true)]
async fn handler_has_a_deadline_before_its_asker_looks_again() {
    let system = System::new("deadlines");
    let (shop, _gate) = shop(&system, 8).await;
    let clerk = clerk(&system, &shop).await;
    let mut asked = std::pin::pin!(clerk.ask(Ask::Left));
    assert!(asked.as_mut().now_or_never().is_none());
    tokio::time::sleep(ms(20)).await;
    let whole = Some(ms(5_000));
    assert_eq!(
        asked.await.unwrap(),
        (None, whole),
        "it counts for both from here"
    );
}

#[tokio::test(start_paused = true)]
async fn nested_ask_ends_with_the_outer_one_and_is_never_handled() {
    let system = System::new("deadlines");
    let mut letters = system.dead_letters(8);
    let (shop, gate) = busy_shop(&system).await;
    let clerk = clerk(&system, &shop).await;
    let (began, asked) = (Instant::now(), clerk.ask(Ask::Nested).timeout(ms(100)));
    let (error, _) = tokio::join!(asked, async {
        // Its own ask is in the mailbox of the shop by now.
        tokio::time::sleep(ms(150)).await;
        gate.open(1);
    });
    assert!(matches!(error.unwrap_err(), AskError::Timeout));
    assert_eq!(began.elapsed(), ms(150));
    tokio::time::sleep(ms(1)).await;
    assert_eq!(gate.counted(), 2, "nobody waits for it");
    let letter = letters.try_recv().unwrap();
    assert!(matches!(letter.reason, DeadLetterReason::Expired));
    assert_eq!(letter.target, shop.path());
    assert_eq!(system.dead_letter_counts().expired, 1);
}

#[tokio::test(start_paused = true)]
async fn nested_ask_of_a_default_ask_has_no_longer_than_that() {
    let system = System::new("deadlines");
    let (shop, gate) = shop(&system, 8).await;
    let clerk = clerk(&system, &shop).await;
    tokio::spawn({
        let shop = shop.clone();
        async move { shop.ask(Order::Hold).timeout(ms(60_000)).await }
    });
    tokio::time::sleep(ms(1)).await;
    let outer = clerk.ask(Ask::Nested).await;
    assert!(matches!(outer.unwrap_err(), AskError::Timeout));
    gate.open(1);
    tokio::time::sleep(ms(1)).await;
    assert_eq!(gate.counted(), 1, "the nested one expired with it");
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_does_after_its_answer_has_no_deadline() {
    let system = System::new("deadlines");
    let (shop, _gate) = shop(&system, 8).await;
    let clerk = clerk(&system, &shop).await;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let answer = clerk
        .ask(|reply| Ask::After(reply, sender))
        .timeout(ms(100));
    answer.await.unwrap();
    assert_eq!(receiver.await.unwrap().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn tells_keep_going_when_the_time_is_up() {
    let system = System::new("deadlines");
    let (shop, gate) = shop(&system, 8).await;
    let clerk = clerk(&system, &shop).await;
    let asked = clerk
        .ask(|reply| Ask::TellLater(ms(200), reply))
        .timeout(ms(100));
    assert!(matches!(asked.await.unwrap_err(), AskError::Timeout));
    tokio::time::sleep(ms(200)).await;
    assert_eq!(gate.counted(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempt_that_times_out_before_its_handler_began_is_refused() {
    let system = System::new("deadlines");
    let (shop, gate) = shop(&system, 8).await;
    let asker = shop.clone();
    tokio::spawn(async move { asker.ask(Order::Hold).timeout(ms(60_000)).await });
    tokio::time::sleep(ms(1)).await;
    let guarded = shop.guarded(&build(pipeline().attempt_timeout(ms(50))));
    // Rings at the same time, and before the timer of the pipeline.
    let asker = shop.clone();
    tokio::spawn(async move { asker.ask(Order::Count).timeout(ms(51)).await });
    tokio::time::sleep(ms(1)).await;
    let asked = tokio::spawn(async move { guarded.ask(Order::Count).await });
    let error = asked.await.unwrap().unwrap_err();
    assert_eq!(reason(&error), Reason::AttemptTimeout(ms(50)));
    assert_eq!(error.outcome(), Outcome::Refused, "and it will not begin");
    gate.open(1);
    tokio::time::sleep(ms(1)).await;
    assert_eq!(gate.counted(), 1);
    assert_eq!(system.dead_letter_counts().expired, 2);
}

#[tokio::test(start_paused = true)]
async fn attempt_that_times_out_in_its_handler_is_unknown() {
    let system = System::new("deadlines");
    let (shop, gate) = shop(&system, 8).await;
    let limited = pipeline()
        .retry(retry())
        .attempt_timeout(ms(50))
        .only_refused();
    let guarded = shop.guarded(&build(limited));
    let error = guarded.ask_each(Order::Hold).await.unwrap_err();
    assert_eq!(error.rejected().unwrap().attempts, 1);
    assert_eq!((error.outcome(), gate.counted()), (Outcome::Unknown, 1));
}

#[tokio::test(start_paused = true)]
async fn ask_in_line_is_taken_out_of_it_and_sent_again() {
    let system = System::new("deadlines");
    let (_, gate) = shop(&system, 8).await;
    let narrow = system
        .spawn("narrow", crate::shop::twin(&gate))
        .mailbox(|mailbox| mailbox.capacity(1));
    let narrow = narrow.await.unwrap();
    for _ in 0..2 {
        let narrow = narrow.clone();
        tokio::spawn(async move { narrow.ask(Order::Hold).timeout(ms(60_000)).await });
        tokio::time::sleep(ms(1)).await;
    }
    for timeout in [None, Some(ms(50))] {
        let attempts = pipeline()
            .retry(retry())
            .attempt_timeout(ms(100))
            .only_refused();
        let guarded = narrow.guarded(&build(attempts));
        let ask = guarded.ask(Order::Count);
        let ask = match timeout {
            // By its own alarm, and by the pipeline.
            Some(timeout) => ask.timeout(timeout),
            None => ask,
        };
        let (answer, ()) = tokio::join!(ask, async {
            tokio::time::sleep(ms(180)).await;
            gate.open(2);
        });
        assert!(answer.unwrap() > 2);
        for _ in 0..2 {
            let narrow = narrow.clone();
            tokio::spawn(async move { narrow.ask(Order::Hold).timeout(ms(60_000)).await });
            tokio::time::sleep(ms(1)).await;
        }
    }
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn deadline_of_the_task_ends_a_guarded_ask_without_time_outs() {
    let system = System::new("deadlines");
    let (shop, _gate) = busy_shop(&system).await;
    let guarded = shop.guarded(&build(pipeline().retry(retry())));
    let (began, deadline) = (Instant::now(), Deadline::after(ms(70)));
    let error = deadline
        .scope(guarded.ask_each(Order::Count))
        .await
        .unwrap_err();
    assert_eq!(began.elapsed(), ms(70));
    assert!(matches!(asked(&error), AskError::Expired));
    let late = deadline
        .scope(guarded.ask_each(Order::Count))
        .await
        .unwrap_err();
    assert!(matches!(late.cause(), GuardedCause::Rejected(_)));
    assert_eq!(reason(&late), Reason::Expired);
    assert!(late.into_message().is_some());
}
