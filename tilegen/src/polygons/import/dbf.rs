//! DBF: the attributes of a shapefile.
//!
//! `dbase` reads the header and the field descriptors. The records are split here: `dbase` decodes text
//! while it reads and skips deleted records, but the encoding is only known after all text was seen,
//! and the records must stay aligned with the shapes.

use std::io::Cursor;
use std::path::Path;

use shapefile::dbase::{self, CodePageMark, FieldInfo, FieldType, ReaderBuilder, UnicodeLossy};

use super::area_row::READ_COLUMNS;
use super::report::Repairs;
use super::text::{self, TextEncoding};
use crate::files::{check_repeated, read_file};
use crate::polygons::AreaError;

/// The attributes of the shapes.
pub(super) struct AttributeTable {
    /// Field names in lower case.
    pub(super) names: Vec<String>,
    /// The values of each record, without surrounding blanks; `None` for a deleted record.
    pub(super) records: Vec<Option<Vec<String>>>,
}

/// The first byte of a deleted record (dBASE III).
const DELETED: u8 = b'*';

/// Reads the attributes. `cpg` is the content of the `.cpg` file, which names the encoding.
pub(super) fn read(
    path: &Path,
    cpg: Option<&str>,
    repairs: &mut Repairs,
) -> Result<AttributeTable, AreaError> {
    let mut file = read_file(path).map_err(|source| AreaError::read(path, source))?;
    let layout = Layout::read(&mut file)
        .map_err(|source| AreaError::Dbf { path: path.to_owned(), source })?;
    let records =
        layout.records(&file).ok_or_else(|| AreaError::DbfTruncated { path: path.to_owned() })?;
    let texts = || {
        let fields = records.iter().flatten().flat_map(|record| record.iter().zip(&layout.fields));
        fields.filter(|(_, field)| is_text(field))
    };
    let is_utf8 = texts().all(|(bytes, field)| text::utf8(bytes, field.length()).is_some());
    let encoding_error = || AreaError::Encoding { path: path.to_owned() };
    let encoding = TextEncoding::detect(cpg, layout.code_page, is_utf8);
    let encoding = encoding.ok_or_else(encoding_error)?;
    let mut decode = |(bytes, field): (&&[u8], &FieldInfo)| {
        let text = if is_text(field) {
            encoding.decode(bytes, field.length(), repairs).ok_or_else(encoding_error)?
        } else {
            String::from_utf8_lossy(bytes).into_owned()
        };
        Ok(text.trim_matches(['\0', ' ']).to_owned())
    };
    let mut decode_record = |record: &Option<Vec<&[u8]>>| -> Result<_, AreaError> {
        let Some(values) = record else { return Ok(None) };
        values.iter().zip(&layout.fields).map(&mut decode).collect::<Result<_, _>>().map(Some)
    };
    let records = records.iter().map(&mut decode_record).collect::<Result<_, _>>()?;
    let names = layout.fields.iter().map(|field| field.name().trim().to_lowercase());
    let names: Vec<String> = names.collect();
    let is_read = |column: &&str| READ_COLUMNS.contains(column);
    check_repeated(&path.display().to_string(), names.iter().map(String::as_str).filter(is_read))?;
    Ok(AttributeTable { names, records })
}

fn is_text(field: &FieldInfo) -> bool {
    field.field_type() == FieldType::Character
}

/// The header and the field descriptors.
struct Layout {
    records_start: usize,
    record_length: usize,
    record_count: usize,
    code_page: CodePageMark,
    fields: Vec<FieldInfo>,
}

impl Layout {
    fn read(file: &mut [u8]) -> Result<Self, dbase::Error> {
        // `dbase` rejects an invalid date of the last update, which some programs write.
        if let Some(last_update) = file.get_mut(1..4) {
            last_update.fill(1);
        }
        let reader =
            ReaderBuilder::new().with_encoding(UnicodeLossy).build(Cursor::new(&file[..]))?;
        let header = reader.header();
        Ok(Self {
            records_start: usize::from(header.offset_to_first_record),
            record_length: usize::from(header.size_of_record).max(1),
            record_count: header.num_records as usize,
            code_page: header.code_page_mark,
            fields: reader.fields().to_vec(),
        })
    }

    /// The raw values of each record, without trailing blanks; `None` for a deleted record. Fails if the
    /// file is truncated.
    fn records<'a>(&self, file: &'a [u8]) -> Option<Vec<Option<Vec<&'a [u8]>>>> {
        let records = file.get(self.records_start..)?.chunks_exact(self.record_length);
        let records: Vec<_> =
            records.take(self.record_count).map(|record| self.values(record)).collect();
        (records.len() == self.record_count).then_some(records)
    }

    fn values<'a>(&self, record: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let (&flag, mut rest) = record.split_first()?;
        let values = self.fields.iter().map(|field| {
            let (value, next) = rest.split_at_checked(field.length().into()).unwrap_or((rest, &[]));
            rest = next;
            value.trim_ascii_end()
        });
        let values = values.collect();
        (flag != DELETED).then_some(values)
    }
}
