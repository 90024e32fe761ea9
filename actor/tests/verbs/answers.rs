//! Replies: kept, passed on, dropped, lost with their handler.

use std::time::Duration;

use greenroom::prelude::*;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::worker::{Msg, Shared, settle, spawn};

fn ask(
    actor: &ActorRef<Msg>,
    make: impl FnOnce(Reply<u32>) -> Msg + Send + 'static,
) -> JoinHandle<Result<u32, AskError>> {
    let actor = actor.clone();
    tokio::spawn(async move { actor.ask(make).await })
}

async fn one() -> (System, Shared, ActorRef<Msg>) {
    let (system, shared) = (System::new("answers"), Shared::default());
    let actor = spawn(&system, "actor", &shared, 8).await;
    (system, shared, actor)
}

#[tokio::test(start_paused = true)]
async fn kept_reply_is_answered_later() {
    let (_system, _, actor) = one().await;
    let asked = ask(&actor, Msg::Keep);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!asked.is_finished());
    actor.try_tell(Msg::AnswerKept(5)).unwrap();
    assert!(matches!(asked.await.unwrap(), Ok(5)));
}

#[tokio::test(start_paused = true)]
async fn kept_reply_that_nobody_answers_times_out_as_unknown() {
    let (_system, _, actor) = one().await;
    let began = Instant::now();
    let asked = ask(&actor, Msg::Keep).await.unwrap();
    assert!(matches!(asked, Err(AskError::Timeout)), "{asked:?}");
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn kept_reply_ends_with_its_instance() {
    let (_system, _, actor) = one().await;
    let kept = ask(&actor, Msg::Keep);
    settle().await;
    let began = Instant::now();
    assert!(matches!(
        ask(&actor, Msg::Panic).await.unwrap(),
        Err(AskError::Failed(_))
    ));
    assert!(matches!(kept.await.unwrap(), Err(AskError::NoReply)));
    assert!(began.elapsed() < Duration::from_millis(2));
}

#[tokio::test(start_paused = true)]
async fn reply_passed_on_is_answered_by_another_actor() {
    let (system, shared, actor) = one().await;
    let other = spawn(&system, "other", &shared, 8).await;
    let asked = ask(&actor, move |reply| Msg::PassOn(other, reply));
    assert!(matches!(asked.await.unwrap(), Ok(77)));
}

#[tokio::test(start_paused = true)]
async fn reply_passed_on_to_a_stopped_actor_fails_with_the_handler() {
    let (system, shared, actor) = one().await;
    let other = spawn(&system, "other", &shared, 8).await;
    other.kill();
    other.terminated().await;
    let asked = ask(&actor, move |reply| Msg::PassOn(other, reply));
    assert!(matches!(asked.await.unwrap(), Err(AskError::Failed(_))));
}

#[tokio::test(start_paused = true)]
async fn dropped_reply_says_so_at_once_and_the_handler_goes_on() {
    let (_system, shared, actor) = one().await;
    let began = Instant::now();
    let asked = ask(&actor, Msg::Drop).await.unwrap();
    assert!(matches!(asked, Err(AskError::NoReply)), "{asked:?}");
    assert!(began.elapsed().is_zero());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(shared.notes(), ["went on"]);
}

#[tokio::test(start_paused = true)]
async fn reply_dropped_in_the_failing_poll_tells_the_failure() {
    let (_system, _, actor) = one().await;
    let asked = ask(&actor, Msg::Fail).await.unwrap();
    assert!(matches!(&asked, Err(AskError::Failed(f)) if f.to_string() == "failed over it"));
    let asked = ask(&actor, Msg::Panic).await.unwrap();
    assert!(matches!(&asked, Err(AskError::Failed(f)) if f.to_string().contains("panicked over")));
}

#[tokio::test(start_paused = true)]
async fn answer_nobody_waits_for_comes_back() {
    let (system, _, _) = one().await;
    let (give, take) = tokio::sync::oneshot::channel();
    let mut give = Some(give);
    let spawn = system.spawn("late", move || Late(give.take()));
    let late = spawn.await.unwrap();
    let asked = late.ask(|reply| reply).timeout(Duration::from_millis(10));
    assert!(matches!(asked.await, Err(AskError::Timeout)));
    let reply: Reply<u32> = take.await.unwrap();
    assert!(!reply.is_wanted());
    assert_eq!(reply.try_send(9), Err(9));
}

/// Gives its first reply away.
struct Late(Option<tokio::sync::oneshot::Sender<Reply<u32>>>);

impl Actor for Late {
    type Msg = Reply<u32>;

    async fn handle(&mut self, reply: Reply<u32>, _ctx: &mut Context<Self>) -> ActorResult {
        if let Some(give) = self.0.take() {
            drop(give.send(reply));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn reply_of_an_asker_who_gave_up_is_not_wanted() {
    let (system, _, _) = one().await;
    let (give, take) = tokio::sync::oneshot::channel();
    let mut give = Some(give);
    let late = system
        .spawn("late", move || Late(give.take()))
        .await
        .unwrap();
    let asked = tokio::spawn(async move { late.ask(|reply| reply).await });
    let reply: Reply<u32> = take.await.unwrap();
    assert!(reply.is_wanted());
    asked.abort();
    settle().await;
    assert!(!reply.is_wanted());
}
