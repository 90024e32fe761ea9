//! Streams as a source of messages.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use greenroom::prelude::*;
use greenroom::{MailboxSettings, StreamEvent, TooManyTasks};

use crate::stage::*;

/// What the end of a stream is noted as.
const ENDED: u32 = 1_000;
const FAILED: u32 = 2_000;

async fn one(capacity: usize) -> (System, Stage, ActorRef<Act>) {
    let (system, stage) = (System::new("streams"), Stage::default());
    let a = system.spawn("a", stage.factory(&part("a")));
    let a = a.mailbox(move |m| m.capacity(capacity)).await;
    let a = a.expect("it starts");
    stage.take();
    (system, stage, a)
}

fn note(event: StreamEvent<u32>) -> Act {
    Act::Note(match event {
        StreamEvent::Item(number) => number,
        StreamEvent::Ended => ENDED,
        StreamEvent::Failed(failure) => {
            assert!(failure.is_panic());
            FAILED
        }
        _ => unreachable!("there are no other events"),
    })
}

/// Attaches a stream that is noted.
fn attach(stream: impl Stream<Item = u32> + Send + 'static) -> Act {
    play(move |ctx| {
        ctx.attach(stream, note).expect("room");
        Box::pin(async { Ok(()) })
    })
}

fn lines(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("a {n}")).collect()
}

/// One item each period, for ever.
fn ticking(period: Duration) -> BoxStream<'static, u32> {
    let tick = move |number| async move {
        pass(period).await;
        Some((number, number + 1))
    };
    stream::unfold(0, tick).boxed()
}

/// Counts what is pulled out of it, and whether it lives.
struct Counted<S> {
    stream: S,
    pulled: Arc<AtomicUsize>,
}

impl<S: Stream + Unpin> Stream for Counted<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Task<'_>) -> Poll<Option<S::Item>> {
        let polled = self.stream.poll_next_unpin(cx);
        if let Poll::Ready(Some(_)) = polled {
            self.pulled.fetch_add(1, Ordering::SeqCst);
        }
        polled
    }
}

fn counted<S: Stream + Unpin>(stream: S) -> (Counted<S>, Arc<AtomicUsize>) {
    let pulled = Arc::new(AtomicUsize::new(0));
    let counted = Counted {
        stream,
        pulled: Arc::clone(&pulled),
    };
    (counted, pulled)
}

