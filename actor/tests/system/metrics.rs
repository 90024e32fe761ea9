//! Metrics: each that is documented is reported, by its name and labels, and says what is so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder};
use metrics::{SharedString, Unit, set_default_local_recorder};

/// Keeps the last value of each series, by `kind name{label=value,..}`.
#[derive(Clone, Default)]
struct Series(Arc<Mutex<BTreeMap<String, f64>>>);

struct One(Series, String);

impl One {
    fn keep(&self, value: f64) {
        let mut series = self.0.0.lock().expect("nobody panics with it");
        series.insert(self.1.clone(), value);
    }
}

impl CounterFn for One {
    fn increment(&self, _: u64) {
        panic!("counts are absolute");
    }

    fn absolute(&self, value: u64) {
        // As recorders do: one that was too high once stays so.
        self.keep(self.0.of(&self.1).max(value as f64));
    }
}

impl GaugeFn for One {
    fn increment(&self, _: f64) {
        panic!("gauges are set");
    }

    fn decrement(&self, _: f64) {
        panic!("gauges are set");
    }

    fn set(&self, value: f64) {
        self.keep(value);
    }
}

impl Series {
    fn one(&self, kind: &str, key: &Key) -> Arc<One> {
        let labels = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()));
        let labels: Vec<_> = labels.collect();
        let name = format!("{kind} {}{{{}}}", key.name(), labels.join(","));
        Arc::new(One(self.clone(), name))
    }

    fn of(&self, name: &str) -> f64 {
        let series = self.0.lock().expect("nobody panics with it");
        *series.get(name).unwrap_or(&-1.0)
    }
}

impl Recorder for Series {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one("counter", key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one("gauge", key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("no histogram is documented: {key}")
    }
}

enum Job {
    Done,
    Fail,
    Work(Duration),
    Finish,
}

struct Worker;

impl Actor for Worker {
    type Msg = Job;

