//! Bodies: bytes in memory, or pieces that arrive one after the other.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::BoxStream;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::storage::archive::ArchiveError;

/// The body of a response.
pub enum Body {
    /// Whole, in memory.
    Whole(Full<Bytes>),
    /// Pieces of a known total length. If one cannot be read, the connection ends, so that the client
    /// notices.
    Pieces {
        /// The pieces to come.
        pieces: BoxStream<'static, Result<Bytes, Arc<ArchiveError>>>,
        /// Bytes that are left.
        left: u64,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body of {} bytes", self.size_hint().lower())
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Arc<ArchiveError>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Pieces { pieces, left } => pieces.as_mut().poll_next(context).map(|piece| {
                let piece = piece?;
                if let Ok(bytes) = &piece {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                Some(piece.map(Frame::data))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Pieces { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Pieces { left, .. } => SizeHint::with_exact(*left),
        }
    }
}
