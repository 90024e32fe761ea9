//! Topics: everybody who subscribed, each with its own answer to being too slow.

use greenroom::prelude::*;
use greenroom::{Published, SlowSubscriber};

/// Is told numbers, and asked for them.
struct Numbers(Vec<u32>);

#[derive(Clone)]
enum News {
    Number(u32),
    Wait(std::sync::Arc<tokio::sync::Notify>),
}

impl Actor for Numbers {
    type Msg = News;

    async fn handle(&mut self, news: News, _ctx: &mut Context<Self>) -> ActorResult {
        match news {
            News::Number(number) => self.0.push(number),
            News::Wait(gate) => gate.notified().await,
        }
        Ok(())
    }
}

/// A subscriber with room for one, whose handler waits at the gate and whose mailbox is full.
async fn slow(system: &System, gate: &std::sync::Arc<tokio::sync::Notify>) -> ActorRef<News> {
    let spawn = system.spawn("slow", || Numbers(Vec::new()));
    let slow = spawn
        .mailbox(|m| m.capacity(1))
        .await
        .expect("the name is free");
    slow.tell(News::Wait(gate.clone())).await.expect("room");
    tokio::task::yield_now().await;
    slow.tell(News::Number(0)).await.expect("room for one");
    slow
}

fn came_of(published: Published) -> (usize, usize, usize) {
    (published.delivered, published.missed, published.removed)
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_misses_or_is_removed_or_waited_for() {
    for (how, expected) in [
        (SlowSubscriber::Miss, (1, 1, 0)),
        (SlowSubscriber::Remove, (1, 0, 1)),
        (SlowSubscriber::Wait, (2, 0, 0)),
    ] {
        let system = System::new("topics");
        let topic = system.topic::<News>("news").expect("few names");
        let gate = std::sync::Arc::default();
        let slow = slow(&system, &gate).await;
        let quick = system.spawn("quick", || Numbers(Vec::new())).await;
        topic.subscribe(&slow, how);
        topic.subscribe(&quick.expect("the name is free"), SlowSubscriber::Miss);
        let publish = topic.publish(News::Number(1));
        let open = async {
            tokio::task::yield_now().await;
            gate.notify_one();
        };
        let (published, ()) = tokio::join!(publish, open);
        assert_eq!(came_of(published), expected, "{how:?}");
        let letters = system.dead_letter_counts().unsubscribed;
        assert_eq!(letters, (expected.1 + expected.2) as u64, "{how:?}");
        let left = if how == SlowSubscriber::Remove { 1 } else { 2 };
        assert_eq!(topic.subscribers(), left, "{how:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_has_ended_is_removed_and_names_mean_one_topic() {
    let system = System::new("topics");
    let topic = system.topic::<News>("news").expect("few names");
    let one = system.spawn("one", || Numbers(Vec::new())).await;
    let one = one.expect("the name is free");
    system
        .topic("news")
        .expect("few names")
        .subscribe(&one, SlowSubscriber::Wait);
    assert_eq!(topic.subscribers(), 1);
    one.stop();
    one.terminated().await;
    assert_eq!(topic.subscribers(), 0);
    assert_eq!(came_of(topic.publish(News::Number(1)).await), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_no_more_is_removed() {
    let system = System::new("topics");
    let topic = system.topic::<News>("news").expect("few names");
    let gate = std::sync::Arc::default();
    let slow = slow(&system, &gate).await;
    topic.subscribe(&slow, SlowSubscriber::Wait);
    slow.stop();
    assert_eq!(came_of(topic.publish(News::Number(1)).await), (0, 0, 1));
    assert_eq!(topic.subscribers(), 0);
}

/// Tells what it holds, in order, and fails where it is told to.
struct Reader(tokio::sync::mpsc::Sender<u32>);

#[derive(Clone)]
enum Page {
    Number(u32),
    Fail,
}

impl Actor for Reader {
    type Msg = Page;

    async fn handle(&mut self, page: Page, _ctx: &mut Context<Self>) -> ActorResult {
        match page {
            Page::Number(number) => self.0.try_send(number)?,
            Page::Fail => return Err(Failure::message("told to")),
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_survives_a_restart_and_keeps_the_order() {
    let system = System::new("topics");
    let topic = system.topic::<Page>("pages").expect("few names");
    let (sender, mut read) = tokio::sync::mpsc::channel(100);
    let reader = system.spawn("reader", move || Reader(sender.clone())).await;
    let reader = reader.expect("the name is free");
    topic.subscribe(&reader, SlowSubscriber::Miss);
    for number in 0..100 {
        if number % 30 == 10 {
            assert_eq!(came_of(topic.publish(Page::Fail).await), (1, 0, 0));
        }
        assert_eq!(
            came_of(topic.publish(Page::Number(number)).await),
            (1, 0, 0)
        );
    }
    for number in 0..100 {
        assert_eq!(read.recv().await, Some(number));
    }
    assert_eq!(
        system.dead_letter_counts().total(),
        3,
        "what it failed over"
    );
    assert_eq!(topic.subscribers(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_while_it_is_waited_for_is_removed_and_holds_up_nobody() {
    let system = System::new("topics");
    let topic = system.topic::<News>("news").expect("few names");
    let gate = std::sync::Arc::default();
    let slow = slow(&system, &gate).await;
    topic.subscribe(&slow, SlowSubscriber::Wait);
    let began = tokio::time::Instant::now();
    let publish = topic.publish(News::Number(1));
    let end = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        slow.kill();
    };
    let (published, ()) = tokio::join!(publish, end);
    assert_eq!(came_of(published), (0, 0, 1));
    assert_eq!(began.elapsed().as_secs(), 1, "as soon as it has ended");
    assert_eq!(topic.subscribers(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_stays_full_is_waited_for_no_longer_than_a_send() {
    let system = System::new("topics");
    let topic = system.topic::<News>("news").expect("few names");
    let gate = std::sync::Arc::default();
    let slow = slow(&system, &gate).await;
    topic.subscribe(&slow, SlowSubscriber::Wait);
    let began = tokio::time::Instant::now();
    assert_eq!(came_of(topic.publish(News::Number(1)).await), (0, 1, 0));
    assert_eq!(began.elapsed().as_secs(), 5);
    assert_eq!(system.dead_letter_counts().unsubscribed, 1);
    assert_eq!(topic.subscribers(), 1);
}

#[tokio::test(start_paused = true)]
async fn subscribing_again_replaces_and_unsubscribing_ends_it() {
    let system = System::new("topics");
    let topic = system.topic::<News>("news").expect("few names");
    let gate = std::sync::Arc::default();
    let slow = slow(&system, &gate).await;
    topic.subscribe(&slow, SlowSubscriber::Wait);
    topic.subscribe(&slow, SlowSubscriber::Miss);
    assert_eq!(topic.subscribers(), 1, "once is enough");
    assert_eq!(came_of(topic.publish(News::Number(1)).await), (0, 1, 0));
    topic.unsubscribe(&slow);
    assert_eq!(came_of(topic.publish(News::Number(1)).await), (0, 0, 0));
}
