//! `#[message(idempotent)]`: arguments that can be sent again, on a target that tries again.

use std::future::{Ready, ready};

use greenroom::prelude::*;

struct Store;

#[derive(Clone, Debug, PartialEq)]
struct Key(u8);

#[actor]
impl Store {
    #[message]
    async fn append(&mut self, _value: String) {}

    #[message(idempotent)]
    async fn put(&mut self, _key: Key, _value: String) {}

    #[message(idempotent)]
    async fn find(&mut self, _key: Key) -> u8 {
        0
    }

    #[message(idempotent)]
    fn flush(&mut self) {}
}

/// Makes the message of a call three times, and says how often there was one.
struct Thrice;

impl Target for Thrice {
    type Msg = StoreMsg;
    type TellError = usize;
    type AskError = usize;
    type Tell<'a, A: Send + 'static> = Ready<Result<(), usize>>;
    type Ask<'a, A: Send + 'static, R: Send + 'static> = Ready<Result<R, usize>>;

    fn call_tell<A: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>) -> Option<StoreMsg>,
    ) -> Ready<Result<(), usize>> {
        let mut arguments = Some(arguments);
        ready(Err((0..3).filter_map(|_| make(&mut arguments)).count()))
    }

    fn call_ask<A: Send + 'static, R: Send + 'static>(
        &self,
        _arguments: A,
        _make: fn(&mut Option<A>, Reply<R>) -> Option<StoreMsg>,
    ) -> Ready<Result<R, usize>> {
        ready(Err(0))
    }
}

#[tokio::test]
async fn arguments_are_spent_unless_the_message_is_idempotent() {
    assert_eq!(Thrice.append("x".into()).await, Err(1));
    assert_eq!(Thrice.put(Key(1), "x".into()).await, Err(3));
    assert_eq!(Thrice.flush().await, Err(3));
}

#[tokio::test]
async fn idempotent_messages_are_called_like_others() {
    let store = System::new("retries")
        .spawn("store", || Store)
        .await
        .unwrap();
    store.put(Key(1), "x".into()).await.unwrap();
    assert_eq!(store.find(Key(1)).await.unwrap(), 0);
}
