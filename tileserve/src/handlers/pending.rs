//! Responses on their way: ready at once, or waiting for the store.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::http::response::{self, Reply};
use crate::telemetry::metrics::RouteMetrics;
use crate::values::surrogate_keys::SurrogateKeys;

/// An answer on its way. Most are there at once, so that nothing is allocated for the waiting.
pub enum PendingReply {
    /// Ready; nothing once it was taken.
    Ready(Option<Reply>),
    /// Waits for the store.
    Waiting(BoxedReply),
}

/// A response that waits for the store.
pub(super) type BoxedReply = Pin<Box<dyn Future<Output = Reply> + Send>>;

impl Future for PendingReply {
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Ready(reply) => {
                Poll::Ready(Ok(reply.take().unwrap_or_else(response::unavailable)))
            }
            Self::Waiting(waiting) => waiting.as_mut().poll(context).map(Ok),
        }
    }
}

/// An answer, where it is counted, and what of the map it is made from.
pub(super) struct Routed {
    pub(super) respond: PendingReply,
    pub(super) metrics: Arc<RouteMetrics>,
    pub(super) keys: Option<Arc<SurrogateKeys>>,
}

/// A response that is ready.
pub(super) fn ready(reply: Reply) -> PendingReply {
    PendingReply::Ready(Some(reply))
}
