//! The timer of a connection: deadlines that are nearly always met cost next to nothing.
//!
//! hyper sets a deadline for each head that it waits for and drops it when the head is there. Here all
//! deadlines of a connection share one entry in tokio's wheel, which stays where it is until it goes
//! off; only then is it set to the deadline of the moment.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use tokio::time::sleep_until;

/// Makes deadlines of which one is waited for at a time, all by one task.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionTimer {
    entry: Arc<Mutex<Option<Entry>>>,
}

/// A place in tokio's wheel, and who is woken when it goes off.
#[derive(Debug)]
struct Entry {
    sleep: Pin<Box<tokio::time::Sleep>>,
    woken: Waker,
}

#[derive(Debug)]
struct Deadline {
    at: tokio::time::Instant,
    entry: Arc<Mutex<Option<Entry>>>,
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline { at: deadline.into(), entry: Arc::clone(&self.entry) })
    }
}

impl Sleep for Deadline {}

impl Entry {
    /// Whether it still is to go off, by then, and wakes this task: nothing is left to do.
    fn will_wake(&self, waker: &Waker, at: tokio::time::Instant) -> bool {
        self.woken.will_wake(waker) && self.sleep.deadline() <= at && !self.sleep.is_elapsed()
    }
}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut entry = self.entry.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entry.get_or_insert_with(|| Entry {
            sleep: Box::pin(sleep_until(self.at)),
            woken: Waker::noop().clone(),
        });
        if entry.will_wake(context.waker(), self.at) {
            return Poll::Pending;
        }
        entry.woken.clone_from(context.waker());
        if entry.sleep.deadline() > self.at {
            entry.sleep.as_mut().reset(self.at);
        }
        while entry.sleep.as_mut().poll(context).is_ready() {
            if entry.sleep.deadline() >= self.at {
                return Poll::Ready(());
            }
            // It went off for a deadline that was met.
            entry.sleep.as_mut().reset(self.at);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn a_deadline_holds_whatever_was_waited_for_before() {
        let timer = ConnectionTimer::default();
        for met in [0, 1, 5] {
            for _ in 0..met {
                // On a busy machine it may go off all the same.
                let _ = timeout(SHORT / 4, timer.sleep(SHORT)).await;
            }
            let began = Instant::now();
            timer.sleep(SHORT).await;
            assert!(began.elapsed() >= SHORT, "after {met} that were met");
        }
    }

    #[tokio::test]
    async fn a_nearer_deadline_does_not_wait_for_a_farther_one() {
        let timer = ConnectionTimer::default();
        let far = Duration::from_hours(1);
        assert!(timeout(SHORT, timer.sleep(far)).await.is_err());
        timeout(Duration::from_secs(20), timer.sleep(SHORT)).await.unwrap();
        assert!(timeout(SHORT, timer.sleep(far)).await.is_err());
    }
}
