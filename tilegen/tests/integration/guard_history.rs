//! Guards over several builds: what is remembered of earlier builds, and what is compared with it.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::guards::{catalog, day, private_report, published, run, write_day};
use crate::support::{Fixture, errors, tilegen};

/// The days and the accepted counts are those of one layer, without the 30 days of the public one.
const INTERNAL: [&str; 2] = ["--layer", "density"];

fn remove_day(fixture: &Fixture, back: i64) {
    fs::remove_file(fixture.path(&format!("orders/day-{back:02}.parquet"))).unwrap();
}

/// Expects a stop whose message contains `part`.
fn expect_stop(fixture: &Fixture, arguments: &[&str], part: &str) {
    let stopped = run(fixture, arguments);
    assert_eq!(stopped.status.code(), Some(3), "{}", errors(&stopped));
    assert!(errors(&stopped).contains(part), "{part}: {}", errors(&stopped));
}

#[test]
fn worse_data_of_an_accepted_day_are_checked_again() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    write_day(&fixture, 3, &day(3, 8..20));
    fixture.build(&["--accept", "orders:tehran:2026-11-19"]);
    fixture.build(&[]);
    write_day(&fixture, 3, &day(3, 8..12));
    expect_stop(&fixture, &[], "tehran on 2026-11-19 has 100 orders, but 300 are published");
}

#[test]
fn a_day_that_shrinks_a_little_in_each_build_is_noticed() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    let shrink = |lost: usize| write_day(&fixture, 3, &day(3, 8..24)[lost..]);
    shrink(20);
    fixture.build(&[]);
    shrink(40);
    expect_stop(&fixture, &[], "tehran on 2026-11-19 has 360 orders, but 400 were published");
}

#[test]
fn a_build_of_a_shorter_window_does_not_forget_older_days() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[&INTERNAL[..], &["--window", "7d"]].concat());
    let report = private_report(&fixture, "density");
    assert_eq!(report["counts"]["days"].as_object().unwrap().len(), 21);
    remove_day(&fixture, 15);
    expect_stop(&fixture, &[], "tehran on 2026-11-07 has 0 orders, but 400 are published");
}

#[test]
fn days_that_are_lost_one_by_one_from_the_start_are_missed() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    let all = [&INTERNAL[..], &["--window", "all"]].concat();
    fixture.build(&all);
    remove_day(&fixture, 20);
    fixture.build(&all);
    remove_day(&fixture, 19);
    expect_stop(&fixture, &all, "tehran on 2026-11-02 has 0 orders, but 400 are published");
}

#[test]
fn the_first_build_of_statistics_is_compared_with_the_density() {
    let fixture = published();
    fs::create_dir_all(fixture.path("areas")).unwrap();
    let areas = "WKT,name\n\"POLYGON ((51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.6))\",ونک\n";
    fs::write(fixture.path("areas/tehran.csv"), areas).unwrap();
    // A file must not be newer than the clock of the build.
    let file = fs::File::options().write(true).open(fixture.path("areas/tehran.csv")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_hours(24)).unwrap();
    let statistics = || {
        let mut command = tilegen();
        command.arg("area-stats").arg("--orders").arg(fixture.path("orders"));
        command.arg("--areas").arg(fixture.path("areas")).arg("--store").arg(fixture.store());
        command.args(["--now", "2026-11-22T06:00:00+03:30"]);
        command.output().unwrap()
    };
    remove_day(&fixture, 5);
    let stopped = statistics();
    assert_eq!(stopped.status.code(), Some(3), "{}", errors(&stopped));
    write_day(&fixture, 5, &day(5, 8..24));
    let published = statistics();
    assert!(published.status.success(), "{}", errors(&published));
}

