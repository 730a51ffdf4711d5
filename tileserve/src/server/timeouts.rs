//! Timeouts of a connection: it is closed when the client reads nothing, or sends no request, for
//! too long.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::server::tracked_service::InFlight;

/// A stream with a timeout for each write to make progress and, once it expects requests, for the
/// header of the next one.
#[derive(Debug)]
pub struct TimeoutStream<S> {
    stream: S,
    write_timeout: Duration,
    /// Timer of a pending write.
    write_timer: Option<Pin<Box<Sleep>>>,
    /// Timeout of reads.
    header: Option<HeaderTimeout>,
}

/// A timeout for the next request, counted from the last response.
#[derive(Debug)]
struct HeaderTimeout {
    timeout_after: Duration,
    in_flight: InFlight,
    /// When bytes were last sent.
    since: Instant,
    /// Moved only when it fires: moving it at each response would cost more.
    sleep: Pin<Box<Sleep>>,
    /// The task that it wakes.
    waker: Waker,
}

impl HeaderTimeout {
    fn new(timeout_after: Duration) -> Self {
        let since = Instant::now();
        Self {
            timeout_after,
            in_flight: InFlight::default(),
            since,
            sleep: Box::pin(sleep_until(since + timeout_after)),
            waker: Waker::noop().clone(),
        }
    }

    /// Ready once the timeout has elapsed. Until then the timer wakes this task.
    fn poll_elapsed(&mut self, context: &mut Context<'_>, is_writing: bool) -> Poll<()> {
        if self.waker.will_wake(context.waker()) && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        self.waker.clone_from(context.waker());
        loop {
            // A task without coop budget left could not register the timer otherwise.
            ready!(pin!(unconstrained(self.sleep.as_mut())).poll(context));
            let is_waiting_for_us = is_writing || self.in_flight.is_busy();
            let since = if is_waiting_for_us { Instant::now() } else { self.since };
            if self.sleep.deadline() >= since + self.timeout_after {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(since + self.timeout_after);
        }
    }
}

impl<S> TimeoutStream<S> {
    /// A stream whose writes time out after `write_timeout` without progress.
    pub const fn new(stream: S, write_timeout: Duration) -> Self {
        Self { stream, write_timeout, write_timer: None, header: None }
    }

    /// From now on each request header must arrive within the timeout. The time of responses that
    /// the returned counter has in flight does not count.
    pub(crate) fn expect_headers(&mut self, timeout_after: Duration) -> InFlight {
        self.header.insert(HeaderTimeout::new(timeout_after)).in_flight.clone()
    }

    /// The result of a write of bytes; the timeout for the next request starts now.
    fn sent(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let (Some(header), true) = (&mut self.header, written.is_ready()) {
            header.since = Instant::now();
        }
        self.within_timeout(context, written)
    }

    /// The result of a write, or an error when it has waited too long.
    fn within_timeout<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_timer = None;
            return written;
        }
        let write_timeout = self.write_timeout;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(write_timeout)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, write_timer, header, .. } = &mut *self;
        let read = Pin::new(stream).poll_read(context, into);
        let Some(header) = header else { return read };
        if read.is_pending() {
            ready!(header.poll_elapsed(context, write_timer.is_some()));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sent(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let written = match slices {
            // A response without a body: `write` costs the kernel less than `writev`.
            [header] => stream.poll_write(context, header),
            _ => stream.poll_write_vectored(context, slices),
        };
        self.sent(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.within_timeout(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context);
        self.within_timeout(context, closed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(60);

    /// Reads until the stream times out.
    async fn until_timeout(stream: &mut TimeoutStream<DuplexStream>) -> Duration {
        let began = Instant::now();
        let reading = async { while stream.read_u8().await.is_ok() {} };
        timeout(Duration::from_secs(20), reading).await.expect("the stream does not time out");
        began.elapsed()
    }

    #[tokio::test]
    async fn the_header_timeout_starts_at_the_beginning_and_after_each_response() {
        let (near, _far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        stream.expect_headers(TIMEOUT);
        assert!(timeout(TIMEOUT / 2, stream.read_u8()).await.is_err());
        stream.write_all(b"a response").await.unwrap();
        assert!(until_timeout(&mut stream).await >= TIMEOUT);
    }

    #[tokio::test]
    async fn a_header_that_arrives_byte_by_byte_times_out() {
        let (near, mut far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        stream.expect_headers(TIMEOUT);
        tokio::spawn(async move {
            while far.write_all(b"G").await.is_ok() {
                sleep(TIMEOUT / 20).await;
            }
        });
        assert!(until_timeout(&mut stream).await >= TIMEOUT / 2);
    }

    #[tokio::test]
    async fn a_client_that_waits_for_a_response_does_not_time_out() {
        let (near, _far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        let guard = stream.expect_headers(TIMEOUT).begin();
        assert!(timeout(TIMEOUT * 4, stream.read_u8()).await.is_err());
        drop(guard);
        until_timeout(&mut stream).await;
    }

    #[tokio::test]
    async fn a_client_that_still_reads_a_response_does_not_time_out() {
        let (near, mut far) = duplex(4);
        let mut stream = TimeoutStream::new(near, TIMEOUT * 1000);
        stream.expect_headers(TIMEOUT);
        let (mut reading, mut writer) = tokio::io::split(stream);
        let writing = tokio::spawn(async move { writer.write_all(b"a response").await });
        assert!(timeout(TIMEOUT * 4, reading.read_u8()).await.is_err());
        far.read_exact(&mut [0; 10]).await.unwrap();
        writing.await.unwrap().unwrap();
        reading.read_u8().await.unwrap_err();
    }
}
