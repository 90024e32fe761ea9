//! Defects of other libraries of resilience policies, each shown by a test that passes while the
//! library has it, and beside it a test that greenroom does not. README.md lists them.

mod bursts;
mod half_open;
mod hot_path;
mod jitter;
mod keys;
mod late_outcomes;
mod layers;
mod lock;
mod metrics;
mod support;
mod window;
