//! Keyed timers: ticks come as messages, take no place in the mailbox, and end with the instance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::time::Instant;

use super::actor::Actor;
use super::context::Context;
use crate::key::Key;
use crate::time::{AlarmKey, later, later_than};

/// How many timers an actor may have: one for each thing it waits for, not one a message.
const TIMERS_MAX: usize = 1_024;

/// A timer that could not be set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TimerError {
    /// A period of zero would be due all the time; give at least a millisecond.
    #[error("a timer needs a period of more than zero")]
    ZeroPeriod,
    /// The actor has 1,024 timers; cancel some, or put what they wait for under one.
    #[error("the actor has {TIMERS_MAX} timers already")]
    TooMany,
}

enum Kind<M> {
    Once(M),
    Every {
        period: Duration,
        make: Box<dyn FnMut() -> M + Send>,
    },
}

struct Timer<M> {
    due: Instant,
    number: u64,
    kind: Kind<M>,
}

/// The timers of one instance, and the one alarm that stands for the first of them.
pub(crate) struct Timers<M> {
    timers: BTreeMap<Key, Timer<M>>,
    /// By due time; those due at the same time in the order in which they were set.
    order: BTreeSet<(Instant, u64, Key)>,
    next_number: u64,
    alarm: Option<(AlarmKey, Instant)>,
    /// Ticks due at this time are being delivered, of timers up to this number: one that a tick's
    /// handler sets waits for the next alarm, so that no delay is so short that messages starve.
    ringing: Option<(Instant, u64)>,
}

impl<M> Default for Timers<M> {
    fn default() -> Self {
        Self {
            timers: BTreeMap::new(),
            order: BTreeSet::new(),
            next_number: 0,
            alarm: None,
            ringing: None,
        }
    }
}

impl<M> Timers<M> {
    fn insert(&mut self, key: Key, due: Instant, kind: Kind<M>) -> Result<(), TimerError> {
        if self.timers.len() >= TIMERS_MAX && !self.timers.contains_key(&key) {
            return Err(TimerError::TooMany);
        }
        self.remove(&key);
        self.next_number += 1;
        let number = self.next_number;
        self.order.insert((due, number, key.clone()));
        self.timers.insert(key, Timer { due, number, kind });
        Ok(())
    }

    fn remove(&mut self, key: &Key) -> Option<Timer<M>> {
        let timer = self.timers.remove(key)?;
        self.order.remove(&(timer.due, timer.number, key.clone()));
        Some(timer)
    }

    /// The next tick that was due when the alarm rang.
    fn tick(&mut self) -> Option<M> {
        let (now, last) = self.ringing?;
        let first = self
            .order
            .iter()
            .take_while(|(due, _, _)| *due <= now)
            .find(|(_, number, _)| *number <= last)
            .cloned();
        let Some((due, number, key)) = first else {
            self.ringing = None;
            return None;
        };
        self.order.remove(&(due, number, key.clone()));
        let timer = self.timers.remove(&key)?;
        match timer.kind {
            Kind::Once(message) => Some(message),
            Kind::Every { period, mut make } => {
                // What was missed while the actor was busy is one tick, not many.
                let late = now.duration_since(due).as_nanos() % period.as_nanos().max(1);
                let next = later_than(now, period - Duration::from_nanos_u128(late));
                let message = make();
                self.order.insert((next, number, key.clone()));
                let kind = Kind::Every { period, make };
                self.timers.insert(
                    key,
                    Timer {
                        due: next,
                        number,
                        kind,
                    },
                );
                Some(message)
            }
        }
    }
}

