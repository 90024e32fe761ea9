//! The result as tables: Markdown that is aligned, so that it reads in a terminal too.

use std::fmt::Write as _;

use crate::figures;
use crate::scenario::{Quantity, Scenario};
use crate::series::{self, Series};
use crate::systems::{Kind, WORKERS};

/// One table for each scenario, then how the systems were set up.
pub(crate) fn render(series: &[Series], machine: &str, rounds: u32) -> String {
    let mut text = format!(
        "{machine}. {WORKERS} worker threads; medians of {rounds} rounds, each a process of its \
         own.\n",
    );
    for scenario in series::scenarios(series) {
        text.push_str(&section(scenario, &series::ranking(series, scenario)));
    }
    text.push_str(LEGEND);
    text.push_str(&setups(series));
    text
}

const LEGEND: &str = "
Ratios are of medians, and more is better: how fast (in `memory`: how small) a system is beside the
best peer, 1.00× being just as good. The column `greenroom` says how many times better greenroom is.

";

fn section(scenario: Scenario, ranked: &[&Series]) -> String {
    let mut columns = columns(scenario, ranked);
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
    let mut text = format!("\n### {scenario}: {}\n\n", scenario.title());
    let widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let row = |text: &mut String, cells: Vec<&str>| {
        for (place, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let width = *width;
            let written = if place == 0 {
                write!(text, "| {cell:<width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
            written.expect("a string takes all that is written to it");
        }
        text.push_str("|\n");
    };
    row(
        &mut text,
        columns.iter().map(|column| column.head).collect(),
    );
    let rules: Vec<String> = widths
        .iter()
        .enumerate()
        .map(|(place, width)| match place {
            0 => "-".repeat(*width),
            _ => "-".repeat(width - 1) + ":",
        })
        .collect();
    row(&mut text, rules.iter().map(String::as_str).collect());
    for line in 0..ranked.len() {
        row(
            &mut text,
            columns
                .iter()
                .map(|column| column.cells[line].as_str())
                .collect(),
        );
    }
    text
}

/// A column; one that has nothing to say in any line is left out.
struct Column {
    head: &'static str,
    cells: Vec<String>,
}

impl Column {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.chars().count());
        cells.chain([self.head.chars().count()]).max().unwrap_or(0)
    }
}

fn columns(scenario: Scenario, ranked: &[&Series]) -> Vec<Column> {
    let quantity = scenario.quantity();
    let ours = series::ours(ranked).map(Series::median);
    let column = |head, cell: &dyn Fn(&Series) -> String| Column {
        head,
        cells: ranked.iter().map(|series| cell(series)).collect(),
    };
    let beside_best = |head, kind| {
        let best = series::best_peer(ranked, kind).map(Series::median);
        column(head, &|series| {
            best.map(|best| figures::times(best / series.median()))
                .unwrap_or_default()
        })
    };
    vec![
        column("system", &|series| series.system.name.to_owned()),
        column("mailbox", &|series| match scenario {
            Scenario::Calls(..) => String::new(),
            _ => figures::capacity((series.system.capacity)()),
        }),
        column(over(quantity), &|series| figures::grouped(series.over())),
        column("median", &|series| {
            figures::with_unit(series.median(), quantity)
        }),
        column("lowest", &|series| {
            figures::with_unit(series.lowest(), quantity)
        }),
        column("highest", &|series| {
            figures::with_unit(series.highest(), quantity)
        }),
        column("M/s", &|series| match quantity {
            Quantity::TimePerMessage | Quantity::TimePerCall => {
                figures::millions_per_second(series.median())
            }
            Quantity::TimePerActor | Quantity::BytesPerActor => String::new(),
        }),
        column("allocations", &|series| {
            let allocations = series.allocations;
            allocations.map(figures::allocations).unwrap_or_default()
        }),
        beside_best("to best actors", Kind::Actors),
        beside_best("to best channel", Kind::Channel),
        beside_best("to best peer", Kind::Policies),
        column("greenroom", &|series| match ours {
            Some(ours) if !series.is_ours() => figures::times(series.median() / ours),
            _ => String::new(),
        }),
    ]
}

fn over(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::TimePerMessage => "messages",
        Quantity::TimePerCall => "calls",
        Quantity::TimePerActor | Quantity::BytesPerActor => "actors",
    }
}

fn setups(series: &[Series]) -> String {
    let mut named = Vec::new();
    let mut text = String::new();
    for system in series.iter().map(|series| series.system) {
        if !named.contains(&system.name) {
            named.push(system.name);
            text.push_str(&format!("- {}: {}.\n", system.name, system.setup));
        }
    }
    text
}