#[test]
fn a_damaged_report_is_replaced_by_an_older_one_and_the_build_says_so() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[]);
    let digest = fixture.manifest()["reports"]["density"].as_str().unwrap().to_owned();
    fs::write(fixture.store().join(format!("private/{digest}.json")), "{").unwrap();
    remove_day(&fixture, 5);
    expect_stop(&fixture, &[], "tehran on 2026-11-17 has 0 orders, but 400 are published");
    write_day(&fixture, 5, &day(5, 8..24));
    let report = fixture.build(&[]);
    assert_eq!(report["guards"]["compared_with"], 1);
    let finding = &report["guards"]["findings"][0];
    assert_eq!((&finding["guard"], &finding["outcome"]), (&"baseline".into(), &"warn".into()));
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("is damaged: this build is compared with that of map 1"), "{message}");
    let status = catalog(&fixture, &["status"]);
    let text = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(text.contains("this build is compared with that of map 1"), "{text}");
}

#[test]
fn a_build_names_the_setting_that_was_changed() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    let default = String::from_utf8(tilegen().arg("config").output().unwrap().stdout).unwrap();
    let config = fixture.path("tilegen.toml");
    let with_config = ["--config", config.to_str().unwrap()];
    let change = |from: &str, to: &str| {
        assert!(default.contains(from), "{from}");
        fs::write(&config, default.replace(from, to)).unwrap();
    };
    // All orders are at 35.70° north.
    change("[51.00, 35.45, 51.75, 35.90]", "[51.00, 35.72, 51.75, 35.90]");
    let failed = run(&fixture, &with_config);
    let part = "the configuration was changed since the last build (the bounds of tehran was \
                [51.0, 35.45, 51.75, 35.9] and is [51.0, 35.72, 51.75, 35.9])";
    assert!(!failed.status.success() && errors(&failed).contains(part), "{}", errors(&failed));
    // Half of the published days are rejected, and the others are not.
    for back in 1..=10 {
        let mut rows = day(back, 8..24);
        for row in &mut rows {
            row.lat = Some(35.80);
        }
        write_day(&fixture, back, &rows);
    }
    let mut rows = day(0, 8..24);
    for row in &mut rows {
        row.lat = Some(35.80);
    }
    write_day(&fixture, 0, &rows);
    let text = fs::read_to_string(&config).unwrap();
    let lenient = text.replace("max_reject_share = 0.05", "max_reject_share = 1.0");
    assert_ne!(lenient, text);
    fs::write(&config, lenient).unwrap();
    expect_stop(&fixture, &with_config, "since the last build: the bounds of tehran was");
    // A change that loses nothing is a warning.
    change("time_zone = \"Asia/Tehran\"", "time_zone = \"Asia/Dubai\"");
    let report = fixture.build(&with_config);
    let findings = report["guards"]["findings"].as_array().unwrap();
    let warning = findings.iter().find(|finding| finding["guard"] == "settings").unwrap();
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("the time zone was Asia/Tehran and is Asia/Dubai"), "{message}");
}

#[test]
fn the_source_is_asked_once_about_a_day_without_orders() {
    let fixture = published();
    let counts = fixture.path("counts.csv");
    fs::write(&counts, "date,city,orders\n2026-11-22,tehran,0\n").unwrap();
    fixture.build(&["--source-counts", counts.to_str().unwrap()]);
    let report = fixture.build(&["--strict"]);
    assert_eq!(report["guards"]["held_back_from"], Value::Null, "{}", report["guards"]);
    write_day(&fixture, -1, &day(-1, 8..24));
    let report = fixture.build(&["--strict", "--now", "2026-11-24T06:00:00+03:30"]);
    assert_eq!(report["guards"]["held_back_from"], Value::Null, "{}", report["guards"]);
}

#[test]
fn one_message_lists_everything_that_an_operator_may_accept() {
    let fixture = published();
    write_day(&fixture, 0, &day(0, 8..24));
    for back in [3, 5] {
        write_day(&fixture, back, &day(back, 8..12));
    }
    let stopped = run(&fixture, &[]);
    let message = errors(&stopped);
    let last = message.lines().last().unwrap();
    let accept =
        "if this is right, use --accept orders:tehran:2026-11-17 --accept orders:tehran:2026-11-19";
    assert!(last.ends_with(accept), "{message}");
    assert_eq!(last.matches("if this is right").count(), 1, "{message}");
}
