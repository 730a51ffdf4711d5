//! Settings that change while the server runs: from the file, without a restart, whole or not at all.

mod common;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{PUBLIC, TestServer, TestStore, text};
use tileserve::{Args, Config, Server};

const NEWEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

/// A server that was given a file, and the file.
async fn with_file(store: &TestStore, toml: &str) -> (TestServer, impl Fn(&str) + use<>) {
    let file = store.file("tileserve.toml");
    let begin = format!(
        "store = '{}'\nlisten = '127.0.0.1:0'\nadmin_listen = '127.0.0.1:0'\n",
        store.path().display()
    );
    let end = "\n[follow]\npoll_seconds = 0.05\n";
    let written = file.clone();
    let write = move |toml: &str| fs::write(&written, format!("{begin}{toml}{end}")).unwrap();
    write(toml);
    let config = Config::read(&Args { config: Some(file), ..Args::default() }).unwrap();
    let server = TestServer { server: Server::start(&config).await.unwrap() };
    server.until_ready().await;
    (server, write)
}

fn lifetime(seconds: u32) -> String {
    format!("public, max-age={seconds}, stale-while-revalidate=600")
}

#[tokio::test]
async fn lifetimes_origins_and_limits_follow_the_file() {
    let store = TestStore::with(&[PUBLIC]);
    let (server, write) = with_file(&store, "").await;
    assert_eq!(server.get(NEWEST).await.header("cache-control"), lifetime(60));
    write(
        "cors_origins = ['https://map.example']\nsurrogate_key_headers = ['xkey']\n\
         [cache_control]\nnewest_seconds = 5\nholes = 404",
    );
    let is_new = |answer: &common::Answer| answer.header("cache-control") == lifetime(5);
    let answer = server.until(NEWEST, is_new).await;
    assert!(!answer.has("access-control-allow-origin"), "{answer:?}");
    assert!(answer.header("xkey").contains("layer:density-public"), "{answer:?}");
    assert_eq!(server.get("/v1/tiles/density-public/30d/6/0/0.mvt").await.status, 404);

    write("[limits]\nrequests_per_second = 0.001\nburst = 3");
    server.until(NEWEST, |answer| answer.status == 429).await;
    // The same limit, read once more, forgets nobody.
    write("[limits]\nrequests_per_second = 0.001\nburst = 3\n[cache_control]\nnewest_seconds = 6");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.get(NEWEST).await.status, 429);
    write("[limits]\nrequests_per_second = 0");
    server.until(NEWEST, |answer| answer.status == 200).await;
}

#[tokio::test]
async fn a_file_with_a_fault_changes_nothing() {
    let store = TestStore::with(&[PUBLIC]);
    let (server, write) = with_file(&store, "[cache_control]\nnewest_seconds = 7").await;
    write("[cache_control]\nnewest_seconds = 8\nhole_seconds = 'long'");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.get(NEWEST).await.header("cache-control"), lifetime(7));
    write("[cache_control]\nnewest_seconds = 8");
    server.until(NEWEST, |answer| answer.header("cache-control") == lifetime(8)).await;
}

fn ask(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {NEWEST} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn the_log_tells_more_or_less_at_a_signal_and_names_what_takes_a_restart() {
    let store = TestStore::with(&[PUBLIC]);
    let (file, log) = (store.file("tileserve.toml"), store.file("log"));
    let write = |level: &str, threads: u32| {
        let settings = format!(
            "threads = {threads}\n[log]\none_of = 1\nlevel = '{level}'\n\
             [follow]\npoll_seconds = 3600\n"
        );
        fs::write(&file, settings).unwrap();
    };
    write("info", 1);
    let mut child = Command::new(env!("CARGO_BIN_EXE_tileserve"))
        .args(["--config", file.to_str().unwrap(), "--store", store.path().to_str().unwrap()])
        .args(["--listen", "127.0.0.1:0"])
        .env_remove("RUST_LOG")
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let said = || fs::read_to_string(&log).unwrap();
    let until = |is_so: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until(&|| said().contains("map opened"));
    let lines = said();
    let line = lines.lines().find(|line| line.contains("\"listening\"")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let address = text(&line, "address").parse().unwrap();
    let is_told = || {
        let before = said().matches("\"answered\"").count();
        ask(address);
        std::thread::sleep(Duration::from_millis(50));
        said().matches("\"answered\"").count() > before
    };
    assert!(is_told());
    let hang_up = || {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", "HUP", &pid]).status().unwrap().success());
    };
    write("error", 2);
    hang_up();
    until(&|| !is_told());
    assert!(said().contains("\"keys\":\"threads\""), "{}", said());
    write("info", 2);
    hang_up();
    until(&|| is_told());
    child.kill().unwrap();
    child.wait().unwrap();
}
