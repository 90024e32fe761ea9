//! The machine against a naive model, and before services that accept some calls.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tokio::time::advance;

use super::*;
use crate::shed::Criticality::{self, Critical, Sheddable};
use crate::verdict::Verdict;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A client with a machine, and a clock that moves when told.
struct Client {
    machine: Machine,
    rng: ChaCha8Rng,
    now: Duration,
}

impl Client {
    fn new(settings: Throttle) -> Self {
        assert_eq!(settings.check(), Ok(()));
        Self {
            machine: Machine::new(settings),
            rng: ChaCha8Rng::seed_from_u64(5),
            now: ms(0),
        }
    }

    fn ask(&mut self, criticality: Criticality) -> Result<Permit, Throttled> {
        self.machine
            .try_acquire(criticality, self.now, &mut self.rng)
    }

    /// Calls in a row that end so at once. How many were made.
    fn call(&mut self, criticality: Criticality, verdict: Verdict, times: usize) -> usize {
        let made = (0..times).filter(|_| match self.ask(criticality) {
            Ok(permit) => {
                self.machine.record(permit, verdict, self.now);
                true
            }
            Err(_) => false,
        });
        made.count()
    }

    fn share(&mut self, criticality: Criticality) -> f64 {
        self.machine.share_throttled(criticality, self.now)
    }
}

#[test]
fn a_service_that_accepts_half_of_its_calls_gets_all() {
    let mut client = Client::new(Throttle::default());
    for _ in 0..1_000 {
        assert_eq!(client.call(Critical, Verdict::Success, 1), 1);
        assert_eq!(client.call(Critical, Verdict::Refused, 1), 1);
    }
}

#[test]
fn a_service_that_fails_is_called_less_and_less_and_more_when_it_is_well() {
    let mut client = Client::new(Throttle::default());
    client.call(Critical, Verdict::Success, 100);
    assert_eq!(
        client.call(Critical, Verdict::Unknown, 100),
        100,
        "half may fail"
    );
    let made = client.call(Critical, Verdict::Unknown, 10_000);
    assert!((600..1_000).contains(&made), "{made}");
    let throttled = (0..100).find_map(|_| client.ask(Critical).err());
    let percent = throttled.expect("most are throttled").percent;
    assert!((95..=98).contains(&percent), "{percent}");
    client.now += ms(120_000);
    assert_eq!(client.call(Critical, Verdict::Success, 1_000), 1_000);
}

/// A service that accepts 20 calls a second of some 100, for ten minutes.
#[test]
fn the_calls_made_settle_at_so_many_times_those_accepted() {
    for factor in [1.1, 2.0, 3.0] {
        let mut client = Client::new(Throttle::default().factor(factor));
        let (mut made, mut wanted) = (0, 0);
        for second in 0..600 {
            let mut accepts = 20;
            for _ in 0..100 {
                client.now += ms(10);
                let Ok(permit) = client.ask(Critical) else {
                    continue;
                };
                let verdict = match accepts {
                    0 => Verdict::Refused,
                    _ => Verdict::Success,
                };
                accepts -= u32::from(verdict == Verdict::Success);
                client.machine.record(permit, verdict, client.now);
                made += u32::from(second >= 300);
            }
            wanted += if second >= 300 { 20 } else { 0 };
        }
        let times = f64::from(made) / f64::from(wanted);
        assert!((times - factor).abs() < 0.1, "{factor}: {times}");
    }
}

#[test]
fn a_class_is_throttled_by_itself() {
    let mut client = Client::new(Throttle::default());
    client.call(Sheddable, Verdict::Refused, 1_000);
    assert!(client.share(Sheddable) > 0.9);
    assert_eq!(client.call(Critical, Verdict::Success, 1_000), 1_000);
    let mut together = Client::new(Throttle::default().all_classes_together());
    together.call(Sheddable, Verdict::Refused, 1_000);
    assert!(together.share(Critical) > 0.9);
}

#[test]
fn a_few_calls_throttle_none() {
    let mut client = Client::new(Throttle::default());
    assert_eq!(client.call(Critical, Verdict::Refused, 10), 10);
    assert!(client.share(Critical) > 0.9, "ten are enough");
}

#[test]
fn a_burst_before_the_first_answer_is_let_through() {
    let mut client = Client::new(Throttle::default());
    let permits: Vec<_> = (0..10_000)
        .map_while(|_| client.ask(Critical).ok())
        .collect();
    assert_eq!(permits.len(), 10_000);
    for permit in permits {
        client.machine.record(permit, Verdict::Success, client.now);
    }
    assert_eq!(client.share(Critical), 0.0);
}

#[test]
fn a_service_that_answers_nothing_is_throttled_before_its_calls_end() {
    let mut client = Client::new(Throttle::default());
    let hanging: Vec<_> = (0..100).map_while(|_| client.ask(Critical).ok()).collect();
    client.now += ms(11_999);
    assert_eq!(client.share(Critical), 0.0);
    client.now += ms(1);
    assert!(client.share(Critical) > 0.9, "a tenth of the window later");
    for permit in hanging {
        client.machine.record(permit, Verdict::Success, client.now);
    }
    assert_eq!(client.share(Critical), 0.0, "slow, and accepted");
}

