//! Patience: a connection whose other end takes nothing or asks nothing for too long is given up.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::server::tracked_service::Answering;

/// A stream with a deadline for each write to make progress and, once it expects requests, for the
/// head of the next one.
#[derive(Debug)]
pub struct Patient<S> {
    stream: S,
    deadline: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    /// For what is read.
    head: Option<HeadDeadline>,
}

/// A deadline for requests to be there, so long after the last answer.
#[derive(Debug)]
struct HeadDeadline {
    patience: Duration,
    answering: Answering,
    /// When something was last sent.
    since: Instant,
    /// Stays where it is until it goes off; only then is it set to the deadline of the moment.
    sleep: Pin<Box<Sleep>>,
    /// Who is woken when it goes off.
    woken: Waker,
    /// Bytes with which it ends, where it is not for whole heads.
    bytes: Option<usize>,
}

impl HeadDeadline {
    fn new(patience: Duration, bytes: Option<usize>) -> Self {
        let since = Instant::now();
        Self {
            patience,
            answering: Answering::default(),
            since,
            sleep: Box::pin(sleep_until(since + patience)),
            woken: Waker::noop().clone(),
            bytes,
        }
    }

    /// Ready when the client has let it pass. Until then this task will be woken.
    fn poll_passed(&mut self, context: &mut Context<'_>, is_writing: bool) -> Poll<()> {
        if self.woken.will_wake(context.waker()) && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        self.woken.clone_from(context.waker());
        loop {
            // A task that has done much for now would get no place in tokio's wheel otherwise.
            ready!(pin!(unconstrained(self.sleep.as_mut())).poll(context));
            let is_ours = is_writing || self.answering.is_busy();
            let since = if is_ours { Instant::now() } else { self.since };
            if self.sleep.deadline() >= since + self.patience {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(since + self.patience);
        }
    }
}

impl<S> Patient<S> {
    /// A stream whose writes wait so long at most.
    pub const fn new(stream: S, deadline: Duration) -> Self {
        Self { stream, deadline, waiting: None, head: None }
    }

    /// From now on requests are read, of which each has so long to be there whole. Its answer takes
    /// the time that it takes: who makes it tells what is given back here.
    pub(crate) fn expect_heads(&mut self, patience: Duration) -> Answering {
        self.head.insert(HeadDeadline::new(patience, None)).answering.clone()
    }

    /// From now on so many bytes have so long to be there; then whoever reads them has deadlines of its own.
    pub(crate) fn expect_bytes(&mut self, bytes: usize, patience: Duration) {
        self.head = Some(HeadDeadline::new(patience, Some(bytes)));
    }

    /// What a write of bytes came to. From then on the next request is waited for.
    fn sent(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let (Some(head), true) = (&mut self.head, written.is_ready()) {
            head.since = Instant::now();
        }
        self.in_time(context, written)
    }

    /// What a write came to; an error when it has waited too long.
    fn in_time<T>(
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

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, waiting, head, .. } = &mut *self;
        let before = into.filled().len();
        let read = Pin::new(stream).poll_read(context, into);
        let Some(deadline) = head else { return read };
        if read.is_pending() {
            ready!(deadline.poll_passed(context, waiting.is_some()));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if let Some(left) = &mut deadline.bytes {
            *left = left.saturating_sub(into.filled().len() - before);
            if *left == 0 {
                *head = None;
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
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
            [head] => stream.poll_write(context, head),
            _ => stream.poll_write_vectored(context, slices),
        };
        self.sent(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.in_time(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context);
        self.in_time(context, closed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(60);

    /// Waits for requests, of which none ever is whole.
    async fn until_given_up(stream: &mut Patient<DuplexStream>) -> Duration {
        let began = Instant::now();
        let reading = async { while stream.read_u8().await.is_ok() {} };
        timeout(Duration::from_secs(20), reading).await.expect("nobody is given up");
        began.elapsed()
    }

    #[tokio::test]
    async fn a_head_is_waited_for_from_the_beginning_and_from_the_last_answer() {
        let (near, _far) = duplex(64);
        let mut stream = Patient::new(near, PATIENCE);
        stream.expect_heads(PATIENCE);
        assert!(timeout(PATIENCE / 2, stream.read_u8()).await.is_err());
        stream.write_all(b"an answer").await.unwrap();
        assert!(until_given_up(&mut stream).await >= PATIENCE);
    }

    #[tokio::test]
    async fn a_head_that_comes_byte_by_byte_is_given_up_like_any_other() {
        let (near, mut far) = duplex(64);
        let mut stream = Patient::new(near, PATIENCE);
        stream.expect_heads(PATIENCE);
        tokio::spawn(async move {
            while far.write_all(b"G").await.is_ok() {
                sleep(PATIENCE / 20).await;
            }
        });
        assert!(until_given_up(&mut stream).await >= PATIENCE / 2);
    }

    #[tokio::test]
    async fn whoever_sends_the_first_bytes_in_time_is_waited_for_by_others() {
        let (near, mut far) = duplex(64);
        let mut stream = Patient::new(near, PATIENCE);
        stream.expect_bytes(3, PATIENCE);
        far.write_all(b"PR").await.unwrap();
        assert!(until_given_up(&mut stream).await >= PATIENCE / 2);

        let (near, mut far) = duplex(64);
        let mut stream = Patient::new(near, PATIENCE);
        stream.expect_bytes(3, PATIENCE);
        far.write_all(b"PRI").await.unwrap();
        stream.read_exact(&mut [0; 3]).await.unwrap();
        assert!(timeout(PATIENCE * 4, stream.read_u8()).await.is_err());
    }

    #[tokio::test]
    async fn nobody_is_given_up_whose_answer_is_in_the_making() {
        let (near, _far) = duplex(64);
        let mut stream = Patient::new(near, PATIENCE);
        let making = stream.expect_heads(PATIENCE).begin();
        assert!(timeout(PATIENCE * 4, stream.read_u8()).await.is_err());
        drop(making);
        until_given_up(&mut stream).await;
    }

    #[tokio::test]
    async fn nobody_is_given_up_who_still_takes_an_answer() {
        let (near, mut far) = duplex(4);
        let mut stream = Patient::new(near, PATIENCE * 1000);
        stream.expect_heads(PATIENCE);
        let (mut reading, mut writing) = tokio::io::split(stream);
        let writing = tokio::spawn(async move { writing.write_all(b"an answer").await });
        assert!(timeout(PATIENCE * 4, reading.read_u8()).await.is_err());
        far.read_exact(&mut [0; 9]).await.unwrap();
        writing.await.unwrap().unwrap();
        reading.read_u8().await.unwrap_err();
    }
}
