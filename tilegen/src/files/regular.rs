//! Input files must be regular files: a pipe may never end, and a device has no end.

use std::fs;
use std::io;
use std::path::Path;

/// Most bytes of an input file that is read as a whole.
const MAX_BYTES: u64 = 4 << 30;

/// Reads a regular file.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    check_regular(path)?;
    fs::read(path)
}

/// Fails if a path does not lead to a regular file of at most [`MAX_BYTES`].
pub(crate) fn check_regular(path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    let fault = match metadata.len() {
        _ if metadata.is_dir() => "it is a folder; give the path of a file".to_owned(),
        _ if !metadata.is_file() => {
            "it is a pipe, socket or device; write its content to a file".to_owned()
        }
        bytes if bytes > MAX_BYTES => format!("it has {bytes} bytes; the limit is {MAX_BYTES}"),
        _ => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "text").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        fs::File::create(at("large")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        for name in ["file", "link"] {
            assert_eq!(read_file(&at(name)).unwrap(), b"text", "{name}");
        }
        for (name, part) in
            [("zero", "device"), ("socket", "socket"), ("", "folder"), ("large", "limit")]
        {
            let error = read_file(&at(name)).unwrap_err().to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
    }
}
