//! Chosen users, and the rows that are theirs. An id is compared as counting compares it.

use std::collections::HashSet;

use arrow_array::{Array, RecordBatch};
use tilecore::text::{BOM, identity};

use super::columns::ColumnReader;
use super::error::ValidateError;
use super::ids::IdColumn;
use super::unknown_ids::UnknownIds;
use super::users::Users;

/// Ids of users, without blanks around them.
pub struct UserIds(HashSet<String>);

/// The text is not a list of users.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserIdsError {
    /// It has no id.
    #[error("it has no user id; write one id on each line")]
    Empty,
    /// An id identifies no user.
    #[error(
        "line {line} has an id that identifies no user (`unknown_users` in the configuration); remove the line"
    )]
    Unknown {
        /// The line, counted from 1.
        line: usize,
    },
}

impl UserIds {
    /// Reads one id from each line. Blank lines are skipped. The ids in `unknown` identify no user.
    ///
    /// # Errors
    /// If there is no id, or one that is unknown.
    pub fn parse(text: &str, unknown: &[String]) -> Result<Self, UserIdsError> {
        let unknown = UnknownIds::new(unknown);
        let mut ids = HashSet::new();
        for (index, line) in text.trim_start_matches(BOM).lines().enumerate() {
            let id = identity(line);
            if unknown.contains(id) {
                return Err(UserIdsError::Unknown { line: index + 1 });
            }
            if !id.is_empty() {
                ids.insert(id.to_owned());
            }
        }
        if ids.is_empty() { Err(UserIdsError::Empty) } else { Ok(Self(ids)) }
    }

    /// The number of users.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Their numbers, which orders have in place of ids.
    pub(crate) fn numbers(&self) -> HashSet<u64> {
        // Two ids with the same number are an error where orders are read.
        let users = Users::new(&[]);
        self.0.iter().filter_map(|id| users.number(id).ok().flatten()).collect()
    }

    /// Whether an id is one of them.
    fn contains(&self, id: &str) -> bool {
        self.0.contains(identity(id))
    }

    /// For each row of a batch of `file`, whether its user is one of them.
    ///
    /// # Errors
    /// If the column cannot be read as ids.
    pub fn rows(
        &self,
        batch: &RecordBatch,
        column: &str,
        file: &str,
    ) -> Result<Vec<bool>, ValidateError> {
        let reader = ColumnReader { batch, file, first_row: 1 };
        let rows = 0..batch.num_rows();
        Ok(match reader.ids(column, true)? {
            IdColumn::Integers(numbers) => {
                let is_theirs = |number: i64| self.contains(&number.to_string());
                rows.map(|row| numbers.get(row).is_some_and(is_theirs)).collect()
            }
            IdColumn::Texts(texts) => {
                rows.map(|row| texts.is_valid(row) && self.contains(texts.value(row))).collect()
            }
            IdColumn::Dictionary { keys, texts } => {
                let theirs: Vec<bool> =
                    texts.iter().map(|text| text.is_some_and(|text| self.contains(text))).collect();
                rows.map(|row| keys.get(row).is_some_and(|key| theirs[key as usize])).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
        StringArray, StringViewArray, UInt64Array,
    };

    use super::*;

    fn rows(users: &UserIds, column: ArrayRef) -> Vec<bool> {
        let batch = RecordBatch::try_from_iter([("user", column)]).unwrap();
        users.rows(&batch, "user", "a.parquet").unwrap()
    }

    #[test]
    fn an_id_is_found_whatever_the_type_of_its_column() {
        let users = UserIds::parse("\u{feff} 7 \r\n\n18446744073709551615\n", &[]).unwrap();
        assert_eq!(users.count(), 2);
        assert!(users.numbers().contains(&7) && users.numbers().len() == 2);
        let decimals = Decimal128Array::from(vec![700, 800]).with_precision_and_scale(9, 2);
        let columns: [ArrayRef; 7] = [
            Arc::new(Int64Array::from(vec![Some(7), None])),
            Arc::new(Float64Array::from(vec![7.0, 8.0])),
            Arc::new(decimals.unwrap()),
            Arc::new(StringArray::from(vec!["\u{200f}7\t", "007"])),
            Arc::new(StringViewArray::from(vec![Some("7"), None])),
            Arc::new(BinaryArray::from(vec![&b"7"[..], &b"8"[..]])),
            Arc::new([" 7", "8"].into_iter().collect::<DictionaryArray<Int32Type>>()),
        ];
        for column in columns {
            let kind = column.data_type().to_string();
            assert_eq!(rows(&users, column), [true, false], "{kind}");
        }
        let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 8]));
        assert_eq!(rows(&users, large), [true, false]);
    }

    #[test]
    fn a_list_without_an_id_and_an_account_of_many_people_are_refused() {
        assert_eq!(UserIds::parse("\n \n", &[]).err(), Some(UserIdsError::Empty));
        let guest = UserIds::parse("7\n 0\n", &["0".to_owned()]).err();
        assert_eq!(guest, Some(UserIdsError::Unknown { line: 2 }));
    }
}
