//! References over another port than the mailbox of this process.

mod seam;
mod second_port;
