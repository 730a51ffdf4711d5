//! The order files: divides the rows of a day into files, and turns rows into columns.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int8Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::civil::Weekday;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::writer;
use crate::sample::SampleError;
use crate::sample::calendar::Day;
use crate::sample::city::CITIES;
use crate::sample::flaws::FLAWS;
use crate::sample::lines::LINES;
use crate::sample::orders::{BLANK_LINES, Order, Orders};
use crate::sample::vendors::Vendor;

/// Number of rows of a row group. Each thread has one row group in memory.
const ROW_GROUP: u64 = 122_880;
/// Maximum number of rows of a file.
const FILE_ROWS: u64 = 8 * ROW_GROUP;
/// Columns of mostly distinct values, for which a dictionary does not pay off.
const PLAIN_COLUMNS: [&str; 5] =
    ["order_id", "customer_latitude", "customer_longitude", "user_id", "created_at"];

/// One order file: the rows of a day that it contains.
struct DayFile<'a> {
    day: &'a Day,
    number: u64,
    rows: Range<u64>,
}

/// Totals of the written order files.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sample) struct WrittenOrders {
    pub(in crate::sample) files: u64,
    pub(in crate::sample) bytes: u64,
    /// Number of flawed rows, by index in `FLAWS`.
    pub(in crate::sample) flaws: [u64; FLAWS.len()],
}

/// Writes `date=YYYY-MM-DD/part-{n}.parquet` under `dir`, in parallel.
pub(in crate::sample) fn write(orders: &Orders, dir: &Path) -> Result<WrittenOrders, SampleError> {
    let day_files: Vec<DayFile> = orders.calendar.days.iter().flat_map(day_files).collect();
    let written: Vec<WrittenOrders> = day_files
        .par_iter()
        .map(|file| write_day_file(orders, dir, file))
        .collect::<Result<_, _>>()?;
    Ok(written.into_iter().fold(WrittenOrders::default(), WrittenOrders::plus))
}

fn write_day_file(
    orders: &Orders,
    dir: &Path,
    file: &DayFile,
) -> Result<WrittenOrders, SampleError> {
    let path = file.path(dir);
    writer::create_dir(path.parent().expect("a file lies in its day's folder"))?;
    let (labels, schema) = (Labels::new(), schema());
    let mut flaws = [0; FLAWS.len()];
    let groups = file.rows.clone().step_by(ROW_GROUP as usize).map(|from| {
        let rows = from..(from + ROW_GROUP).min(file.rows.end);
        let mut columns = ColumnBuffers::default();
        for row in rows {
            let (order, flaw) = orders.order(file.day, row);
            columns.push(&order, orders.vendors);
            if let Some(flaw) = flaw {
                flaws[flaw.index()] += 1;
            }
        }
        columns.into_batch(&labels, &schema)
    });
    let bytes = writer::write_batches(&path, &schema, properties(), groups)?;
    Ok(WrittenOrders { files: 1, bytes, flaws })
}

/// The files of a day: as many as its rows need, and at least two on a Friday, as after an upload in
/// two steps.
fn day_files(day: &Day) -> impl Iterator<Item = DayFile<'_>> {
    let needed = day.rows.div_ceil(FILE_ROWS).max(1);
    let count = if day.date.weekday() == Weekday::Friday { needed.max(2) } else { needed };
    let until = move |number: u64| day.rows * number / count;
    (0..count).map(move |number| DayFile { day, number, rows: until(number)..until(number + 1) })
}

impl DayFile<'_> {
    fn path(&self, dir: &Path) -> PathBuf {
        dir.join(format!("date={}", self.day.date)).join(format!("part-{}.parquet", self.number))
    }
}

impl WrittenOrders {
    fn plus(self, other: Self) -> Self {
        let mut flaws = self.flaws;
        flaws.iter_mut().zip(other.flaws).for_each(|(sum, count)| *sum += count);
        Self { files: self.files + other.files, bytes: self.bytes + other.bytes, flaws }
    }
}

fn schema() -> SchemaRef {
    let label = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("order_id", DataType::Int64, false),
        Field::new("city_id", DataType::Int32, true),
        Field::new("business_line", label.clone(), true),
        Field::new("marketing_area", label, true),
        Field::new("vendor_code", DataType::Utf8, true),
        Field::new("customer_latitude", DataType::Float64, true),
        Field::new("customer_longitude", DataType::Float64, true),
        Field::new("user_id", DataType::Int64, true),
        Field::new("organic", DataType::Int8, true),
        Field::new("created_at", time, true),
    ]))
}

fn properties() -> WriterProperties {
    let properties =
        writer::parquet_properties().set_max_row_group_row_count(Some(ROW_GROUP as usize));
    PLAIN_COLUMNS
        .iter()
        .fold(properties, |properties, &column| {
            properties.set_column_dictionary_enabled(ColumnPath::from(column), false)
        })
        .build()
}

/// The values of the dictionary columns.
struct Labels {
    lines: ArrayRef,
    areas: ArrayRef,
}

impl Labels {
    fn new() -> Self {
        let lines: Vec<&str> = LINES.iter().map(|line| line.name).chain(BLANK_LINES).collect();
        let areas: Vec<&str> =
            CITIES.iter().flat_map(|plan| plan.places).map(|&(name, ..)| name).collect();
        Self {
            lines: Arc::new(StringArray::from(lines)),
            areas: Arc::new(StringArray::from(areas)),
        }
    }
}

/// Buffers of the columns of a row group.
#[derive(Default)]
struct ColumnBuffers<'a> {
    order_id: Vec<i64>,
    city_id: Vec<Option<i32>>,
    line: Vec<Option<i32>>,
    area: Vec<Option<i32>>,
    vendor: Vec<Option<&'a str>>,
    latitude: Vec<Option<f64>>,
    longitude: Vec<Option<f64>>,
    user_id: Vec<Option<i64>>,
    organic: Vec<Option<i8>>,
    created_us: Vec<Option<i64>>,
}

impl<'a> ColumnBuffers<'a> {
    fn push(&mut self, order: &Order, vendors: &'a [Vendor]) {
        self.order_id.push(order.id);
        self.city_id.push(order.city_id);
        self.line.push(order.line.map(i32::from));
        self.area.push(order.area.map(i32::from));
        self.vendor.push(order.vendor.map(|vendor| vendors[vendor as usize].code.as_str()));
        self.latitude.push(order.latitude);
        self.longitude.push(order.longitude);
        self.user_id.push(order.user_id);
        self.organic.push(order.organic);
        self.created_us.push(order.created_us);
    }

    fn into_batch(self, labels: &Labels, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let labelled = |keys: Vec<Option<i32>>, texts: &ArrayRef| -> Result<ArrayRef, ArrowError> {
            let keys = Int32Array::from(keys);
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, texts.clone())?))
        };
        let created = TimestampMicrosecondArray::from(self.created_us).with_timezone("UTC");
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.order_id)),
            Arc::new(Int32Array::from(self.city_id)),
            labelled(self.line, &labels.lines)?,
            labelled(self.area, &labels.areas)?,
            Arc::new(StringArray::from(self.vendor)),
            Arc::new(Float64Array::from(self.latitude)),
            Arc::new(Float64Array::from(self.longitude)),
            Arc::new(Int64Array::from(self.user_id)),
            Arc::new(Int8Array::from(self.organic)),
            Arc::new(created),
        ];
        RecordBatch::try_new(schema.clone(), columns)
    }
}
