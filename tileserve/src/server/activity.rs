//! The activity of a connection with several responses at a time: which of them are in flight, and
//! when the client last received some of each.
//!
//! hyper has no timeout for a response of HTTP/2. A client that opens no window, or reads nothing,
//! would keep its responses in memory forever.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::service::Service;
use tokio::time::Instant;

use crate::http::body::Body;
use crate::http::response::Reply;

/// Most bytes that hyper receives at a time: one frame of HTTP/2 (RFC 9113, section 4.2). The
/// progress of a response is counted in these pieces.
const PIECE: usize = 16 << 10;

/// Number of responses from which those that are complete are removed from the list.
const PURGE_AT: usize = 64;

/// What a connection has in flight.
#[derive(Debug)]
pub(crate) struct Activity {
    start: Instant,
    /// Responses that are computed or sent.
    in_flight: AtomicUsize,
    /// When the last response was complete, in milliseconds since the start.
    idle_since: AtomicU64,
    responses: Mutex<Vec<Weak<ResponseActivity>>>,
}

/// A response in flight. It is complete when this is dropped: then its body and all pieces of it are
/// dropped too.
#[derive(Debug)]
pub(crate) struct ResponseActivity {
    connection: Arc<Activity>,
    /// Pieces that hyper has and the client does not.
    unsent: AtomicUsize,
    /// When the client last received a piece, or when the first one began to wait.
    progress: AtomicU64,
}

impl Activity {
    /// A connection that begins now, without a request.
    pub(crate) fn begin() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            in_flight: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            responses: Mutex::default(),
        })
    }

    /// How long there has been nothing in flight; `None` while there is.
    pub(crate) fn idle_for(&self) -> Option<Duration> {
        let is_idle = self.in_flight.load(Ordering::Acquire) == 0;
        is_idle.then(|| self.since(self.idle_since.load(Ordering::Acquire)))
    }

    /// Whether the client has received nothing of some response for longer than a timeout.
    pub(crate) fn is_stalled(&self, timeout_after: Duration) -> bool {
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_stalled = false;
        responses.retain(|response| match response.upgrade() {
            Some(response) => {
                is_stalled |= response.is_stalled(timeout_after);
                true
            }
            None => false,
        });
        is_stalled
    }

    fn respond(self: &Arc<Self>) -> Arc<ResponseActivity> {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let response = Arc::new(ResponseActivity {
            connection: Arc::clone(self),
            unsent: AtomicUsize::new(0),
            progress: AtomicU64::new(self.now()),
        });
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        if responses.len() >= PURGE_AT {
            responses.retain(|response| response.strong_count() > 0);
        }
        responses.push(Arc::downgrade(&response));
        response
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn since(&self, then: u64) -> Duration {
        Duration::from_millis(self.now().saturating_sub(then))
    }
}

impl ResponseActivity {
    fn is_stalled(&self, timeout_after: Duration) -> bool {
        self.unsent.load(Ordering::Acquire) > 0
            && self.connection.since(self.progress.load(Ordering::Acquire)) > timeout_after
    }
}

