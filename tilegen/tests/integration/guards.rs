//! Guards of builds: a bad night is held back or stopped, and the map stays right.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{DAY, Fixture, NOON, OrderRow, errors};

const HOUR: i64 = DAY / 24;

/// Orders of one day, which is some days before the newest one: 25 in each hour from 8:00 to 23:00.
pub(crate) fn day(back: i64, hours: std::ops::Range<i64>) -> Vec<OrderRow> {
    let row = |number: i64| OrderRow {
        user: Some(number % 150),
        time: Some(NOON - back * DAY + (number / 25 - 12) * HOUR + (number % 25) * 1_000_000),
        ..OrderRow::clean(back * 10_000 + number)
    };
    (hours.start * 25..hours.end * 25).map(row).collect()
}

pub(crate) fn write_day(fixture: &Fixture, back: i64, rows: &[OrderRow]) {
    fixture.write(&format!("orders/day-{back:02}.parquet"), rows);
}

/// Twenty complete days before the newest day, in a store.
pub(crate) fn published() -> Fixture {
    let fixture = Fixture::new();
    for back in 1..=20 {
        write_day(&fixture, back, &day(back, 8..24));
    }
    let report = fixture.build(&["--now", "2026-11-22T06:00:00+03:30"]);
    assert_eq!(report["guards"]["compared_with"], Value::Null, "the first build");
    assert_eq!(report["guards"]["findings"], serde_json::json!([]));
    fixture
}

pub(crate) fn run(fixture: &Fixture, arguments: &[&str]) -> Output {
    fixture.density(arguments).output().unwrap()
}

pub(crate) fn last_day(fixture: &Fixture) -> String {
    let manifest = fixture.manifest();
    let layers = manifest["layers"].as_array().unwrap();
    let density = layers.iter().find(|entry| entry["layer"] == "density").unwrap();
    density["to"].as_str().unwrap().to_owned()
}

