//! The program: how it starts, what it prints, how it stops.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

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
    for (settings, sentence) in [
        ("[access]\ntokens = '/nowhere'".to_owned(), "could not read /nowhere"),
        (format!("[access]\ntokens = '{}'", file("tokens")), "line 1 of"),
        ("[tls]\ncertificate = '/nowhere'\nkey = '/nowhere'".to_owned(), "could not read /nowhere"),
    ] {
        std::fs::write(&config, format!("store = '/srv/map'\n{settings}")).unwrap();
        let output = program(&["--check-config", "--config", &config]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(sentence), "{settings}: {message}");
    }
}

/// Starts the program and waits until it has loaded the map.
fn start(store: &TestStore) -> (Child, BufReader<std::process::ChildStderr>, String, String) {
    start_with(store, &[])
}

/// Starts the program with more arguments.
fn start_with(
    store: &TestStore,
    more: &[&str],
) -> (Child, BufReader<std::process::ChildStderr>, String, String) {
    start_at(store, "127.0.0.1:0", more)
}

/// Starts the program at another address. Returns the process, its standard error, its address and the log so far.
fn start_at(
    store: &TestStore,
    listen: &str,
    more: &[&str],
) -> (Child, BufReader<std::process::ChildStderr>, String, String) {
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
    (child, lines, address, log)
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
        let (mut child, _lines, _, log) = start_at(&store, listen, &url);
        assert_eq!(log.contains("public_url is not set"), warns, "{listen} {url:?}: {log}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn signals_stop_the_server_without_warnings() {
    for signal in ["TERM", "INT"] {
        let store = TestStore::with(&[PUBLIC]);
        let (mut child, mut lines, address, mut log) = start(&store);
        let mut idle = std::net::TcpStream::connect(&address).unwrap();
        let request = "GET /health/ready HTTP/1.1\r\nhost: test\r\n\r\n";
        std::io::Write::write_all(&mut idle, request.as_bytes()).unwrap();
        let mut response = [0; 12];
        idle.read_exact(&mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 200");

        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        assert!(child.wait().unwrap().success(), "after {signal}");
        lines.read_to_string(&mut log).unwrap();
        assert!(log.contains("\"stopped\""), "{log}");
        assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    }
}

#[test]
fn during_the_shutdown_delay_the_server_is_unready_and_still_answers() {
    let store = TestStore::with(&[PUBLIC]);
    let config = store.file("config.toml");
    std::fs::write(&config, "[timeouts]\nshutdown_delay_seconds = 3600\n").unwrap();
    let (mut child, _lines, address, _) =
        start_with(&store, &["--config", config.to_str().unwrap()]);
    let send = |path: &str| -> String {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    };
    while !send("/health/ready").starts_with("HTTP/1.1 200") {}
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    while !send("/health/ready").starts_with("HTTP/1.1 503") {}
    assert!(send("/health/ready").contains("stopping"));
    assert!(send("/v1/catalog.json").starts_with("HTTP/1.1 200"));
    child.kill().unwrap();
    child.wait().unwrap();
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
    std::thread::sleep(std::time::Duration::from_millis(800));
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    child.wait().unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let report = log.lines().filter(|line| line.contains("WARN"));
    assert_eq!(report.filter(|line| line.contains("\"number\":2")).count(), 1, "{log}");
}