#[tokio::test(start_paused = true)]
async fn items_come_in_order_and_the_end_after_them_once() {
    for capacity in [1, 3, 1_024] {
        let (_system, stage, a) = one(capacity).await;
        a.tell(attach(stream::iter(0..100))).await.expect("room");
        pass(secs(1)).await;
        assert_eq!(stage.take(), lines((0..100).chain([ENDED])), "{capacity}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_panics_has_failed_and_gives_nothing_more() {
    let (_system, stage, a) = one(8).await;
    let stream = stream::iter(0..10).map(|number| {
        assert!(number < 3, "a broken source");
        number
    });
    a.tell(attach(stream)).await.expect("room");
    pass(secs(1)).await;
    assert_eq!(stage.take(), lines([0, 1, 2, FAILED]));
    let instance = a.ask(Act::Instance).await;
    assert!(matches!(instance, Ok(1)), "the actor itself has not failed");
}

#[tokio::test(start_paused = true)]
async fn a_map_that_panics_ends_the_stream_and_not_the_actor() {
    let (system, stage, a) = one(8).await;
    let (stream, pulled) = counted(stream::iter(0..10_u32));
    let alive = Arc::downgrade(&pulled);
    let attach = play(move |ctx| {
        let map = |event| match event {
            StreamEvent::Item(2) => panic!("no idea what that is"),
            event => note(event),
        };
        ctx.attach(stream, map).expect("room");
        Box::pin(async { Ok(()) })
    });
    a.tell(attach).await.expect("room");
    pass(secs(1)).await;
    assert_eq!(stage.take(), lines([0, 1]));
    assert_eq!(pulled.load(Ordering::SeqCst), 3);
    drop(pulled);
    assert!(alive.upgrade().is_none(), "the stream is dropped");
    assert!(matches!(a.ask(Act::Instance).await, Ok(1)));
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_pulled_while_the_mailbox_is_full() {
    let (_system, stage, a) = one(2).await;
    let (stream, pulled) = counted(stream::iter(0..100_u32));
    a.tell(attach(stream)).await.expect("room");
    a.tell(Act::Work(secs(10))).await.expect("room");
    pass(secs(9)).await;
    let ahead = pulled.load(Ordering::SeqCst);
    assert!(ahead <= 2, "{ahead} of them for two places");
    pass(secs(2)).await;
    assert_eq!(pulled.load(Ordering::SeqCst), 100);
    stage.take_of(&["works", "worked"]);
    let (_system, stage, a) = one(2).await;
    a.tell(attach(ticking(secs(1)))).await.expect("room");
    a.tell(Act::Work(secs(60))).await.expect("room");
    pass(ms(60_500)).await;
    // Those that found room, and the one that came next: the others were not due before.
    let noted = stage.take();
    assert_eq!(
        noted,
        [
            vec!["a works".to_owned(), "a worked".to_owned()],
            lines(0..2)
        ]
        .concat()
    );
}

#[tokio::test(start_paused = true)]
async fn others_find_room_beside_a_stream_without_end() {
    let (_system, stage, a) = one(1).await;
    let endless = stream::iter(0..).then(|number| async move {
        tokio::task::yield_now().await;
        number % 10
    });
    a.tell(attach(endless)).await.expect("room");
    for number in 100..200 {
        a.tell(Act::Note(number)).await.expect("room in time");
    }
    let mut told = stage.take();
    a.kill();
    a.terminated().await;
    told.retain(|line| line.len() == "a 100".len());
    assert_eq!(told[..99], lines(100..199));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_dropped_with_its_instance_and_not_told_to_the_next() {
    for end in [Act::Fail, Act::Panic] {
        let (_system, stage, a) = one(64).await;
        let (stream, pulled) = counted(ticking(secs(1)));
        let alive = Arc::downgrade(&pulled);
        a.tell(attach(stream)).await.expect("room");
        pass(ms(2_500)).await;
        a.tell(end).await.expect("room");
        pass(ms(100)).await;
        assert_eq!(pulled.load(Ordering::SeqCst), 2);
        drop(pulled);
        assert!(alive.upgrade().is_none(), "the stream is dropped");
        pass(secs(60)).await;
        assert_eq!(stage.take_of(&["0", "1", "2", "1000"]), lines([0, 1]));
        assert!(matches!(a.ask(Act::Instance).await, Ok(2)));
    }
}

#[tokio::test(start_paused = true)]
async fn items_queued_for_an_earlier_instance_are_dropped_and_counted() {
    let (system, stage, a) = one(64).await;
    a.tell(attach(stream::iter(0..10))).await.expect("room");
    a.tell(play(|_| {
        Box::pin(async {
            pass(secs(1)).await;
            Err(Failure::message("told to"))
        })
    }))
    .await
    .expect("room");
    a.tell(Act::Note(77)).await.expect("room");
    pass(secs(3)).await;
    assert_eq!(stage.take_of(&["0", "1", "77", "1000"]), lines([77]));
    // The end of the stream, too.
    assert_eq!(system.dead_letter_counts().stale, 11);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_dropped_when_its_actor_stops_or_is_killed() {
    for kill in [false, true] {
        let (system, stage, a) = one(4).await;
        let (stream, pulled) = counted(ticking(ms(10)));
        let alive = Arc::downgrade(&pulled);
        a.tell(attach(stream)).await.expect("room");
        pass(ms(35)).await;
        if kill {
            a.kill()
        } else {
            a.stop()
        }
        a.terminated().await;
        assert_eq!(pulled.load(Ordering::SeqCst), 3);
        drop(pulled);
        assert!(alive.upgrade().is_none(), "the stream is dropped");
        assert_eq!(stage.take_of(&["0", "1", "2", "3"]), lines(0..3));
        assert_eq!(system.dead_letter_counts().total(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn items_without_an_end_do_not_keep_an_actor_from_stopping() {
    let (system, stage, a) = one(4).await;
    a.tell(attach(stream::iter(0..))).await.expect("room");
    // A clock that is paused stands still while there is always something to do.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    a.stop();
    assert!(matches!(a.terminated().await, StopReason::Stopped));
    let noted = stage.take_of(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let count = u32::try_from(noted.len()).expect("few enough");
    assert!(count > 4, "it has gone on: {count}");
    assert_eq!(noted, lines(0..count), "none is left out");
    // One may have been pulled when the mailbox closed.
    assert!(system.dead_letter_counts().total() <= 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_aborted_alone() {
    let (_system, stage, a) = one(4).await;
    let attach = play(|ctx| {
        let first = ctx.attach(ticking(secs(1)), note).expect("room");
        ctx.attach(ticking(secs(2)).map(|n| n + 100), note)
            .expect("room");
        Box::pin(async move {
            pass(ms(1_500)).await;
            first.abort();
            Ok(())
        })
    });
    a.tell(attach).await.expect("room");
    pass(ms(4_500)).await;
    assert_eq!(stage.take(), lines([0, 100, 101]));
}

#[tokio::test(start_paused = true)]
async fn streams_count_among_the_tasks() {
    let (_system, stage, a) = one(4).await;
    let of = stage.clone();
    let attach = play(move |ctx| {
        for _ in 0..10_000 {
            ctx.attach(stream::pending(), note).expect("room");
        }
        let one_more = ctx.attach(stream::pending(), note);
        of.log(format!("{}", matches!(one_more, Err(TooManyTasks))));
        Box::pin(async { Ok(()) })
    });
    a.tell(attach).await.expect("room");
    pass(ms(1)).await;
    assert_eq!(stage.take(), ["true"]);
}

type Settings = fn(MailboxSettings<Act>) -> MailboxSettings<Act>;

/// Far more than any mailbox here holds, and an end for a stream that nothing else ends.
const MANY: u32 = 20_000;

/// A player with this mailbox, attached to a stream that always has an item, busy for 10 s; and
/// how many items were pulled.
async fn attached(settings: Settings) -> (System, Stage, Arc<AtomicUsize>) {
    let (system, stage) = (System::new("streams"), Stage::default());
    let spawn = system.spawn("a", stage.factory(&part("a")));
    let a = spawn.mailbox(settings).await.expect("it starts");
    let (items, pulled) = counted(stream::iter(0..MANY));
    let act = play(move |ctx| {
        ctx.attach(items, note).expect("room");
        Box::pin(async {
            pass(secs(10)).await;
            Ok(())
        })
    });
    a.tell(act).await.expect("room");
    stage.take();
    (system, stage, pulled)
}

#[tokio::test(start_paused = true)]
async fn no_policy_lets_a_stream_displace_or_lose_anything() {
    const POLICIES: [Settings; 4] = [
        |m| m.capacity(4),
        |m| m.capacity(4).overflow(Overflow::Reject),
        |m| m.capacity(4).overflow(Overflow::DropNewest),
        |m| m.capacity(4).overflow(Overflow::DropOldest),
    ];
    for settings in POLICIES {
        let (system, stage, pulled) = attached(settings).await;
        pass(secs(5)).await;
        assert_eq!(pulled.load(Ordering::SeqCst), 4);
        pass(secs(6)).await;
        assert!(stage.take().into_iter().eq(lines((0..MANY).chain([ENDED]))));
        assert_eq!(system.dead_letter_counts().total(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_into_an_unbounded_mailbox_lets_others_run() {
    let (_system, _stage, pulled) = attached(|m| m.unbounded()).await;
    let mut most = 0;
    while pulled.load(Ordering::SeqCst) < MANY as usize {
        let before = pulled.load(Ordering::SeqCst);
        tokio::task::yield_now().await;
        most = most.max(pulled.load(Ordering::SeqCst) - before);
    }
    assert!(most <= 256, "{most} in one turn");
}
