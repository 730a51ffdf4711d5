//! The values of one column of an export, each checked against the configured type.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use struson::reader::{JsonReader, ReaderError, ValueType as JsonType};

use crate::config::fetch::ValueType;

/// The values since the last batch.
pub(super) enum Values {
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    /// With the zone of times that are written without one.
    Time(TimestampMicrosecondBuilder, TimeZone),
}

impl Values {
    pub(super) fn new(of: ValueType, zoneless: TimeZone) -> Self {
        match of {
            ValueType::Integer => Self::Integer(Int64Builder::new()),
            ValueType::Number => Self::Number(Float64Builder::new()),
            ValueType::Text => Self::Text(StringBuilder::new()),
            ValueType::Time => Self::Time(TimestampMicrosecondBuilder::new(), zoneless),
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Integer(_) => DataType::Int64,
            Self::Number(_) => DataType::Float64,
            Self::Text(_) => DataType::Utf8,
            Self::Time(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    pub(super) fn take_array(&mut self) -> ArrayRef {
        match self {
            Self::Integer(of) => Arc::new(of.finish()),
            Self::Number(of) => Arc::new(of.finish()),
            Self::Text(of) => Arc::new(of.finish()),
            Self::Time(of, _) => Arc::new(of.finish().with_timezone("UTC")),
        }
    }

    /// Reads the next value. The inner result says whether it fits the column.
    pub(super) fn read(
        &mut self,
        json: &mut impl JsonReader,
    ) -> Result<Result<(), String>, ReaderError> {
        Ok(match json.peek()? {
            JsonType::Null => {
                json.next_null()?;
                self.push_null();
                Ok(())
            }
            JsonType::Number => self.push_number(json.next_number_as_str()?),
            JsonType::String => self.push_text(json.next_str()?),
            other => Err(format!("a JSON {other} is not a value of a table")),
        })
    }

    fn push_null(&mut self) {
        match self {
            Self::Integer(to) => to.append_null(),
            Self::Number(to) => to.append_null(),
            Self::Text(to) => to.append_null(),
            Self::Time(to, _) => to.append_null(),
        }
    }

    /// Adds a number as it is written: neither whole numbers nor fractions lose a digit.
    fn push_number(&mut self, written: &str) -> Result<(), String> {
        match self {
            Self::Integer(to) => to.append_value(integer(written)?),
            Self::Number(to) => to.append_value(number(written)?),
            Self::Text(_) => return Err(format!("{written} is not a text")),
            Self::Time(..) => return Err(format!("{written} is not a time")),
        }
        Ok(())
    }

    fn push_text(&mut self, text: &str) -> Result<(), String> {
        match self {
            Self::Integer(to) => to.append_value(integer(text)?),
            Self::Number(to) => to.append_value(number(text)?),
            Self::Text(to) => to.append_value(text),
            Self::Time(to, zoneless) => to.append_value(time(text, zoneless)?),
        }
        Ok(())
    }
}

/// Numbers beyond 2^53 may be written as texts. A text with separators or other digits was formatted for people.
fn integer(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse().ok().filter(|_| is_plain);
    value.ok_or_else(|| format!("`{text}` is not a plain whole number; export without formatting"))
}

fn number(text: &str) -> Result<f64, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let value = text.parse().ok().filter(|value: &f64| is_plain && value.is_finite());
    value.ok_or_else(|| format!("`{text}` is not a plain number; export without formatting"))
}

/// A time with an offset, or without one in the configured zone. A date without a time has lost its time.
fn time(text: &str, zoneless: &TimeZone) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a time such as 2026-11-22T13:05:11Z");
    let has_time = text.len() > 10 && matches!(text.as_bytes()[10], b'T' | b' ');
    if !has_time {
        return Err(wrong());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_microsecond());
    }
    let civil: DateTime = text.parse().map_err(|_| wrong())?;
    zoneless.to_timestamp(civil).map(Timestamp::as_microsecond).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use struson::reader::JsonStreamReader;

    use super::*;

    #[test]
    fn whole_numbers_are_read_as_texts_too_and_formatted_ones_are_refused() {
        assert_eq!(integer("9007199254740993"), Ok(9_007_199_254_740_993));
        assert_eq!(integer("-9223372036854775808"), Ok(i64::MIN));
        for formatted in ["1,234", "1 234", "۱۲", "1.0", "+1", "", "-", "9223372036854775808"] {
            assert!(integer(formatted).is_err(), "{formatted}");
        }
        for formatted in ["35,7", "1,234.5", "NaN", "inf", ""] {
            assert!(number(formatted).is_err(), "{formatted}");
        }
        assert_eq!(number("35.7"), Ok(35.7));
    }

    #[test]
    fn times_have_an_offset_or_the_configured_zone() {
        let micros = 1_795_352_711_000_000;
        for text in ["2026-11-22T13:05:11Z", "2026-11-22T16:35:11+03:30", "2026-11-22 13:05:11"] {
            assert_eq!(time(text, &TimeZone::UTC), Ok(micros), "{text}");
        }
        for formatted in ["2026-11-22", "22 Nov, 2026, 13:05", "November 22, 2026", ""] {
            assert!(time(formatted, &TimeZone::UTC).is_err(), "{formatted}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let values = |of| Values::new(of, TimeZone::UTC);
        let read = |of, json: &str| {
            let mut json = JsonStreamReader::new(json.as_bytes());
            values(of).read(&mut json).unwrap().is_ok()
        };
        for (of, json, is_read) in [
            (ValueType::Integer, "9007199254740993", true),
            (ValueType::Integer, "null", true),
            (ValueType::Integer, "1.5", false),
            (ValueType::Integer, "18446744073709551615", false),
            (ValueType::Number, "51.41312857142857", true),
            (ValueType::Integer, "true", false),
            (ValueType::Text, "5", false),
            (ValueType::Time, "1795352711", false),
        ] {
            assert_eq!(read(of, json), is_read, "{of:?} {json}");
        }
    }
}
