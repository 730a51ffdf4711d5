//! Repeats: requests that the client of a store makes again by itself because the first try failed.

use std::cell::RefCell;
use std::pin::Pin;

use http::{Method, Uri};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use prometheus_client::metrics::counter::Counter;

tokio::task_local! {
    /// The last request that was made to answer the question at hand.
    static LAST: RefCell<Option<(Method, Uri)>>;
}

/// Answers a question, and counts the requests for it that are repeated: those to the address of the
/// one before. Pages of a list have addresses of their own.
pub(super) async fn counted<T>(answer: impl Future<Output = T>) -> T {
    match LAST.try_with(|_| ()) {
        // It is part of a question that is being answered.
        Ok(()) => answer.await,
        Err(_) => LAST.scope(RefCell::default(), answer).await,
    }
}

/// Makes clients that count repeated requests.
#[derive(Clone, Debug)]
pub(super) struct CountRepeats(pub(super) Counter);

impl HttpConnector for CountRepeats {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Counting { client, repeats: self.0.clone() }))
    }
}

#[derive(Debug)]
struct Counting {
    client: HttpClient,
    repeats: Counter,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Counting {
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        let asked = Some((request.method().clone(), request.uri().clone()));
        // Keys for the store are fetched without a question; they are not counted.
        let is_repeated = LAST.try_with(|last| last.replace(asked.clone()) == asked);
        if is_repeated.unwrap_or(false) {
            self.repeats.inc();
        }
        Box::pin(self.client.execute(request))
    }
}
