//! `ActorResult`: a tell that may fail its actor.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{DeadLetterReason, Outcome};
use tokio::time::timeout;

#[derive(Default)]
struct Parser {
    sum: i64,
}

#[actor]
impl Parser {
    #[message]
    async fn parse(&mut self, text: String) -> ActorResult {
        self.sum += text.parse::<i64>()?;
        Ok(())
    }

    #[message]
    fn parse_at_once(&mut self, text: String) -> ActorResult {
        self.sum += text.parse::<i64>()?;
        Ok(())
    }

    #[message]
    async fn sum(&mut self) -> i64 {
        self.sum
    }

    #[message]
    async fn divide(&mut self, by: i64) -> i64 {
        self.sum / by
    }
}

#[tokio::test(start_paused = true)]
async fn error_of_a_message_fails_the_actor() {
    let system = System::new("failures");
    let mut letters = system.dead_letters(8);
    let parser = system.spawn("parser", Parser::default).await.unwrap();
    parser.parse("20".into()).await.unwrap();
    parser.parse_at_once("22".into()).await.unwrap();
    assert_eq!(parser.sum().await.unwrap(), 42);
    for variant in ["Parse", "ParseAtOnce"] {
        match variant {
            "Parse" => parser.parse("x".into()).await.unwrap(),
            _ => parser.parse_at_once("y".into()).await.unwrap(),
        }
        let letter = timeout(Duration::from_secs(1), letters.recv()).await;
        let letter = letter.expect("the message fails its actor").unwrap();
        assert_eq!(letter.variant, variant);
        let DeadLetterReason::Failed(failure) = letter.reason else {
            panic!("{letter:?}")
        };
        assert!(failure.downcast_ref::<std::num::ParseIntError>().is_some());
        assert_eq!(parser.sum().await.unwrap(), 0, "a new instance");
    }
}

#[tokio::test]
async fn panic_in_a_method_fails_its_ask() {
    let system = System::new("failures");
    let parser = system.spawn("parser", Parser::default).await.unwrap();
    let failed = parser.divide(0).await.unwrap_err();
    assert!(
        matches!(&failed, AskError::Failed(failure) if failure.is_panic()),
        "{failed}"
    );
    assert_eq!(failed.outcome(), Outcome::Unknown);
}
