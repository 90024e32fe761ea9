//! Panics of the user's code: caught, turned into failures, with their place where asked for.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::failure::Failure;

thread_local! {
    /// Where the last panic of this thread happened, between the hook and the catch.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Adds the place of a panic (`file:line:column`) to the failures that it causes.
///
/// Only the process-wide panic hook knows the place, so this is an opt-in for the program's `main`:
/// it wraps the hook that is installed and calls it as before. Without it a failure has the
/// panic's message alone.
///
/// ```
/// greenroom::panic::install_hook();
/// ```
pub fn install_hook() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string);
        // A thread that is being torn down has no slot any more: then the place stays unknown.
        let _ = LOCATION.try_with(|slot| *slot.borrow_mut() = place);
        previous(info);
    }));
}

pub(super) fn take_location() -> Option<String> {
    LOCATION
        .try_with(|slot| slot.borrow_mut().take())
        .ok()
        .flatten()
}

/// What a panic says.
fn text_of(payload: &(dyn Any + Send)) -> &str {
    let constant = payload.downcast_ref::<&'static str>().copied();
    let formatted = || payload.downcast_ref::<String>().map(String::as_str);
    constant.or_else(formatted).unwrap_or("(no text)")
}

/// Runs code of the user's that may panic; a panic becomes a [`Failure`].
pub(crate) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(code)).map_err(Failure::from_panic)
}

/// Runs code whose panic has nobody to be reported to (a drop after the end): logged, not raised.
pub(crate) fn quietly(code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
        // The payload could panic again when dropped, without end: it is leaked, once.
        tracing::error!(panic = text_of(&*payload), "a destructor panicked");
        Box::leak(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_panic_is_found_whether_formatted_or_not() {
        let number = 7;
        let formatted = catch_unwind(|| panic!("number {number}"));
        assert_eq!(text_of(&*formatted.expect_err("it panicked")), "number 7");
        let constant = catch_unwind(|| panic!("plain"));
        assert_eq!(text_of(&*constant.expect_err("it panicked")), "plain");
        assert_eq!(text_of(&7_u8), "(no text)");
    }
}
