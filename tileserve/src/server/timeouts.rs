//! Patience: a connection whose other end takes nothing or asks nothing for too long is given up.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::server::tracked_service::InFlight;

/// A stream with a deadline for each write to make progress and, once it expects requests, for the
/// head of the next one.
#[derive(Debug)]
pub struct TimeoutStream<S> {
    stream: S,
    deadline: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    /// For what is read.
    header: Option<HeaderTimeout>,
}

/// A deadline for requests to be there, so long after the last answer.
#[derive(Debug)]
struct HeaderTimeout {
    timeout_after: Duration,
    in_flight: InFlight,
    /// When something was last sent.
    since: Instant,
    /// Stays where it is until it goes off; only then is it set to the deadline of the moment.
    sleep: Pin<Box<Sleep>>,
    /// Who is woken when it goes off.
    waker: Waker,
    /// Bytes with which it ends, where it is not for whole heads.
    bytes: Option<usize>,
}

impl HeaderTimeout {
    fn new(timeout_after: Duration, bytes: Option<usize>) -> Self {
        let since = Instant::now();
        Self {
            timeout_after,
            in_flight: InFlight::default(),
            since,
            sleep: Box::pin(sleep_until(since + timeout_after)),
            waker: Waker::noop().clone(),
            bytes,
        }
    }

    /// Ready when the client has let it pass. Until then this task will be woken.
    fn poll_passed(&mut self, context: &mut Context<'_>, is_writing: bool) -> Poll<()> {
        if self.waker.will_wake(context.waker()) && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        self.waker.clone_from(context.waker());
        loop {
            // A task that has done much for now would get no place in tokio's wheel otherwise.
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
    /// A stream whose writes wait so long at most.
    pub const fn new(stream: S, deadline: Duration) -> Self {
        Self { stream, deadline, waiting: None, header: None }
    }

    /// From now on requests are read, of which each has so long to be there whole. Its answer takes
    /// the time that it takes: who makes it tells what is given back here.
    pub(crate) fn expect_headers(&mut self, timeout_after: Duration) -> InFlight {
        self.header.insert(HeaderTimeout::new(timeout_after, None)).in_flight.clone()
    }

    /// From now on so many bytes have so long to be there; then whoever reads them has deadlines of its own.
    pub(crate) fn expect_bytes(&mut self, bytes: usize, timeout_after: Duration) {
        self.header = Some(HeaderTimeout::new(timeout_after, Some(bytes)));
    }

    /// What a write of bytes came to. From then on the next request is waited for.
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

    /// What a write came to; an error when it has waited too long.
    fn within_timeout<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let deadline = self.deadline;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(deadline)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, waiting, header, .. } = &mut *self;
        let before = into.filled().len();
        let read = Pin::new(stream).poll_read(context, into);
        let Some(deadline) = header else { return read };
        if read.is_pending() {
            ready!(deadline.poll_passed(context, waiting.is_some()));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if let Some(left) = &mut deadline.bytes {
            *left = left.saturating_sub(into.filled().len() - before);
            if *left == 0 {
                *header = None;
            }
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
            // An answer without a body, for which the kernel does less.
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

    /// Waits for requests, of which none ever is whole.
    async fn until_timeout(stream: &mut TimeoutStream<DuplexStream>) -> Duration {
        let began = Instant::now();
        let reading = async { while stream.read_u8().await.is_ok() {} };
        timeout(Duration::from_secs(20), reading).await.expect("nobody is given up");
        began.elapsed()
    }

    #[tokio::test]
    async fn a_head_is_waited_for_from_the_beginning_and_from_the_last_answer() {
        let (near, _far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        stream.expect_headers(TIMEOUT);
        assert!(timeout(TIMEOUT / 2, stream.read_u8()).await.is_err());
        stream.write_all(b"an answer").await.unwrap();
        assert!(until_timeout(&mut stream).await >= TIMEOUT);
    }

    #[tokio::test]
    async fn a_head_that_comes_byte_by_byte_is_given_up_like_any_other() {
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
    async fn whoever_sends_the_first_bytes_in_time_is_waited_for_by_others() {
        let (near, mut far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        stream.expect_bytes(3, TIMEOUT);
        far.write_all(b"PR").await.unwrap();
        assert!(until_timeout(&mut stream).await >= TIMEOUT / 2);

        let (near, mut far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        stream.expect_bytes(3, TIMEOUT);
        far.write_all(b"PRI").await.unwrap();
        stream.read_exact(&mut [0; 3]).await.unwrap();
        assert!(timeout(TIMEOUT * 4, stream.read_u8()).await.is_err());
    }

    #[tokio::test]
    async fn nobody_is_given_up_whose_answer_is_in_the_making() {
        let (near, _far) = duplex(64);
        let mut stream = TimeoutStream::new(near, TIMEOUT);
        let guard = stream.expect_headers(TIMEOUT).begin();
        assert!(timeout(TIMEOUT * 4, stream.read_u8()).await.is_err());
        drop(guard);
        until_timeout(&mut stream).await;
    }

    #[tokio::test]
    async fn nobody_is_given_up_who_still_takes_an_answer() {
        let (near, mut far) = duplex(4);
        let mut stream = TimeoutStream::new(near, TIMEOUT * 1000);
        stream.expect_headers(TIMEOUT);
        let (mut reading, mut object_version) = tokio::io::split(stream);
        let object_version =
            tokio::spawn(async move { object_version.write_all(b"an answer").await });
        assert!(timeout(TIMEOUT * 4, reading.read_u8()).await.is_err());
        far.read_exact(&mut [0; 9]).await.unwrap();
        object_version.await.unwrap().unwrap();
        reading.read_u8().await.unwrap_err();
    }
}