pub(crate) fn private_report(fixture: &Fixture, job: &str) -> Value {
    let manifest = fixture.manifest();
    let digest = manifest["reports"][job].as_str().unwrap();
    let path = fixture.store().join(format!("private/{digest}.json"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What the private report of the orders has recorded as accepted.
fn accepted(fixture: &Fixture) -> Vec<String> {
    let report = private_report(fixture, "density");
    let accepted = report["accepted"].as_array().unwrap().iter();
    accepted.map(|one| one["accept"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_partial_day_is_held_back_and_the_rest_is_published() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..18));
    let report = fixture.build(&[]);
    assert_eq!(last_day(&fixture), "2026-11-21");
    assert_eq!(report["guards"]["held_back_from"], "2026-11-22");
    assert_eq!(report["guards"]["days_held_back"], 1);
    assert_eq!(report["guards"]["findings"][0]["guard"], "partial day");
    assert_eq!(report["guards"]["findings"][0]["outcome"], "hold_back");
    let strict = run(&fixture, &["--strict"]);
    assert_eq!(strict.status.code(), Some(4), "{}", errors(&strict));
    assert_eq!(private_report(&fixture, "density")["findings"][0]["outcome"], "hold_back");
    // The export is repaired.
    write_day(&fixture, 0, &day(0, 8..24));
    let report = fixture.build(&["--strict"]);
    assert_eq!(last_day(&fixture), "2026-11-22");
    assert_eq!(report["guards"]["held_back_from"], Value::Null);
}

/// Hours in which the orders of a day come: all of them, for days that are cut at midnight UTC.
const ALL_HOURS: std::ops::Range<i64> = 0..24;

/// The days before the newest one, with orders in all hours; `missing` rows of them are left out. The store
/// contains the days before `rest`, unless nothing is published.
fn all_hours(published: bool, rest: i64, missing: impl Fn(&OrderRow) -> bool) -> Fixture {
    let fixture = Fixture::new();
    let whole = |back: i64| day(back, ALL_HOURS).into_iter();
    for back in rest + 1..=20 {
        write_day(&fixture, back, &whole(back).collect::<Vec<_>>());
    }
    if published {
        let day = 22 - rest;
        fixture.build(&["--now", &format!("2026-11-{day}T06:00:00+03:30")]);
    }
    for back in 0..=rest {
        let rows: Vec<_> = whole(back).filter(|row| !missing(row)).collect();
        if !rows.is_empty() {
            write_day(&fixture, back, &rows);
        }
    }
    fixture
}

/// Midnight UTC at the beginning of the newest day, which is 03:30 in Tehran, in microseconds.
const MIDNIGHT_UTC: i64 = NOON - 12 * HOUR + HOUR * 7 / 2;

#[test]
fn a_newest_day_whose_utc_folder_is_missing_or_not_yet_whole_is_held_back() {
    for (until, what) in [(0, "only 00:00 to 03:30"), (5 * HOUR, "until 08:30")] {
        for published in [true, false] {
            let is_missing = |row: &OrderRow| row.time.unwrap() >= MIDNIGHT_UTC + until;
            let fixture = all_hours(published, 0, is_missing);
            let report = fixture.build(&[]);
            let case = format!("{what}, published before: {published}");
            assert_eq!(last_day(&fixture), "2026-11-21", "{case}");
            assert_eq!(report["guards"]["held_back_from"], "2026-11-22", "{case}");
            assert_eq!(report["guards"]["findings"][0]["guard"], "partial day", "{case}");
            let layers = fixture.manifest()["layers"].clone();
            for entry in layers.as_array().unwrap() {
                assert_eq!(entry["data_at"], "2026-11-21T20:30:00Z", "{case}: {entry}");
            }
        }
    }
}

#[test]
fn a_missing_utc_folder_among_new_days_holds_back_and_in_a_first_build_warns() {
    let is_missing = |row: &OrderRow| {
        let begin = MIDNIGHT_UTC - 3 * DAY;
        (begin..begin + DAY).contains(&row.time.unwrap())
    };
    let fixture = all_hours(true, 5, is_missing);
    let report = fixture.build(&[]);
    assert_eq!(last_day(&fixture), "2026-11-18");
    assert_eq!(report["guards"]["held_back_from"], "2026-11-19");
    assert_eq!(fixture.manifest()["layers"][0]["data_at"], "2026-11-18T20:30:00Z");

    let fixture = all_hours(false, 5, is_missing);
    let report = fixture.build(&[]);
    assert_eq!(last_day(&fixture), "2026-11-22");
    let findings = report["guards"]["findings"].as_array().unwrap();
    let partial = findings.iter().find(|finding| finding["day"] == "2026-11-19");
    let partial = partial.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!((&partial["guard"], &partial["outcome"]), (&"partial day".into(), &"warn".into()));
    let message = partial["message"].as_str().unwrap();
    assert!(message.contains("come after its last hour"), "{message}");
}

#[test]
fn a_span_of_days_is_recorded_by_the_days_that_needed_it() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..18));
    fixture.build(&["--accept", "orders:tehran:2026-01-01..2026-12-31"]);
    assert_eq!(accepted(&fixture), ["orders:tehran:2026-11-22"]);
    write_day(&fixture, 3, &day(3, 8..12));
    assert_eq!(run(&fixture, &[]).status.code(), Some(3), "another day loses orders");
}

#[test]
fn today_is_not_held_back_for_its_missing_evening() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..14));
    fixture.build(&["--include-today", "--strict", "--now", "2026-11-22T14:05:00+03:30"]);
    assert_eq!(last_day(&fixture), "2026-11-22");
}

#[test]
fn the_manifest_lists_the_holidays_among_the_days_of_the_layers() {
    let fixture = published();
    assert_eq!(fixture.manifest().get("holidays"), None);
    let config = fixture.path("quiet.toml");
    fs::write(&config, "[guards]\nquiet_days = ['2026-11-05..2026-11-06', '2025-11-05']\n")
        .unwrap();
    fixture.build(&["--config", config.to_str().unwrap(), "--now", "2026-11-22T06:00:00+03:30"]);
    let listed = serde_json::json!([{ "from": "2026-11-05", "to": "2026-11-06" }]);
    assert_eq!(fixture.manifest()["holidays"], listed);
}

