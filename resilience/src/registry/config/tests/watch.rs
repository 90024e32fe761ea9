//! A registry that follows a file.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use super::*;
use crate::registry::config::Watch;

const GOOD: &str = "[instances.shop]\ntimeout = \"2s\"\n";

struct Scene {
    _folder: TempDir,
    path: PathBuf,
    registry: Registry,
    watch: Watch,
}

impl Scene {
    /// A file that says this, loaded and watched.
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("pipelines.toml");
        fs::write(&path, text).expect("it can be written");
        let registry = Registry::new();
        registry.load(&path).expect("it is right");
        let watch = registry.watch(&path).every(ms(100));
        Self {
            _folder: folder,
            path,
            registry,
            watch,
        }
    }

    fn write(&self, text: &str) {
        fs::write(&self.path, text).expect("it can be written");
    }

    /// What is told within ten seconds.
    async fn told(&mut self) -> Option<Result<String, String>> {
        let told = timeout(secs(10), self.watch.changed()).await.ok()?;
        let text = |error: ConfigError| error.to_string();
        Some(told.map(|changes| changes.to_string()).map_err(text))
    }

    async fn refused(&mut self) -> String {
        let told = self.told().await.expect("it is told");
        let error = told.expect_err("it is refused");
        let path = self.path.display().to_string();
        error.strip_prefix(&path).unwrap_or(&error).to_owned()
    }
}

fn timeout_is(limit: &str) -> String {
    GOOD.replace("2s", limit)
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_once_it_was_read_twice() {
    let mut scene = Scene::new(GOOD);
    assert_eq!(
        scene.told().await,
        None,
        "nothing changed since it was loaded"
    );
    scene.write(&timeout_is("3s"));
    let begun = Instant::now();
    let expected = "shop: timeout: \"2s\" -> \"3s\"".to_owned();
    assert_eq!(scene.told().await, Some(Ok(expected)));
    assert!(begun.elapsed() <= ms(300), "{:?}", begun.elapsed());
    assert_eq!(scene.told().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_changed_before_the_watch_began_is_not_missed() {
    let mut scene = Scene::new(GOOD);
    scene.write(&timeout_is("3s"));
    let told = scene.told().await.expect("it is told");
    assert_eq!(told, Ok("shop: timeout: \"2s\" -> \"3s\"".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_told_once_changes_nothing_and_is_tried_again() {
    let mut scene = Scene::new(GOOD);
    let path = scene.path.clone();
    let large = "#".repeat(10_000_000);
    for (bad, expected) in [
        ("", ": empty"),
        ("[instances.sh", ":1:"),
        (
            "[instances.shop]\ntimeout = \"2 parsecs\"\n",
            ":2:11: instances.shop.timeout: expected",
        ),
        (large.as_str(), ": over the most"),
    ] {
        scene.write(bad);
        let error = scene.refused().await;
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(scene.told().await, None, "{expected} is told once");
        assert!(scene.registry.get("shop").is_some());
        scene.write(GOOD);
        assert_eq!(scene.told().await, None, "it is as it was");
    }
    fs::remove_file(&path).expect("it is there");
    assert!(scene.refused().await.starts_with(": "), "it is away");
    assert_eq!(scene.told().await, None);
    scene.write(&timeout_is("4s"));
    let told = scene.told().await.expect("it is told");
    assert_eq!(told, Ok("shop: timeout: \"2s\" -> \"4s\"".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_renamed_into_its_place_is_taken_whole() {
    let mut scene = Scene::new(GOOD);
    let new = scene.path.with_extension("new");
    for seconds in 3..9 {
        fs::write(&new, timeout_is(&format!("{seconds}s"))).expect("it can be written");
        fs::rename(&new, &scene.path).expect("it can be renamed");
        let told = scene.told().await.expect("it is told");
        let expected = format!("shop: timeout: \"{}s\" -> \"{seconds}s\"", seconds - 1);
        assert_eq!(told, Ok(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_being_written_is_not_caught_in_the_middle() {
    let mut scene = Scene::new(GOOD);
    let whole = format!("{}[instances.other]\ntimeout = \"3s\"\n", timeout_is("5s"));
    let path = scene.path.clone();
    let text = whole.clone();
    // Longer by some bytes between any two readings.
    let writer = tokio::spawn(async move {
        for end in (0..=text.len()).step_by(7).chain([text.len()]) {
            fs::write(&path, &text[..end]).expect("it can be written");
            tokio::time::sleep(ms(60)).await;
        }
    });
    let told = scene.told().await.expect("it is told");
    assert_eq!(
        told,
        Ok("+ other\nshop: timeout: \"2s\" -> \"5s\"".to_owned())
    );
    writer.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_dropped_loses_nothing() {
    let mut scene = Scene::new(GOOD);
    scene.write(&timeout_is("3s"));
    let mut told = None;
    for _ in 0..50 {
        told = timeout(ms(30), scene.watch.changed()).await.ok();
        if told.is_some() {
            break;
        }
    }
    let changes = told.expect("it is told").expect("it is right");
    assert_eq!(changes.to_string(), "shop: timeout: \"2s\" -> \"3s\"");
}
