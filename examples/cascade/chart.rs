//! Charts of what was served second by second, for a terminal and as SVG.

use std::fmt::Write;

/// One line of a chart.
pub struct Series {
    pub name: &'static str,
    pub color: &'static str,
    pub values: Vec<u32>,
}

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ROWS: u32 = 5;

/// A column a second, so high as the value is beside `top`.
pub fn bars(series: &Series, top: u32) -> String {
    let mut text = format!("{}\n", series.name);
    for row in (0..ROWS).rev() {
        let label = top * (row + 1) / ROWS;
        let bars = series.values.iter().map(|value| {
            let eighths = (value * ROWS * 8).div_ceil(top).saturating_sub(row * 8);
            EIGHTHS[eighths.min(8) as usize]
        });
        let bars: String = bars.collect();
        let _ = writeln!(text, "{label:>5} ┤{}", bars.trim_end());
    }
    let mut axis = String::new();
    for second in (0..series.values.len()).step_by(10) {
        let _ = write!(axis, "{:<10}", format!("{second}s"));
    }
    let _ = writeln!(text, "      └{}", "─".repeat(series.values.len()));
    let _ = writeln!(text, "       {}", axis.trim_end());
    text
}

/// All of them in one picture.
pub fn svg(series: &[Series], top: u32) -> String {
    const WIDTH: f64 = 720.0;
    const HEIGHT: f64 = 300.0;
    let mut text = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif">"#,
        WIDTH + 80.0,
        HEIGHT + 90.0
    );
    text.push('\n');
    for (index, line) in series.iter().enumerate() {
        let last = line.values.len().saturating_sub(1).max(1) as f64;
        let points = line.values.iter().enumerate().map(|(second, value)| {
            let x = 50.0 + WIDTH * second as f64 / last;
            let y = 20.0 + HEIGHT * (1.0 - f64::from(*value) / f64::from(top));
            format!("{x:.1},{y:.1}")
        });
        let points = points.collect::<Vec<_>>().join(" ");
        let (color, name, y) = (line.color, line.name, HEIGHT + 40.0 + 16.0 * index as f64);
        let _ = writeln!(
            text,
            r#"<polyline fill="none" stroke="{color}" stroke-width="2" points="{points}"/>"#
        );
        let _ = writeln!(text, r#"<text x="50" y="{y}" fill="{color}">{name}</text>"#);
    }
    text.push_str("</svg>\n");
    text
}
