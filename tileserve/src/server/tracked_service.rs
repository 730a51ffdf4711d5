//! Tracks the responses in flight of each connection.
//!
//! While a response is in flight the client waits for the server. Otherwise the server waits for the
//! header of the next request, and [`TimeoutStream`](super::timeouts::TimeoutStream) limits that
//! time. hyper has such a timeout too, but it creates a timer for each request and, after each
//! response, polls again for the next request. That cost 2 % of the work for a small response.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use futures::StreamExt;
use hyper::service::Service;

use crate::http::body::Body;
use crate::http::response::Reply;

/// Number of responses of a connection that are in flight.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

/// One response in flight, until the guard is dropped.
#[derive(Debug)]
pub(crate) struct InFlightGuard(InFlight);

impl InFlight {
    /// Whether the client waits for the server.
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

/// A service that counts its responses in flight.
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
        // hyper reads from the connection again before it first polls the response.
        let guard = Some(self.in_flight.begin());
        TrackedFuture { response: self.service.call(request), guard }
    }
}

/// The response of a [`TrackedService`].
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
            // The response is in flight until its stream is dropped.
            *pieces = whole.inspect(move |_| _ = &guard).boxed();
        }
        Poll::Ready(response)
    }
}
