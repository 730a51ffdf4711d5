//! Pending responses: ready at once, or waiting for the store.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::http::response::{self, Reply};
use crate::telemetry::metrics::RouteMetrics;
use crate::values::surrogate_keys::SurrogateKeys;

/// A pending response. Most are ready at once, and those need no allocation.
pub enum PendingReply {
    /// Ready; `None` once it was taken.
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

/// The response of a handler, with its counters and the surrogate keys of what it is made from.
pub(super) struct Routed {
    pub(super) reply: PendingReply,
    pub(super) metrics: Arc<RouteMetrics>,
    pub(super) keys: Option<Arc<SurrogateKeys>>,
    pub(super) waits_for: WaitsFor,
}

impl Routed {
    /// Changes the response, once it is ready.
    pub(super) fn map(self, change: impl FnOnce(Reply) -> Reply + Send + 'static) -> Self {
        let reply = match self.reply {
            PendingReply::Ready(reply) => PendingReply::Ready(reply.map(change)),
            PendingReply::Waiting(waiting) => {
                PendingReply::Waiting(Box::pin(async move { change(waiting.await) }))
            }
        };
        Self { reply, ..self }
    }
}

/// What a response waits for, unless it is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// A read from the store.
    Store,
    /// The next poll, because the path names an archive that this server does not know.
    Poll,
}

/// A response that is ready.
pub(super) fn ready(reply: Reply) -> PendingReply {
    PendingReply::Ready(Some(reply))
}
