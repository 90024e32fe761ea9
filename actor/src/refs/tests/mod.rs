//! References over another port than the mailbox of this process.

#![allow(
    clippy::unwrap_used,
    reason = "a test may end where something is not as it has to be"
)]

mod seam;
mod second_port;
