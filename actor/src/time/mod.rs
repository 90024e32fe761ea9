//! Time for the whole system: one timing wheel and one task that sleeps until its next alarm.

mod alarms;
mod far;
mod wheel;

pub(crate) use alarms::{Alarm, AlarmKey, Alarms};
pub(crate) use far::{later, later_than};
