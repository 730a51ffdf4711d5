//! The rate limit of each client.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::{HeaderMap, HeaderName};

/// The rate limit of a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateOptions {
    /// Requests per second on average.
    pub per_second: f64,
    /// Most requests at once, after a pause.
    pub burst: f64,
    /// Number of trusted proxies that append to `X-Forwarded-For`.
    pub trusted_hops: usize,
}

/// Limits the requests of each client with a token bucket (RFC 2697, with one rate).
#[derive(Debug)]
pub struct RateLimit {
    options: RateOptions,
    /// By the client's hash, so that one client's requests do not wait for another's.
    shards: [Mutex<HashMap<IpAddr, Bucket>>; SHARDS],
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

const SHARDS: usize = 16;

/// Most clients that a shard remembers: some 64 bytes each.
const MAX_CLIENTS: usize = 8192;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

impl RateLimit {
    /// A limit with a full bucket for every client.
    #[must_use]
    pub fn new(options: RateOptions) -> Self {
        Self {
            options,
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }

    /// The options that it was made from.
    #[must_use]
    pub const fn options(&self) -> &RateOptions {
        &self.options
    }

    /// Takes one request from the bucket of the client. `Err` has the time to wait if it is empty.
    pub fn take(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Duration> {
        self.take_at(client(peer, headers, self.options.trusted_hops), Instant::now())
    }

    fn take_at(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let shard = self.hasher.hash_one(client) as usize % SHARDS;
        let mut buckets = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_CLIENTS && !buckets.contains_key(&client) {
            // Clients whose bucket is full again need not be stored.
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.options.burst);
            if buckets.len() >= MAX_CLIENTS {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(client).or_insert(Bucket { left: self.options.burst, at: now });
        let left = self.filled(*bucket, now);
        if left >= 1.0 {
            *bucket = Bucket { left: left - 1.0, at: now };
            return Ok(());
        }
        *bucket = Bucket { left, at: now };
        let wait = (1.0 - left) / self.options.per_second;
        Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX))
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + since * self.options.per_second).min(self.options.burst)
    }
}

/// The client: the peer of the connection or, behind trusted proxies, the peer of the outermost one.
/// Entries further left in the header can be forged.
fn client(peer: IpAddr, headers: &HeaderMap, trusted_hops: usize) -> IpAddr {
    let forwarded = trusted_hops.checked_sub(1).and_then(|hops| {
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut words =
            lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
        address_of(words.nth(hops)?.trim())
    });
    subscriber(forwarded.unwrap_or(peer))
}

/// The address of an entry, which may have a port: `10.0.0.1`, `10.0.0.1:80`, `2001:db8::1`,
/// `[2001:db8::1]:80`.
fn address_of(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

/// The client that has an address. IPv6 addresses count by their first 64 bits, because a subscriber
/// has all the rest.
#[must_use]
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        },
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::*;

    const fn options(per_second: f64, burst: f64) -> RateOptions {
        RateOptions { per_second, burst, trusted_hops: 0 }
    }

    #[test]
    fn a_client_has_a_burst_and_then_its_rate() {
        let limit = RateLimit::new(options(2.0, 5.0));
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        for _ in 0..5 {
            assert_eq!(limit.take_at(one, start), Ok(()));
        }
        assert_eq!(limit.take_at(one, start), Err(Duration::from_millis(500)));
        assert_eq!(limit.take_at(other, start), Ok(()));
        assert_eq!(limit.take_at(one, at(0.25)), Err(Duration::from_millis(250)));
        assert_eq!(limit.take_at(one, at(0.5)), Ok(()));
        // A long pause fills the bucket to the burst only.
        let taken = (0..20).filter(|_| limit.take_at(one, at(1000.0)).is_ok()).count();
        assert_eq!(taken, 5);
    }

    #[test]
    fn a_wait_longer_than_any_duration_is_the_longest_one() {
        let limit = RateLimit::new(options(1e-20, 1.0));
        let (client, now) = (IpAddr::from([10, 0, 0, 1]), Instant::now());
        assert_eq!(limit.take_at(client, now), Ok(()));
        assert_eq!(limit.take_at(client, now), Err(Duration::MAX));
    }

    #[test]
    fn memory_is_bounded_for_any_number_of_clients() {
        let limit = RateLimit::new(options(0.001, 2.0));
        let now = Instant::now();
        for number in 0..400_000_u32 {
            assert_eq!(limit.take_at(IpAddr::from(number.to_be_bytes()), now), Ok(()));
        }
        let kept: usize = limit.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= SHARDS * MAX_CLIENTS, "{kept}");
    }

    #[test]
    fn only_entries_of_trusted_proxies_are_used() {
        let peer = IpAddr::from([10, 0, 0, 9]);
        for (hops, lines, expected) in [
            (0, vec!["1.1.1.1"], "10.0.0.9"),
            (1, vec!["1.1.1.1"], "1.1.1.1"),
            (1, vec!["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            (2, vec!["6.6.6.6, 1.1.1.1, 2.2.2.2"], "1.1.1.1"),
            (2, vec!["6.6.6.6, 1.1.1.1", "2.2.2.2"], "1.1.1.1"),
            (2, vec!["2.2.2.2"], "10.0.0.9"),
            (1, vec!["nonsense"], "10.0.0.9"),
            (1, vec![], "10.0.0.9"),
            (1, vec!["::ffff:1.1.1.1"], "1.1.1.1"),
            (1, vec!["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
            (1, vec!["6.6.6.6:1, 1.1.1.1:51234"], "1.1.1.1"),
            (1, vec!["[2001:db8:1:2:3:4:5:6]"], "2001:db8:1:2::"),
            (1, vec!["[2001:db8:1:2:3:4:5:6]:51234"], "2001:db8:1:2::"),
            (1, vec!["1.1.1.1:port"], "10.0.0.9"),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
            }
            assert_eq!(
                client(peer, &headers, hops),
                expected.parse::<IpAddr>().unwrap(),
                "{lines:?}"
            );
        }
    }
}