#[test]
fn a_build_whose_only_day_is_held_back_stops_and_says_why() {
    let fixture = Fixture::new();
    let mut rows = day(1, 8..24);
    rows.iter_mut().take(100).for_each(|row| row.lat = None);
    write_day(&fixture, 1, &rows);
    fs::write(fixture.path("lenient.toml"), "[orders]\nmax_reject_share = 1.0\n").unwrap();
    let config = fixture.path("lenient.toml");
    let arguments = ["--config", config.to_str().unwrap(), "--now", "2026-11-22T06:00:00+03:30"];
    let stopped = run(&fixture, &arguments);
    assert_eq!(stopped.status.code(), Some(3), "{}", errors(&stopped));
    for part in ["has 100 rejected or repeated rows of 400", "nothing was published"] {
        assert!(errors(&stopped).contains(part), "{}", errors(&stopped));
    }
    let accept = [&arguments[..], &["--accept", "orders:tehran:2026-11-21"]].concat();
    assert_eq!(fixture.build(&accept)["orders_counted"], 300);
}

#[test]
fn a_partial_day_is_published_if_the_operator_accepts_it_and_stays_accepted() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..18));
    let accept = "orders:tehran:2026-11-22";
    let held = run(&fixture, &[]);
    assert!(errors(&held).contains(&format!("use --accept {accept}")), "{}", errors(&held));
    let wrong = run(&fixture, &["--accept", "orders:shiraz:2026-11-22", "--strict"]);
    assert_eq!(wrong.status.code(), Some(4));
    fixture.build(&["--accept", accept]);
    assert_eq!(last_day(&fixture), "2026-11-22");
    assert_eq!(accepted(&fixture), [accept]);
    assert_eq!(fixture.build(&[])["guards"]["held_back_from"], Value::Null);
    let kind = run(&fixture, &["--accept", "vendors:0123456789abcdef0123456789abcdef"]);
    assert!(errors(&kind).contains("does not apply"), "{}", errors(&kind));
}

#[test]
fn a_day_without_a_file_is_held_back_and_accepted_with_the_count_of_the_source() {
    let fixture = published();
    let report = fixture.build(&[]);
    assert_eq!(report["guards"]["findings"][0]["guard"], "no orders");
    assert_eq!(report["guards"]["held_back_from"], "2026-11-22");
    assert_eq!(last_day(&fixture), "2026-11-21");
    let counts = fixture.path("counts.csv");
    fs::write(&counts, "date,city,orders\n2026-11-22,tehran,0\n").unwrap();
    let report = fixture.build(&["--source-counts", counts.to_str().unwrap()]);
    assert_eq!(report["guards"]["held_back_from"], Value::Null, "{}", report["guards"]);
    fs::write(&counts, "2026-11-22,tehran\n").unwrap();
    let wrong = run(&fixture, &["--source-counts", counts.to_str().unwrap()]);
    assert!(errors(&wrong).contains("line 1"), "{}", errors(&wrong));
}

#[test]
fn lost_days_and_lost_users_stop_the_build_and_the_map_stays() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    let expect_stop = |part: &str| {
        let (before, stopped) = (fixture.manifests(), run(&fixture, &[]));
        assert_eq!(stopped.status.code(), Some(3), "{}", errors(&stopped));
        assert!(errors(&stopped).contains(part), "{part}: {}", errors(&stopped));
        assert_eq!(fixture.manifests(), before);
    };
    fs::remove_file(fixture.path("orders/day-05.parquet")).unwrap();
    expect_stop("tehran on 2026-11-17 has 0 orders, but 400 are published");
    write_day(&fixture, 5, &day(5, 8..24));
    let no_users: Vec<_> =
        day(0, 8..24).into_iter().map(|row| OrderRow { user: None, ..row }).collect();
    write_day(&fixture, 0, &no_users);
    expect_stop("tehran on 2026-11-22 has no user in 100 % of orders");
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[]);
}

#[test]
fn a_scheduled_build_that_a_guard_stopped_is_not_retried() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    fs::remove_file(fixture.path("orders/day-05.parquet")).unwrap();
    let build = fixture.density(&[]);
    let mut repeat = Command::new(build.get_program());
    repeat.args(["repeat", "--every", "1h", "--"]).args(build.get_args());
    let mut running = repeat.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let log = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    let outcome = log.into_iter().find(|line| line.contains("\"run "));
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(outcome.as_ref().is_some_and(|line| line.contains("not retried")), "{outcome:?}");
}

