//! Every example runs without anybody at the keyboard and says so with its exit code.

mod programs;

use std::process::Output;

const SHORT: [&str; 7] = [
    "axum_tower",
    "backpressure",
    "counter",
    "pool",
    "stash_and_timers",
    "supervision",
    "test_kit",
];

fn run(name: &str, arguments: &[&str]) -> Output {
    let mut program = programs::example(name);
    program.args(arguments).output().expect("the example runs")
}

#[test]
fn each_short_example_checks_its_claims_headless() {
    for name in SHORT {
        let output = run(name, &["--headless", "--seconds", "0"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {text}{errors}");
        let last = format!("{name}: every claim held; rounds: 1\n");
        assert!(text.ends_with(&last), "{name}: {text}");
    }
}

#[test]
fn the_scenario_is_repeated_while_there_is_time() {
    let output = run("test_kit", &["--headless", "--seconds", "1"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let rounds = text.trim_end().rsplit(' ').next();
    let rounds = rounds.and_then(|rounds| rounds.parse::<u64>().ok());
    assert!(rounds.is_some_and(|rounds| rounds > 1), "{text}");
}

#[test]
fn an_option_that_there_is_not_is_an_error() {
    for name in SHORT.iter().chain(&["http_service", "wordcount"]) {
        assert_eq!(run(name, &["--headles"]).status.code(), Some(2), "{name}");
    }
}