impl<A: Actor> Context<A> {
    /// Sends this actor `message` after the delay, unless the timer is cancelled or set again.
    ///
    /// Setting a timer replaces the one of its key. Ticks come between messages, before what is
    /// queued, and take no place in the mailbox. They belong to the instance: a restart cancels
    /// them, and a tick is never delivered after its timer was cancelled.
    ///
    /// # Errors
    ///
    /// [`TimerError::TooMany`] with 1,024 timers set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # use std::time::Duration;
    /// # struct Lamp { is_on: bool }
    /// #[actor]
    /// impl Lamp {
    ///     #[message]
    ///     fn press(&mut self, ctx: &mut Context<Self>) -> ActorResult {
    ///         self.is_on = true;
    ///         Ok(ctx.set_timer("off", Duration::from_secs(60), LampMsg::Off)?)
    ///     }
    ///
    ///     #[message]
    ///     fn off(&mut self) {
    ///         self.is_on = false;
    ///     }
    /// }
    /// ```
    pub fn set_timer(
        &mut self,
        key: impl Into<Key>,
        after: Duration,
        message: A::Msg,
    ) -> Result<(), TimerError> {
        self.set(key.into(), after, Kind::Once(message))
    }

    /// Sends this actor a message made by `make` each `period`, first after one period.
    ///
    /// A busy actor gets one tick for all that it missed. The rest is as for
    /// [`set_timer`](Self::set_timer).
    ///
    /// # Errors
    ///
    /// [`TimerError::ZeroPeriod`], or [`TimerError::TooMany`] with 1,024 timers set.
    pub fn set_interval(
        &mut self,
        key: impl Into<Key>,
        period: Duration,
        make: impl FnMut() -> A::Msg + Send + 'static,
    ) -> Result<(), TimerError> {
        if period.is_zero() {
            return Err(TimerError::ZeroPeriod);
        }
        self.set(
            key.into(),
            period,
            Kind::Every {
                period,
                make: Box::new(make),
            },
        )
    }

    /// Cancels a timer; false when none of that key was set (or it has ticked).
    pub fn cancel_timer(&mut self, key: impl Into<Key>) -> bool {
        let key = key.into();
        self.rare
            .as_mut()
            .is_some_and(|rare| rare.timers.remove(&key).is_some())
    }

    /// Whether a timer of this key is set.
    #[must_use]
    pub fn has_timer(&self, key: impl Into<Key>) -> bool {
        let key = key.into();
        self.rare
            .as_ref()
            .is_some_and(|rare| rare.timers.timers.contains_key(&key))
    }

    fn set(&mut self, key: Key, after: Duration, kind: Kind<A::Msg>) -> Result<(), TimerError> {
        self.rare().timers.insert(key, later(after), kind)?;
        self.arm_timers();
        Ok(())
    }

    /// Ticks that are due by now may be delivered.
    pub(crate) fn ring_timers(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.timers.alarm = None;
            rare.timers.ringing = Some((Instant::now(), rare.timers.next_number));
        }
    }

    /// Whether ticks may be due.
    #[inline]
    pub(crate) fn is_ringing(&self) -> bool {
        self.rare
            .as_ref()
            .is_some_and(|rare| rare.timers.ringing.is_some())
    }

    /// The next tick to deliver; when there is none, the alarm is set for the next one due.
    pub(crate) fn next_tick(&mut self) -> Option<A::Msg> {
        let timers = &mut self.rare.as_mut()?.timers;
        timers.ringing?;
        let tick = timers.tick();
        if tick.is_none() {
            self.arm_timers();
        }
        tick
    }

    pub(crate) fn cancel_timers(&mut self) {
        let Some(rare) = &mut self.rare else { return };
        let timers = std::mem::take(&mut rare.timers);
        if let Some((key, _)) = timers.alarm {
            self.cell.head.environment.alarms.cancel(key);
        }
        crate::failure::quietly(move || drop(timers));
    }

    fn arm_timers(&mut self) {
        let Some(rare) = &mut self.rare else { return };
        let timers = &mut rare.timers;
        let Some((due, _, _)) = timers.order.first() else {
            return;
        };
        if timers.alarm.is_some_and(|(_, at)| at <= *due) {
            return;
        }
        let alarms = &self.cell.head.environment.alarms;
        let key = alarms.set(*due, Arc::clone(&self.cell) as _);
        if let Some((old, _)) = timers.alarm.replace((key, *due)) {
            alarms.cancel(old);
        }
    }
}
