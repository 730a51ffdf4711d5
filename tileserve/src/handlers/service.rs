//! The service: one request in, one response out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::HeaderMap;
use http::{Method, Request, Uri};
use tracing::Instrument;

use super::exchange::Exchange;
use super::pending::{Answer, Counted, Waiting, now};
use super::request::Question;
use super::state::Shared;
use crate::http::access::Grant;
use crate::http::policy::Policy;
use crate::http::response::{self, Reply};
use crate::http::route;
use crate::telemetry::metrics::{Kind, Present, RouteMetrics};
use crate::values::surrogate_keys::SurrogateKeys;

/// Answers requests; one for each connection.
#[derive(Clone, Debug)]
pub struct Service {
    /// What all connections share.
    pub shared: Arc<Shared>,
    /// Who is at the other end.
    pub peer: IpAddr,
}

impl<B> hyper::service::Service<Request<B>> for Service {
    type Response = Reply;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<B>) -> Answer {
        let exchange = Exchange::begin(&mut request, self.shared.policy.get());
        let routed = exchange.span().in_scope(|| {
            let policy = exchange.policy();
            self.limit_rate(policy, request.headers())
                .unwrap_or_else(|| self.route(policy, &request))
        });
        self.respond(exchange, routed)
    }
}

impl Service {
    /// 429 for a client that has used up its rate.
    fn limit_rate(&self, policy: &Policy, headers: &HeaderMap) -> Option<Counted> {
        let wait = policy.rate.as_ref()?.take(self.peer, headers).err()?;
        self.shared.metrics.reject("rate");
        Some(self.shared.counted(Kind::Other, now(response::too_many_requests(wait))))
    }

    /// Calls the handler of the request's method and path.
    fn route<B>(&self, policy: &Arc<Policy>, request: &Request<B>) -> Counted {
        let reply = match *request.method() {
            Method::GET | Method::HEAD => {
                return self.get(policy, request.uri(), request.headers());
            }
            Method::OPTIONS => response::options(),
            _ => response::method_not_allowed(),
        };
        self.shared.counted(Kind::Other, now(reply))
    }

    /// Completes a response that is ready, sheds one that would wait when too many wait already, or
    /// waits for it.
    fn respond(&self, exchange: Exchange, routed: Counted) -> Answer {
        let Counted { answer, metrics, keys } = routed;
        let reply = match answer {
            Answer::Now(reply) => reply.unwrap_or_else(response::unavailable),
            Answer::Later(_) if self.shared.is_crowded(exchange.policy().most_waiting) => {
                self.shed()
            }
            Answer::Later(waiting) => return self.wait(exchange, waiting, metrics, keys),
        };
        now(exchange.complete(reply, &metrics, keys.as_deref()))
    }

    /// 503 for a request that would be one too many waiting for the store.
    fn shed(&self) -> Reply {
        self.shared.metrics.reject("waiting");
        response::crowded()
    }

    /// Completes a response as soon as the store has answered.
    fn wait(
        &self,
        exchange: Exchange,
        waiting: Waiting,
        metrics: Arc<RouteMetrics>,
        keys: Option<Arc<SurrogateKeys>>,
    ) -> Answer {
        let present = Present::begin(&self.shared.metrics.waiting);
        let span = exchange.span().clone();
        let reply = async move {
            let _present = present;
            let mut reply = waiting.await;
            response::tell_time(&mut reply, exchange.elapsed());
            exchange.complete(reply, &metrics, keys.as_deref())
        };
        Answer::Later(Box::pin(reply.instrument(span)))
    }

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
                return response::unavailable();
            }
            let (headers, grant) = (&headers, &grant);
            let question = Question { shared: &shared, policy: &policy, headers, grant };
            match question.answer(&path).map(|counted| counted.answer) {
                Some(Answer::Now(reply)) => reply.unwrap_or_else(response::unavailable),
                Some(Answer::Later(waiting)) => waiting.await,
                None => response::not_found(),
            }
        }))
    }
}
