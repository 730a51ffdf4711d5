//! Orders. A row is a pure function of the seed, its day and its number, so files are made in
//! parallel, and a copy of a row is made by asking for that row again.

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

use super::calendar::{Calendar, Day};
use super::city::{CITIES, City};
use super::flaws::{FLAWS, Flaw, shape};
use super::people::{People, Stay};
use super::random::{Alias, Draws, Topic};
use super::vendors::{Directory, LINES, Vendor};
use super::{SampleError, file};

/// Rows of a row group, which is also how many are in memory at a time for each thread.
const ROW_GROUP: u64 = 122_880;
/// A day's file holds at most this many rows.
const FILE_ROWS: u64 = 8 * ROW_GROUP;
const FIRST_ORDER_ID: i64 = 500_000_000;
const ORGANIC: f64 = 0.35;
const DAY_US: i64 = 86_400_000_000;
/// What a flawed `business_line` holds when it is not null; these follow the lines' names.
const BLANK_LINES: [&str; 2] = ["", "  "];
/// A number of no configured city.
const UNKNOWN_CITY: i32 = 9;
/// Columns in which nearly every value is another: a dictionary would only be given up again.
const DIVERSE: [&str; 5] =
    ["order_id", "customer_latitude", "customer_longitude", "user_id", "created_at"];

/// Everything a row is drawn from.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    seed: u64,
    calendar: &'a Calendar,
    people: People,
    cities: &'a [City],
    vendors: &'a [Vendor],
    directory: Directory,
    lines: Alias,
}

/// One row of an order file; `None` is null.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Order {
    id: i64,
    city_id: Option<i32>,
    /// Index into the lines' names and, after those, the blank ones.
    line: Option<u8>,
    /// Index into the names of all places of all cities.
    area: Option<u16>,
    /// Index of the vendor.
    vendor: Option<u32>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    user_id: Option<i64>,
    organic: Option<i8>,
    created_us: Option<i64>,
}

/// One file of a day: which of the day's rows it holds.
struct Part<'a> {
    day: &'a Day,
    number: u64,
    rows: Range<u64>,
}

/// What the order files hold together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// Flawed rows, by index in `FLAWS`.
    pub(super) flaws: [u64; FLAWS.len()],
}

impl<'a> Orders<'a> {
    pub(super) fn new(
        seed: u64,
        calendar: &'a Calendar,
        people: People,
        cities: &'a [City],
        vendors: &'a [Vendor],
    ) -> Self {
        let directory = Directory::of(vendors);
        let lines = Alias::new(&LINES.each_ref().map(|line| line.orders));
        Self { seed, calendar, people, cities, vendors, directory, lines }
    }

    /// Writes `date=YYYY-MM-DD/part-{n}.parquet` under `dir`, several at a time.
    pub(super) fn write(&self, dir: &Path) -> Result<Written, SampleError> {
        let parts: Vec<Part> = self.calendar.days.iter().flat_map(parts).collect();
        let written: Vec<Written> =
            parts.par_iter().map(|part| self.write_part(dir, part)).collect::<Result<_, _>>()?;
        Ok(written.into_iter().fold(Written::default(), Written::plus))
    }

    fn write_part(&self, dir: &Path, part: &Part) -> Result<Written, SampleError> {
        let path = part.path(dir);
        file::create_dir(path.parent().expect("a part lies in its day's folder"))?;
        let (labels, schema) = (Labels::new(), schema());
        let mut flaws = [0; FLAWS.len()];
        let groups = part.rows.clone().step_by(ROW_GROUP as usize).map(|from| {
            let rows = from..(from + ROW_GROUP).min(part.rows.end);
            let mut columns = Columns::default();
            for row in rows {
                let (order, flaw) = self.order(part.day, row);
                columns.push(&order, self.vendors);
                if let Some(flaw) = flaw {
                    flaws[flaw.index()] += 1;
                }
            }
            columns.into_batch(&labels, &schema)
        });
        let bytes = file::write_batches(&path, &schema, properties(), groups)?;
        Ok(Written { files: 1, bytes, flaws })
    }

    /// Row `row` of a day as it is in the file, and what is wrong with it.
    fn order(&self, day: &Day, row: u64) -> (Order, Option<Flaw>) {
        let number = day.first_row + row;
        match Flaw::of_row(self.seed, number) {
            None => (self.sound(day, row), None),
            Some(Flaw::Copy | Flaw::LateCopy) => self.copy(day, row),
            Some(flaw) => (spoilt(self.sound(day, row), flaw, shape(number)), Some(flaw)),
        }
    }

