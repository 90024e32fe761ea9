//! Generic actors: parameters and bounds are carried to the enum and the trait.

use std::fmt::Display;
use std::marker::PhantomData;

use greenroom::prelude::*;

struct Cache<K, V>
where
    K: Ord,
{
    entries: Vec<(K, V)>,
}

#[actor]
impl<K, V: Clone + Send + 'static> Cache<K, V>
where
    K: Ord + Send + 'static,
    Self: Sized,
{
    #[message]
    async fn put(&mut self, key: K, value: V) {
        self.entries.retain(|(known, _)| *known != key);
        self.entries.push((key, value));
    }

    #[message]
    async fn find(&mut self, key: K) -> Option<V> {
        self.entries
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value.clone())
    }
}

#[tokio::test]
async fn parameters_are_found_from_the_reference() {
    let system = System::new("generics");
    let cache = system
        .spawn("cache", || Cache {
            entries: Vec::new(),
        })
        .await
        .unwrap();
    cache.put("a".to_owned(), 1).await.unwrap();
    cache.put("a".to_owned(), 2).await.unwrap();
    assert_eq!(cache.find("a".to_owned()).await.unwrap(), Some(2));
    assert_eq!(
        cache
            .ask(|reply| CacheMsg::Find("b".to_owned(), reply))
            .await
            .unwrap(),
        None
    );
}

/// Neither parameter is part of a message, and `N` is a constant.
struct Repeat<T, D, const N: usize> {
    value: T,
    marker: PhantomData<fn(D)>,
}

#[actor]
impl<T: Display + Send + Sync + 'static, D: 'static, const N: usize> Repeat<T, D, N> {
    const LENGTH: usize = 2;

    #[message]
    fn show(&self) -> [String; N] {
        std::array::from_fn(|_| self.value.to_string())
    }
}

#[tokio::test]
async fn unused_parameters_leave_the_enum_exhaustive() {
    let system = System::new("generics");
    // `D` need not be `Send`: nothing of it is ever sent.
    let make = || Repeat::<_, std::rc::Rc<u8>, 2> {
        value: 7,
        marker: PhantomData,
    };
    let repeat = system.spawn("repeat", make).await.unwrap();
    assert_eq!(repeat.show().await.unwrap(), ["7", "7"]);
    assert_eq!(Repeat::<u8, u8, 2>::LENGTH, 2);
    fn by_hand(message: RepeatMsg<u8, u8, 3>) -> Reply<[String; 3]> {
        match message {
            RepeatMsg::Show(reply) => reply,
        }
    }
    let _: fn(RepeatMsg<u8, u8, 3>) -> _ = by_hand;
}

struct Pipe<I: Iterator> {
    last: Option<I::Item>,
}

#[actor]
impl<I> Pipe<I>
where
    I: Iterator<Item: Clone + Send> + 'static,
{
    #[message]
    async fn push(&mut self, item: I::Item) -> Option<I::Item> {
        self.last.replace(item)
    }
}

#[tokio::test]
async fn associated_types_of_parameters_are_carried() {
    let system = System::new("generics");
    let make = || Pipe::<std::vec::IntoIter<u8>> { last: None };
    let pipe = system.spawn("pipe", make).await.unwrap();
    assert_eq!(pipe.push(1).await.unwrap(), None);
    assert_eq!(pipe.push(2).await.unwrap(), Some(1));
}

/// A parameter has the name that the written code would like to use.
struct Taken<T>(T);

#[actor]
impl<T: Clone + Send + Sync + 'static> Taken<T> {
    #[message]
    fn copy(&self) -> T {
        self.0.clone()
    }
}

#[tokio::test]
async fn parameters_may_have_any_name() {
    let taken = System::new("generics")
        .spawn("taken", || Taken(3))
        .await
        .unwrap();
    assert_eq!(taken.copy().await.unwrap(), 3);
}
