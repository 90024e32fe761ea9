//! The result as JSON, one object a line.

use serde_json::json;

use crate::measurement::Measurement;
use crate::series::Series;

/// One line for each system in each scenario. `min` and `max` have the unit of the median beside
/// them: nanoseconds, or bytes in `memory`.
pub(crate) fn render(series: &[Series]) -> String {
    series.iter().map(|series| line(series) + "\n").collect()
}

fn line(series: &Series) -> String {
    let mut object = json!({
        "scenario": series.scenario.name(),
        "system": series.system.name,
        "min": series.lowest(),
        "max": series.highest(),
        "rounds": series.measurements.len(),
    });
    let (median, count) = match series.measurements[0] {
        Measurement::Time { .. } => ("ns_per_op", "ops"),
        Measurement::Memory { .. } => ("bytes_per_actor", "actors"),
    };
    object[median] = json!(series.median());
    object[count] = json!(series.over());
    if let Some(allocations) = series.allocations {
        object["allocs_per_op"] = json!(allocations.blocks);
        object["bytes_per_op"] = json!(allocations.bytes);
    }
    object.to_string()
}
