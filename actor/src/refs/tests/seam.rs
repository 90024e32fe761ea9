//! The same user's code on a local reference and on one over the second port.

use std::sync::Arc;
use std::time::Duration;

use super::second_port::{Msg, SecondPort};
use crate::behavior::{Actor, Context};
use crate::failure::{ActorResult, Failure};
use crate::refs::{ActorRef, AskError, SendError, TrySendError};
use crate::system::System;
use greenroom_resilience::Outcome;

#[derive(Default)]
struct Sum(u64);

impl Actor for Sum {
    type Msg = Msg;

    async fn handle(&mut self, msg: Msg, _ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            Msg::Add(number) => self.0 += number,
            Msg::Get(reply) => reply.send(self.0),
            Msg::Fail(_reply) => return Err(Failure::message("no such sum")),
            Msg::Ignore(_reply) => {}
            Msg::Hold(reply) => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                reply.send(self.0);
            }
        }
        Ok(())
    }
}

/// The two references that must behave alike, each to an actor of its own.
struct Both {
    refs: [ActorRef<Msg>; 2],
    port: Arc<SecondPort>,
    _systems: [System; 2],
}

async fn both(capacity: usize) -> Both {
    let (here, there) = (System::new("here"), System::new("there"));
    let local = sum(&here, capacity).await;
    let distant = sum(&there, capacity).await;
    let (second, port) = SecondPort::to(&distant, &here);
    Both {
        refs: [local, second],
        port,
        _systems: [here, there],
    }
}

async fn sum(system: &System, capacity: usize) -> ActorRef<Msg> {
    let spawn = system.spawn("sum", Sum::default);
    spawn.mailbox(move |m| m.capacity(capacity)).await.unwrap()
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Makes the actor busy, and fills its mailbox for one.
async fn fill(sum: &ActorRef<Msg>) {
    let holder = sum.clone();
    tokio::spawn(async move { holder.ask(Msg::Hold).await });
    settle().await;
    sum.try_tell(Msg::Add(1)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn tells_and_asks_arrive_in_order() {
    let both = both(2).await;
    for sum in &both.refs {
        for number in 1..=100 {
            sum.tell(Msg::Add(number)).await.unwrap();
        }
        assert!(matches!(sum.ask(Msg::Get).await, Ok(5_050)));
    }
    assert_eq!(both.port.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn full_mailbox_pushes_back_and_gives_messages_back() {
    let both = both(1).await;
    for sum in &both.refs {
        fill(sum).await;
        let told = sum.try_tell(Msg::Add(2));
        assert!(matches!(told, Err(TrySendError::Full(Msg::Add(2)))));
        let wait = Duration::from_millis(10);
        let told = sum.tell(Msg::Add(3)).timeout(wait).await;
        assert!(matches!(told, Err(SendError::Timeout(Msg::Add(3)))));
        let asked = sum.ask(Msg::Get).timeout(wait).await;
        assert!(matches!(asked, Err(AskError::Full)), "{asked:?}");
        sum.tell(Msg::Add(4)).await.unwrap();
        assert!(matches!(sum.ask(Msg::Get).await, Ok(5)));
    }
    assert_eq!(both.port.waiting(), 0, "nothing was exported in vain");
}

#[tokio::test(start_paused = true)]
async fn waiting_senders_are_told_of_the_end() {
    let both = both(1).await;
    for sum in &both.refs {
        fill(sum).await;
        let kill = async {
            settle().await;
            sum.kill();
        };
        let (told, asked, ()) = tokio::join!(sum.tell(Msg::Add(7)), sum.ask(Msg::Get), kill);
        assert!(matches!(told, Err(SendError::Stopped(Msg::Add(7)))));
        assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_actor_refuses_and_is_watched() {
    let both = both(1).await;
    for sum in &both.refs {
        sum.stop();
        sum.terminated().await;
        assert!(sum.is_stopped());
        let told = sum.tell(Msg::Add(7)).await;
        assert!(matches!(told, Err(SendError::Stopped(Msg::Add(7)))));
        let asked = sum.ask(Msg::Get).await;
        assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn asks_that_fail_say_why() {
    let both = both(4).await;
    for sum in &both.refs {
        let failed = sum.ask(Msg::Fail).await;
        let text = "no such sum";
        assert!(matches!(&failed, Err(AskError::Failed(f)) if f.to_string() == text));
        let ignored = sum.ask(Msg::Ignore).await;
        assert!(matches!(ignored, Err(AskError::NoReply)), "{ignored:?}");
        let kill = async {
            settle().await;
            sum.kill();
        };
        let (held, queued, ()) = tokio::join!(sum.ask(Msg::Hold), sum.ask(Msg::Get), kill);
        assert!(matches!(held, Err(AskError::Killed)), "{held:?}");
        assert!(matches!(queued, Err(AskError::Stopped)), "{queued:?}");
    }
    assert_eq!(both.port.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn ask_that_was_begun_times_out_as_unknown() {
    let both = both(1).await;
    for sum in &both.refs {
        let asked = sum.ask(Msg::Hold).timeout(Duration::from_millis(10)).await;
        assert!(matches!(asked, Err(AskError::Timeout)), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ask_that_left_this_system_is_never_said_to_be_refused_by_time_alone() {
    let both = both(2).await;
    let [local, second] = &both.refs;
    for sum in &both.refs {
        fill(sum).await;
    }
    let wait = Duration::from_millis(10);
    let asked = local.ask(Msg::Get).timeout(wait).await;
    assert!(matches!(asked, Err(AskError::Expired)), "{asked:?}");
    let error = second.ask(Msg::Get).timeout(wait).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
}
