//! The service: one request in, one answer out.

mod composed;
mod documents;
mod question;
mod raw;
mod tiles;

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::header::{HeaderMap, RANGE};
use http::{Method, Request, Uri};
use tracing::{Instrument, warn};

use crate::access::{Access, Grant};
use crate::document::Document;
use crate::finish::{REQUEST_ID, SurrogateKeys};
use crate::follower::LiveMap;
use crate::metrics::{Kind, Metrics, Present, RouteMetrics};
use crate::page::Page;
use crate::policy::{LivePolicy, Policy};
use crate::reply::{self, Reply};
use crate::route;
use crate::store::Store;
use crate::styles::Styles;
use crate::tile_cache::TileCache;
use crate::traces;
use question::Question;

/// All that an answer may need.
#[derive(Debug)]
pub struct Shared {
    /// The map.
    pub map: Arc<LiveMap>,
    /// Where the map comes from.
    pub store: Store,
    /// What is decided for each answer.
    pub policy: LivePolicy,
    /// Tiles of archives that are not in memory.
    pub tiles: TileCache,
    /// Everything that is counted.
    pub metrics: Arc<Metrics>,
    /// What absolute URLs begin with; empty = URLs begin with a slash.
    pub public_url: String,
    /// The page, if there is one.
    pub page: Option<Page>,
    /// How maps may draw the layers.
    pub styles: Styles,
    /// What can be asked, in machine form.
    pub openapi: Document,
    /// Who may see internal layers.
    pub access: Access,
    /// Whether everybody may.
    pub serve_internal: bool,
}

/// Answers requests; one for each connection.
#[derive(Clone, Debug)]
pub struct Service {
    /// What all connections share.
    pub shared: Arc<Shared>,
    /// Who is at the other end.
    pub peer: IpAddr,
}

/// An answer on its way. Most are there at once, so that nothing is allocated for the waiting.
pub enum Answer {
    /// Ready; nothing once it was taken.
    Now(Option<Reply>),
    /// Waits for the store.
    Later(Pin<Box<dyn Future<Output = Reply> + Send>>),
}

impl Future for Answer {
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Now(reply) => Poll::Ready(Ok(reply.take().unwrap_or_else(reply::unavailable))),
            Self::Later(waiting) => waiting.as_mut().poll(context).map(Ok),
        }
    }
}

/// An answer, where it is counted, and what of the map it is made from.
struct Counted {
    answer: Answer,
    metrics: Arc<RouteMetrics>,
    keys: Option<Arc<SurrogateKeys>>,
}

impl<B> hyper::service::Service<Request<B>> for Service {
    type Response = Reply;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<B>) -> Answer {
        let began = Instant::now();
        let span = traces::request(&request);
        let is_head = *request.method() == Method::HEAD;
        if is_head {
            // Ranges are for GET alone (RFC 9110, section 14.2).
            request.headers_mut().remove(RANGE);
        }
        let policy = self.shared.policy.get();
        let other = |reply| self.shared.counted(Kind::Other, now(reply));
        let entered = span.enter();
        let refused = policy.rate.as_ref().and_then(|rate| {
            let wait = rate.take(self.peer, request.headers()).err()?;
            self.shared.metrics.reject("rate");
            Some(other(reply::too_many_requests(wait)))
        });
        let Counted { answer, metrics, keys } =
            refused.unwrap_or_else(|| match *request.method() {
                Method::GET | Method::HEAD => self.get(&policy, request.uri(), request.headers()),
                Method::OPTIONS => other(reply::options()),
                _ => other(reply::method_not_allowed()),
            });
        drop(entered);
        let line = policy.log.take(&request);
        let asker = policy.finish.asker(request.headers());
        let (most_waiting, within) = (policy.most_waiting, span.clone());
        let finish = move |reply: Reply| {
            let mut reply = if is_head { reply::head_only(reply) } else { reply };
            policy.finish.finish(&mut reply, &asker, keys.as_deref());
            if reply.status().is_server_error() {
                let id = reply.headers().get(REQUEST_ID);
                warn!(status = reply.status().as_u16(), request_id = ?id, "an answer of trouble");
            }
            metrics.count(&reply, began);
            traces::answered(&span, metrics.kind(), &reply);
            if let Some(line) = &line {
                line.tell(&reply, began.elapsed());
            }
            reply
        };
        match answer {
            Answer::Now(reply) => now(finish(reply.unwrap_or_else(reply::unavailable))),
            Answer::Later(_) if self.shared.is_crowded(most_waiting) => {
                self.shared.metrics.reject("waiting");
                now(finish(reply::crowded()))
            }
            Answer::Later(waiting) => {
                let waits = Present::begin(&self.shared.metrics.waiting);
                let answer = async move {
                    let _waits = waits;
                    let mut reply = waiting.await;
                    reply::tell_time(&mut reply, began.elapsed());
                    finish(reply)
                };
                Answer::Later(Box::pin(answer.instrument(within)))
            }
        }
    }
}

fn now(reply: Reply) -> Answer {
    Answer::Now(Some(reply))
}

impl Service {
    fn get(&self, policy: &Arc<Policy>, uri: &Uri, headers: &HeaderMap) -> Counted {
        let path = route::plain(uri.path());
        let grant = self.shared.access.grant(&path, uri.query(), headers);
        let question = Question { shared: &self.shared, policy, headers, grant: &grant };
        question.answer(&path).unwrap_or_else(|| {
            let waiting = self.answer_after_news(Arc::clone(policy), &path, headers, grant);
            self.shared.counted(Kind::Other, waiting)
        })
    }

    /// Looks for news in the store first: whoever names an archive that this server does not know
    /// may have learned of it from a server that is quicker.
    fn answer_after_news(
        &self,
        policy: Arc<Policy>,
        path: &str,
        headers: &HeaderMap,
        grant: Grant,
    ) -> Answer {
        let (shared, path, headers) = (Arc::clone(&self.shared), path.to_owned(), headers.clone());
        Answer::Later(Box::pin(async move {
            if shared.map.look_for_news().await.is_none() {
                return reply::unavailable();
            }
            let (headers, grant) = (&headers, &grant);
            let question = Question { shared: &shared, policy: &policy, headers, grant };
            match question.answer(&path).map(|counted| counted.answer) {
                Some(Answer::Now(reply)) => reply.unwrap_or_else(reply::unavailable),
                Some(Answer::Later(waiting)) => waiting.await,
                None => reply::not_found(),
            }
        }))
    }
}

impl Shared {
    /// Whether as many requests wait for the store as may.
    fn is_crowded(&self, most: usize) -> bool {
        usize::try_from(self.metrics.waiting.get()).is_ok_and(|waiting| waiting >= most)
    }

    fn counted(&self, kind: Kind, answer: Answer) -> Counted {
        Counted { answer, metrics: Arc::clone(self.metrics.route(kind)), keys: None }
    }
}