    async fn handle(&mut self, job: Job, ctx: &mut Context<Self>) -> ActorResult {
        match job {
            Job::Done => {}
            Job::Fail => return Err(Failure::message("told to")),
            Job::Work(time) => tokio::time::sleep(time).await,
            Job::Finish => ctx.stop(),
        }
        Ok(())
    }
}

const EVERY: Duration = Duration::from_secs(10);

/// Lets the time of one more report pass.
async fn next() {
    tokio::time::sleep(EVERY).await;
}

#[tokio::test(start_paused = true)]
async fn each_documented_metric_is_reported_by_name_and_labels() {
    let series = Series::default();
    let _local = set_default_local_recorder(&series);
    let system = System::new("shop");
    let reporter = system.clone();
    let reporter = tokio::spawn(async move { reporter.report_metrics(EVERY).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    for name in ["messages_handled", "failures", "restarts", "actors_spawned"] {
        assert_eq!(
            series.of(&format!("counter greenroom_{name}{{system=shop}}")),
            0.0,
            "{name}"
        );
    }
    for name in ["actors", "mailbox_depth", "mailbox_fill_max"] {
        assert_eq!(
            series.of(&format!("gauge greenroom_{name}{{system=shop}}")),
            0.0,
            "{name}"
        );
    }
    let reasons = [
        "stopped",
        "failed",
        "killed",
        "expired",
        "overflow",
        "displaced",
        "stale",
        "lost",
        "unsubscribed",
        "shed",
    ];
    for reason in reasons {
        let name = format!("counter greenroom_dead_letters{{system=shop,reason={reason}}}");
        assert_eq!(series.of(&name), 0.0, "{reason}");
    }
    let count = series.0.lock().expect("nobody panics with it").len();
    assert_eq!(count, 7 + reasons.len(), "no others");
    system.shutdown().await.expect("nobody was abandoned");
    reporter.await.expect("it ends with the system");
}

#[tokio::test(start_paused = true)]
async fn metrics_say_what_is_so_also_of_actors_that_have_ended() {
    let series = Series::default();
    let _local = set_default_local_recorder(&series);
    let system = System::new("shop");
    let reporter = system.clone();
    let reporter = tokio::spawn(async move { reporter.report_metrics(EVERY).await });
    let counter = |name: &str| series.of(&format!("counter greenroom_{name}{{system=shop}}"));
    let gauge = |name: &str| series.of(&format!("gauge greenroom_{name}{{system=shop}}"));
    let letters = |reason: &str| {
        series.of(&format!(
            "counter greenroom_dead_letters{{system=shop,reason={reason}}}"
        ))
    };
    let a = system
        .spawn("a", || Worker)
        .await
        .expect("the name is free");
    let b = system
        .spawn("b", || Worker)
        .mailbox(|m| m.capacity(8))
        .await;
    let b = b.expect("the name is free");
    for job in [Job::Done, Job::Fail, Job::Done, Job::Done, Job::Finish] {
        a.tell(job).await.expect("room");
    }
    b.tell(Job::Work(EVERY * 3)).await.expect("room");
    tokio::task::yield_now().await;
    for _ in 0..6 {
        b.tell(Job::Done).await.expect("room");
    }
    a.terminated().await;
    next().await;
    assert_eq!(counter("actors_spawned"), 2.0);
    assert_eq!(gauge("actors"), 1.0);
    assert_eq!(
        counter("messages_handled"),
        4.0,
        "of the one that has ended"
    );
    assert_eq!((counter("failures"), counter("restarts")), (1.0, 1.0));
    assert_eq!((letters("failed"), letters("stopped")), (1.0, 0.0));
    assert_eq!(
        (gauge("mailbox_depth"), gauge("mailbox_fill_max")),
        (6.0, 0.75)
    );
    b.kill();
    b.terminated().await;
    next().await;
    assert_eq!(gauge("actors"), 0.0);
    assert_eq!(
        (gauge("mailbox_depth"), gauge("mailbox_fill_max")),
        (0.0, 0.0)
    );
    assert_eq!((letters("stopped"), letters("killed")), (6.0, 1.0));
    // The last report comes with the end, not an interval later.
    let c = system
        .spawn("c", || Worker)
        .await
        .expect("the name is free");
    c.tell(Job::Done).await.expect("room");
    system.shutdown().await.expect("nobody was abandoned");
    reporter.await.expect("it ends with the system");
    assert_eq!(counter("messages_handled"), 5.0);
    assert_eq!(counter("actors_spawned"), 3.0);
}

#[tokio::test(start_paused = true)]
async fn two_systems_are_told_apart_by_their_label() {
    let series = Series::default();
    let _local = set_default_local_recorder(&series);
    for (name, actors) in [("one", 1), ("two", 2)] {
        let system = System::new(name);
        for number in 0..actors {
            let spawn = system.spawn(number.to_string(), || Worker);
            spawn.await.expect("the name is free");
        }
        // Dropped, it reports no more.
        let report = std::pin::pin!(system.report_metrics(Duration::ZERO));
        let brief = std::pin::pin!(tokio::time::sleep(Duration::from_millis(5)));
        futures::future::select(report, brief).await;
    }
    assert_eq!(series.of("gauge greenroom_actors{system=one}"), 1.0);
    assert_eq!(series.of("gauge greenroom_actors{system=two}"), 2.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actors_that_end_during_a_report_are_not_counted_twice() {
    let series = Series::default();
    let _local = set_default_local_recorder(&series);
    let (system, rounds) = (System::new("busy"), 300);
    // So many that to look at all takes longer than one of them lives.
    for number in 0..2_000 {
        let spawn = system.spawn(format!("idle-{number}"), || Worker);
        spawn.await.expect("the name is free");
    }
    let work = {
        let system = system.clone();
        tokio::spawn(async move {
            for round in 0..rounds {
                let name = round.to_string();
                let worker = system
                    .spawn(name, || Worker)
                    .await
                    .expect("the name is free");
                for _ in 0..100 {
                    worker.tell(Job::Done).await.expect("room");
                }
                worker.stop();
                worker.terminated().await;
            }
            system.shutdown().await
        })
    };
    system.report_metrics(Duration::from_millis(1)).await;
    work.await.expect("no panic").expect("nobody was abandoned");
    let handled = series.of("counter greenroom_messages_handled{system=busy}");
    assert_eq!(
        handled,
        f64::from(rounds * 100),
        "and was never more on the way"
    );
}
