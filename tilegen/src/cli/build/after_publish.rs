//! What follows a publication: the program of `--after-publish`, and purges of Varnish. A failure is
//! logged and not returned, because the map is already published and building it again would not help.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use crate::telemetry::RunStats;

/// The time limit of connecting, and of each read and write.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The longest status line that is read, in bytes.
const MAX_STATUS_LINE: u64 = 1024;

/// What to do after a publication.
#[derive(Clone, Debug, Default)]
pub(crate) struct AfterPublish {
    pub(crate) program: Option<PathBuf>,
    pub(crate) caches: Vec<VarnishCache>,
    /// The file with the secret of the caches.
    pub(crate) secret: Option<PathBuf>,
}

impl AfterPublish {
    /// Does all of it. Returns whether all succeeded, or `None` if there was nothing to do.
    pub(crate) fn run(&self, stats: &RunStats) -> Option<bool> {
        let products = stats.products.iter();
        let published: Vec<_> =
            products.map(|product| format!("{}/{}", product.layer, product.slot)).collect();
        let program =
            self.program.iter().map(|program| run_program(program, stats.map, &published));
        let caches = self.caches.iter().map(|cache| self.purge(cache, stats.map, &published));
        program.chain(caches).reduce(|all, one| all & one)
    }

    /// Purges what the new map replaces: its slots, and responses of the previous map.
    fn purge(&self, cache: &VarnishCache, map: u64, published: &[String]) -> bool {
        let slots = published.iter().map(|slot| format!("slot:{slot}"));
        let previous = format!("map:{}", map.saturating_sub(1));
        let keys: Vec<String> = slots.chain([previous]).collect();
        let purged =
            self.secret().and_then(|secret| cache.purge(&keys.join(" "), secret.as_deref()));
        if let Err(error) = &purged {
            let cause = tilecore::error::chain(error);
            tracing::warn!(
                cause,
                "a cache was not purged: it serves the previous map a little longer"
            );
        }
        purged.is_ok()
    }

    /// Read at each purge, so that a running schedule uses a new secret.
    fn secret(&self) -> Result<Option<String>, PurgeError> {
        let Some(path) = &self.secret else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| PurgeError::Secret { path: path.clone(), source })?;
        let secret = text.trim();
        if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(PurgeError::SecretText { path: path.clone() });
        }
        Ok(Some(secret.to_owned()))
    }
}

fn run_program(program: &Path, map: u64, published: &[String]) -> bool {
    let mut command = Command::new(program);
    command.env("FOODMAP_MAP", map.to_string());
    command.env("FOODMAP_PUBLISHED", published.join(" "));
    let path = program.display();
    match command.status() {
        Ok(exit) if exit.success() => return true,
        Ok(exit) => tracing::warn!(program = %path, status = %exit, "after-publish program failed"),
        Err(error) => tracing::warn!(program = %path, %error, "after-publish program failed"),
    }
    false
}

/// A Varnish with the rules of `deployment/cdn/varnish.vcl`, as an address such as `http://cache:80/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VarnishCache {
    authority: String,
    path: String,
}

/// The text is not the address of a cache.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address such as http://cache:80/")]
pub(crate) struct CacheAddressError(String);

impl FromStr for VarnishCache {
    type Err = CacheAddressError;

    fn from_str(text: &str) -> Result<Self, CacheAddressError> {
        let invalid = || CacheAddressError(text.to_owned());
        let rest = text.strip_prefix("http://").ok_or_else(invalid)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic());
        if authority.is_empty() || authority.contains('@') || !is_plain {
            return Err(invalid());
        }
        Ok(Self { authority: authority.to_owned(), path: format!("/{path}") })
    }
}

/// Why a cache was not purged.
#[derive(Debug, thiserror::Error)]
enum PurgeError {
    #[error("could not send a purge to {address}")]
    Io {
        address: String,
        #[source]
        source: std::io::Error,
    },
    #[error("could not read the secret of the caches from {path}")]
    Secret {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is not a secret of caches: one line of ASCII letters, digits and signs")]
    SecretText { path: PathBuf },
    #[error(
        "{address} answered `{status}` to a purge; its rules must know PURGE, allow this machine (`acl purgers`) \
         and have the secret of --purge-secret"
    )]
    Refused { address: String, status: String },
}

