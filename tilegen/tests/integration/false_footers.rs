//! Footers whose times are plausible and false. They only save work: no order is lost or moved because of one.

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use crate::parquet_damage::edit_footer;
use crate::support::{DAY, Fixture, NOON, OrderRow};

const FALSE: &str = "is false: it says that `created_at` of row group 0 is between";

/// Ten orders of one day at noon; `later` is the number of days after the day of [`NOON`].
fn day(later: i64, first_id: i64) -> Vec<OrderRow> {
    let at = |id| OrderRow { time: Some(NOON + later * DAY), ..OrderRow::clean(id) };
    (first_id..first_id + 10).map(at).collect()
}

/// Makes a footer claim that the times of the first row group are between these days.
fn claim(groups: &mut [RowGroupMetaData], (first, last): (i64, i64)) {
    let mut columns = groups[0].columns().to_vec();
    let time = |column: &&mut parquet::file::metadata::ColumnChunkMetaData| {
        column.column_path().string() == "created_at"
    };
    let column = columns.iter_mut().find(time).unwrap();
    let (low, high) = (NOON + first * DAY, NOON + last * DAY);
    let statistics = Statistics::int64(Some(low), Some(high), None, Some(0), false);
    *column = column.clone().into_builder().set_statistics(statistics).build().unwrap();
    let group = groups[0].clone().into_builder().set_column_metadata(columns);
    groups[0] = group.build().unwrap();
}

/// Orders of the ten days until the day of [`NOON`], in a file for each, and one more file of a day whose footer
/// claims other days.
fn fixture(of_day: i64, claimed: (i64, i64)) -> Fixture {
    let fixture = Fixture::new();
    for ago in 0..10 {
        fixture.write(&format!("orders/{ago}.parquet"), &day(-ago, 100 * ago));
    }
    fixture.write("orders/false.parquet", &day(of_day, 5000));
    edit_footer(&fixture.path("orders/false.parquet"), |_, groups| claim(groups, claimed));
    fixture
}

const WINDOW: [&str; 4] = ["--window", "5d", "--layer", "density"];

#[test]
fn a_footer_that_hides_orders_of_the_window_is_refused() {
    // Now is 18 hours after noon of day 0.
    for (name, of_day, claimed) in [
        ("the newest day, claimed to be old", 0, (-60, -60)),
        ("a day inside the window, claimed to be before it", -3, (-20, -10)),
        ("a day inside the window, claimed to be after it", -3, (1, 1)),
        ("an order of the future, claimed to be old", 30, (-60, -60)),
        ("an order of 2099, claimed to be of the window", 26_000, (-2, 0)),
        ("a day before the window, claimed to be another one before it", -40, (-60, -50)),
        ("the end is a day too early", 0, (-2, -1)),
        ("the start is a day too late", -3, (-2, 0)),
    ] {
        let fixture = fixture(of_day, claimed);
        let error = fixture.fail(&WINDOW);
        for part in [FALSE, "orders/false.parquet", "but a row has ", "; write the file again"] {
            assert!(error.contains(part), "{name}: `{part}` is not in: {error}");
        }
        assert!(fixture.manifests().is_empty(), "{name}");
    }
}

#[test]
fn a_footer_that_claims_more_days_than_there_are_moves_nothing() {
    for claimed in [(-3, -3), (-60, 0), (-3, 0), (-3, 400), (-9000, 26_000)] {
        let report = fixture(-3, claimed).build(&WINDOW);
        let archive = &report["archives"][0];
        assert_eq!(
            (&archive["from"], &archive["to"]),
            (&"2026-11-18".into(), &"2026-11-22".into())
        );
        assert_eq!(archive["orders"], 60, "{claimed:?}");
    }
}

#[test]
fn footers_are_believed_if_the_configuration_says_so() {
    let fixture = fixture(-3, (-20, -10));
    let config = fixture.path("trust.toml");
    std::fs::write(&config, "[orders]\ntrust_footer_times = true\n").unwrap();
    let arguments = [&WINDOW[..], &["--config", config.to_str().unwrap()]].concat();
    let report = fixture.build(&arguments);
    assert_eq!(
        (&report["archives"][0]["orders"], &report["rows_skipped"]),
        (&50.into(), &60.into())
    );
    // A row group that is read is compared with its footer nevertheless.
    edit_footer(&fixture.path("orders/false.parquet"), |_, groups| claim(groups, (-2, 0)));
    assert!(fixture.fail(&arguments).contains(FALSE));
}
