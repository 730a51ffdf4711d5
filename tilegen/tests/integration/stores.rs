//! All kinds of stores behave alike: a directory, memory, and the store in `FOODMAP_TEST_STORE`, which
//! `scripts/check stores` sets to one real server after another.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tempfile::TempDir;
use tilecore::manifest::TableEntry;
use tilecore::{Slot, Visibility};
use tilegen::catalog::{retire, roll_back};
use tilegen::publish::lease::{Lease, LeaseError};
use tilegen::publish::{NewTable, Provenance, Update, newest_manifest, publish, store_table};
use tilegen::store::Store;

/// A store to test, and the directory that must outlive it.
struct TestStore {
    store: Store,
    _folder: Option<TempDir>,
}

/// The stores to test, each empty.
fn stores(name: &str) -> Vec<TestStore> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let mut stores = vec![
        TestStore { store: Store::open(&path, true).unwrap(), _folder: Some(folder) },
        TestStore { store: Store::open("memory:///", true).unwrap(), _folder: None },
    ];
    if let Ok(base) = env::var("FOODMAP_TEST_STORE") {
        let nanoseconds = Timestamp::now().as_nanosecond();
        let address = format!("{base}/{name}-{nanoseconds}");
        stores.push(TestStore { store: Store::open(&address, true).unwrap(), _folder: None });
    }
    stores
}

#[test]
fn an_object_is_created_once_and_read_whole_or_in_ranges() {
    for TestStore { store, .. } in stores("objects") {
        let at = store.address();
        assert!(store.get("a/one").unwrap_err().is_not_found(), "{at}");
        assert!(store.head("a/one").unwrap_err().is_not_found(), "{at}");
        let big: Bytes = (0..12_000_000u32).map(|n| (n % 251) as u8).collect();
        store.create("a/one", big.clone()).unwrap();
        assert!(
            store.create("a/one", Bytes::from_static(b"other")).unwrap_err().is_already_exists(),
            "{at}"
        );
        assert_eq!(store.get("a/one").unwrap(), big, "{at}");
        assert_eq!(store.head("a/one").unwrap().size, 12_000_000, "{at}");
        let parts =
            store.get_ranges("a/one", &[0..1, 5_000_000..5_000_010, 11_999_999..12_000_000]);
        let wanted: Vec<_> = [0..1, 5_000_000..5_000_010, 11_999_999..12_000_000]
            .map(|range: std::ops::Range<usize>| big.slice(range))
            .into();
        assert_eq!(parts.unwrap(), wanted, "{at}");
        store.overwrite("a/one", Bytes::from_static(b"other")).unwrap();
        assert_eq!(store.get("a/one").unwrap(), "other", "{at}");
        store.remove("a/one").unwrap();
        store.remove("a/one").unwrap_or_else(|error| panic!("{at}: removing twice: {error}"));
        assert!(store.get("a/one").unwrap_err().is_not_found(), "{at}");
    }
}

#[test]
fn a_listing_of_over_a_thousand_keys_is_complete_and_sorted() {
    for TestStore { store, .. } in stores("listing") {
        let at = store.address();
        std::thread::scope(|scope| {
            for part in 0..8 {
                let store = &store;
                scope.spawn(move || {
                    for number in (part..1100).step_by(8) {
                        store
                            .create(&format!("many/{number:04}"), Bytes::from_static(b"x"))
                            .unwrap();
                    }
                });
            }
        });
        store.create("many-more/1", Bytes::new()).unwrap();
        let keys: Vec<_> = store
            .list("many")
            .unwrap()
            .into_iter()
            .map(|object| object.location.to_string())
            .collect();
        let wanted: Vec<_> = (0..1100).map(|number| format!("many/{number:04}")).collect();
        assert_eq!(keys, wanted, "{at}");
        assert!(store.list("nothing").unwrap().is_empty(), "{at}");
    }
}

#[test]
fn keys_that_urls_encode_are_used_exactly_as_they_are_stored() {
    let keys = [
        "in/100%",
        "in/%41",
        "in/a%2Fb",
        "in/~home",
        "in/no#2a",
        "in/why?",
        "in/1+1=2",
        "in/two words",
        "in/it's (1), @home; $5!",
        "in/سفارش/تهران",
    ];
    for TestStore { store, .. } in stores("keys 50% ~a%20b+سفارش") {
        let at = store.address();
        for key in keys {
            store.create(key, Bytes::from_static(key.as_bytes())).unwrap();
            let again = store.create(key, Bytes::new());
            assert!(again.unwrap_err().is_already_exists(), "{at}: {key}");
        }
        let listed = |prefix: &str| -> BTreeSet<String> {
            let objects = store.list(prefix).unwrap();
            objects.into_iter().map(|object| object.location.to_string()).collect()
        };
        assert_eq!(listed("in"), keys.map(str::to_owned).into(), "{at}");
        assert_eq!(listed(""), listed("in"), "{at}");
        assert_eq!(listed("in/سفارش/"), ["in/سفارش/تهران".to_owned()].into(), "{at}");
        for key in keys {
            assert_eq!(store.get(key).unwrap(), key, "{at}");
            let part = store.get_ranges(key, std::slice::from_ref(&(1..3))).unwrap();
            assert_eq!(part, [&key.as_bytes()[1..3]], "{at}: {key}");
            assert_eq!(store.head(key).unwrap().location.as_ref(), key, "{at}");
            store.remove(key).unwrap();
            assert!(store.get(key).unwrap_err().is_not_found(), "{at}: {key}");
        }
    }
}

#[test]
fn a_proof_of_create_only_leaves_no_object() {
    for TestStore { store, .. } in stores("probe") {
        let at = store.address();
        store.check_create_only().unwrap_or_else(|error| panic!("{at}: {error}"));
        assert!(store.list("").unwrap().is_empty(), "{at}");
    }
}

