//! Configuration changes while the server runs: all or nothing, without a restart.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{PUBLIC, TestServer, TestStore, text};
use tileserve::{Args, Config, Server};

const LATEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

/// A server with a configuration file, and a function that writes the file.
async fn with_file(store: &TestStore, toml: &str) -> (TestServer, impl Fn(&str) + use<>) {
    let file = store.file("tileserve.toml");
    let head = format!(
        "store = '{}'\nlisten = '127.0.0.1:0'\nadmin_listen = '127.0.0.1:0'\n",
        store.path().display()
    );
    let tail = "\n[manifest]\npoll_interval_seconds = 0.05\n";
    let written = file.clone();
    let write = move |toml: &str| fs::write(&written, format!("{head}{toml}{tail}")).unwrap();
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
async fn changed_lifetimes_origins_and_limits_take_effect() {
    let store = TestStore::with(&[PUBLIC]);
    let (server, write) = with_file(&store, "").await;
    assert_eq!(server.get(LATEST).await.header("cache-control"), lifetime(60));
    write(
        "cors_origins = ['https://map.example']\nsurrogate_key_headers = ['xkey']\n\
         [cache_control]\nlatest_max_age_seconds = 5\nempty_tile_status = 404",
    );
    let is_new =
        |response: &crate::common::TestResponse| response.header("cache-control") == lifetime(5);
    let response = server.until(LATEST, is_new).await;
    assert!(!response.has("access-control-allow-origin"), "{response:?}");
    assert!(response.header("xkey").contains("layer:density-public"), "{response:?}");
    assert_eq!(server.get("/v1/tiles/density-public/30d/6/0/0.mvt").await.status, 404);

    write("[limits]\nrequests_per_second = 0.001\nburst = 3");
    server.until(LATEST, |response| response.status == 429).await;
    // Reloading an unchanged limit keeps what clients have used.
    write(
        "[limits]\nrequests_per_second = 0.001\nburst = 3\n[cache_control]\nlatest_max_age_seconds = 6",
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.get(LATEST).await.status, 429);
    write("[limits]\nrequests_per_second = 0");
    server.until(LATEST, |response| response.status == 200).await;
}

#[tokio::test]
async fn a_file_with_an_error_changes_nothing() {
    let store = TestStore::with(&[PUBLIC]);
    let (server, write) = with_file(&store, "[cache_control]\nlatest_max_age_seconds = 7").await;
    write("[cache_control]\nlatest_max_age_seconds = 8\nempty_tile_max_age_seconds = 'long'");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.get(LATEST).await.header("cache-control"), lifetime(7));
    write("[cache_control]\nlatest_max_age_seconds = 8");
    server.until(LATEST, |response| response.header("cache-control") == lifetime(8)).await;
}

fn send(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {LATEST} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn sighup_reloads_the_log_level_and_lists_keys_that_need_a_restart() {
    let store = TestStore::with(&[PUBLIC]);
    let (file, log) = (store.file("tileserve.toml"), store.file("log"));
    let write = |level: &str, threads: u32| {
        let settings = format!(
            "threads = {threads}\n[log]\nsample_rate = 1\nlevel = '{level}'\n\
             [manifest]\npoll_interval_seconds = 3600\n"
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
    let message = || fs::read_to_string(&log).unwrap();
    let until = |is_so: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < Duration::from_secs(20), "{}", message());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until(&|| message().contains("map loaded"));
    let lines = message();
    let line = lines.lines().find(|line| line.contains("\"listening\"")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let address = text(&line, "address").parse().unwrap();
    let is_logged = || {
        let before = message().matches("\"request\"").count();
        send(address);
        std::thread::sleep(Duration::from_millis(50));
        message().matches("\"request\"").count() > before
    };
    assert!(is_logged());
    let hang_up = || {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", "HUP", &pid]).status().unwrap().success());
    };
    write("error", 2);
    hang_up();
    until(&|| !is_logged());
    assert!(message().contains("\"keys\":\"threads\""), "{}", message());
    write("info", 2);
    hang_up();
    until(&|| is_logged());
    child.kill().unwrap();
    child.wait().unwrap();
}
