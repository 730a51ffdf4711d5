//! Order files: any bytes are counted rows or an error, within the memory limit and without a panic.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tilegen::config::Config;
use tilegen::orders::read::{OrderInput, validate_bytes};

/// The default columns, with a memory limit far below that of the fuzzer.
static INPUT: LazyLock<OrderInput> = LazyLock::new(|| OrderInput {
    orders: String::new(),
    config: Config::load(None).expect("the default configuration is valid"),
    now: Timestamp::from_second(1_796_000_000).expect("a time in 2026"),
    as_of: None,
    include_today: false,
    memory_bytes: 256_000_000,
    temp_dir: std::env::temp_dir(),
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(counts) = validate_bytes(&INPUT, Bytes::copy_from_slice(bytes)) {
        assert!(counts.orders() <= counts.rows);
        assert!(counts.without_user <= counts.orders());
    }
});