#[test]
fn the_clock_of_the_store_advances_and_leaves_no_objects() {
    for TestStore { store, .. } in stores("clock") {
        let at = store.address();
        let first = store.now().unwrap();
        // Some stores have a resolution of one second.
        std::thread::sleep(Duration::from_millis(1100));
        let second = store.now().unwrap();
        assert!(first < second, "{at}: {first} and {second}");
        assert!(store.list("clock").unwrap().is_empty(), "{at}");
    }
}

#[test]
fn a_lease_blocks_others_until_it_is_released() {
    for TestStore { store, .. } in stores("leases") {
        let at = store.address();
        let held = Lease::acquire(&store, "snapshot", Duration::from_mins(1)).unwrap();
        let refused = Lease::acquire(&store, "snapshot", Duration::from_mins(1));
        assert!(matches!(refused, Err(LeaseError::Held { .. })), "{at}: {refused:?}");
        drop(held);
        drop(Lease::acquire(&store, "snapshot", Duration::from_mins(1)).unwrap());
        assert!(store.list("leases").unwrap().is_empty(), "{at}");
    }
}

fn table(store: &Store, day: u64) -> TableEntry {
    let json = format!("{{\"day\":{day}}}");
    let data_at = Timestamp::from_second(1_700_000_000 + day.cast_signed()).unwrap();
    let table = NewTable {
        name: "options".parse().unwrap(),
        slot: Slot::now(),
        visibility: Visibility::Public,
        provenance: &Provenance { data_at, build: None },
        rows: day,
        json: json.as_bytes(),
    };
    store_table(store, table).unwrap()
}

#[test]
fn concurrent_builds_get_different_numbers() {
    for TestStore { store, .. } in stores("concurrent") {
        let at = store.address();
        let numbers: BTreeSet<u64> = std::thread::scope(|scope| {
            let builders: Vec<_> = (0..4)
                .map(|builder| {
                    let store = &store;
                    scope.spawn(move || -> Vec<u64> {
                        let days = (0..6).map(|day| 6 * builder + day);
                        days.map(|day| {
                            let tables = [table(store, day)];
                            publish(store, Update { tables: &tables, ..Update::default() })
                                .unwrap()
                                .number
                        })
                        .collect()
                    })
                })
                .collect();
            builders.into_iter().flat_map(|builder| builder.join().unwrap()).collect()
        });
        assert_eq!(numbers, (1..=24).collect(), "{at}");
        assert_eq!(
            newest_manifest(&store).unwrap().unwrap().tables[0].rows,
            23,
            "{at}: the newest data win"
        );
    }
}

#[test]
fn maps_are_rolled_back_and_old_ones_removed() {
    for TestStore { store, .. } in stores("maps") {
        let at = store.address();
        let published: Vec<_> = (1..=3)
            .map(|day| {
                let tables = [table(&store, day)];
                publish(&store, Update { tables: &tables, ..Update::default() }).unwrap()
            })
            .collect();
        let back = roll_back(&store, 1).unwrap();
        assert_eq!((back.number, &back.tables), (4, &published[0].tables), "{at}");
        std::thread::sleep(Duration::from_millis(2100));
        let keep = "0d".parse().unwrap();
        let plan = retire(&store, keep, true).unwrap();
        let done = retire(&store, keep, false).unwrap();
        let keys = |retired: &tilegen::catalog::Retired| -> Vec<String> {
            retired.removed.iter().map(|object| object.key.clone()).collect()
        };
        assert_eq!(keys(&plan), keys(&done), "{at}");
        assert_eq!(done.removed.len(), 3 + 2, "{at}: three manifests, two tables");
        assert_eq!(newest_manifest(&store).unwrap(), Some(back), "{at}");
        assert_eq!(store.list("tables").unwrap().len(), 1, "{at}");
    }
}

#[test]
fn the_commands_accept_every_kind_of_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |arguments: &[&str], paths: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilegen"));
        command.args(arguments).env("RUST_LOG", "warn");
        for (flag, value) in paths {
            command.arg(flag).arg(value);
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let orders = data.join("orders");
    let (data, orders) = (data.to_str().unwrap(), orders.to_str().unwrap());
    run(&["sample", "--orders", "3000", "--days", "3"], &[("--out", data)]);
    for TestStore { store, _folder } in stores("commands") {
        let at = store.address();
        if at.starts_with("memory") {
            continue; // memory is not shared between processes
        }
        run(&["density"], &[("--orders", orders), ("--store", at)]);
        run(&["density", "--window", "7d"], &[("--orders", orders), ("--store", at)]);
        run(&["catalog", "rollback", "1"], &[("--store", at)]);
        let newest: serde_json::Value =
            serde_json::from_str(&run(&["catalog"], &[("--store", at)])).unwrap();
        assert_eq!(
            (&newest["number"], newest["layers"].as_array().unwrap().len()),
            (&3.into(), 1),
            "{at}: three days are less than a public window"
        );
        // Orders can be in the store too.
        if !at.starts_with('/') {
            for object in std::fs::read_dir(orders).unwrap() {
                for file in std::fs::read_dir(object.unwrap().path()).unwrap() {
                    let path = file.unwrap().path();
                    let key = format!("input/{}", path.strip_prefix(orders).unwrap().display());
                    store.create(&key, std::fs::read(&path).unwrap().into()).unwrap();
                }
            }
            run(&["density"], &[("--orders", &format!("{at}/input")), ("--store", at)]);
            let again: serde_json::Value =
                serde_json::from_str(&run(&["catalog"], &[("--store", at)])).unwrap();
            assert_eq!(again["layers"][0]["digest"], newest["layers"][0]["digest"], "{at}");
        }
    }
}
