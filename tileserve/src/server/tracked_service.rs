//! Heads: the time until the head of the next request is the client's, the time until its answer is
//! made is ours. A connection is told which it is, so that it can give up a client that takes too long.
//!
//! hyper has such a deadline too, but makes one anew for each request and, after each answer, looks once
//! more whether the next request is there: 2 % of all that is done for a small answer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use futures::StreamExt;
use hyper::service::Service;

use crate::http::body::Body;
use crate::http::response::Reply;

/// How many answers of a connection are in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

/// An answer in the making, until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlightGuard(InFlight);

impl InFlight {
    /// Whether the client waits for us.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn begin(&self) -> InFlightGuard {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlightGuard(self.clone())
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A service that tells its connection of each answer that it makes.
#[derive(Debug)]
pub(crate) struct TrackedService<S> {
    pub(crate) service: S,
    pub(crate) in_flight: InFlight,
}

impl<S, R> Service<R> for TrackedService<S>
where
    S: Service<R, Response = Reply>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = TrackedFuture<S::Future>;

    fn call(&self, request: R) -> TrackedFuture<S::Future> {
        // Before the answer is looked at, hyper looks once more for what the client sends.
        let guard = Some(self.in_flight.begin());
        TrackedFuture { response: self.service.call(request), guard }
    }
}

/// An answer of which the connection was told.
#[derive(Debug)]
pub(crate) struct TrackedFuture<F> {
    response: F,
    guard: Option<InFlightGuard>,
}

impl<F, E> Future for TrackedFuture<F>
where
    F: Future<Output = Result<Reply, E>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut response = ready!(Pin::new(&mut self.response).poll(context));
        let guard = self.guard.take();
        if let Ok(reply) = &mut response
            && let Body::Pieces { pieces, .. } = reply.body_mut()
        {
            let whole = std::mem::replace(pieces, futures::stream::empty().boxed());
            // It is in the making as long as there is the stream.
            *pieces = whole.inspect(move |_| _ = &guard).boxed();
        }
        Poll::Ready(response)
    }
}
