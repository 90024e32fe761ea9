//! How numbers are written for people.

use crate::allocations::Allocations;
use crate::scenario::Quantity;
use crate::systems::Capacity;

/// A time or a size with its unit: `285 ns`, `51.2 µs`, `7,360 B`.
pub(crate) fn with_unit(figure: f64, quantity: Quantity) -> String {
    match quantity {
        Quantity::BytesPerActor => format!("{} B", grouped(figure.round() as u64)),
        _ if figure >= 10_000.0 => {
            format!("{:.1} µs", figure / 1_000.0)
        }
        _ if figure >= 100.0 => {
            format!("{} ns", grouped(figure.round() as u64))
        }
        Quantity::TimePerMessage | Quantity::TimePerCall | Quantity::TimePerActor => {
            format!("{figure:.1} ns")
        }
    }
}

/// Millions a second, from nanoseconds each.
pub(crate) fn millions_per_second(ns_per_op: f64) -> String {
    let millions = 1_000.0 / ns_per_op;
    if millions >= 10.0 {
        format!("{millions:.1}")
    } else if millions >= 0.1 {
        format!("{millions:.2}")
    } else {
        format!("{millions:.3}")
    }
}

/// How many times: `2.4×`.
pub(crate) fn times(ratio: f64) -> String {
    if ratio >= 10.0 {
        format!("{ratio:.1}×")
    } else {
        format!("{ratio:.2}×")
    }
}

/// Blocks and bytes for each operation: `3 (112 B)`, or `0`.
pub(crate) fn allocations(allocations: Allocations) -> String {
    let Allocations { blocks, bytes } = allocations;
    if blocks == 0.0 {
        return "0".to_owned();
    }
    format!("{} ({} B)", (blocks * 100.0).round() / 100.0, bytes.round())
}

/// A mailbox's bound.
pub(crate) fn capacity(capacity: Capacity) -> String {
    match capacity {
        Capacity::Messages(count) => grouped(count as u64),
        Capacity::Unbounded => "unbounded".to_owned(),
        Capacity::None => String::new(),
    }
}

/// Digits in groups of three: `1,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(with_unit(28.54, Quantity::TimePerMessage), "28.5 ns");
        assert_eq!(with_unit(1_230.6, Quantity::TimePerActor), "1,231 ns");
        assert_eq!(with_unit(51_240.0, Quantity::TimePerMessage), "51.2 µs");
        assert_eq!(with_unit(7_360.2, Quantity::BytesPerActor), "7,360 B");
        assert_eq!(millions_per_second(40.0), "25.0");
        assert_eq!(millions_per_second(50_000.0), "0.020");
    }
}
