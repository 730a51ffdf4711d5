//! The beacon: what a page reports of itself when it is left. Anonymous numbers only, in the query of a
//! POST: no identifier, no address, no position. They are counted, and nothing else is kept.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::header::HeaderMap;
use url::form_urlencoded;

use crate::http::rate_limit::{RateLimit, RateOptions};
use crate::http::response::{self, Reply};
use crate::telemetry::metrics::{PageMetrics, PageReport};

/// Counts beacons, within limits of its own.
#[derive(Debug)]
pub struct Beacon {
    metrics: Arc<PageMetrics>,
    of_client: RateLimit,
    of_all: RateLimit,
}

/// Longest query in bytes.
const MAX_QUERY: usize = 512;

impl Beacon {
    /// Counts in these metrics. `trusted_hops` is the number of proxies that append to `X-Forwarded-For`.
    #[must_use]
    pub fn new(metrics: Arc<PageMetrics>, trusted_hops: usize) -> Self {
        let limit = |per_second, burst, trusted_hops| {
            RateLimit::new(RateOptions { per_second, burst, trusted_hops })
        };
        // A page sends one. An office behind one address opens many.
        Self { metrics, of_client: limit(1.0, 50.0, trusted_hops), of_all: limit(100.0, 1000.0, 0) }
    }

    /// Counts one beacon: 204, or 400 if it is malformed, or 429 if there are too many.
    pub fn count(&self, peer: IpAddr, headers: &HeaderMap, query: &str) -> Reply {
        let taken = self.of_client.take(peer, headers);
        // All clients share one bucket.
        let taken = taken.and_then(|()| self.of_all.take(Ipv4Addr::UNSPECIFIED.into(), headers));
        if let Err(wait) = taken {
            return response::too_many_requests(wait);
        }
        match report(query) {
            Some(report) => {
                self.metrics.count(&report);
                response::received()
            }
            None => response::malformed_beacon(),
        }
    }
}

/// What a query reports. Names that this server does not know are ignored, because a page may be newer.
fn report(query: &str) -> Option<PageReport> {
    if query.len() > MAX_QUERY {
        return None;
    }
    let mut report = PageReport::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "map" => set(&mut report.map_seconds, thousandth(&value, 600_000))?,
            "lcp" => set(&mut report.lcp_seconds, thousandth(&value, 600_000))?,
            "inp" => set(&mut report.inp_seconds, thousandth(&value, 600_000))?,
            "cls" => set(&mut report.layout_shift, thousandth(&value, 100_000))?,
            "errors" => set(&mut report.errors, number(&value, 100))?,
            "used" => report.features = value.split(',').map(str::to_owned).collect(),
            _ => {}
        }
    }
    Some(report)
}

/// Sets a value; `None` if there is none, or if it was set before.
fn set<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    place.replace(value?).is_none().then_some(())
}

/// A thousandth of a whole number from 0 to `most`.
fn thousandth(text: &str, most: u32) -> Option<f64> {
    Some(f64::from(number(text, most)?) / 1000.0)
}

fn number(text: &str, most: u32) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && *number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_numbers_in_seconds() {
        let report =
            report("map=1850&lcp=900&inp=48&cls=10&errors=2&used=heat,search&new=1").unwrap();
        assert_eq!(report.map_seconds, Some(1.85));
        assert_eq!(report.lcp_seconds, Some(0.9));
        assert_eq!(report.inp_seconds, Some(0.048));
        assert_eq!(report.layout_shift, Some(0.01));
        assert_eq!(report.errors, Some(2));
        assert_eq!(report.features, ["heat", "search"]);
    }

    #[test]
    fn a_malformed_or_long_report_is_rejected() {
        for query in [
            "map=-1",
            "map=1e3",
            "map=NaN",
            "map=inf",
            "map=",
            "map=600001",
            "map=1&map=2",
            "errors=101",
            "cls=100001",
            "cls=0.1",
            &format!("map=1&used={}", "a".repeat(600)),
        ] {
            assert!(report(query).is_none(), "{query}");
        }
        assert!(report("").is_some());
    }

    #[test]
    fn a_client_can_send_a_few_beacons_only() {
        let beacon = Beacon::new(Arc::new(PageMetrics::default()), 0);
        let count = |peer: [u8; 4], times: usize| {
            (0..times)
                .filter(|_| beacon.count(peer.into(), &HeaderMap::new(), "map=1").status() == 204)
                .count()
        };
        assert!((50..60).contains(&count([10, 0, 0, 1], 200)));
        assert_eq!(count([10, 0, 0, 2], 10), 10);
    }
}
