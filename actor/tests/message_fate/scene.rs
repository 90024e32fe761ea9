//! One scene for all rows: a message in hand, tells and asks queued behind it, then the event, then
//! a later send.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};
use greenroom::{DeadLetter, DeadLetterReason};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::puppet::{Msg, Stage, Then, settle};

/// Queued behind the message in hand, which is number 0.
pub(crate) const TELLS: [u32; 2] = [1, 3];
pub(crate) const ASKS: [u32; 2] = [2, 4];
/// Sent after the event.
pub(crate) const LATER: u32 = 5;
/// The grace of every actor here.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The handler ends so, and the supervisor chooses this.
    Ends(Then, OnFailure),
    /// A sibling fails, and the handler ends within its grace, or never.
    SiblingFails {
        in_time: bool,
    },
    /// `stop()`, and the handler ends so, or never.
    Stop(Option<Then>),
    Kill,
}

/// What became of it all.
#[derive(Debug)]
pub(crate) struct Fate {
    /// What was handled to its end, in order.
    pub(crate) record: Vec<u32>,
    pub(crate) hand_ask: Result<u32, AskError>,
    pub(crate) asks: Vec<Result<u32, AskError>>,
    /// How long after the event the queued asks had ended.
    pub(crate) asks_took: Duration,
    pub(crate) later: Result<(), &'static str>,
    pub(crate) letters: Vec<DeadLetter>,
}

impl Fate {
    /// The dead letter of the message in hand.
    #[track_caller]
    pub(crate) fn hand_letter(&self) -> &DeadLetterReason {
        let mut of_hand = self
            .letters
            .iter()
            .filter(|letter| letter.variant == "Hold");
        let letter = of_hand
            .next()
            .expect("the message in hand is a dead letter");
        assert!(of_hand.next().is_none(), "once");
        &letter.reason
    }

    /// The numbers of the dead letters that say the actor had stopped, and have the message.
    pub(crate) fn stopped_letters(&self) -> Vec<u32> {
        let stopped = self
            .letters
            .iter()
            .filter(|letter| matches!(letter.reason, DeadLetterReason::Stopped));
        stopped
            .filter_map(|letter| letter.take_message::<Msg>())
            .map(|message| message.number())
            .collect()
    }

    /// Whether the later message was queued and handled.
    pub(crate) fn later_was_handled(&self) -> bool {
        self.later.is_ok() && self.record.contains(&LATER)
    }

    #[track_caller]
    pub(crate) fn assert_kept(&self, numbers: [u32; 2]) {
        let kept: Vec<_> = self.record.iter().filter(|n| numbers.contains(n)).collect();
        assert_eq!(kept, [&numbers[0], &numbers[1]], "{:?}", self.record);
    }
}

pub(crate) type Asked = JoinHandle<(Result<u32, AskError>, Instant)>;

pub(crate) fn ask(
    actor: &ActorRef<Msg>,
    make: impl FnOnce(Reply<u32>) -> Msg + Send + 'static,
) -> Asked {
    let actor = actor.clone();
    tokio::spawn(async move { (actor.ask(make).await, Instant::now()) })
}

fn strategy(event: Event) -> Strategy {
    match event {
        Event::Ends(_, choice) => Strategy::one_for_one().on_failure(move |_| choice),
        Event::SiblingFails { .. } => Strategy::one_for_all(),
        Event::Stop(_) | Event::Kill => Strategy::one_for_one(),
    }
}

/// Plays the scene; every row of the table is one event.
pub(crate) async fn fate_of(event: Event) -> Fate {
    let system = System::builder("fate")
        .supervision(strategy(event))
        .stop_grace(GRACE)
        .build();
    let mut letters = system.dead_letters(100);
    let stage = Stage::new();
    let actor = system.spawn("actor", stage.puppet()).await.unwrap();
    let sibling = system.spawn("sibling", stage.puppet()).await.unwrap();
    let then = match event {
        Event::Ends(then, _) | Event::Stop(Some(then)) => then,
        _ => Then::Answer,
    };
    let hand = ask(&actor, move |reply| Msg::Hold(0, then, reply));
    settle().await;
    let mut asks = Vec::new();
    for (tell, number) in TELLS.into_iter().zip(ASKS) {
        actor.try_tell(Msg::Note(tell)).unwrap();
        asks.push(ask(&actor, move |reply| Msg::Get(number, reply)));
        settle().await;
    }

    let began = Instant::now();
    happen(event, &stage, &actor, &sibling).await;
    settle().await;
    let later = actor
        .try_tell(Msg::Note(LATER))
        .map_err(|error| match error {
            TrySendError::Stopped(Msg::Note(LATER)) => "stopped, and given back",
            _ => "something else",
        });
    let (hand_ask, _) = hand.await.unwrap();
    let mut fate = Fate {
        record: Vec::new(),
        hand_ask,
        asks: Vec::new(),
        asks_took: Duration::ZERO,
        later,
        letters: Vec::new(),
    };
    for ask in asks {
        let (result, at) = ask.await.unwrap();
        fate.asks.push(result);
        fate.asks_took = at - began;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    fate.record = stage.record();
    fate.letters = std::iter::from_fn(|| letters.try_recv()).collect();
    fate
}

async fn happen(event: Event, stage: &Stage, actor: &ActorRef<Msg>, sibling: &ActorRef<Msg>) {
    let in_time = match event {
        Event::Ends(..) => true,
        Event::SiblingFails { in_time } => {
            sibling.try_tell(Msg::Fail).unwrap();
            in_time
        }
        Event::Stop(then) => {
            actor.stop();
            then.is_some()
        }
        Event::Kill => {
            actor.kill();
            false
        }
    };
    if !matches!(event, Event::Ends(..)) {
        settle().await;
    }
    if in_time {
        stage.open();
    }
}
