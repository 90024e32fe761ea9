//! Look-up by path and message type.

use greenroom::LookupError;
use greenroom::prelude::*;

use super::{Keep, keeper};

#[tokio::test(start_paused = true)]
async fn found_by_absolute_and_relative_path() {
    let system = System::new("lookup");
    let known = keeper(&system, "known").await;
    assert_eq!(system.lookup::<Keep>("/user/known"), Ok(known.clone()));
    assert_eq!(system.lookup::<Keep>("known"), Ok(known));
}

#[tokio::test(start_paused = true)]
async fn nobody_there_and_other_messages_are_told_apart() {
    let system = System::new("lookup");
    let known = keeper(&system, "known").await;
    assert!(matches!(
        system.lookup::<Keep>("known/below"),
        Err(LookupError::NotFound(path)) if path == "known/below"
    ));
    assert!(matches!(
        system.lookup::<u8>("known"),
        Err(LookupError::OtherMessages { message: "u8", .. })
    ));
    known.stop();
    known.terminated().await;
    assert!(matches!(
        system.lookup::<Keep>("known"),
        Err(LookupError::NotFound(_))
    ));
}
