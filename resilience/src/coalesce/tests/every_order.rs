//! Three callers of one key, in every order of coming, going, and answers of the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};

use futures::future::LocalBoxFuture;

use super::*;

const CALLERS: usize = 3;

/// Steps before all that are left are run to their end.
const STEPS: usize = 6;

#[derive(Debug, Clone, Copy)]
enum Step {
    Poll(usize),
    Drop(usize),
    Answer,
}

fn steps() -> impl Iterator<Item = Step> {
    let callers = 0..CALLERS;
    let drops = callers.clone().map(Step::Drop);
    callers.map(Step::Poll).chain(drops).chain([Step::Answer])
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A caller, whether it was woken since its last poll, and whether it has come.
struct Visitor<'a> {
    call: Option<LocalBoxFuture<'a, Result<u32, u32>>>,
    woken: Arc<Woken>,
}

impl Visitor<'_> {
    fn poll(&mut self) -> Option<Result<u32, u32>> {
        let call = self.call.as_mut()?;
        self.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self.woken));
        let Poll::Ready(answer) = call.as_mut().poll(&mut Context::from_waker(&waker)) else {
            return None;
        };
        self.call = None;
        Some(answer)
    }

    fn is_woken(&self) -> bool {
        self.call.is_some() && self.woken.0.load(Ordering::Relaxed)
    }
}

/// Takes the steps, then polls none but those that were woken, until all have their answers.
fn run(order: &[Step]) {
    let flights = Flights::<u8, Result<u32, u32>>::new(&Coalesce::new(1)).expect("sound");
    let flights = flights.share(Result::is_ok);
    let service = Service::default();
    let mut callers: Vec<Visitor<'_>> = (0..CALLERS as u32)
        .map(|number| {
            let service = &service;
            // The first one's call fails, so that its answer is not shared.
            let make = move || async move {
                let number = service.call(number).await;
                if number == 0 { Err(0) } else { Ok(number) }
            };
            Visitor {
                call: Some(Box::pin(flights.call(&7, make))),
                woken: Arc::new(Woken(AtomicBool::new(true))),
            }
        })
        .collect();
    let mut made_by = Vec::new();
    for step in order {
        match *step {
            Step::Poll(caller) => made_by.extend(callers[caller].poll().map(|by| (caller, by))),
            Step::Drop(caller) => callers[caller].call = None,
            Step::Answer => service.answer(),
        }
        let left = callers.iter().filter(|caller| caller.call.is_some());
        assert!(left.count() > 0 || flights.is_empty(), "{order:?}");
    }
    for _ in 0..100 {
        service.answer();
        for (number, caller) in callers.iter_mut().enumerate() {
            if caller.is_woken() {
                made_by.extend(caller.poll().map(|by| (number, by)));
            }
        }
    }
    let waits = callers.iter().any(|caller| caller.call.is_some());
    assert!(!waits, "somebody was not woken: {order:?}");
    assert!(flights.is_empty(), "{order:?}");
    assert_eq!(service.running.get(), 0);
    for (caller, answer) in made_by {
        // A failure is that of the caller that made the call.
        assert!(answer != Err(0) || caller == 0, "{order:?}");
    }
}

#[test]
fn nobody_waits_for_ever_and_nothing_is_left_in_any_order() {
    let mut orders = vec![Vec::new()];
    for _ in 0..STEPS {
        let longer = orders.iter().flat_map(|order: &Vec<Step>| {
            steps().map(move |step| {
                let mut longer = order.clone();
                longer.push(step);
                longer
            })
        });
        orders = longer.collect();
    }
    assert_eq!(orders.len(), 7_usize.pow(STEPS as u32));
    orders.iter().for_each(|order| run(order));
}
