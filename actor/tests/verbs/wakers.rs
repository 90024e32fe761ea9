//! Wakers of another executor than tokio's, which may do anything.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::SinkExt;
use greenroom::prelude::*;

use crate::worker::*;

/// Panics when it wakes.
struct Alarming;

impl Wake for Alarming {
    fn wake(self: Arc<Self>) {
        panic!("woken");
    }
}

#[tokio::test(start_paused = true)]
async fn a_waker_that_panics_at_a_timeout_stops_no_other_time_out() {
    let (system, shared) = (System::new("wakers"), Shared::default());
    let actor = spawn(&system, "actor", &shared, 8).await;
    let mut asked = pin!(actor.ask(Msg::Keep).timeout(Duration::from_secs(1)));
    let alarming = Waker::from(Arc::new(Alarming));
    // The alarm is set at the second poll, when the first was not answered at once.
    for waker in [Waker::noop(), &alarming] {
        let polled = asked.as_mut().poll(&mut Context::from_waker(waker));
        assert!(polled.is_pending());
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(matches!(asked.await, Err(AskError::Timeout)));
    let next = actor.ask(Msg::Keep).timeout(Duration::from_secs(1));
    let next = tokio::time::timeout(Duration::from_secs(60), next.into_future()).await;
    assert!(
        matches!(next, Ok(Err(AskError::NoReply | AskError::Timeout))),
        "{next:?}"
    );
}

/// Looks, when it is dropped, whether another thread can do something that takes a lock.
struct Witness {
    look: Option<Box<dyn FnOnce() + Send + Sync>>,
    free: mpsc::Sender<bool>,
}

impl Wake for Witness {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Witness {
    fn drop(&mut self) {
        let (look, (sender, looked)) = (self.look.take(), mpsc::channel());
        std::thread::spawn(move || {
            look.into_iter().for_each(|look| look());
            sender.send(()).is_ok()
        });
        // Only where it fails is this waited for.
        let free = looked.recv_timeout(Duration::from_secs(5)).is_ok();
        self.free.send(free).expect("the test waits for it");
    }
}

/// A waker that is a witness, and what it saw.
fn witness(look: impl FnOnce() + Send + Sync + 'static) -> (Waker, mpsc::Receiver<bool>) {
    let (free, seen) = mpsc::channel();
    let look = Some(Box::new(look) as _);
    (Waker::from(Arc::new(Witness { look, free })), seen)
}

/// Polls with a waker that nobody else keeps.
fn poll_with<F: Future + Unpin>(future: &mut F, waker: Waker) {
    let polled = Pin::new(future).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    drop(waker);
}

#[tokio::test(start_paused = true)]
async fn waker_of_an_asker_is_replaced_unlocked() {
    struct Hands(mpsc::Sender<Reply<u32>>);
    impl Actor for Hands {
        type Msg = Reply<u32>;
        async fn handle(
            &mut self,
            reply: Self::Msg,
            _: &mut greenroom::Context<Self>,
        ) -> ActorResult {
            let sent = self.0.send(reply);
            sent.map_err(|_| Failure::message("nobody there"))
        }
    }
    let (system, (sender, handed)) = (System::new("wakers"), mpsc::channel());
    let actor = system
        .spawn("actor", move || Hands(sender.clone()))
        .await
        .unwrap();
    let mut asked = actor.ask(|reply| reply);
    poll_with(&mut asked, Waker::noop().clone());
    settle().await;
    let reply = Arc::new(handed.try_recv().unwrap());
    let (waker, seen) = witness(move || assert!(reply.is_wanted()));
    poll_with(&mut asked, waker);
    poll_with(&mut asked, Waker::noop().clone());
    assert_eq!(seen.try_recv(), Ok(true));
}

#[tokio::test(start_paused = true)]
async fn waker_of_a_waiting_sender_is_replaced_and_dropped_unlocked() {
    for cancel in [false, true] {
        let (system, shared) = (System::new("wakers"), Shared::default());
        let actor = full(&system, &shared, 1).await;
        let mut sink = actor.sink();
        let looks_at = actor.clone();
        let (waker, seen) = witness(move || assert!(!looks_at.is_stopped()));
        let mut ready = poll_fn(|cx| sink.poll_ready_unpin(cx));
        poll_with(&mut ready, waker);
        if cancel {
            drop(sink);
        } else {
            poll_with(&mut ready, Waker::noop().clone());
        }
        assert_eq!(seen.try_recv(), Ok(true), "cancelled: {cancel}");
    }
}
