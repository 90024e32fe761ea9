//! The stash.

use greenroom::prelude::*;

use crate::stage::Stage;

enum Msg {
    Number(u32),
    Open,
    Fail,
    Limit(usize),
    Asked(Reply<u32>),
}

/// Puts numbers and asks aside until it is opened; a new instance opens by itself if told so.
struct Door {
    open: bool,
    stage: Stage,
}

impl Actor for Door {
    type Msg = Msg;

    async fn handle(&mut self, message: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Msg::Number(number) if self.open => self.stage.log(number.to_string()),
            Msg::Asked(reply) if self.open => reply.send(7),
            Msg::Open => {
                self.open = true;
                ctx.unstash_all();
            }
            Msg::Fail => return Err(Failure::message("told to")),
            Msg::Limit(limit) => ctx.stash_capacity(limit),
            aside @ (Msg::Number(_) | Msg::Asked(_)) => {
                if ctx.stash(aside).is_err() {
                    self.stage.log(format!("full with {}", ctx.stashed()));
                }
            }
        }
        Ok(())
    }
}

async fn door(system: &System, stage: &Stage, opens: bool) -> ActorRef<Msg> {
    let (stage, mut starts) = (stage.clone(), 0);
    let factory = move || {
        starts += 1;
        Door {
            open: opens && starts > 1,
            stage: stage.clone(),
        }
    };
    system.spawn("door", factory).await.expect("it starts")
}

fn send(door: &ActorRef<Msg>, messages: impl IntoIterator<Item = Msg>) {
    for message in messages {
        door.try_tell(message).expect("room");
    }
}

async fn settle() {
    crate::stage::pass(crate::stage::secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_put_aside_comes_back_in_order_before_what_is_queued() {
    let (system, stage) = (System::new("stash"), Stage::default());
    let door = door(&system, &stage, false).await;
    send(&door, (1..=3).map(Msg::Number));
    send(&door, [Msg::Open, Msg::Number(4), Msg::Number(5)]);
    settle().await;
    assert_eq!(stage.take(), ["1", "2", "3", "4", "5"]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_returns_the_stash_to_the_front_in_order() {
    let (system, stage) = (System::new("stash"), Stage::default());
    let door = door(&system, &stage, true).await;
    send(&door, (1..=3).map(Msg::Number));
    send(&door, [Msg::Fail, Msg::Number(4)]);
    settle().await;
    assert_eq!(stage.take(), ["1", "2", "3", "4"]);
    assert_eq!(system.dead_letter_counts().total(), 1, "the poison alone");
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_stashes_again_loses_and_doubles_nothing() {
    let (system, stage) = (System::new("stash"), Stage::default());
    let door = door(&system, &stage, false).await;
    for round in 0..4 {
        send(&door, [Msg::Number(round), Msg::Fail]);
    }
    send(&door, [Msg::Open]);
    settle().await;
    assert_eq!(stage.take(), ["0", "1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn the_bound_gives_the_message_back() {
    let (system, stage) = (System::new("stash"), Stage::default());
    let door = door(&system, &stage, false).await;
    send(&door, [Msg::Limit(2)]);
    send(&door, (1..=3).map(Msg::Number));
    send(&door, [Msg::Open]);
    settle().await;
    assert_eq!(stage.take(), ["full with 2", "1", "2"]);
    let big = door_of_1024(&system, &stage).await;
    settle().await;
    assert_eq!(stage.take(), ["full with 1024"]);
    big.kill();
}

async fn door_of_1024(system: &System, stage: &Stage) -> ActorRef<Msg> {
    let log = stage.clone();
    let factory = move || Door {
        open: false,
        stage: log.clone(),
    };
    let big = system.spawn("big", factory).await.expect("it starts");
    for number in 0..=1_024 {
        big.tell(Msg::Number(number)).await.expect("room in time");
    }
    big
}

#[tokio::test(start_paused = true)]
async fn at_the_end_the_stash_becomes_dead_letters_in_order() {
    for kill in [false, true] {
        let (system, stage) = (System::new("stash"), Stage::default());
        let mut letters = system.dead_letters(16);
        let door = door(&system, &stage, false).await;
        send(&door, (1..=3).map(Msg::Number));
        settle().await;
        if kill {
            send(&door, [Msg::Number(4)]);
            door.kill();
        } else {
            door.stop();
        }
        door.terminated().await;
        let mut numbers = Vec::new();
        while let Some(letter) = letters.try_recv() {
            match letter.take_message() {
                Some(Msg::Number(number)) => numbers.push(number),
                _ => panic!("not a number: {letter:?}"),
            }
        }
        let expected: &[u32] = if kill { &[1, 2, 3, 4] } else { &[1, 2, 3] };
        assert_eq!(numbers, expected);
        assert_eq!(system.dead_letter_counts().stopped, expected.len() as u64);
        assert_eq!(stage.take(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_ask_put_aside_is_answered_later() {
    let (system, stage) = (System::new("stash"), Stage::default());
    let door = door(&system, &stage, true).await;
    let asked = tokio::spawn({
        let door = door.clone();
        async move { door.ask(Msg::Asked).await }
    });
    settle().await;
    send(&door, [Msg::Fail]);
    assert_eq!(asked.await.expect("no panic").expect("an answer"), 7);
}

#[tokio::test(start_paused = true)]
async fn a_narrow_mailbox_takes_the_stash_back_all_the_same() {
    for lanes in [false, true] {
        let (system, stage) = (System::new("stash"), Stage::default());
        let log = stage.clone();
        let factory = move || Door {
            open: false,
            stage: log.clone(),
        };
        let door = system.spawn("door", factory).mailbox(move |m| match lanes {
            false => m.capacity(1),
            true => m
                .capacity(1)
                .priority(2, |m| usize::from(matches!(m, Msg::Number(_)))),
        });
        let door = door.await.expect("it starts");
        for number in 1..=5 {
            door.tell(Msg::Number(number)).await.expect("room in time");
        }
        settle().await;
        door.tell(Msg::Open).await.expect("room");
        door.tell(Msg::Number(6)).await.expect("room");
        settle().await;
        assert_eq!(stage.take(), ["1", "2", "3", "4", "5", "6"]);
    }
}