    /// A row with nothing wrong.
    fn sound(&self, day: &Day, row: u64) -> Order {
        let number = day.first_row + row;
        let mut draws = Draws::of(self.seed, Topic::Order, number);
        let rank = self.people.draw(&mut draws);
        let Stay { city, at, area } = self.people.stay(rank, self.cities, &mut draws);
        let line = self.lines.draw(&mut draws);
        let done = (row as f64 + draws.unit()) / day.rows as f64;
        Order {
            id: FIRST_ORDER_ID + number.cast_signed(),
            city_id: Some(CITIES[city].id),
            line: Some(line as u8),
            area: Some((first_place(city) + area) as u16),
            vendor: self.directory.draw(city, area, line, &mut draws),
            latitude: Some(at.y),
            longitude: Some(at.x),
            user_id: Some(self.people.id(rank)),
            organic: Some(i8::from(draws.chance(ORGANIC))),
            created_us: Some(self.calendar.moment_us(day, done)),
        }
    }

    /// A copy of a row without flaw: of the day before at the same time today, or of this day.
    /// In a sample too small to find one soon, the row is a sound one.
    fn copy(&self, day: &Day, row: u64) -> (Order, Option<Flaw>) {
        let number = day.first_row + row;
        let before = self.calendar.days.iter().take_while(|other| other.date < day.date).last();
        let late = before.filter(|_| Flaw::of_row(self.seed, number) == Some(Flaw::LateCopy));
        let (source, flaw) = late.map_or((day, Flaw::Copy), |before| (before, Flaw::LateCopy));
        let mut draws = Draws::of(self.seed, Topic::Copy, number);
        let is_sound = |row: &u64| Flaw::of_row(self.seed, source.first_row + row).is_none();
        let original = (0..32)
            .filter(|_| source.rows > 0)
            .map(|_| draws.below(source.rows as usize) as u64)
            .find(is_sound);
        let Some(original) = original else {
            return (self.sound(day, row), None);
        };
        let mut order = self.sound(source, original);
        if flaw == Flaw::LateCopy {
            order.created_us = order.created_us.map(|us| us + DAY_US);
        }
        (order, Some(flaw))
    }
}

/// The row with its flaw; `shape` chooses between the shapes a flaw has.
fn spoilt(order: Order, flaw: Flaw, shape: u64) -> Order {
    let position = |latitude, longitude| Order { latitude, longitude, ..order };
    let (lat, lng) = (order.latitude, order.longitude);
    match flaw {
        Flaw::TimeMissing => Order { created_us: None, ..order },
        Flaw::TimeBefore2000 => Order { created_us: Some(0), ..order },
        Flaw::CityUnknown => Order { city_id: Some(UNKNOWN_CITY), ..order },
        Flaw::CityMissing => Order { city_id: None, ..order },
        Flaw::PositionMissing => match shape % 3 {
            0 => position(None, lng),
            1 => position(lat, None),
            _ => position(None, None),
        },
        Flaw::PositionNotANumber => match shape % 3 {
            0 => position(Some(f64::NAN), lng),
            1 => position(lat, Some(f64::NAN)),
            _ => position(Some(f64::NAN), Some(f64::NAN)),
        },
        Flaw::PositionZero => position(Some(0.0), Some(0.0)),
        Flaw::PositionOutsideCity => match shape % 2 {
            0 => position(lng, lat),
            _ => position(lat.map(|lat| lat + 1.0), lng),
        },
        Flaw::LineMissing => {
            let line = (shape % 3).checked_sub(1).map(|blank| LINES.len() as u8 + blank as u8);
            Order { line, ..order }
        }
        Flaw::OrganicInvalid => Order { organic: Some(2), ..order },
        Flaw::OrganicUnknown => Order { organic: None, ..order },
        Flaw::UserMissing => Order { user_id: None, ..order },
        Flaw::VendorMissing => Order { vendor: None, ..order },
        Flaw::AreaMissing => Order { area: None, ..order },
        Flaw::Copy | Flaw::LateCopy => order,
    }
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

/// Number of a city's first place when the places of all cities are counted through.
fn first_place(city: usize) -> usize {
    CITIES[..city].iter().map(|plan| plan.places.len()).sum()
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
        file::parquet_properties().set_max_row_group_row_count(Some(ROW_GROUP as usize));
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
