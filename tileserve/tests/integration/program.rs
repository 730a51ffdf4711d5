//! The program: how it starts, what it prints, how it stops.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use crate::common::{PUBLIC, TestStore};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tileserve"));
    command.args(args).env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn each_startup_error_is_one_clear_sentence() {
    let store = TestStore::with(&[PUBLIC]);
    let store_path = store.path().to_str().unwrap();
    let config = store.file("config.toml");
    std::fs::write(&config, "stroe = 1\nthreads = 0\n").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (args, sentence) in [
        (vec![], "store is missing"),
        (vec!["--store", "/nowhere/at/all"], "the store /nowhere/at/all is not a readable folder"),
        (vec!["--store", "ftp://host"], "neither a folder nor a file, s3"),
        (vec!["--store", store_path, "--listen", "here"], "listen `here` is not an address"),
        (vec!["--store", store_path, "--listen", &address], "could not listen on"),
        (vec!["--store", store_path, "--page", store_path], "has no index.html"),
        (vec!["--store", store_path, "--page", "/nowhere"], "could not read /nowhere"),
        (vec!["--config", "/nowhere.toml"], "could not read /nowhere.toml"),
        (vec!["--store", store_path, "--config", config.to_str().unwrap()], "stroe: unknown"),
    ] {
        let output = program(&args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{args:?}");
        assert!(
            message.starts_with("tileserve: ") && message.contains(sentence),
            "{args:?}: {message}"
        );
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn check_config_reports_errors_without_serving() {
    let store = TestStore::with(&[PUBLIC]);
    let config = store.file("config.toml");
    let arguments = ["--check-config", "--config", config.to_str().unwrap()];
    std::fs::write(&config, "store = \"/srv/map\"\nlisten = \"0.0.0.0:80\"\n").unwrap();
    let output = program(&arguments).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "the configuration is valid\n");
    std::fs::write(&config, "listen = 1\nthreads = 0\n[limits]\nburst = 0\n").unwrap();
    let output = program(&arguments).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    for error in ["listen: ", "store is missing", "threads is 0", "limits.burst is 0"] {
        assert!(message.contains(error), "{error}: {message}");
    }
}

#[test]
fn check_config_reads_the_files_of_tokens_keys_and_certificates() {
    let store = TestStore::with(&[PUBLIC]);
    let file = |name: &str| store.file(name).display().to_string();
    let config = file("config.toml");
    std::fs::write(store.file("tokens"), "analysts secret\n").unwrap();
    write_expired_certificate(&store);
    for (settings, sentence) in [
        ("[access]\ntokens = '/nowhere'".to_owned(), "could not read /nowhere"),
        (format!("[access]\ntokens = '{}'", file("tokens")), "line 1 of"),
        ("[tls]\ncertificate = '/nowhere'\nkey = '/nowhere'".to_owned(), "could not read /nowhere"),
        (
            format!("[tls]\ncertificate = '{}'\nkey = '{}'", file("expired.pem"), file("key.pem")),
            "expired.pem expired at 2021-01-01T00:00:00Z; renew it",
        ),
        (format!("disk_cache = '{}'", file("tokens")), "is not a folder"),
    ] {
        std::fs::write(&config, format!("store = '/srv/map'\n{settings}")).unwrap();
        let output = program(&["--check-config", "--config", &config]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(sentence), "{settings}: {message}");
    }
}

/// Writes a certificate that expired in 2021, and its key.
fn write_expired_certificate(store: &TestStore) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["map.example".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(store.file("expired.pem"), certificate.pem()).unwrap();
    std::fs::write(store.file("key.pem"), key.serialize_pem()).unwrap();
}

/// The program while it serves. It is killed when it is dropped.
struct RunningServer {
    child: Child,
    lines: BufReader<ChildStderr>,
    address: String,
    /// The log until the map was loaded.
    log: String,
}

impl RunningServer {
    /// Starts the program with the default options.
    fn start(store: &TestStore) -> Self {
        Self::start_with(store, "127.0.0.1:0", &[])
    }

    /// Starts the program at an address with more arguments, and waits until it has loaded the map.
    fn start_with(store: &TestStore, listen: &str, more: &[&str]) -> Self {
        let mut child = program(&["--store", store.path().to_str().unwrap(), "--listen", listen])
            .args(more)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let (mut log, mut address) = (String::new(), String::new());
        while !log.contains("map loaded") {
            let from = log.len();
            assert!(lines.read_line(&mut log).unwrap() > 0, "{log}");
            let line: serde_json::Value = serde_json::from_str(&log[from..]).expect("a JSON line");
            if line["message"] == "listening" {
                line["address"].as_str().unwrap().clone_into(&mut address);
            }
        }
        Self { child, lines, address, log }
    }

    /// Sends a request on a connection of its own, and returns the response.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    /// Sends requests until the response begins with this; fails after ten seconds.
    fn wait_for(&self, path: &str, beginning: &str) -> String {
        let start = Instant::now();
        loop {
            let response = self.get(path);
            if response.starts_with(beginning) {
                return response;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{path}: {response}");
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_without_a_public_url_warns_unless_only_its_machine_reaches_it() {
    let store = TestStore::with(&[PUBLIC]);
    for (listen, url, warns) in [
        ("127.0.0.1:0", None, false),
        ("0.0.0.0:0", None, true),
        ("0.0.0.0:0", Some("https://map.example"), false),
    ] {
        let url: Vec<&str> = url.into_iter().flat_map(|url| ["--public-url", url]).collect();
        let log = &RunningServer::start_with(&store, listen, &url).log;
        assert_eq!(log.contains("public_url is not set"), warns, "{listen} {url:?}: {log}");
    }
}

#[test]
fn signals_stop_the_server_without_warnings() {
    for signal in ["TERM", "INT"] {
        let store = TestStore::with(&[PUBLIC]);
        let mut server = RunningServer::start(&store);
        let mut idle = TcpStream::connect(&server.address).unwrap();
        let request = "GET /health/ready HTTP/1.1\r\nhost: test\r\n\r\n";
        idle.write_all(request.as_bytes()).unwrap();
        let mut response = [0; 12];
        idle.read_exact(&mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 200");

        server.signal(signal);
        assert!(server.child.wait().unwrap().success(), "after {signal}");
        let mut log = server.log.clone();
        server.lines.read_to_string(&mut log).unwrap();
        assert!(log.contains("\"stopped\""), "{log}");
        assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    }
}

#[test]
fn during_the_shutdown_delay_the_server_is_unready_and_still_answers() {
    let store = TestStore::with(&[PUBLIC]);
    let config = store.file("config.toml");
    std::fs::write(&config, "[timeouts]\nshutdown_delay_seconds = 3600\n").unwrap();
    let arguments = ["--config", config.to_str().unwrap()];
    let server = RunningServer::start_with(&store, "127.0.0.1:0", &arguments);
    server.wait_for("/health/ready", "HTTP/1.1 200");
    server.signal("TERM");
    assert!(server.wait_for("/health/ready", "HTTP/1.1 503").contains("stopping"));
    assert!(server.get("/v1/catalog.json").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_broken_manifest_is_logged_once() {
    let store = TestStore::with(&[PUBLIC]);
    let config = store.file("config.toml");
    std::fs::write(&config, "[manifest]\npoll_interval_seconds = 0.05\n").unwrap();
    store.put("manifests/0000000002.json", b"{");
    let mut child = program(&[
        "--config",
        config.to_str().unwrap(),
        "--store",
        store.path().to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ])
    .spawn()
    .unwrap();
    std::thread::sleep(Duration::from_millis(800));
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    child.wait().unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let report = log.lines().filter(|line| line.contains("WARN"));
    assert_eq!(report.filter(|line| line.contains("\"number\":2")).count(), 1, "{log}");
}
