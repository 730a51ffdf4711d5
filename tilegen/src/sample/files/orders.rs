//! The order files: which rows lie in which, and rows turned into columns.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int8Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
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

/// Rows of a row group, which is also how many are in memory at a time for each thread.
const ROW_GROUP: u64 = 122_880;
/// A day's file holds at most this many rows.
const FILE_ROWS: u64 = 8 * ROW_GROUP;
/// Columns in which nearly every value is another: a dictionary would only be given up again.
const DIVERSE: [&str; 5] =
    ["order_id", "customer_latitude", "customer_longitude", "user_id", "created_at"];

/// One file of a day: which of the day's rows it holds.
struct Part<'a> {
    day: &'a Day,
    number: u64,
    rows: Range<u64>,
}

/// What the order files hold together.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sample) struct Written {
    pub(in crate::sample) files: u64,
    pub(in crate::sample) bytes: u64,
    /// Flawed rows, by index in `FLAWS`.
    pub(in crate::sample) flaws: [u64; FLAWS.len()],
}

/// Writes `date=YYYY-MM-DD/part-{n}.parquet` under `dir`, several at a time.
pub(in crate::sample) fn write(orders: &Orders, dir: &Path) -> Result<Written, SampleError> {
    let parts: Vec<Part> = orders.calendar.days.iter().flat_map(parts).collect();
    let written: Vec<Written> =
        parts.par_iter().map(|part| write_part(orders, dir, part)).collect::<Result<_, _>>()?;
    Ok(written.into_iter().fold(Written::default(), Written::plus))
}

fn write_part(orders: &Orders, dir: &Path, part: &Part) -> Result<Written, SampleError> {
    let path = part.path(dir);
    writer::create_dir(path.parent().expect("a part lies in its day's folder"))?;
    let (labels, schema) = (Labels::new(), schema());
    let mut flaws = [0; FLAWS.len()];
    let groups = part.rows.clone().step_by(ROW_GROUP as usize).map(|from| {
        let rows = from..(from + ROW_GROUP).min(part.rows.end);
        let mut columns = Columns::default();
        for row in rows {
            let (order, flaw) = orders.order(part.day, row);
            columns.push(&order, orders.vendors);
            if let Some(flaw) = flaw {
                flaws[flaw.index()] += 1;
            }
        }
        columns.into_batch(&labels, &schema)
    });
    let bytes = writer::write_batches(&path, &schema, properties(), groups)?;
    Ok(Written { files: 1, bytes, flaws })
}

/// The files of a day: as many as its rows need, and two on a Friday, as an upload in two goes
/// leaves them.
fn parts(day: &Day) -> impl Iterator<Item = Part<'_>> {
    let needed = day.rows.div_ceil(FILE_ROWS).max(1);
    let count = if day.date.weekday() == Weekday::Friday { needed.max(2) } else { needed };
    let until = move |number: u64| day.rows * number / count;
    (0..count).map(move |number| Part { day, number, rows: until(number)..until(number + 1) })
}

impl Part<'_> {
    fn path(&self, dir: &Path) -> PathBuf {
        dir.join(format!("date={}", self.day.date)).join(format!("part-{}.parquet", self.number))
    }
}

impl Written {
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
    DIVERSE
        .iter()
        .fold(properties, |properties, &column| {
            properties.set_column_dictionary_enabled(ColumnPath::from(column), false)
        })
        .build()
}

/// The texts that dictionary columns point into.
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

/// Rows turned into columns.
#[derive(Default)]
struct Columns<'a> {
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

impl<'a> Columns<'a> {
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
