//! The rounds of one system in one scenario, and what they say together.

use crate::allocations::Allocations;
use crate::measurement::Measurement;
use crate::scenario::Scenario;
use crate::systems::{Kind, OURS, System};

/// The measurements of one system in one scenario.
pub(crate) struct Series {
    pub(crate) scenario: Scenario,
    pub(crate) system: &'static System,
    /// At least one, in the order of the rounds.
    pub(crate) measurements: Vec<Measurement>,
    /// What each operation allocates, where that is counted.
    pub(crate) allocations: Option<Allocations>,
}

impl Series {
    /// The middle one, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        }
    }

    pub(crate) fn lowest(&self) -> f64 {
        self.sorted()[0]
    }

    pub(crate) fn highest(&self) -> f64 {
        self.sorted()[self.measurements.len() - 1]
    }

    /// How many operations, or actors, each round was.
    pub(crate) fn over(&self) -> u64 {
        self.measurements[0].over()
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.system.name == OURS
    }

    fn sorted(&self) -> Vec<f64> {
        let mut figures: Vec<f64> = self.measurements.iter().map(|m| m.figure()).collect();
        figures.sort_by(f64::total_cmp);
        figures
    }
}

/// The series of one scenario, best first: less time or memory is better.
pub(crate) fn ranking(series: &[Series], scenario: Scenario) -> Vec<&Series> {
    let mut ranked: Vec<&Series> = series.iter().filter(|s| s.scenario == scenario).collect();
    ranked.sort_by(|a, b| a.median().total_cmp(&b.median()));
    ranked
}

/// The best peer of a kind: greenroom is not its own peer.
pub(crate) fn best_peer<'a>(ranked: &[&'a Series], kind: Kind) -> Option<&'a Series> {
    ranked
        .iter()
        .find(|series| series.system.kind == kind && !series.is_ours())
        .copied()
}

/// Greenroom's own series.
pub(crate) fn ours<'a>(ranked: &[&'a Series]) -> Option<&'a Series> {
    ranked.iter().find(|series| series.is_ours()).copied()
}

/// The scenarios that have series, in order.
pub(crate) fn scenarios(series: &[Series]) -> Vec<Scenario> {
    let measured = |scenario: &Scenario| series.iter().any(|s| s.scenario == *scenario);
    Scenario::all().iter().copied().filter(measured).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems;

    fn series(figures: &[f64]) -> Series {
        let measurement = |&ns_per_op: &f64| Measurement::Time { ns_per_op, ops: 1 };
        Series {
            scenario: Scenario::Ask,
            system: &systems::ALL[0],
            measurements: figures.iter().map(measurement).collect(),
            allocations: None,
        }
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        let odd = series(&[30.0, 10.0, 20.0]);
        assert_eq!(
            (odd.lowest(), odd.median(), odd.highest()),
            (10.0, 20.0, 30.0)
        );
        assert_eq!(series(&[40.0, 10.0, 30.0, 20.0]).median(), 25.0);
    }

    #[test]
    fn less_is_better() {
        let all = [series(&[3.0]), series(&[1.0]), series(&[2.0])];
        let ranked = ranking(&all, Scenario::Ask);
        assert_eq!(
            ranked
                .iter()
                .map(|series| series.median())
                .collect::<Vec<_>>(),
            [1.0, 2.0, 3.0]
        );
        assert!(ranking(&all, Scenario::Spawn).is_empty());
    }
}