impl Drop for ResponseActivity {
    fn drop(&mut self) {
        self.connection.idle_since.store(self.connection.now(), Ordering::Release);
        self.connection.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A piece of a body. hyper drops it when it is written to the connection.
struct Piece {
    bytes: Bytes,
    response: Arc<ResponseActivity>,
}

impl Piece {
    fn new(bytes: Bytes, response: Arc<ResponseActivity>) -> Self {
        if response.unsent.fetch_add(1, Ordering::AcqRel) == 0 {
            response.progress.store(response.connection.now(), Ordering::Release);
        }
        Self { bytes, response }
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.response.progress.store(self.response.connection.now(), Ordering::Release);
        self.response.unsent.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A body that reports its progress.
#[derive(Debug)]
pub(crate) struct ObservedBody {
    body: Body,
    /// Bytes of the body that hyper has not received yet.
    rest: Bytes,
    response: Arc<ResponseActivity>,
}

impl HttpBody for ObservedBody {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { body, rest, response } = &mut *self;
        if rest.is_empty() {
            match ready!(Pin::new(body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => *rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        let bytes = rest.split_to(rest.len().min(PIECE));
        let piece = Bytes::from_owner(Piece::new(bytes, Arc::clone(response)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

/// A service that reports the progress of its responses.
#[derive(Debug)]
pub(crate) struct ObservedService<S> {
    pub(crate) service: S,
    pub(crate) activity: Arc<Activity>,
}

impl<S, R> Service<R> for ObservedService<S>
where
    S: Service<R, Response = Reply>,
    S::Future: Unpin,
{
    type Response = Response<ObservedBody>;
    type Error = S::Error;
    type Future = ObservedFuture<S::Future>;

    fn call(&self, request: R) -> ObservedFuture<S::Future> {
        let activity = self.activity.respond();
        ObservedFuture { response: self.service.call(request), activity }
    }
}

/// The response of an [`ObservedService`].
#[derive(Debug)]
pub(crate) struct ObservedFuture<F> {
    response: F,
    activity: Arc<ResponseActivity>,
}

impl<F, E> Future for ObservedFuture<F>
where
    F: Future<Output = Result<Reply, E>> + Unpin,
{
    type Output = Result<Response<ObservedBody>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(Pin::new(&mut self.response).poll(context))?;
        let response = Arc::clone(&self.activity);
        Poll::Ready(Ok(reply.map(|body| ObservedBody { body, rest: Bytes::new(), response })))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_hours(1);

    fn body(activity: &Arc<Activity>, bytes: usize) -> ObservedBody {
        let body = Bytes::from(vec![7; bytes]).into();
        ObservedBody { body, rest: Bytes::new(), response: activity.respond() }
    }

    async fn piece(body: &mut ObservedBody) -> Bytes {
        body.frame().await.unwrap().unwrap().into_data().unwrap()
    }

    fn pass() {
        std::thread::sleep(SHORT * 2);
    }

    #[tokio::test]
    async fn a_response_stalls_when_none_of_its_pieces_is_sent_in_time() {
        let activity = Activity::begin();
        let mut body = body(&activity, 2 * PIECE + 5);
        assert_eq!(body.size_hint().exact(), Some(2 * PIECE as u64 + 5));
        let (first, second) = (piece(&mut body).await, piece(&mut body).await);
        assert_eq!((first.len(), second.len(), body.size_hint().exact()), (PIECE, PIECE, Some(5)));
        pass();
        assert!(activity.is_stalled(SHORT) && !activity.is_stalled(LONG));
        drop(first);
        assert!(!activity.is_stalled(LONG));
        pass();
        assert!(activity.is_stalled(SHORT));
        drop(second);
        // Now the client waits for the server.
        pass();
        assert!(!activity.is_stalled(Duration::ZERO));
        let last = piece(&mut body).await;
        assert!(last.len() == 5 && body.is_end_stream());
    }

    #[tokio::test]
    async fn the_progress_of_another_response_does_not_count() {
        let activity = Activity::begin();
        let (mut stuck, mut read) = (body(&activity, 5), body(&activity, 2 * PIECE));
        let _stuck = piece(&mut stuck).await;
        pass();
        drop(piece(&mut read).await);
        assert!(activity.is_stalled(SHORT));
    }

    #[tokio::test]
    async fn a_connection_is_idle_when_every_piece_is_sent() {
        let activity = Activity::begin();
        pass();
        assert!(activity.idle_for().unwrap() >= SHORT);
        let mut body = body(&activity, 5);
        assert_eq!(activity.idle_for(), None);
        let last = piece(&mut body).await;
        drop(body);
        assert_eq!(activity.idle_for(), None);
        drop(last);
        assert!(activity.idle_for().is_some());
    }
}
