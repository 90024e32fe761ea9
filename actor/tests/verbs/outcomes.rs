//! Every error says what is known of its message.

use greenroom::{AskError, Failure, Outcome, SendError, TrySendError};

#[test]
fn every_send_error_is_refused_and_gives_the_message_back_but_lost() {
    let errors = [
        SendError::Timeout(7),
        SendError::Full(7),
        SendError::SelfFull(7),
        SendError::Stopped(7),
        SendError::Policy(7),
        SendError::ZeroTimeout(7),
        SendError::Lost,
    ];
    for error in errors {
        let is_lost = error == SendError::Lost;
        assert_eq!(error.outcome(), Outcome::Refused);
        assert_eq!(
            format!("{error}"),
            format!("{}", error.clone().without_message())
        );
        assert!(
            !format!("{error:?}").contains('7'),
            "no `Debug` of the message"
        );
        assert_eq!(error.into_message(), (!is_lost).then_some(7));
    }
}

#[test]
fn every_try_send_error_is_refused_and_gives_the_message_back_but_lost() {
    let errors = [
        TrySendError::Full(7),
        TrySendError::Stopped(7),
        TrySendError::Policy(7),
        TrySendError::Lost,
    ];
    for error in errors {
        let is_lost = error == TrySendError::Lost;
        assert_eq!(error.outcome(), Outcome::Refused);
        assert_eq!(error.into_message(), (!is_lost).then_some(7));
    }
}

#[test]
fn ask_errors_are_refused_unless_a_handler_may_have_begun() {
    let refused = [
        AskError::Full,
        AskError::SelfFull,
        AskError::Stopped,
        AskError::Displaced,
        AskError::Expired,
        AskError::Policy,
        AskError::ZeroTimeout,
    ];
    for error in refused {
        assert_eq!(error.outcome(), Outcome::Refused, "{error:?}");
    }
    let unknown = [
        AskError::Timeout,
        AskError::NoReply,
        AskError::Failed(Failure::message("broken")),
        AskError::Killed,
    ];
    for error in unknown {
        assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    }
}
