//! What is measured: the scenarios, and how much work each of them is.

use std::fmt;

use clap::ValueEnum;

/// One kind of work that every system does in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// One task tells one actor.
    #[value(name = "tell_1to1")]
    Tell1To1,
    /// Four tasks tell one actor.
    #[value(name = "tell_4to1")]
    Tell4To1,
    /// One task asks one actor, one question at a time.
    #[value(name = "ask")]
    Ask,
    /// Two actors tell each other, each message sent when the one before it is handled.
    #[value(name = "pingpong")]
    Pingpong,
    /// Actors are started one after another, and each is asked once.
    #[value(name = "spawn")]
    Spawn,
    /// What an idle actor occupies once it has handled one message.
    #[value(name = "memory")]
    Memory,
}

/// What a scenario's figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Nanoseconds for each message; a table also shows messages a second.
    TimePerMessage,
    /// Nanoseconds for each actor.
    TimePerActor,
    /// Bytes for each actor.
    BytesPerActor,
}

impl Scenario {
    /// Every scenario, in the order in which they run.
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
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
        }
    }

    /// How much work one round is, for a system whose memory is measured over `crowd` actors.
    pub(crate) fn load(self, crowd: u64) -> Load {
        Load(match self {
            Self::Tell1To1 | Self::Tell4To1 => 2_000_000,
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
    fn a_scenario_is_called_the_same_on_the_command_line_and_in_the_output() {
        for scenario in Scenario::all() {
            let value = scenario.to_possible_value().expect("no scenario is hidden");
            assert_eq!(value.get_name(), scenario.name());
        }
    }
}
