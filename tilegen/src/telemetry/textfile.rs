//! Text files in the Prometheus exposition format, updated from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{fs, io};

use tempfile::NamedTempFile;

/// A metric family: name and help text. All are gauges.
pub(super) type Family = (&'static str, &'static str);

/// Samples by family, then by labels as they are written in the file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TextFile(BTreeMap<&'static str, BTreeMap<String, f64>>);

impl TextFile {
    /// Reads the samples of these families from a file. A missing file has none, and all other lines
    /// are ignored.
    pub(super) fn read(path: &Path, families: &[Family]) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut file = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            // Labels may contain spaces; the value follows the last one.
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let Some((name, labels)) = series.split_once('{') else { continue };
            let family = families.iter().find(|(known, _)| *known == name);
            if let (Some((name, _)), Ok(value)) = (family, value.parse()) {
                file.0.entry(name).or_default().insert(format!("{{{labels}"), value);
            }
        }
        file
    }

    pub(super) fn set(&mut self, (name, _): Family, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<_> =
            labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        self.0.entry(name).or_default().insert(format!("{{{}}}", labels.join(",")), value);
    }

    pub(super) fn clear(&mut self, (name, _): Family) {
        self.0.remove(name);
    }

    /// Replaces the file atomically, so that a collector never reads a partial one.
    pub(super) fn write(&self, path: &Path, families: &[Family]) -> io::Result<()> {
        let folder =
            path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(self.text(families).as_bytes())?;
        // The collector runs as another user.
        make_readable(file.as_file())?;
        file.persist(path)?;
        Ok(())
    }

    fn text(&self, families: &[Family]) -> String {
        let mut text = String::new();
        for (name, help) in families {
            let Some(series) = self.0.get(name) else { continue };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in series {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        }
        text
    }
}

/// Escapes backslash, quote and line feed, as the exposition format requires in label values.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: Family = ("rows", "Rows");
    const BYTES: Family = ("bytes", "Bytes");

    #[test]
    fn a_written_file_is_read_back() {
        let path = tempfile::tempdir().unwrap();
        let path = path.path().join("job.prom");
        let mut file = TextFile::default();
        file.set(ROWS, &[("job", "density")], 12.5);
        file.set(BYTES, &[("layer", "a \"quoted\\ one")], 1_795_336_200.125);
        file.write(&path, &[ROWS, BYTES]).unwrap();
        assert_eq!(TextFile::read(&path, &[ROWS, BYTES]), file);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "# HELP rows Rows\n# TYPE rows gauge\nrows{job=\"density\"} 12.5\n\
             # HELP bytes Bytes\n# TYPE bytes gauge\n\
             bytes{layer=\"a \\\"quoted\\\\ one\"} 1795336200.125\n"
        );
    }

    #[test]
    fn lines_of_other_families_are_ignored() {
        let path = tempfile::tempdir().unwrap();
        let path = path.path().join("job.prom");
        fs::write(&path, "rows{job=\"a\"} 1\nrows 2\nother{job=\"a\"} 3\nrows{job=\"b\"} x\n\n")
            .unwrap();
        let mut expected = TextFile::default();
        expected.set(ROWS, &[("job", "a")], 1.0);
        assert_eq!(TextFile::read(&path, &[ROWS]), expected);
        assert_eq!(TextFile::read(&path.with_extension("missing"), &[ROWS]), TextFile::default());
    }
}
