//! Probe: a health check of a running server, for containers without a shell or curl.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use url::Url;

/// Timeout of each step.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Why the health check failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The URL cannot be requested.
    #[error("`{0}` is not an http URL like http://127.0.0.1:8080/health/live")]
    Address(Url),
    /// The server cannot be reached, or does not respond in time.
    #[error("{url} does not respond")]
    NoResponse {
        /// The URL.
        url: Url,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The status is not 200.
    #[error("{url} answers `{line}`")]
    Unhealthy {
        /// The URL.
        url: Url,
        /// The first line of the response.
        line: String,
    },
}

/// Requests an `http` URL and expects the status 200.
pub fn probe(url: &Url) -> Result<(), ProbeError> {
    let (Some(host), "http") = (url.host_str(), url.scheme()) else {
        return Err(ProbeError::Address(url.clone()));
    };
    let port = url.port_or_known_default().unwrap_or(80);
    let line = first_line(host, port, url.path())
        .map_err(|source| ProbeError::NoResponse { url: url.clone(), source })?;
    match line.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(ProbeError::Unhealthy { url: url.clone(), line }),
    }
}

fn first_line(host: &str, port: u16, path: &str) -> io::Result<String> {
    let address = (host.trim_matches(['[', ']']), port).to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// The URL of a server that answers one request with a line.
    fn responding(line: &'static str) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/health/live", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // The request is read to its end: a socket closed with unread bytes is reset, and the
            // response may be lost.
            let head = BufReader::new(&stream).lines().map(Result::unwrap);
            let head: Vec<_> = head.take_while(|line| !line.is_empty()).collect();
            assert_eq!(head[0], "GET /health/live HTTP/1.1");
            write!(stream, "{line}\r\n\r\n").unwrap();
        });
        url.parse().unwrap()
    }

    #[test]
    fn only_200_is_healthy() {
        assert!(probe(&responding("HTTP/1.1 200 OK")).is_ok());
        let error = probe(&responding("HTTP/1.1 503 Service Unavailable")).unwrap_err();
        assert!(
            error.to_string().ends_with("answers `HTTP/1.1 503 Service Unavailable`"),
            "{error}"
        );
    }

    #[test]
    fn a_closed_port_gives_no_response_and_other_schemes_are_rejected() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let silent = probe(&format!("http://{free}/").parse().unwrap());
        assert!(matches!(silent, Err(ProbeError::NoResponse { .. })), "{silent:?}");
        let secret = probe(&"https://127.0.0.1/".parse().unwrap());
        assert!(matches!(secret, Err(ProbeError::Address(_))), "{secret:?}");
    }
}
