//! How large the types are that programs keep and pass on by the thousand.

use std::mem::size_of;

use greenroom::prelude::*;
use greenroom::{ActorId, ActorPath, ServiceKey};

const WORD: usize = size_of::<usize>();

#[test]
fn references_are_two_words() {
    assert_eq!(size_of::<ActorRef<u64>>(), 2 * WORD);
    assert_eq!(size_of::<Option<ActorRef<[u64; 100]>>>(), 2 * WORD);
}

#[test]
fn a_reply_is_no_larger_than_a_reference() {
    assert!(size_of::<Reply<u64>>() <= 2 * WORD);
    assert!(
        size_of::<Reply<[u64; 100]>>() <= 2 * WORD,
        "whatever it answers"
    );
    assert!(size_of::<Option<Reply<u64>>>() <= 2 * WORD);
}

#[test]
fn a_tell_is_its_message_and_few_words() {
    assert!(size_of::<greenroom::Tell<'_, [u64; 100]>>() <= size_of::<[u64; 100]>() + 6 * WORD);
    assert!(size_of::<greenroom::Tell<'_, Box<u64>>>() <= 6 * WORD);
}

#[test]
fn what_names_actors_is_small() {
    assert_eq!(size_of::<ActorId>(), 8);
    assert_eq!(size_of::<ActorPath>(), 2 * WORD);
    assert_eq!(size_of::<ServiceKey<u64>>(), 2 * WORD);
    assert_eq!(size_of::<Failure>(), WORD);
    assert!(size_of::<StopReason>() <= 2 * WORD);
}

#[test]
fn errors_are_no_larger_than_what_they_give_back_and_a_word() {
    assert!(size_of::<SendError<[u64; 8]>>() <= size_of::<[u64; 8]>() + WORD);
    assert!(size_of::<TrySendError<[u64; 8]>>() <= size_of::<[u64; 8]>() + WORD);
    assert!(size_of::<AskError>() <= 4 * WORD);
}
