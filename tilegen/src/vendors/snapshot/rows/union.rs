//! The vendors of several files in one Parquet file, with the time at which each of them was fetched.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use tilecore::lineage::InputSource;

use super::{COLUMNS, FieldValue, VendorFile, VendorRow, read};
use crate::config::Config;
use crate::vendors::grade::GradeScale;
use crate::vendors::snapshot::error::SnapshotError;
use crate::vendors::snapshot::vendors::{self, VendorContext};

/// Key of the sources in the metadata of the file.
const SOURCES_KEY: &str = "foodmap.sources";

/// The column of the platform.
const PLATFORM: &str = "vendor_source";

/// The rows of one file: what a build would read, with the platform of its source.
pub struct SourceRows {
    /// Rows.
    pub rows: u64,
    /// Rows that a build will reject.
    pub rejected: u64,
    /// The columns that have a value, by their keys in `[vendors.columns]`.
    pub columns: Vec<&'static str>,
    values: [StringBuilder; COLUMNS.len()],
}

impl SourceRows {
    /// Reads a vendor file. `name` ends with the extension of its format.
    ///
    /// # Errors
    /// If the file is damaged, or does not have the columns of vendors.
    pub fn read(
        name: &str,
        bytes: &Bytes,
        platform: &str,
        config: &Config,
    ) -> Result<Self, SnapshotError> {
        let file = VendorFile { name, columns: &config.vendors };
        let context = VendorContext {
            cities: &config.cities,
            published_lines: &[],
            ungraded: GradeScale::new(&config.grades.order).ungraded(),
        };
        let rejected = vendors::read(file, bytes, context)?.rejects.total();
        let mut values: [StringBuilder; COLUMNS.len()] = Default::default();
        let (mut rows, mut filled, mut text) = (0, [false; COLUMNS.len()], String::new());
        read(file, bytes, |row: &VendorRow<'_>| {
            rows += 1;
            for (index, value) in row.values.iter().enumerate() {
                match value {
                    _ if COLUMNS[index] == PLATFORM => values[index].append_value(platform),
                    FieldValue::Null => values[index].append_null(),
                    value => {
                        text.clear();
                        // Writing into a string does not fail.
                        let _ = write!(text, "{value}");
                        values[index].append_value(&text);
                        filled[index] = true;
                    }
                }
            }
            Ok(())
        })?;
        let columns = COLUMNS.into_iter().zip(filled).filter(|(_, filled)| *filled);
        let columns = columns.map(|(column, _)| column).collect();
        Ok(Self { rows, rejected, columns, values })
    }

    /// The rows with the names of the configured columns. Every value is a text, which the reader accepts for every
    /// column and which keeps numbers as they are.
    fn into_batch(self, config: &Config) -> Result<RecordBatch, ParquetError> {
        let column = |(column, mut values): (&'static str, StringBuilder)| {
            (config.vendors.of(column).to_owned(), Arc::new(values.finish()) as ArrayRef, true)
        };
        let columns = COLUMNS.into_iter().zip(self.values).map(column);
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

/// A Parquet file with the rows of all parts, in their order.
///
/// # Errors
/// If the rows cannot be encoded.
pub fn write_union(
    parts: Vec<SourceRows>,
    sources: &[InputSource],
    config: &Config,
) -> Result<Vec<u8>, ParquetError> {
    // Strings, numbers and times always serialise.
    let json = serde_json::to_string(sources).unwrap_or_default();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_key_value_metadata(Some(vec![KeyValue::new(SOURCES_KEY.to_owned(), json)]))
        .build();
    let batches = parts.into_iter().map(|part| part.into_batch(config));
    let batches = batches.collect::<Result<Vec<_>, ParquetError>>()?;
    let mut file = Vec::new();
    let Some(first) = batches.first() else { return Ok(file) };
    let mut writer = ArrowWriter::try_new(&mut file, first.schema(), Some(properties))?;
    for batch in &batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(file)
}

/// The sources of the rows of a file; none if the file is not a union.
#[must_use]
pub(crate) fn sources_of(bytes: &Bytes) -> Vec<InputSource> {
    let reader = SerializedFileReader::new(bytes.clone()).ok();
    let metadata = reader.map(|reader| reader.metadata().file_metadata().clone());
    let values = metadata.and_then(|metadata| metadata.key_value_metadata().cloned());
    let written = values.unwrap_or_default().into_iter().find(|pair| pair.key == SOURCES_KEY);
    let json = written.and_then(|pair| pair.value).unwrap_or_default();
    serde_json::from_reader(Cursor::new(json)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const HEADER: &str = "vendor_code,city_id,business_line,latitude,longitude,radius,status_id,visible,vendor_source";

    fn rows(name: &str, text: &str, platform: &str) -> Result<SourceRows, SnapshotError> {
        SourceRows::read(
            name,
            &Bytes::from(text.to_owned()),
            platform,
            &Config::load(None).unwrap(),
        )
    }

    #[test]
    fn a_union_has_the_vendors_of_every_file_with_the_platform_of_its_source() {
        let config = Config::load(None).unwrap();
        let csv =
            format!("{HEADER}\n007,2,Cafe,35.7,51.4,2.25,5,1,snappfood\nx,2,,35.7,51.4,,5,1,\n");
        let json = "{\"vendor_code\":7,\"city_id\":2,\"business_line\":\"Cafe\",\"latitude\":35.7012345,\
                    \"longitude\":51.4,\"radius\":0.1,\"status_id\":5,\"visible\":true}";
        let own = rows("v.csv", &csv, "tapsifood").unwrap();
        assert_eq!((own.rows, own.rejected, own.columns.len()), (2, 1, 8));
        let rival = rows("v.jsonl", json, "snappfood").unwrap();
        let source = InputSource {
            name: "own".into(),
            rows: 2,
            data_at: Timestamp::UNIX_EPOCH,
            max_age_seconds: 60,
        };
        let file = write_union(vec![own, rival], std::slice::from_ref(&source), &config).unwrap();
        let file = Bytes::from(file);
        assert_eq!(sources_of(&file), [source]);
        let file_names = VendorFile { name: "u.parquet", columns: &config.vendors };
        let ungraded = GradeScale::new(&config.grades.order).ungraded();
        let context = VendorContext { cities: &config.cities, published_lines: &[], ungraded };
        let read = vendors::read(file_names, &file, context).unwrap();
        let found: Vec<_> = read
            .vendors
            .iter()
            .map(|vendor| (&*vendor.code, vendor.platform.as_str(), vendor.lat_e7, vendor.radius_m))
            .collect();
        assert_eq!(
            found,
            [("007", "tapsifood", 357_000_000, 2250), ("7", "snappfood", 357_012_345, 100)]
        );
        assert_eq!((read.rows, read.rejects.total()), (3, 1));
    }

    #[test]
    fn a_login_page_is_not_a_file_of_vendors() {
        let error = rows("v.csv", "<html><body>Log in</body></html>\n", "tapsifood").err().unwrap();
        assert!(error.to_string().contains("no column `vendor_code`"), "{error}");
        assert_eq!(sources_of(&Bytes::from_static(b"PAR1")), []);
    }
}
