//! Call methods: what they send, what they answer, and what they can be called on.

use std::time::Duration;

use futures::future::{join_all, try_join};
use greenroom::prelude::*;

#[derive(Default)]
struct Counter {
    count: u64,
}

#[derive(Debug, PartialEq)]
struct TooSmall;

#[actor(derive(Debug))]
impl Counter {
    /// Adds `n`.
    #[message]
    async fn add(&mut self, n: u64) {
        self.count += n;
    }

    #[message]
    async fn get(&mut self) -> u64 {
        self.count
    }

    #[message]
    fn reset(&mut self) {
        self.count = 0;
    }

    #[message]
    fn differs(&self, from: u64, mut by: u64) -> bool {
        by += from;
        by == self.count
    }

    #[message]
    async fn subtract(&mut self, n: u64) -> Result<u64, TooSmall> {
        self.count = self.count.checked_sub(n).ok_or(TooSmall)?;
        Ok(self.count)
    }

    #[message]
    async fn path_of(&mut self, suffix: String, ctx: &mut Context<Self>, times: usize) -> String {
        format!("{}{}", ctx.path(), suffix.repeat(times))
    }

    #[message]
    async fn add_later(&mut self, n: u64, ctx: &mut Context<Self>) -> ActorResult {
        ctx.myself().add(n).await?;
        Ok(())
    }

    // Names that the written code could be thought to use itself.
    #[message]
    #[allow(clippy::too_many_arguments, reason = "each is a name that could clash")]
    fn names(
        &mut self,
        message: u64,
        context: u64,
        reply: u64,
        arguments: u64,
        told: u64,
        r#move: u64,
    ) -> [u64; 6] {
        [message, context, reply, arguments, told, r#move]
    }

    fn plain_helper(&self) -> u64 {
        self.count
    }
}

async fn counter() -> (System, ActorRef<CounterMsg>) {
    let system = System::new("calls");
    let counter = system.spawn("counter", Counter::default).await;
    (system, counter.expect("there is no other"))
}

#[tokio::test]
async fn method_without_value_is_a_tell_and_one_with_a_value_an_ask() {
    let (_system, counter) = counter().await;
    counter.add(3).await.unwrap();
    assert_eq!(counter.get().await.unwrap(), 3);
    assert!(counter.differs(1, 2).await.unwrap());
    counter.reset().await.unwrap();
    assert_eq!(counter.get().await.unwrap(), 0);
}

#[tokio::test]
async fn result_is_an_answer_and_does_not_fail_the_actor() {
    async fn twice(counter: &ActorRef<CounterMsg>) -> Result<u64, AskError> {
        assert_eq!(counter.subtract(1).await?, Ok(1));
        counter.get().await
    }
    let (system, counter) = counter().await;
    counter.add(2).await.unwrap();
    assert_eq!(twice(&counter).await.unwrap(), 1);
    assert_eq!(counter.subtract(5).await.unwrap(), Err(TooSmall));
    assert_eq!(counter.get().await.unwrap(), 1);
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test]
async fn messages_made_by_hand_mix_with_calls() {
    let (_system, counter) = counter().await;
    counter.tell(CounterMsg::Add(3)).await.unwrap();
    counter.try_tell(CounterMsg::Reset).unwrap();
    counter.add(4).await.unwrap();
    assert_eq!(counter.ask(CounterMsg::Get).await.unwrap(), 4);
    assert!(
        counter
            .ask(|reply| CounterMsg::Differs(2, 2, reply))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn context_is_no_part_of_the_message() {
    let (_system, counter) = counter().await;
    assert_eq!(
        counter.path_of("!".into(), 2).await.unwrap(),
        "/user/counter!!"
    );
    counter.add_later(5).await.unwrap();
    // The first call told the actor itself, so the second question comes after it.
    counter.get().await.unwrap();
    assert_eq!(counter.get().await.unwrap(), 5);
}

#[tokio::test]
async fn arguments_may_have_any_name() {
    let (_system, counter) = counter().await;
    assert_eq!(
        counter.names(1, 2, 3, 4, 5, 6).await.unwrap(),
        [1, 2, 3, 4, 5, 6]
    );
}

#[tokio::test]
async fn methods_stay_on_the_actor_itself() {
    let mut counter = Counter::default();
    counter.add(2).await;
    assert_eq!(counter.get().await, 2);
    assert_eq!(counter.plain_helper(), 2);
    assert!(counter.differs(2, 0));
}

#[tokio::test]
async fn calls_go_through_references_and_generic_targets() {
    async fn through<T>(target: &T) -> Result<u64, AskError>
    where
        T: Target<Msg = CounterMsg, AskError = AskError> + ?Sized,
        T::TellError: std::fmt::Debug,
    {
        target.add(1).await.expect("there is room");
        target.get().await
    }
    let (_system, counter) = counter().await;
    assert_eq!(through(&counter).await.unwrap(), 1);
    assert_eq!(through(&&counter).await.unwrap(), 2);
    let borrowed: &ActorRef<CounterMsg> = &counter;
    assert_eq!(borrowed.get().await.unwrap(), 2);
}

#[tokio::test]
async fn calls_can_be_made_in_another_task_and_many_at_once() {
    let (_system, counter) = counter().await;
    let cloned = counter.clone();
    let task = tokio::spawn(async move {
        cloned.add(1).await?;
        Ok::<_, SendError<CounterMsg>>(cloned.get().await)
    });
    assert_eq!(task.await.unwrap().unwrap().unwrap(), 1);
    let asks = (0..10).map(|n| counter.differs(1, n));
    let answers = join_all(asks).await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| *answer.as_ref().unwrap())
            .count(),
        1
    );
    assert_eq!(
        try_join(counter.get(), counter.get()).await.unwrap(),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn calls_take_a_timeout() {
    let (_system, counter) = counter().await;
    counter
        .add(1)
        .timeout(Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(
        counter.get().timeout(Duration::from_secs(1)).await.unwrap(),
        1
    );
    let refused = counter.get().timeout(Duration::ZERO).await;
    assert!(matches!(refused, Err(AskError::ZeroTimeout)));
}

#[tokio::test]
async fn refused_call_gives_its_message_back() {
    let (_system, counter) = counter().await;
    counter.stop();
    counter.terminated().await;
    let refused = counter.add(7).await.unwrap_err();
    assert!(matches!(refused.into_message(), Some(CounterMsg::Add(7))));
}

#[test]
fn messages_are_described_by_their_variant() {
    assert_eq!(Counter::describe(&CounterMsg::Add(1)), "Add");
    assert_eq!(Counter::describe(&CounterMsg::Reset), "Reset");
    assert_eq!(format!("{:?}", CounterMsg::AddLater(2)), "AddLater(2)");
}
