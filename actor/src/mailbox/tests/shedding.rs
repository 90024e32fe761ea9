//! Mailboxes that shed by queue time, against the rule written down a second time.

use std::collections::VecDeque;
use std::time::Duration;

use greenroom_resilience::Criticality;
use greenroom_resilience::shed::{Codel, QueueTime};
use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::*;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn target() -> QueueTime {
    QueueTime::target(ms(10)).interval(ms(50))
}

/// How much it matters, as what travels beside a message says.
struct Class(Criticality);

impl super::super::Attachment for Class {
    fn criticality(&self) -> Criticality {
        self.0
    }
}

fn send(mailbox: &Mailbox<u32>, message: u32, class: Criticality) {
    let attachment = Some(Arc::new(Class(class)) as _);
    let pushed = mailbox.push(Envelope {
        message,
        attachment,
    });
    assert!(matches!(pushed, Ok(None)));
}

/// What one look takes: a message, and whether it is to be handled.
fn take(mailbox: &Mailbox<u32>) -> Option<(u32, bool)> {
    match mailbox.take(&mut Batch::new()) {
        Taken::Message(envelope) => Some((envelope.message, true)),
        Taken::Shed(envelope) => Some((envelope.message, false)),
        Taken::Nothing => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_shed_until_all_have_waited_too_long_for_an_interval() {
    let mailbox = mailbox(|m| m.shed(target()));
    for number in 0..20 {
        accept(&mailbox, number);
    }
    for number in 0..6 {
        advance(ms(10)).await;
        let expected = (number, true);
        assert_eq!(take(&mailbox), Some(expected), "a burst is served");
    }
    // The first that waited longer than the target came 50 ms ago.
    advance(ms(10)).await;
    assert_eq!(take(&mailbox), Some((6, false)));
    assert_eq!((mailbox.shed(), mailbox.fill().0), (1, 13));
    while take(&mailbox).is_some() {}
    assert_eq!(mailbox.shed(), 14);
    accept(&mailbox, 20);
    assert_eq!(take(&mailbox), Some((20, true)), "the queue was empty");
}

#[tokio::test(start_paused = true)]
async fn critical_messages_may_wait_longer() {
    let mailbox = mailbox(|m| m.shed(target()));
    for number in 0..8 {
        send(&mailbox, number, Criticality::CriticalPlus);
    }
    for class in Criticality::ALL {
        send(&mailbox, 10 + class as u32, class);
    }
    advance(ms(11)).await;
    assert_eq!(take(&mailbox), Some((0, true)));
    advance(ms(50)).await;
    while take(&mailbox).is_some_and(|(number, _)| number < 7) {}
    // Overloaded; they wait anew, each longer than 20 ms and shorter than 40 ms.
    for class in Criticality::ALL {
        send(&mailbox, 20 + class as u32, class);
    }
    let stale: Vec<_> = std::iter::from_fn(|| take(&mailbox)).take(4).collect();
    assert!(stale.iter().all(|(_, served)| !served), "{stale:?}");
    let shed = mailbox.shed();
    advance(ms(30)).await;
    let taken: Vec<_> = std::iter::from_fn(|| take(&mailbox)).collect();
    assert_eq!(taken, [(20, false), (21, false), (22, false), (23, true)]);
    assert_eq!(mailbox.shed(), shed + 3);
}

#[tokio::test(start_paused = true)]
async fn each_lane_is_a_queue_of_its_own() {
    let lane = |message: &u32| usize::from(*message >= 100);
    let mailbox = mailbox(|m| m.shed(target()).priority(2, lane).weights(&[1, 1]));
    for number in 100..150 {
        accept(&mailbox, number);
    }
    let mut served = [0, 0];
    for number in 0..12 {
        advance(ms(10)).await;
        // Those of the first lane never wait, so their lane is not overloaded.
        accept(&mailbox, number);
        while let Some((taken, is_served)) = take(&mailbox) {
            served[lane(&taken)] += u32::from(is_served);
            if taken == number {
                break;
            }
        }
    }
    assert_eq!(served[0], 12, "no wait of others sheds them");
    assert!(served[1] < 12, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_shed_does_not_count_as_its_lane_s_turn() {
    let lane = |message: &u32| usize::from(*message >= 100);
    let mailbox = mailbox(|m| m.shed(target()).priority(2, lane).weights(&[1, 1]));
    for number in [50, 100, 101, 102, 103] {
        accept(&mailbox, number);
    }
    advance(ms(11)).await;
    assert_eq!(take(&mailbox), Some((50, true)));
    assert_eq!(take(&mailbox), Some((100, true)));
    advance(ms(60)).await;
    for number in [0, 1, 104, 105] {
        accept(&mailbox, number);
    }
    let taken = std::iter::from_fn(|| take(&mailbox));
    let handled: Vec<_> = taken.filter(|(_, served)| *served).collect();
    let turns: Vec<_> = handled.iter().map(|(number, _)| *number).collect();
    assert_eq!(turns, [0, 104, 1, 105]);
}

#[tokio::test(start_paused = true)]
async fn notices_keep_their_place_behind_what_is_shed() {
    let mailbox = mailbox(|m| m.shed(target()));
    for number in 0..3 {
        accept(&mailbox, number);
    }
    mailbox.notify(Notice::Message(99));
    advance(ms(11)).await;
    assert_eq!(take(&mailbox), Some((0, true)));
    advance(ms(60)).await;
    assert_eq!(take(&mailbox), Some((1, false)));
    assert_eq!(take(&mailbox), Some((2, false)));
    let notice = mailbox.take(&mut Batch::new());
    assert!(matches!(notice, Taken::Notice(Notice::Message(99))));
}

#[tokio::test(start_paused = true)]
async fn sender_in_line_gets_the_place_of_what_is_shed() {
    let mailbox = mailbox(|m| m.shed(target()).capacity(2));
    accept(&mailbox, 0);
    accept(&mailbox, 1);
    advance(ms(11)).await;
    assert_eq!(take(&mailbox), Some((0, true)));
    accept(&mailbox, 2);
    advance(ms(60)).await;
    let ((bell, waker), mut ticket) = (Bell::new(), Ticket::Idle);
    assert!(reserve(&mailbox, &mut ticket, &waker).is_pending());
    assert_eq!(take(&mailbox), Some((1, false)));
    assert_eq!(bell.rings(), 1);
    assert!(reserve(&mailbox, &mut ticket, &waker).is_ready());
    mailbox.release(&mut ticket);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Send(Criticality),
    Take,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => proptest::sample::select(&Criticality::ALL[..]).prop_map(Step::Send),
        2 => Just(Step::Take),
        2 => (0_u64..30).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn agrees_with_a_list_and_the_rule(steps in proptest::collection::vec(step(), 1..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mailbox = mailbox(|m| m.shed(target()));
            let (mut list, mut codel) = (VecDeque::new(), Codel::new(target()));
            let (began, mut shed) = (Instant::now(), 0);
            for (number, step) in steps.into_iter().enumerate() {
                let number = number as u32;
                match step {
                    Step::Send(class) => {
                        send(&mailbox, number, class);
                        list.push_back((number, class, began.elapsed()));
                    }
                    Step::Wait(millis) => advance(ms(millis)).await,
                    Step::Take => {
                        let now = began.elapsed();
                        let expected = list.pop_front().map(|(number, class, since)| {
                            (number, codel.admit(now - since, class, now))
                        });
                        shed += u64::from(expected.is_some_and(|(_, served)| !served));
                        prop_assert_eq!(take(&mailbox), expected);
                    }
                }
                prop_assert_eq!((mailbox.fill().0, mailbox.shed()), (list.len(), shed));
            }
            Ok(())
        })?;
    }
}
