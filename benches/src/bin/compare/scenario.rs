//! What is measured: the scenarios, and how much work each of them is.

use std::fmt;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::policy::{Policy, Tasks};

/// One kind of work that every system does in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// One task tells one actor.
    Tell1To1,
    /// Four tasks tell one actor.
    Tell4To1,
    /// One task asks one actor, one question at a time.
    Ask,
    /// Two actors tell each other, each message sent when the one before it is handled.
    Pingpong,
    /// Actors are started one after another, and each is asked once.
    Spawn,
    /// What an idle actor occupies once it has handled one message.
    Memory,
    /// Tasks make calls through one policy, or several.
    Calls(Policy, Tasks),
}

const ALL: [Scenario; 30] = {
    use Scenario::{Ask, Calls, Memory, Pingpong, Spawn, Tell1To1, Tell4To1};
    let actors = [Tell1To1, Tell4To1, Ask, Pingpong, Spawn, Memory];
    let mut all = [Memory; 30];
    let mut place = 0;
    while place < all.len() {
        all[place] = if place < actors.len() {
            actors[place]
        } else {
            let (policy, tasks) = ((place - actors.len()) / 3, (place - actors.len()) % 3);
            Calls(Policy::ALL[policy], Tasks::ALL[tasks])
        };
        place += 1;
    }
    all
};

impl ValueEnum for Scenario {
    fn value_variants<'a>() -> &'a [Self] {
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.title()))
    }
}

/// What a scenario's figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Nanoseconds for each message; a table also shows messages a second.
    TimePerMessage,
    /// Nanoseconds for each call; a table also shows calls a second.
    TimePerCall,
    /// Nanoseconds for each actor.
    TimePerActor,
    /// Bytes for each actor.
    BytesPerActor,
}

impl Scenario {
    /// Every scenario, in the order in which they run.
    pub(crate) fn all() -> &'static [Self] {
        &ALL
    }

    /// The name on the command line and in the output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tell1To1 => "tell_1to1",
            Self::Tell4To1 => "tell_4to1",
            Self::Ask => "ask",
            Self::Pingpong => "pingpong",
            Self::Spawn => "spawn",
            Self::Memory => "memory",
            Self::Calls(policy, tasks) => policy.names()[tasks as usize],
        }
    }

    /// One line that says what is done.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Tell1To1 => "one task tells one actor",
            Self::Tell4To1 => "four tasks tell one actor",
            Self::Ask => "one task asks one actor, one question at a time",
            Self::Pingpong => "two actors tell each other",
            Self::Spawn => "an actor is started and asked once",
            Self::Memory => "an idle actor that has handled one message",
            Self::Calls(policy, _) => policy.title(),
        }
    }

    /// What its figures are.
    pub(crate) fn quantity(self) -> Quantity {
        match self {
            Self::Tell1To1 | Self::Tell4To1 | Self::Ask | Self::Pingpong => {
                Quantity::TimePerMessage
            }
            Self::Spawn => Quantity::TimePerActor,
            Self::Memory => Quantity::BytesPerActor,
            Self::Calls(..) => Quantity::TimePerCall,
        }
    }

    /// How much work one round is, for a system whose memory is measured over `crowd` actors.
    pub(crate) fn load(self, crowd: u64) -> Load {
        Load(match self {
            Self::Tell1To1 | Self::Tell4To1 | Self::Calls(..) => 2_000_000,
            Self::Ask | Self::Pingpong => 1_000_000,
            Self::Spawn => 50_000,
            Self::Memory => crowd,
        })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The work of one round: the messages `0..count`, or as many actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load(u64);

impl Load {
    /// So many, if each of the two players of `pingpong` can have its half.
    pub(crate) fn of(count: u64) -> Option<Self> {
        (count > 0 && count.is_multiple_of(2)).then_some(Self(count))
    }

    /// This, or so many where it is more: for what could not do all of it in a round's time.
    pub(crate) fn at_most(self, count: u64) -> Self {
        Self(self.0.min(count))
    }

    /// How many messages, or actors.
    pub(crate) fn count(self) -> u64 {
        self.0
    }

    /// The messages, each of which carries its own number.
    pub(crate) fn values(self) -> std::ops::Range<u64> {
        0..self.0
    }

    /// The messages dealt out to `senders`, each of which gets a run of them.
    pub(crate) fn shares(self, senders: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
        (0..senders).map(move |n| self.0 * n / senders..self.0 * (n + 1) / senders)
    }

    /// What the numbers of all messages add up to.
    pub(crate) fn sum(self) -> u64 {
        self.0 * self.0.saturating_sub(1) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_players_cannot_share_is_no_load() {
        assert_eq!(Load::of(2).map(Load::count), Some(2));
        assert_eq!([Load::of(0), Load::of(3)], [None, None]);
    }

    #[test]
    fn every_scenario_is_there_once() {
        for (place, scenario) in ALL.iter().enumerate() {
            assert!(!ALL[..place].contains(scenario), "{scenario}");
        }
        assert!(ALL.contains(&Scenario::Calls(Policy::Pipeline5, Tasks::Eight)));
    }

    #[test]
    fn a_scenario_is_called_the_same_on_the_command_line_and_in_the_output() {
        for scenario in Scenario::all() {
            let value = scenario.to_possible_value().expect("no scenario is hidden");
            assert_eq!(value.get_name(), scenario.name());
        }
    }
}
