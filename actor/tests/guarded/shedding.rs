//! Mailboxes that shed: what askers are told, what becomes of tells, what is counted.

use greenroom::prelude::*;
use greenroom::{DeadLetterReason, MailboxSettings};
use greenroom_resilience::shed::QueueTime;
use greenroom_resilience::{Criticality, LoadShed, Outcome};
use tokio::time::Instant;

use crate::shop::{Gate, Order, asked, build, ms, pipeline, reason, retry, shop, twin};

/// A shop that is busy, and sheds what waited longer than 10 ms for 50 ms, when it is overloaded.
async fn shedding(system: &System) -> (ActorRef<Order>, Gate) {
    let (_, gate) = shop(system, 8).await;
    let shed = QueueTime::target(ms(10)).interval(ms(50));
    let actor = system.spawn("shedding", twin(&gate));
    let actor = actor
        .mailbox(move |mailbox| mailbox.shed(shed))
        .await
        .unwrap();
    (actor, gate)
}

/// Lets it come to be overloaded: two orders that take 100 ms each.
async fn overload(actor: &ActorRef<Order>, gate: &Gate) {
    for _ in 0..3 {
        let actor = actor.clone();
        tokio::spawn(async move {
            let held = actor
                .ask(Order::Hold)
                .criticality(Criticality::CriticalPlus);
            held.timeout(ms(60_000)).await
        });
    }
    tokio::time::sleep(ms(30)).await;
    gate.open(1);
    tokio::time::sleep(ms(9)).await;
}

#[tokio::test(start_paused = true)]
async fn shed_ask_is_told_so_and_was_certainly_not_handled() {
    let system = System::new("shedding");
    let mut letters = system.dead_letters(8);
    let (shop, gate) = shedding(&system).await;
    overload(&shop, &gate).await;
    let asker = shop.clone();
    let began = Instant::now();
    let ask = tokio::spawn(async move { asker.ask(Order::Count).await });
    let teller = shop
        .tell(Order::Note(7))
        .criticality(Criticality::Sheddable);
    teller.await.unwrap();
    tokio::time::sleep(ms(60)).await;
    let handled = gate.counted();
    gate.open(2);
    let error = ask.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Shed), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Refused);
    assert!(began.elapsed() < ms(70), "not at its time-out");
    tokio::time::sleep(ms(1)).await;
    let told: Vec<_> = std::iter::from_fn(|| letters.try_recv()).collect();
    assert!(
        told.iter()
            .all(|letter| matches!(letter.reason, DeadLetterReason::Shed))
    );
    let mut messages = told.iter().map(|letter| letter.take_message());
    assert!(messages.any(|message| matches!(message, Some(Order::Note(7)))));
    let shed = system.inspect().find("/user/shedding").unwrap().shed;
    assert_eq!(shed, told.len() as u64);
    assert_eq!(system.dead_letter_counts().shed, shed);
    assert!(gate.counted() <= handled + 1, "neither was handled");
}

#[tokio::test(start_paused = true)]
async fn shed_ask_is_asked_again_where_its_message_can_be_made_anew() {
    let system = System::new("shedding");
    let (shop, gate) = shedding(&system).await;
    overload(&shop, &gate).await;
    let guarded = shop.guarded(&build(pipeline().retry(retry())));
    let (answer, ()) = tokio::join!(guarded.ask_each(Order::Count), async {
        tokio::time::sleep(ms(60)).await;
        gate.open(9);
    });
    assert!(answer.is_ok(), "{answer:?}");
    assert!(system.dead_letter_counts().shed > 0);
}

