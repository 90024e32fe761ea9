//! Metrics through the `metrics` facade (feature `metrics`).

use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics::{counter, gauge};
use tokio::time::{MissedTickBehavior, interval};

use super::snapshot::ActorInfo;
use crate::system::System;

impl System {
    /// Reports metrics of this system at each interval, to whatever recorder the program has
    /// installed, until the system has stopped. Call it in a task of its own.
    ///
    /// Counters: `greenroom_messages_handled`, `greenroom_failures`, `greenroom_restarts`,
    /// `greenroom_actors_spawned`, `greenroom_dead_letters` (label `reason`). Gauges:
    /// `greenroom_actors` (alive, of those spawned), `greenroom_mailbox_depth` (of all mailboxes
    /// together), `greenroom_mailbox_fill_max` (of the fullest, from 0 to 1). All have the label
    /// `system`. Actors are not told apart: their number is not bounded, that of time series has to
    /// be.
    ///
    /// The last report comes when the system has stopped. An interval of less than a millisecond is
    /// one.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it reports no more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::System;
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let system = System::new("shop");
    /// let own = system.clone();
    /// tokio::spawn(async move { own.report_metrics(Duration::from_secs(10)).await });
    /// # system.shutdown().await?;
    /// # Ok(()) }
    /// ```
    pub async fn report_metrics(&self, every: Duration) {
        let mut tick = interval(every.max(Duration::from_millis(1)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = self.terminated();
        let mut ended = std::pin::pin!(ended);
        loop {
            let next = std::pin::pin!(tick.tick());
            let over = matches!(
                futures::future::select(&mut ended, next).await,
                futures::future::Either::Left(_)
            );
            report(self);
            if over {
                return;
            }
        }
    }
}

fn report(of: &System) {
    let environment = of.environment();
    let system = environment.name.clone();
    // Before the tree is looked at: an actor that ends meanwhile is counted late, not twice.
    let totals = &environment.totals;
    let [handled, failed, restarts] = [&totals.handled, &totals.failed, &totals.restarts]
        .map(|ended| ended.load(Ordering::Acquire));
    let actors = of.inspect().actors;
    let sum = |count: fn(&ActorInfo) -> u64| actors.iter().map(count).sum::<u64>();
    counter!("greenroom_messages_handled", "system" => system.clone())
        .absolute(handled + sum(|actor| actor.handled));
    counter!("greenroom_failures", "system" => system.clone())
        .absolute(failed + sum(|actor| actor.failed.into()));
    counter!("greenroom_restarts", "system" => system.clone())
        .absolute(restarts + sum(|actor| actor.restarts.into()));
    counter!("greenroom_actors_spawned", "system" => system.clone())
        .absolute(totals.spawned.load(Ordering::Relaxed));
    for (reason, count) in environment.dead_letters.counts().by_reason() {
        counter!("greenroom_dead_letters", "system" => system.clone(), "reason" => reason)
            .absolute(count);
    }
    // The root is the system itself.
    let alive = actors.len().saturating_sub(1);
    gauge!("greenroom_actors", "system" => system.clone()).set(alive as f64);
    let depth: usize = actors.iter().map(|actor| actor.depth).sum();
    gauge!("greenroom_mailbox_depth", "system" => system.clone()).set(depth as f64);
    let fill = actors
        .iter()
        .map(|actor| actor.depth as f64 / actor.capacity as f64);
    gauge!("greenroom_mailbox_fill_max", "system" => system).set(fill.fold(0.0, f64::max));
}