#[test]
fn swapped_coordinates_of_the_newest_day_are_held_back() {
    let fixture = published();
    let swapped: Vec<_> = day(0, 8..24)
        .into_iter()
        .map(|row| OrderRow { lat: row.lng, lng: row.lat, ..row })
        .collect();
    write_day(&fixture, 0, &swapped);
    let report = fixture.build(&[]);
    assert_eq!(report["guards"]["held_back_from"], "2026-11-22", "{}", report["guards"]);
    assert_eq!(last_day(&fixture), "2026-11-21");
}

#[test]
fn orders_that_were_delivered_twice_are_held_back() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    // Another export, in another order: a copy of the file would not be read.
    let again: Vec<_> = day(0, 8..24).into_iter().rev().collect();
    fixture.write("orders/day-00-again.parquet", &again);
    let report = fixture.build(&[]);
    assert_eq!(report["guards"]["findings"][0]["guard"], "rejects", "{}", report["guards"]);
    assert_eq!(last_day(&fixture), "2026-11-21");
}

pub(crate) fn catalog(fixture: &Fixture, arguments: &[&str]) -> Output {
    let mut command = crate::support::tilegen();
    command.args(arguments).arg("--store").arg(fixture.store());
    command.output().unwrap()
}

#[test]
fn after_a_rollback_the_next_build_is_compared_with_the_map_that_is_served() {
    for rollback in [&["rollback", "1"][..], &["rollback", "--job", "orders", "--no-hold"]] {
        let fixture = published();
        write_day(&fixture, 0, &day(0, 8..24));
        for back in 1..=20 {
            write_day(&fixture, back, &day(back, 4..24));
        }
        fixture.build(&["--accept", "orders:tehran:2026-11-01..2026-11-22"]);
        let first = private_report(&fixture, "density");
        assert_eq!(first["counts"]["days"]["2026-11-21"]["tehran"]["orders"], 500);
        let done = catalog(&fixture, &[&["catalog"], rollback].concat());
        assert!(done.status.success(), "{}", errors(&done));
        let back = private_report(&fixture, "density");
        assert_eq!(back["counts"]["days"]["2026-11-21"]["tehran"]["orders"], 400);
        assert_eq!(fixture.manifest().get("accepted"), None, "what the bad build accepted is gone");
        for back in 1..=20 {
            write_day(&fixture, back, &day(back, 8..24));
        }
        let report = fixture.build(&["--strict"]);
        assert_eq!(report["guards"]["compared_with"], 3, "{rollback:?}");
        assert_eq!(last_day(&fixture), "2026-11-22");
        fs::remove_file(fixture.path("orders/day-05.parquet")).unwrap();
        assert_eq!(run(&fixture, &[]).status.code(), Some(3), "{rollback:?}");
    }
}

#[test]
fn a_map_is_copied_and_rolled_back_without_its_private_report() {
    let fixture = published();
    let digest = fixture.manifest()["reports"]["density"].as_str().unwrap().to_owned();
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[]);
    fs::remove_file(fixture.store().join(format!("private/{digest}.json"))).unwrap();
    let backup = fixture.path("backup");
    let copy = ["catalog", "copy", "--last", "2", "--to", backup.to_str().unwrap()];
    let copied = catalog(&fixture, &copy);
    assert!(copied.status.success(), "{}", errors(&copied));
    let done = catalog(&fixture, &["catalog", "rollback", "--job", "orders", "--no-hold"]);
    assert!(done.status.success(), "{}", errors(&done));
    assert!(errors(&done).contains("report of the map is missing"), "{}", errors(&done));
    assert_eq!(fixture.build(&[])["guards"]["compared_with"], Value::Null);
}

#[test]
fn a_private_report_is_kept_as_long_as_a_map_names_it() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[]);
    let reports = || {
        let files = fs::read_dir(fixture.store().join("private")).unwrap();
        files.filter(|file| file.as_ref().unwrap().path().is_file()).count()
    };
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert!(catalog(&fixture, &["catalog", "retire", "--keep", "7d"]).status.success());
    assert_eq!(reports(), 2);
    assert!(catalog(&fixture, &["catalog", "retire", "--keep", "0d"]).status.success());
    assert_eq!(reports(), 1);
    assert_eq!(private_report(&fixture, "density")["job"], "density", "of the newest map");
}

