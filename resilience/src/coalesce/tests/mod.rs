//! Calls that share one, on a paused clock, in every order, and from many threads.

mod drops;
mod every_order;
mod panics;
mod sharing;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures::poll;

use super::*;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn flights<V: Clone>() -> Flights<String, V> {
    Flights::new(&Coalesce::new(10)).expect("sound settings")
}

/// What is called: it answers when it is told to.
#[derive(Default)]
struct Service {
    running: Cell<u32>,
    waker: RefCell<Option<Waker>>,
    answers: Cell<u32>,
}

impl Service {
    /// A call that gives its own number. Two of them at a time are a failure of the test.
    async fn call(&self, number: u32) -> u32 {
        struct Running<'a>(&'a Cell<u32>);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        self.running.set(self.running.get() + 1);
        let _running = Running(&self.running);
        assert_eq!(self.running.get(), 1, "one call at a time");
        poll_fn(|cx| {
            let answers = self.answers.get();
            if answers > 0 {
                self.answers.set(answers - 1);
                return Poll::Ready(number);
            }
            *self.waker.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn answer(&self) {
        self.answers.set(self.answers.get() + 1);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

type Caller<'a> = Pin<Box<dyn Future<Output = u32> + 'a>>;

/// Callers for one key, each of which has come and waits; the first has made its call.
async fn in_line<'a, const N: usize>(
    flights: &'a Flights<String, u32>,
    service: &'a Service,
    numbers: [u32; N],
) -> [Caller<'a>; N] {
    let mut callers = numbers
        .map(|number| -> Caller<'a> { Box::pin(flights.call("a", move || service.call(number))) });
    for caller in &mut callers {
        assert!(poll!(caller).is_pending());
    }
    callers
}
