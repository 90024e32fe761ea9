//! An actor that rests after the only message there was misses none that came meanwhile.

use greenroom::prelude::*;
use tokio::sync::oneshot;

/// More than an actor handles before it lets others have a turn.
const LONG_VISIT: u32 = 300;

enum Msg {
    Aside,
    /// Handles what was put aside, and sends the last message while it does.
    Open(oneshot::Sender<u32>),
    WaitFor(oneshot::Receiver<()>),
    Last(oneshot::Sender<u32>),
}

/// Counts what it handles.
#[derive(Default)]
struct Counter {
    open: bool,
    handled: u32,
    last: Option<oneshot::Sender<u32>>,
}

impl Actor for Counter {
    type Msg = Msg;

    async fn handle(&mut self, message: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Msg::Aside if self.open => {
                self.handled += 1;
                if let Some(last) = self.last.take() {
                    ctx.myself().try_tell(Msg::Last(last)).expect("room");
                }
            }
            Msg::Aside => drop(ctx.stash(Msg::Aside)),
            Msg::Open(last) => {
                (self.open, self.last) = (true, Some(last));
                ctx.unstash_all();
            }
            Msg::WaitFor(signal) => signal.await.expect("the test signals"),
            Msg::Last(handled) => drop(handled.send(self.handled)),
        }
        Ok(())
    }
}

async fn counter(system: &System) -> ActorRef<Msg> {
    let counter = system.spawn("counter", Counter::default).await;
    counter.expect("it starts")
}

/// Lets the actor come to rest: on this one thread it is polled whenever the test yields.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn message_sent_in_a_visit_of_several_turns_is_handled() {
    let system = System::new("test");
    let counter = counter(&system).await;
    for _ in 0..LONG_VISIT {
        counter.tell(Msg::Aside).await.unwrap();
    }
    settle().await;
    let (last, handled) = oneshot::channel();
    counter.tell(Msg::Open(last)).await.unwrap();
    assert_eq!(handled.await.unwrap(), LONG_VISIT);
    system.shutdown().await.unwrap();
}

#[tokio::test]
async fn message_that_comes_while_a_handler_awaits_is_handled() {
    let system = System::new("test");
    let counter = counter(&system).await;
    settle().await;
    let (go, wait) = oneshot::channel();
    counter.tell(Msg::WaitFor(wait)).await.unwrap();
    settle().await;
    let (last, handled) = oneshot::channel();
    counter.tell(Msg::Last(last)).await.unwrap();
    settle().await;
    go.send(()).unwrap();
    assert_eq!(handled.await.unwrap(), 0);
    system.shutdown().await.unwrap();
}

#[tokio::test]
async fn actor_told_to_stop_by_its_only_message_stops() {
    struct Once;

    impl Actor for Once {
        type Msg = ();

        async fn handle(&mut self, (): (), ctx: &mut Context<Self>) -> ActorResult {
            ctx.stop();
            Ok(())
        }
    }

    let system = System::new("test");
    let once = system.spawn("once", || Once).await.unwrap();
    settle().await;
    once.tell(()).await.unwrap();
    once.terminated().await;
    system.shutdown().await.unwrap();
}
