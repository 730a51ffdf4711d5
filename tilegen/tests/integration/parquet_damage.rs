//! Damaged and hostile Parquet files: one sentence that names the file, no panic, and bounded memory.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tilecore::varint;

use crate::support::{Fixture, OrderRow, SLOTS, batch, scattered};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{
    ColumnChunkMetaDataBuilder, FileMetaData, ParquetMetaData, ParquetMetaDataReader,
    ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

const HUGE: i64 = 4_600_000_000_000_000_000;

/// The column `customer_latitude` of the files of this test.
const LATITUDE: usize = 4;

/// Writes another footer.
pub(crate) fn edit_footer(path: &Path, edit: impl Fn(&mut i64, &mut Vec<RowGroupMetaData>)) {
    let bytes = Bytes::from(fs::read(path).unwrap());
    let found = ParquetMetaDataReader::new().parse_and_finish(&bytes).unwrap();
    let file = found.file_metadata();
    let (mut rows, mut groups) = (file.num_rows(), found.row_groups().to_vec());
    edit(&mut rows, &mut groups);
    let file = FileMetaData::new(
        file.version(),
        rows,
        None,
        file.key_value_metadata().cloned(),
        file.schema_descr_ptr(),
        None,
    );
    let length = bytes[bytes.len() - 8..].first_chunk::<4>().unwrap();
    let end = bytes.len() - 8 - u32::from_le_bytes(*length) as usize;
    let mut footer = Vec::new();
    let sum = groups.iter().fold(0i64, |sum, group| sum.wrapping_add(group.num_rows()));
    ParquetMetaDataWriter::new(&mut footer, &ParquetMetaData::new(file, groups)).finish().unwrap();
    footer.truncate(footer.len() - 8);
    // The writer replaces the rows of the file by their sum over the row groups.
    let (written, wanted) = (num_rows_field(sum), num_rows_field(rows));
    let at = footer.windows(written.len()).position(|bytes| bytes == written).unwrap();
    footer.splice(at..at + written.len(), wanted);
    let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
    fs::write(path, [&bytes[..end], &footer, &length, b"PAR1"].concat()).unwrap();
}

/// The field `num_rows` of the footer in Thrift's compact protocol, and the head of the list of row groups behind it.
fn num_rows_field(rows: i64) -> Vec<u8> {
    let mut bytes = vec![0x16];
    varint::push(&mut bytes, (rows.wrapping_shl(1) ^ (rows >> 63)).cast_unsigned());
    bytes.push(0x19);
    bytes
}

/// Changes the metadata of the latitude of the first row group.
fn edit_column(
    groups: &mut [RowGroupMetaData],
    edit: impl Fn(ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder,
) {
    let mut columns = groups[0].columns().to_vec();
    columns[LATITUDE] = edit(columns[LATITUDE].clone().into_builder()).build().unwrap();
    let group = groups[0].clone().into_builder().set_column_metadata(columns);
    groups[0] = group.build().unwrap();
}

fn edit_rows(groups: &mut [RowGroupMetaData], edit: impl Fn(i64) -> i64) {
    let rows = edit(groups[0].num_rows());
    groups[0] = groups[0].clone().into_builder().set_num_rows(rows).build().unwrap();
}

type Edit = fn(&mut i64, &mut Vec<RowGroupMetaData>);

#[test]
fn footers_whose_numbers_are_wrong_are_rejected() {
    let edits: [(&str, Edit); 17] = [
        ("num_rows 4.6e18", |rows, _| *rows = HUGE),
        ("num_rows 1e11", |rows, _| *rows = 100_000_000_000),
        ("num_rows -1", |rows, _| *rows = -1),
        ("num_rows one too few", |rows, _| *rows -= 1),
        ("a row group is missing", |_, groups| drop(groups.pop())),
        ("a row group of 4.6e18 rows", |_, groups| edit_rows(groups, |_| HUGE)),
        ("a row group of -1 rows", |_, groups| edit_rows(groups, |_| -1)),
        ("a row group of 4.6e18 rows, and a file of them", |rows, groups| {
            edit_rows(groups, |_| HUGE);
            *rows = groups.iter().map(RowGroupMetaData::num_rows).sum();
        }),
        ("a row group of one row more, and a file of them", |rows, groups| {
            edit_rows(groups, |rows| rows + 1);
            *rows += 1;
        }),
        ("4.6e18 values", |_, groups| edit_column(groups, |column| column.set_num_values(HUGE))),
        ("-1 values", |_, groups| edit_column(groups, |column| column.set_num_values(-1))),
        ("offset 4.6e18", |_, groups| {
            edit_column(groups, |column| {
                column.set_dictionary_page_offset(None).set_data_page_offset(HUGE)
            });
        }),
        ("offset -1", |_, groups| {
            edit_column(groups, |column| {
                column.set_dictionary_page_offset(None).set_data_page_offset(-1)
            });
        }),
        ("offset 0", |_, groups| {
            edit_column(groups, |column| {
                column.set_dictionary_page_offset(None).set_data_page_offset(0)
            });
        }),
        ("dictionary at 4.6e18", |_, groups| {
            edit_column(groups, |column| column.set_dictionary_page_offset(Some(HUGE)));
        }),
        ("size 4.6e18", |_, groups| {
            edit_column(groups, |column| column.set_total_compressed_size(HUGE));
        }),
        ("uncompressed size -1", |_, groups| {
            edit_column(groups, |column| column.set_total_uncompressed_size(-1));
        }),
    ];
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    let path = fixture.path("orders/part-0.parquet");
    let good = fs::read(&path).unwrap();
    for (name, edit) in edits {
        fs::write(&path, &good).unwrap();
        edit_footer(&path, edit);
        let output = fixture.density(&["--window", "30d", "--layer", "density"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        let message = crate::support::errors(&output);
        for part in ["part-0.parquet is not a readable Parquet file: ", "check that it is complete"]
        {
            assert!(message.contains(part), "{name}: `{part}` is not in: {message}");
        }
        assert!(fixture.manifests().is_empty(), "{name}");
    }
}

#[test]
fn every_damaged_page_is_rejected_without_a_panic() {
    let fixture = Fixture::with_orders(&scattered(300, 2));
    let path = fixture.path("orders/part-0.parquet");
    let good = fs::read(&path).unwrap();
    let length = u32::from_le_bytes(*good[good.len() - 8..].first_chunk::<4>().unwrap()) as usize;
    for (round, at) in (4..good.len() - 8 - length).step_by(211).enumerate() {
        let mut bytes = good.clone();
        let end = (at + 1 + round % 5).min(bytes.len());
        bytes[at..end].fill([0xff, 0, 0x7f][round % 3]);
        fs::write(&path, bytes).unwrap();
        // Damage of a value is not an error: an order may have any values.
        let output = fixture.density(&["--window", "30d", "--layer", "density"]).output().unwrap();
        let message = crate::support::errors(&output);
        assert!(matches!(output.status.code(), Some(0 | 1)), "byte {at}: {message}");
        assert!(!message.contains("panicked"), "byte {at}: {message}");
    }
}

fn texts(rows: &[OrderRow], column: &str, text: impl Fn(usize) -> String) -> RecordBatch {
    let whole = batch(rows);
    let schema = whole.schema();
    let columns = schema.fields().iter().zip(whole.columns()).map(|(field, array)| {
        let texts = || (0..rows.len()).map(&text).map(Some).collect::<StringArray>();
        let array: ArrayRef =
            if field.name() == column { Arc::new(texts()) } else { Arc::clone(array) };
        (field.name().clone(), array, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap()
}

fn write(
    fixture: &Fixture,
    batch: &RecordBatch,
    properties: impl Fn(WriterPropertiesBuilder) -> WriterPropertiesBuilder,
) {
    let path = fixture.path("orders/part-0.parquet");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = properties(WriterProperties::builder().set_compression(zstd)).build();
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_text_that_needs_more_memory_than_the_limit_is_rejected() {
    let rows = scattered(50, 3);
    for column in ["business_line", "user_id", "order_id"] {
        for has_dictionary in [false, true] {
            let fixture = Fixture::new();
            let text = |row: usize| "7".repeat(if row == 20 { 100_000_000 } else { row });
            let batch = texts(&rows, column, text);
            write(&fixture, &batch, |writer| writer.set_dictionary_enabled(has_dictionary));
            let message = fixture.fail(&["--memory", "120MB"]);
            for part in
                ["the memory limit of 120MB is too low", "part-0.parquet", column, "--memory "]
            {
                assert!(message.contains(part), "`{part}` is not in: {message}");
            }
        }
    }
}

#[test]
fn a_text_longer_than_a_mebibyte_is_rejected_with_its_row() {
    let rows = scattered(50, 3);
    for column in ["business_line", "user_id", "order_id"] {
        let fixture = Fixture::new();
        let text = |row: usize| "7".repeat(if row == 20 { (1 << 20) + 1 } else { row });
        write(&fixture, &texts(&rows, column, text), |writer| writer);
        let message = fixture.fail(&[]);
        let place = format!("column `{column}` of ");
        for part in [place.as_str(), "part-0.parquet", "1048577 bytes in row 21"] {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    }
}

#[test]
fn a_long_text_in_many_rows_is_not_copied_for_each_of_them() {
    let rows = scattered(3000, 4);
    let long =
        |row: usize| if row.is_multiple_of(3) { "8".repeat(1_000_000) } else { format!("u{row}") };
    let short = |row: usize| format!("{}{row:07}", "9".repeat(500));
    let delta = Encoding::DELTA_BYTE_ARRAY;
    for (name, column, batch, encoding) in [
        ("a dictionary", "user_id", texts(&rows, "user_id", long), Encoding::PLAIN),
        ("shared beginnings", "user_id", texts(&rows, "user_id", short), delta),
        ("order ids with shared beginnings", "order_id", texts(&rows, "order_id", short), delta),
    ] {
        let fixture = Fixture::new();
        write(&fixture, &batch, |writer| {
            let writer = writer.set_dictionary_page_size_limit(1 << 26);
            let writer = writer.set_dictionary_enabled(encoding == Encoding::PLAIN);
            writer.set_column_encoding(ColumnPath::from(column), encoding)
        });
        let report = fixture.build(&["--memory", "150MB", "--threads", "2"]);
        let peak = report["peak_memory_bytes"].as_u64().unwrap();
        assert!(peak < 150_000_000, "{name}: {peak} bytes");
    }
}

#[test]
fn a_limit_that_is_too_low_names_the_least_one() {
    let fixture = Fixture::with_orders(&scattered(300, 1));
    let message = fixture.fail(&["--memory", "2MB", "--threads", "2"]);
    assert!(message.contains("the memory limit of 2MB is too low"), "{message}");
    assert!(message.contains("give at least --memory 64MB"), "{message}");
    fixture.build(&["--memory", "64MB", "--threads", "2"]);
}

#[test]
fn archives_do_not_depend_on_the_memory_for_users() {
    let rows: Vec<_> = scattered(150_000, 4)
        .into_iter()
        .map(|row| OrderRow { user: row.id.map(|id| id / 2 * 1_000_003), ..row })
        .collect();
    let (ample, small) = (Fixture::with_orders(&rows), Fixture::with_orders(&rows));
    ample.build(&["--window", "30d", "--min-users", "3"]);
    let arguments = ["--window", "30d", "--min-users", "3", "--memory", "70MB", "--threads", "2"];
    let report = small.build(&arguments);
    assert!(report["peak_memory_bytes"].as_u64().unwrap() < 70_000_000, "{report}");
    for (layer, slot) in SLOTS {
        let (one, other) = (ample.archive(layer, slot), small.archive(layer, slot));
        assert_eq!(one.file_name(), other.file_name(), "{layer}");
    }
}
