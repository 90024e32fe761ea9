//! [`BulkheadError`]: what can be wrong with a bulkhead, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::settings::{Bulkhead, MAX_QUEUE, Order};

/// Why [`Bulkhead::check`](Bulkhead::check) refused a bulkhead. No gate was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BulkheadError {
    /// There is no place at all, so that every call would be rejected. Give at least one.
    #[error("bulkhead has no places: every call would be rejected")]
    NoPlaces,
    /// The queue is longer than [`MAX_QUEUE`]. Make it shorter: what is called could not serve so
    /// many within anybody's patience.
    #[error("bulkhead queue of {queue} callers is longer than {max}")]
    QueueTooLong {
        /// The queue as given.
        queue: usize,
        /// The longest there may be.
        max: usize,
    },
    /// There is a queue, but nobody may wait in it: no wait was set, or a wait of zero. Set
    /// [`Bulkhead::max_wait`], or leave the queue out.
    #[error("bulkhead has a queue of {queue} callers but no time to wait in it")]
    QueueWithoutWait {
        /// The queue as given.
        queue: usize,
    },
    /// A wait was set, but there is no queue to wait in. Set [`Bulkhead::queue`], or leave the wait
    /// out.
    #[error("bulkhead has a wait of {max_wait:?} but no queue to wait in")]
    WaitWithoutQueue {
        /// The wait as given.
        max_wait: Duration,
    },
    /// An order was set, but there is no queue to be in order. Set [`Bulkhead::queue`], or leave
    /// [`Bulkhead::lifo`] out.
    #[error("bulkhead serves the newest first but has no queue")]
    OrderWithoutQueue,
}

impl Bulkhead {
    /// Says whether this bulkhead makes sense.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`BulkheadError`]:
    ///
    /// - [`NoPlaces`](BulkheadError::NoPlaces): no call could ever run.
    /// - [`QueueTooLong`](BulkheadError::QueueTooLong): longer than [`MAX_QUEUE`].
    /// - [`QueueWithoutWait`](BulkheadError::QueueWithoutWait): nobody may wait in the queue.
    /// - [`WaitWithoutQueue`](BulkheadError::WaitWithoutQueue): nothing to wait in.
    /// - [`OrderWithoutQueue`](BulkheadError::OrderWithoutQueue): nothing to be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::{Bulkhead, bulkhead::BulkheadError};
    ///
    /// let error = Bulkhead::concurrent(4).queue(8).check().unwrap_err();
    /// assert_eq!(error, BulkheadError::QueueWithoutWait { queue: 8 });
    /// ```
    pub fn check(&self) -> Result<(), BulkheadError> {
        let Self {
            places,
            queue,
            max_wait,
            order,
        } = *self;
        check_places(places)?;
        if queue > MAX_QUEUE {
            return Err(BulkheadError::QueueTooLong {
                queue,
                max: MAX_QUEUE,
            });
        }
        if queue > 0 {
            return match max_wait {
                None | Some(Duration::ZERO) => Err(BulkheadError::QueueWithoutWait { queue }),
                Some(_) => Ok(()),
            };
        }
        if let Some(max_wait) = max_wait {
            return Err(BulkheadError::WaitWithoutQueue { max_wait });
        }
        if order == Order::NewestFirst {
            return Err(BulkheadError::OrderWithoutQueue);
        }
        Ok(())
    }
}

/// The part of the check that concerns a number of places alone.
pub(super) const fn check_places(places: usize) -> Result<(), BulkheadError> {
    if places == 0 {
        return Err(BulkheadError::NoPlaces);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_millis(50);

    #[test]
    fn check_accepts_what_makes_sense() {
        for bulkhead in [
            Bulkhead::concurrent(1),
            Bulkhead::concurrent(usize::MAX),
            Bulkhead::concurrent(1).queue(1).max_wait(WAIT),
            Bulkhead::concurrent(1)
                .queue(MAX_QUEUE)
                .max_wait(Duration::MAX),
            Bulkhead::concurrent(64).queue(128).max_wait(WAIT).lifo(),
        ] {
            assert_eq!(bulkhead.check(), Ok(()), "{bulkhead:?}");
        }
    }

    #[test]
    fn check_refuses_a_bulkhead_without_places() {
        let closed = Bulkhead::concurrent(0).queue(1).max_wait(WAIT);
        assert_eq!(closed.check(), Err(BulkheadError::NoPlaces));
    }

    #[test]
    fn check_refuses_a_queue_that_is_too_long() {
        let (queue, max) = (MAX_QUEUE + 1, MAX_QUEUE);
        let long = Bulkhead::concurrent(1).queue(queue).max_wait(WAIT);
        let expected = Err(BulkheadError::QueueTooLong { queue, max });
        assert_eq!(long.check(), expected);
    }

    #[test]
    fn check_refuses_a_queue_that_nobody_may_wait_in() {
        let expected = Err(BulkheadError::QueueWithoutWait { queue: 3 });
        let unset = Bulkhead::concurrent(1).queue(3);
        assert_eq!(unset.check(), expected);
        assert_eq!(unset.max_wait(Duration::ZERO).check(), expected);
    }

    #[test]
    fn check_refuses_a_wait_without_a_queue() {
        let expected = Err(BulkheadError::WaitWithoutQueue { max_wait: WAIT });
        assert_eq!(Bulkhead::concurrent(1).max_wait(WAIT).check(), expected);
        let emptied = Bulkhead::concurrent(1).queue(5).max_wait(WAIT).queue(0);
        assert_eq!(emptied.check(), expected);
    }

    #[test]
    fn check_refuses_an_order_without_a_queue() {
        let expected = Err(BulkheadError::OrderWithoutQueue);
        assert_eq!(Bulkhead::concurrent(1).lifo().check(), expected);
    }

    #[test]
    fn errors_name_the_numbers() {
        let error = Bulkhead::concurrent(1).queue(3).check().unwrap_err();
        let expected = "bulkhead has a queue of 3 callers but no time to wait in it";
        assert_eq!(error.to_string(), expected);
        let error = Bulkhead::concurrent(1).max_wait(WAIT).check().unwrap_err();
        let expected = "bulkhead has a wait of 50ms but no queue to wait in";
        assert_eq!(error.to_string(), expected);
    }
}