impl VarnishCache {
    /// Purges everything with one of these surrogate keys.
    fn purge(&self, keys: &str, secret: Option<&str>) -> Result<(), PurgeError> {
        let address = format!("http://{}{}", self.authority, self.path);
        match self.status_line(keys, secret) {
            Err(source) => Err(PurgeError::Io { address, source }),
            Ok(status) if is_success(&status) => Ok(()),
            Ok(status) => Err(PurgeError::Refused { address, status }),
        }
    }

    fn status_line(&self, keys: &str, secret: Option<&str>) -> std::io::Result<String> {
        let mut stream = self.connect()?;
        let Self { authority, path } = self;
        let head = format!("PURGE {path} HTTP/1.1\r\nHost: {authority}\r\n");
        let secret =
            secret.map(|secret| format!("X-Purge-Secret: {secret}\r\n")).unwrap_or_default();
        write!(stream, "{head}{secret}xkey: {keys}\r\nConnection: close\r\n\r\n")?;
        let mut line = String::new();
        BufReader::new(stream.take(MAX_STATUS_LINE)).read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Connects to the first of its addresses that accepts.
    fn connect(&self) -> std::io::Result<TcpStream> {
        let has_port = self.authority.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let host = if has_port { self.authority.clone() } else { format!("{}:80", self.authority) };
        let mut failed = std::io::Error::other("the name has no address");
        for address in host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(TIMEOUT))?;
                    stream.set_write_timeout(Some(TIMEOUT))?;
                    return Ok(stream);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

/// Whether a status line such as `HTTP/1.1 200 OK` says that the request succeeded.
fn is_success(status_line: &str) -> bool {
    let mut words = status_line.split(' ');
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    is_http && words.next().is_some_and(|status| status.len() == 3 && status.starts_with('2'))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A cache that sends this response, and the request that it received.
    fn purged(response: &'static str) -> (Result<(), PurgeError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> =
                lines.by_ref().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            (&stream).write_all(response.as_bytes()).unwrap();
            head.join("\n")
        });
        let result = address
            .parse::<VarnishCache>()
            .unwrap()
            .purge("slot:density/30d map:6", Some("a-secret-of-caches"));
        (result, server.join().unwrap())
    }

    #[test]
    fn a_purge_names_the_keys_and_succeeds_if_the_cache_agrees() {
        let (result, request) = purged("HTTP/1.1 200 purged 3\r\n\r\n");
        result.unwrap();
        assert!(request.starts_with("PURGE / HTTP/1.1\nHost: 127.0.0.1:"), "{request}");
        assert!(request.contains("\nxkey: slot:density/30d map:6\n"), "{request}");
        assert!(request.contains("\nX-Purge-Secret: a-secret-of-caches\n"), "{request}");
    }

    #[test]
    fn the_secret_is_one_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let after = AfterPublish { secret: Some(file.clone()), ..AfterPublish::default() };
        assert!(matches!(after.secret(), Err(PurgeError::Secret { .. })));
        for (text, secret) in
            [("two\nlines\n", None), (" \n", None), ("of-caches\n", Some("of-caches"))]
        {
            std::fs::write(&file, text).unwrap();
            assert_eq!(after.secret().ok().flatten().as_deref(), secret, "{text:?}");
        }
        assert_eq!(AfterPublish::default().secret().unwrap(), None);
    }

    #[test]
    fn a_refused_purge_names_the_status() {
        for response in ["HTTP/1.1 405 not allowed\r\n\r\n", "SSH-2.0\r\n", ""] {
            let error = purged(response).0.unwrap_err().to_string();
            let status = response.trim_end();
            assert!(error.contains(&format!("answered `{status}`")), "{error}");
        }
    }

    #[test]
    fn only_plain_http_addresses_are_caches() {
        for valid in ["http://cache", "http://cache:6081/", "http://[::1]:80/x"] {
            assert!(valid.parse::<VarnishCache>().is_ok(), "{valid}");
        }
        for invalid in [
            "cache:80",
            "https://cache/",
            "http://",
            "http:///x",
            "http://a b/",
            "http://me@cache/",
        ] {
            assert!(invalid.parse::<VarnishCache>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_cache_that_does_not_answer_is_a_failure() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let cache: VarnishCache = format!("http://{closed}/").parse().unwrap();
        assert!(matches!(cache.purge("map:1", None), Err(PurgeError::Io { .. })));
    }
}
