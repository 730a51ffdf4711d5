//! The time limits of one request.

use std::time::{Duration, Instant};

use crate::config::fetch::FetchLimits;
use crate::fetch::error::QueryError;

/// The limits of a request that has begun.
pub(super) struct Deadline {
    limits: FetchLimits,
    began: Instant,
}

impl Deadline {
    /// A request that begins now.
    pub(super) fn start(limits: FetchLimits) -> Self {
        Self { limits, began: Instant::now() }
    }

    /// Waits until the connection is open.
    pub(super) async fn connect<T>(&self, call: impl Future<Output = T>) -> Result<T, QueryError> {
        self.within(self.limits.connect, "the connection", call).await
    }

    /// Waits for the first part of a response.
    pub(super) async fn first_byte<T>(
        &self,
        call: impl Future<Output = T>,
    ) -> Result<T, QueryError> {
        self.within(self.limits.first_byte, "the first byte of the response", call).await
    }

    /// Waits for the next part of a response.
    pub(super) async fn next_part<T>(
        &self,
        call: impl Future<Output = T>,
    ) -> Result<T, QueryError> {
        self.within(self.limits.stall, "the next part of the response", call).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        awaited: &'static str,
        call: impl Future<Output = T>,
    ) -> Result<T, QueryError> {
        let left = self.limits.total.saturating_sub(self.began.elapsed());
        let (limit, awaited) =
            if left < limit { (left, "the end of the response") } else { (limit, awaited) };
        let timed_out = |_| QueryError::TimedOut { awaited, seconds: limit.as_secs_f64() };
        tokio::time::timeout(limit, call).await.map_err(timed_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_of_two_limits_ends_a_request() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let limits = |stall, total| FetchLimits {
            stall: Duration::from_millis(stall),
            total: Duration::from_millis(total),
            ..FetchLimits::default()
        };
        for (limits, awaited) in [
            (limits(20, 5_000), "the next part of the response"),
            (limits(5_000, 20), "the end of the response"),
        ] {
            let deadline = Deadline::start(limits);
            let never = std::future::pending::<()>();
            let ended = runtime.block_on(async { deadline.next_part(never).await });
            let error = ended.unwrap_err();
            assert!(error.is_transient());
            assert!(error.to_string().contains(awaited), "{error}");
        }
    }
}
