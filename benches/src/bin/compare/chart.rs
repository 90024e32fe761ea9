//! The result as a drawing: bars in SVG, for light and dark pages.

use crate::figures;
use crate::scenario::{Quantity, Scenario};
use crate::series::{self, Series};
use crate::systems::Kind;

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 16.0;
const BAR_LEFT: f64 = 130.0;
const BAR_RIGHT: f64 = 650.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
const HEAD: f64 = 44.0;
const FOOT_LINE: f64 = 16.0;

const STYLE: &str = "
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .quiet { fill: #59636e; }
  .ours { fill: #1a7f5a; }
  .actors { fill: #8c9cb5; }
  .channel { fill: #cfd6e0; }
  .spread { stroke: #1f2328; stroke-width: 1.2; opacity: 0.55; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9198a1; }
    .ours { fill: #3fb984; }
    .actors { fill: #66748c; }
    .channel { fill: #3d4552; }
    .spread { stroke: #e6edf3; }
  }
";

/// One panel for each scenario, the best system first.
pub(crate) fn render(series: &[Series], machine: &str) -> String {
    let mut body = String::new();
    let mut top = MARGIN;
    for scenario in series::scenarios(series) {
        let ranked = series::ranking(series, scenario);
        body.push_str(&panel(scenario, &ranked, top));
        top += HEAD + ROW * ranked.len() as f64 + MARGIN;
    }
    for line in [machine, &legend(series)] {
        top += FOOT_LINE;
        body.push_str(&text(MARGIN, top, "quiet", "start", line));
    }
    let height = top + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-label=\"systems compared on the same work\">\n\
         <style>{STYLE}</style>\n{body}</svg>\n"
    )
}

fn panel(scenario: Scenario, ranked: &[&Series], top: f64) -> String {
    let quantity = scenario.quantity();
    let title = format!("{scenario}: {}", scenario.title());
    let mut drawing = text(MARGIN, top + 14.0, "title", "start", &title);
    drawing.push_str(&text(MARGIN, top + 30.0, "quiet", "start", axis(quantity)));
    let longest = ranked
        .iter()
        .map(|series| Bar::of(series).highest)
        .fold(f64::MIN_POSITIVE, f64::max);
    for (place, series) in (0_u32..).zip(ranked) {
        let row = top + HEAD + ROW * f64::from(place);
        drawing.push_str(&Bar::of(series).draw(series, row, longest));
    }
    drawing
}

fn axis(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::TimePerMessage => "million messages a second; longer is better",
        Quantity::TimePerCall => "time for each call; shorter is better",
        Quantity::TimePerActor => "time for each actor; shorter is better",
        Quantity::BytesPerActor => "resident memory for each actor; shorter is better",
    }
}

/// What a bar shows: messages a second, or else the figure as it was measured.
struct Bar {
    median: f64,
    lowest: f64,
    highest: f64,
    label: String,
}

impl Bar {
    fn of(series: &Series) -> Self {
        match series.scenario.quantity() {
            Quantity::TimePerMessage => Self {
                median: 1_000.0 / series.median(),
                lowest: 1_000.0 / series.highest(),
                highest: 1_000.0 / series.lowest(),
                label: format!("{} M/s", figures::millions_per_second(series.median())),
            },
            quantity @ (Quantity::TimePerCall
            | Quantity::TimePerActor
            | Quantity::BytesPerActor) => Self {
                median: series.median(),
                lowest: series.lowest(),
                highest: series.highest(),
                label: figures::with_unit(series.median(), quantity),
            },
        }
    }

    fn draw(&self, series: &Series, row: f64, longest: f64) -> String {
        let x = |value: f64| BAR_LEFT + (BAR_RIGHT - BAR_LEFT) * value / longest;
        let class = match series.system.kind {
            _ if series.is_ours() => "ours",
            Kind::Actors => "actors",
            Kind::Channel | Kind::Policies => "channel",
        };
        let (width, middle) = (x(self.median) - BAR_LEFT, row + BAR / 2.0);
        let (from, to) = (x(self.lowest), x(self.highest));
        let name = series.system.name;
        text(BAR_LEFT - 8.0, row + 11.0, "", "end", name)
            + &format!(
                "<rect class=\"{class}\" x=\"{BAR_LEFT}\" y=\"{row:.1}\" width=\"{width:.1}\" \
                 height=\"{BAR}\" rx=\"2\"/>\n\
                 <line class=\"spread\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle:.1}\" \
                 y2=\"{middle:.1}\"/>\n"
            )
            + &text(
                to.max(x(self.median)) + 6.0,
                row + 11.0,
                "quiet",
                "start",
                &self.label,
            )
    }
}

fn legend(series: &[Series]) -> String {
    let rounds = series.first().map_or(0, |series| series.measurements.len());
    format!("medians of {rounds} rounds, lines from lowest to highest; pale: channels")
}

fn text(x: f64, y: f64, class: &str, anchor: &str, content: &str) -> String {
    let content = content
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">\
         {content}</text>\n"
    )
}