#[test]
fn the_status_and_the_manifest_say_what_was_held_back_and_what_stopped_a_build() {
    let fixture = published();
    let status = |code: i32| {
        let output = catalog(&fixture, &["status", "--json"]);
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        status["jobs"][0].clone()
    };
    assert_eq!(status(0)["state"], "fresh");
    write_day(&fixture, 0, &day(0, 8..18));
    fixture.build(&[]);
    let held = &fixture.manifest()["held_back"][0];
    assert_eq!((&held["command"], &held["from"]), (&"density".into(), &"2026-11-22".into()));
    assert_eq!(held["reasons"], serde_json::json!(["partial day: tehran on 2026-11-22"]));
    let job = status(1);
    assert_eq!(job["state"], "held-back");
    let verdict = job["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("held back because of partial day: tehran on 2026-11-22"), "{job}");
    assert!(job["next"].as_str().unwrap().contains("--accept orders:tehran:2026-11-22"), "{job}");

    fs::remove_file(fixture.path("orders/day-05.parquet")).unwrap();
    assert_eq!(run(&fixture, &[]).status.code(), Some(3));
    let job = status(2);
    assert_eq!(job["state"], "stopped");
    let verdict = job["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("stopped because tehran on 2026-11-17 has 0 orders"), "{verdict}");
    assert!(job["next"].as_str().unwrap().contains("--accept orders:tehran:2026-11-17"), "{job}");

    write_day(&fixture, 5, &day(5, 8..24));
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[]);
    assert_eq!(status(0)["state"], "fresh");
    assert_eq!(fixture.manifest().get("held_back"), None);
}

#[test]
fn the_manifest_and_the_history_name_what_was_accepted() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..18));
    let accept = "orders:tehran:2026-11-22";
    fixture.build(&["--accept", accept]);
    assert_eq!(fixture.manifest()["accepted"], serde_json::json!([accept]));
    fixture.build(&[]);
    assert_eq!(fixture.manifest()["accepted"], serde_json::json!([accept]), "it stays");
    let history = catalog(&fixture, &["catalog", "history", "--layer", "density", "--json"]);
    let history: Value = serde_json::from_slice(&history.stdout).unwrap();
    let said: Vec<_> = history.as_array().unwrap().iter().map(|row| &row["guards"]).collect();
    let accepted = serde_json::json!([format!("accepted {accept}")]);
    assert!(said.contains(&&accepted), "{history}");
    assert_eq!(said.iter().filter(|guards| **guards == &accepted).count(), 1, "in one map");
}

#[test]
fn all_older_days_cannot_be_lost_from_the_start_of_the_data() {
    let fixture = published();
    let all = ["--window", "all"];
    fixture.build(&[&all[..], &["--now", "2026-11-22T06:00:00+03:30"]].concat());
    write_day(&fixture, 0, &day(0, 8..24));
    let path = |back: i64| fixture.path(&format!("orders/day-{back:02}.parquet"));
    fs::remove_file(path(20)).unwrap();
    fixture.build(&all);
    for back in 3..20 {
        fs::remove_file(path(back)).unwrap();
    }
    let stopped = run(&fixture, &all);
    assert_eq!(stopped.status.code(), Some(3), "{}", errors(&stopped));
    assert!(errors(&stopped).contains("and 12 more"), "{}", errors(&stopped));
}

#[test]
fn lines_that_are_not_known_are_rejected() {
    let fixture = Fixture::new();
    let mut rows = day(0, 8..24);
    rows[0].line = Some("Resturant");
    write_day(&fixture, 0, &rows);
    let config = fixture.path("tilegen.toml");
    fs::write(&config, "[lines]\nknown = ['Restaurant']\n").unwrap();
    let report = fixture.build(&["--config", config.to_str().unwrap()]);
    assert_eq!(report["rejects"]["line_unknown"], 1);
    assert_eq!(report["lines"], serde_json::json!(["Restaurant"]));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_report() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::with_orders(&day(0, 8..24));
    fs::write(fixture.path("report.json"), "old").unwrap();
    fixture.build(&[]);
    let mode = fs::metadata(fixture.path("report.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn public_entries_contain_nothing_of_the_private_report() {
    let fixture = published();
    let manifest = fixture.manifest();
    let digest = manifest["reports"]["density"].as_str().unwrap();
    for entry in manifest["layers"].as_array().unwrap() {
        assert!(!entry.to_string().contains(digest), "{entry}");
    }
    let report = private_report(&fixture, "density");
    assert_eq!(report["counts"]["days"]["2026-11-21"]["tehran"]["orders"], 400);
}