#[tokio::test(start_paused = true)]
async fn criticality_of_asks_and_tells_guarded_or_not_decides_who_is_shed() {
    let system = System::new("shedding");
    let (shop, gate) = shedding(&system).await;
    overload(&shop, &gate).await;
    tokio::time::sleep(ms(40)).await;
    let guarded = shop.guarded(&build(pipeline()));
    let (low, high) = (Criticality::Sheddable, Criticality::CriticalPlus);
    let handled = gate.counted();
    for class in [low, high] {
        shop.tell(Order::Note(1)).criticality(class).await.unwrap();
        let told = guarded.tell(Order::Note(2)).criticality(class);
        told.await.unwrap();
    }
    let (a, b, c, d, ()) = tokio::join!(
        shop.ask(Order::Count).criticality(low),
        shop.ask(Order::Count).criticality(high),
        guarded.ask(Order::Count).criticality(low),
        guarded.ask(Order::Count).criticality(high),
        async {
            tokio::time::sleep(ms(25)).await;
            gate.open(1);
        }
    );
    assert!(matches!(a, Err(AskError::Shed)), "{a:?}");
    assert!(matches!(asked(&c.unwrap_err()), AskError::Shed));
    assert!(b.is_ok() && d.is_ok());
    assert_eq!(gate.counted(), handled + 4, "two tells, two asks");
}

#[tokio::test(start_paused = true)]
async fn idle_actor_sheds_nothing_however_late_its_message() {
    let system = System::new("shedding");
    let (shop, _gate) = shedding(&system).await;
    for _ in 0..20 {
        tokio::time::sleep(ms(100)).await;
        shop.ask(Order::Count).await.unwrap();
    }
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn fill_of_a_mailbox_sheds_in_a_pipeline_before_it_is_full() {
    let system = System::new("shedding");
    let (shop, gate) = shop(&system, 20).await;
    assert!(shop.mailbox_fill() == 0.0);
    let full = shop.clone();
    let by_fill = LoadShed::signal(move || full.mailbox_fill());
    let guarded = shop.guarded(&build(pipeline().load_shed(by_fill)));
    let holds = shop.clone();
    tokio::spawn(async move { holds.ask(Order::Hold).timeout(ms(60_000)).await });
    tokio::time::sleep(ms(1)).await;
    let mut told = 0;
    let error = loop {
        match guarded.tell(Order::Note(told)).await {
            Ok(()) => told += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(reason(&error).policy(), "load_shed");
    assert!((17..20).contains(&told), "{told}");
    assert!(shop.mailbox_fill() >= 0.8);
    gate.open(1);
    tokio::time::sleep(ms(1)).await;
    guarded.tell(Order::Note(0)).await.unwrap();
}

#[test]
fn queue_time_that_cannot_work_is_a_named_error() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(async {
        let system = System::new("shedding");
        let (_, gate) = shop(&system, 8).await;
        let spawned = system
            .spawn("never", twin(&gate))
            .mailbox(|mailbox| mailbox.shed(QueueTime::target(ms(0))))
            .await;
        let error = spawned.unwrap_err().to_string();
        assert!(error.contains("the mailbox can't shed so"), "{error}");
    });
}

/// How full a mailbox with these settings is when four notes of 10 bytes each wait in it.
async fn fill_of(
    settings: impl FnOnce(MailboxSettings<Order>) -> MailboxSettings<Order> + Send + 'static,
) -> (f64, f64) {
    let system = System::new("fill");
    let (_, gate) = shop(&system, 8).await;
    let actor = system.spawn("filled", twin(&gate)).mailbox(settings);
    let actor = actor.await.unwrap();
    let before = actor.mailbox_fill();
    for number in 0..4 {
        actor.try_tell(Order::Note(number)).unwrap();
    }
    (before, actor.mailbox_fill())
}

#[tokio::test(start_paused = true)]
async fn fill_is_the_part_that_is_taken_in_messages_or_bytes() {
    assert_eq!(fill_of(|mailbox| mailbox.capacity(16)).await, (0.0, 0.25));
    let both = |max| move |mailbox: MailboxSettings<Order>| mailbox.capacity(16).bytes(max, |_| 10);
    assert_eq!(fill_of(both(50)).await, (0.0, 0.8));
    assert_eq!(fill_of(both(1_000)).await, (0.0, 0.25));
    assert_eq!(fill_of(MailboxSettings::unbounded).await, (0.0, 0.0));
}
