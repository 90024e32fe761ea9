//! What the compiler says to a user's mistakes, and what it takes without a warning.
//!
//! After a change of texts: `TRYBUILD=overwrite cargo test -p greenroom-tests --test compile_fail`,
//! then read the difference as a user would.

#[test]
fn mistakes_are_reported_at_the_users_line() {
    let cases = trybuild::TestCases::new();
    cases.pass("compile_fail/pass/*.rs");
    cases.compile_fail("compile_fail/fail/*.rs");
}
