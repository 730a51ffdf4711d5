//! Why areas could not be read.

use std::path::{Path, PathBuf};

use geozero::error::GeozeroError;

use crate::files::{CsvError, EncodingError, ModifiedInFuture};
use crate::polygons::AreaKind;

/// Why areas could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AreaError {
    /// A file or folder could not be read.
    #[error("could not read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A folder contains no area files.
    #[error("{path} contains no area files (*.csv, *.shp, *.geojson, *.json)")]
    NoFiles {
        /// The folder.
        path: PathBuf,
    },
    /// The name of a file of marketing areas is not the key of a city.
    #[error("the name of {path} does not begin with the key of a city; the keys are {known}")]
    UnknownCity {
        /// The file.
        path: PathBuf,
        /// Keys of the cities.
        known: String,
    },
    /// A city has more than one file of marketing areas.
    #[error("{first} and {second} are two files of areas of the city {city}; remove the old one")]
    TwoFiles {
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
        /// The key of the city.
        city: String,
    },
    /// The file contains areas of another kind than its folder.
    #[error(
        "{path} contains {found}s, but it is in the folder of {expected}s; move it to the folder that --{found}s names"
    )]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// The kind of the areas in the file.
        found: AreaKind,
        /// The kind of the folder.
        expected: AreaKind,
    },
    /// The file has no areas.
    #[error("{path} contains no areas")]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// The file has no column of names.
    #[error(
        "{path} has no column of names; its columns are {found}, and the name of a {kind} area is in {expected}"
    )]
    NoNameColumn {
        /// The file.
        path: PathBuf,
        /// The columns of the file.
        found: String,
        /// The kind of areas.
        kind: AreaKind,
        /// The columns that can contain the name.
        expected: String,
    },
    /// The file is empty, or in another encoding or format.
    #[error(transparent)]
    Text(#[from] EncodingError),
    /// The file was modified in the future.
    #[error(transparent)]
    Modified(#[from] ModifiedInFuture),
    /// The GeoJSON file has too many nested brackets.
    #[error(
        "{path} has more than {limit} nested brackets, which no GeoJSON file of polygons needs"
    )]
    Nested {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// A CSV file is malformed.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// A CSV file lacks a column.
    #[error("{path} has the columns {found}; an area file needs {expected}")]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The columns that are needed.
        expected: &'static str,
        /// The columns of the file.
        found: String,
    },
    /// A shapefile is malformed.
    #[error("{path} is not a valid shapefile")]
    Shapefile {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: shapefile::Error,
    },
    /// The attributes of a shapefile are malformed.
    #[error("{path} is not a valid dBASE file")]
    Dbf {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: shapefile::dbase::Error,
    },
    /// The attributes of a shapefile are incomplete.
    #[error("{path} is truncated: it has fewer records than its header says")]
    DbfTruncated {
        /// The file.
        path: PathBuf,
    },
    /// Shapes and attributes do not match.
    #[error("{path} has {shapes} shapes but {records} attribute records")]
    RecordCount {
        /// The file.
        path: PathBuf,
        /// Number of shapes.
        shapes: usize,
        /// Number of attribute records.
        records: usize,
    },
    /// The coordinates are not degrees WGS 84.
    #[error(
        "{path} uses the coordinate system `{found}`; areas must be in degrees WGS 84 (EPSG:4326)"
    )]
    Crs {
        /// The file.
        path: PathBuf,
        /// The coordinate reference system of the file.
        found: String,
    },
    /// The text has an unknown or wrong encoding.
    #[error(
        "the text of {path} is neither UTF-8 nor in the encoding that its .cpg file or header names; add a .cpg file next to it with the name of the encoding (UTF-8, 1256 or 1252)"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
    },
    /// A GeoJSON file is malformed.
    #[error("{path} is not valid GeoJSON")]
    GeoJson {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: GeozeroError,
    },
    /// An area is not valid.
    #[error("{path}, row {row}, {name}: {fault}")]
    Area {
        /// The file.
        path: PathBuf,
        /// The row; the first row below the header is 1.
        row: u64,
        /// The name in quotes, or that there is none.
        name: String,
        /// The fault.
        fault: AreaFault,
    },
}

/// What is wrong with one area.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AreaFault {
    /// It has no name.
    #[error("its name is blank; give it a name in the column {column}")]
    NoName {
        /// The column.
        column: String,
    },
    /// The name is too long.
    #[error("its name has {length} characters; the limit is {limit}")]
    LongName {
        /// Number of characters.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The text of the polygon has too many nested brackets.
    #[error("its polygon has more than {limit} nested brackets")]
    Nested {
        /// The limit.
        limit: usize,
    },
    /// The polygon has too many points.
    #[error("its polygon has {points} points; the limit is {limit}; simplify it")]
    TooManyPoints {
        /// Number of points.
        points: usize,
        /// The limit.
        limit: usize,
    },
    /// The geometry cannot be parsed.
    #[error("its polygon cannot be parsed: {0}")]
    Geometry(String),
    /// The polygon has no rings.
    #[error("its polygon is empty")]
    Empty,
    /// The first and last vertex of a ring differ.
    #[error("a ring is not closed: it ends at {lng} {lat}")]
    Unclosed {
        /// Longitude of the last vertex, degrees.
        lng: f64,
        /// Latitude of the last vertex, degrees.
        lat: f64,
    },
    /// Coordinates outside the range of degrees.
    #[error("its coordinates are not longitude and latitude in degrees")]
    NotDegrees,
    /// Rings cross themselves or each other.
    #[error("its polygon is not valid: {0}")]
    Invalid(String),
    /// The area lies outside its city, or outside every city.
    #[error("it is outside the bounds of {0}; check that longitude and latitude are not swapped")]
    OutsideCity(String),
    /// Two rows have the same key.
    #[error("its key {key} is also the key of row {first}{of_file}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The earlier row.
        first: u64,
        /// The file of that row and what to do, if it is another file.
        of_file: String,
    },
    /// Two files contain an area of the same name.
    #[error(
        "row {first} of {path} has the same name; remove the old file, or put the rows into one file"
    )]
    NameInTwoFiles {
        /// The earlier row.
        first: u64,
        /// Its file.
        path: PathBuf,
    },
    /// Two files contain areas that overlap.
    #[error(
        "it overlaps `{name}` of {path}; remove the old file, or keep each place in one of the files"
    )]
    OverlapsOtherFile {
        /// The other area.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// Two rows of the same name have people and overlap.
    #[error(
        "row {first} has the same name, and their polygons overlap, so people would be counted twice; remove one of the rows"
    )]
    PeopleTwice {
        /// The earlier row.
        first: u64,
    },
    /// The area is much larger than its city.
    #[error(
        "it is {width:.2} degrees wide and {height:.2} high, more than {limit} times the box of {city}; correct its points, or the box of the city"
    )]
    TooWide {
        /// Width in degrees.
        width: f64,
        /// Height in degrees.
        height: f64,
        /// Most times the width and height of the box.
        limit: f64,
        /// The key of the city.
        city: String,
    },
    /// A property is in the row more than once.
    #[error("its property `{key}` is repeated; keep one of the values")]
    RepeatedKey {
        /// The property.
        key: String,
    },
    /// The hashed ids of two areas are equal by chance.
    #[error("its id is also the id of the area `{0}`; rename one of them")]
    IdCollision(String),
}

impl AreaError {
    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}
