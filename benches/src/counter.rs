//! An actor that counts what it is told.

use std::ops::Range;

use greenroom::prelude::*;

use crate::check::{Fault, check};

/// How many numbers there were, and what they add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    messages: u64,
    sum: u64,
}

impl Count {
    /// Counts each of these numbers once.
    pub fn of(numbers: Range<u64>) -> Self {
        let mut count = Self::default();
        numbers.for_each(|number| count.add(number));
        count
    }

    /// Counts one number.
    #[inline]
    pub fn add(&mut self, number: u64) {
        self.messages += 1;
        self.sum = self.sum.wrapping_add(number);
    }

    /// Adds what others have counted.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            sum: self.sum.wrapping_add(other.sum),
        }
    }

    /// How many numbers there were.
    pub fn messages(self) -> u64 {
        self.messages
    }

    /// Whether these are the numbers that were sent: none lost, none twice, none changed.
    ///
    /// # Errors
    ///
    /// They are not.
    pub fn check(self, expected: Self) -> Result<(), Fault> {
        check("handled messages", self.messages, expected.messages)?;
        check("the sum of the messages", self.sum, expected.sum)
    }
}

/// What a [`Counter`] is told and asked.
#[derive(Debug)]
pub enum CounterMsg {
    /// A number to count.
    Add(u64),
    /// What was counted since this was last asked. Each sender's messages are handled in order, so
    /// whoever asks after its tells knows by the answer that they are all handled.
    Take(Reply<Count>),
}

/// Counts and adds up the numbers that it is told.
#[derive(Debug, Default)]
pub struct Counter(Count);

impl Counter {
    /// One that has counted something already.
    pub fn starting_with(count: Count) -> Self {
        Self(count)
    }
}

impl Actor for Counter {
    type Msg = CounterMsg;

    async fn handle(&mut self, message: CounterMsg, _: &mut Context<Self>) -> ActorResult {
        match message {
            CounterMsg::Add(number) => self.0.add(number),
            CounterMsg::Take(reply) => reply.send(std::mem::take(&mut self.0)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_right_only_if_all_of_it_is() {
        let right = Count::of(0..10);
        assert!(Count::of(0..4).and(Count::of(4..10)).check(right).is_ok());
        assert!(Count::of(0..9).check(right).is_err(), "one is lost");
        assert!(
            right.and(Count::of(0..1)).check(right).is_err(),
            "one came twice"
        );
        assert!(
            Count::of(1..11).check(right).is_err(),
            "as many, but others"
        );
    }
}
