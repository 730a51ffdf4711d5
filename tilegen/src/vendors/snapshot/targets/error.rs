//! Why the files of targets cannot be used.

use std::path::PathBuf;

/// An error in the files of targets.
#[derive(Debug, thiserror::Error)]
pub enum TargetsError {
    /// The folder contains no targets.
    #[error(
        "{folder} contains no targets file; name each file after the key of a city, such as tehran.csv"
    )]
    NoFiles {
        /// The folder.
        folder: PathBuf,
    },
    /// The name of a file of targets does not begin with the key of a city.
    #[error("the name of {path} does not begin with the key of a city; the keys are {known}")]
    City {
        /// The file.
        path: PathBuf,
        /// Keys of the cities.
        known: String,
    },
    /// A city has more than one file of targets.
    #[error("{first} and {second} are both target files for the city {city}; remove the old one")]
    TwoFiles {
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
        /// The key of the city.
        city: String,
    },
    /// A file of targets has no rows.
    #[error("{path} has no rows below its header; add targets, or remove the file")]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// A column of a file of targets has no name.
    #[error("{path}: column {column} has no name; name it after a business line, or remove it")]
    UnnamedColumn {
        /// The file.
        path: PathBuf,
        /// The column, from 1.
        column: usize,
    },
    /// A row of targets has no area.
    #[error("{path}, line {line} has no marketing area in the column `{column}`")]
    NoArea {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column of areas.
        column: String,
    },
    /// A target is not a whole number.
    #[error(
        "{path}, line {line}, column `{column}`: `{text}` is not a whole number of vendors, 0 or more"
    )]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column, which is a business line.
        column: String,
        /// The value.
        text: String,
    },
    /// An area has two rows of targets.
    #[error(
        "{path}, line {line}: the area `{area}` is already in line {first}; remove one of the two rows"
    )]
    RepeatedArea {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The area.
        area: String,
        /// The line of the first row.
        first: u64,
    },
}