#[test]
fn calls_that_were_dropped_or_say_nothing_do_not_count() {
    let mut client = Client::new(Throttle::default());
    client.call(Critical, Verdict::Ignored, 1_000);
    for _ in 0..1_000 {
        let permit = client.ask(Critical).expect("nothing failed");
        client.machine.cancel(permit, client.now);
    }
    assert_eq!(
        client.call(Critical, Verdict::Refused, 10),
        10,
        "the first that count"
    );
    assert!(client.share(Critical) > 0.9);
}

#[test]
fn the_end_of_a_call_that_began_before_the_window_counts_nowhere() {
    let mut client = Client::new(Throttle::default());
    let old: Vec<_> = (0..100).map_while(|_| client.ask(Critical).ok()).collect();
    client.now += ms(200_000);
    client.call(Critical, Verdict::Refused, 10);
    let share = client.share(Critical);
    for permit in old {
        client.machine.record(permit, Verdict::Success, client.now);
    }
    assert_eq!(client.share(Critical), share);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    for factor in [0.9, -1.0, f64::INFINITY] {
        let expected = Err(ThrottleError::InvalidFactor { factor });
        assert_eq!(Throttle::default().factor(factor).check(), expected);
    }
    assert!(Throttle::default().factor(f64::NAN).check().is_err());
    let empty = Throttle::default().window(ms(0));
    assert_eq!(empty.check(), Err(ThrottleError::EmptyWindow));
    assert!(Throttler::new(empty, 1).is_err());
}

#[tokio::test(start_paused = true)]
async fn callers_share_it_on_the_paused_clock() {
    let throttler = Throttler::new(Throttle::default(), 1).expect("sound settings");
    for _ in 0..1_000 {
        if let Ok(permit) = throttler.try_acquire(Critical) {
            throttler.record(permit, Verdict::Refused);
        }
    }
    assert!(throttler.share_throttled(Critical) > 0.9);
    advance(ms(120_000)).await;
    assert_eq!(throttler.share_throttled(Critical), 0.0);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    /// The oldest or the newest call under way ends; without a verdict it is dropped.
    End(bool, Option<Verdict>),
    Wait(u64),
}

/// A call as the model keeps it: when it began, whether it is under way, and was accepted.
#[derive(Debug, Clone, Copy)]
struct Call {
    slice: u64,
    under_way: bool,
    accepted: bool,
}

/// The formula, over a list of all calls. Windows of a second, in slices of a tenth.
fn expected(calls: &[Option<Call>], now: u64) -> f64 {
    let slice = now / 100;
    let within = calls
        .iter()
        .flatten()
        .filter(|call| slice - call.slice < 10);
    let (mut requests, mut accepts) = (0.0, 0.0);
    for call in within {
        requests += f64::from(u8::from(!call.under_way || call.slice < slice));
        accepts += f64::from(u8::from(call.accepted));
    }
    let share: f64 = (requests - 2.0 * accepts) / (requests + 1.0);
    if requests < 3.0 { 0.0 } else { share.max(0.0) }
}

fn any_step() -> impl Strategy<Value = Step> {
    let verdict = prop_oneof![
        3 => Just(Some(Verdict::Success)),
        3 => Just(Some(Verdict::Unknown)),
        1 => Just(Some(Verdict::Ignored)),
        1 => Just(None),
    ];
    prop_oneof![
        4 => Just(Step::Ask),
        3 => (any::<bool>(), verdict).prop_map(|(oldest, verdict)| Step::End(oldest, verdict)),
        2 => (0..400_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn random_runs_agree_with_a_list(steps in prop::collection::vec(any_step(), 0..200)) {
        let settings = Throttle::default().window(ms(1_000)).min_calls(3);
        let mut client = Client::new(settings);
        let (mut calls, mut under_way, mut now) = (Vec::new(), VecDeque::new(), 0);
        for step in steps {
            match step {
                Step::Ask => {
                    let permit = client.ask(Critical).ok();
                    let call = Call {
                        slice: now / 100,
                        under_way: permit.is_some(),
                        accepted: false,
                    };
                    under_way.extend(permit.map(|permit| (permit, calls.len())));
                    calls.push(Some(call));
                }
                Step::End(oldest, verdict) => {
                    let ended = match oldest {
                        true => under_way.pop_front(),
                        false => under_way.pop_back(),
                    };
                    let Some((permit, at)) = ended else { continue };
                    match verdict {
                        Some(verdict) => client.machine.record(permit, verdict, client.now),
                        None => client.machine.cancel(permit, client.now),
                    }
                    calls[at] = calls[at].map(|call| Call {
                        under_way: false,
                        accepted: verdict == Some(Verdict::Success),
                        ..call
                    });
                    if matches!(verdict, None | Some(Verdict::Ignored)) {
                        calls[at] = None;
                    }
                }
                Step::Wait(millis) => {
                    now += millis;
                    client.now = ms(now);
                }
            }
            prop_assert_eq!(client.share(Critical), expected(&calls, now));
        }
    }
}
