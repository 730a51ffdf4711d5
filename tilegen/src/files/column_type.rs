//! Kinds of columns in Parquet files, whatever their physical type.

use arrow_schema::DataType;

/// Whether a column contains text, also as a dictionary.
pub(crate) fn is_text(found: &DataType) -> bool {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Whether a column contains bytes, also as a dictionary.
pub(crate) fn is_binary(found: &DataType) -> bool {
    match found {
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => true,
        DataType::Dictionary(_, values) => is_binary(values),
        _ => false,
    }
}
