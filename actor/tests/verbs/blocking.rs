//! The verbs of code that is not async, from a thread of its own.

use std::thread;

use greenroom::prelude::*;

use crate::worker::{Msg, Shared, spawn};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_verbs_work_from_a_thread() {
    let (system, shared) = (System::new("blocking"), Shared::default());
    let actor = spawn(&system, "actor", &shared, 1).await;
    let sender = actor.clone();
    let thread = thread::spawn(move || {
        let told = (0..100).all(|number| sender.blocking_tell(Msg::Note(number)).is_ok());
        (told, sender.blocking_ask(|reply| Msg::Get(100, reply)))
    });
    let (told, asked) = tokio::task::spawn_blocking(|| thread.join().unwrap())
        .await
        .unwrap();
    assert!(told);
    assert!(matches!(asked, Ok(100)));
    let numbers: Vec<u32> = shared.notes().iter().map(|n| n.parse().unwrap()).collect();
    assert!(numbers.into_iter().eq(0..=100u32));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_verbs_tell_of_a_stopped_actor() {
    let (system, shared) = (System::new("blocking"), Shared::default());
    let actor = spawn(&system, "actor", &shared, 1).await;
    actor.kill();
    actor.terminated().await;
    let results = tokio::task::spawn_blocking(move || {
        let told = actor.blocking_tell(Msg::Note(1));
        (told, actor.blocking_ask(|reply| Msg::Get(2, reply)))
    });
    let (told, asked) = results.await.unwrap();
    assert!(matches!(told, Err(SendError::Stopped(Msg::Note(1)))));
    assert!(matches!(asked, Err(AskError::Stopped)));
}
