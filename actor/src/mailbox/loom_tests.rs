//! The mailbox under loom: no lost wake-up, no lost message, order, bounds, close.
