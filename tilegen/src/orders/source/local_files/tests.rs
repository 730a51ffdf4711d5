use std::os::unix::fs::symlink;

use super::*;

/// A temporary folder with a file under each name, `orders` below it, and what is found there.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(names: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for name in names {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn link(&self, target: &str, name: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        symlink(target, self.path(name)).unwrap();
    }

    /// The names found with a pattern below `orders`, and what was skipped.
    fn find(&self, pattern: &str) -> (Vec<String>, SkippedFiles) {
        let (files, skipped) = self.search(pattern).unwrap();
        let root = self.path("orders");
        let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
        (files.iter().map(name).collect(), skipped)
    }

    fn search(&self, pattern: &str) -> Result<(Vec<PathBuf>, SkippedFiles), SourceError> {
        let (_, selection) = Selection::parse(pattern).unwrap();
        files_below(&self.path("orders"), &selection)
    }
}

fn skipped(skipped: &SkippedFiles, reason: SkipReason) -> (u64, &[String]) {
    skipped.of(reason).map_or((0, &[]), |skipped| (skipped.files, &skipped.names))
}

#[test]
fn hidden_parts_are_skipped_at_any_depth_and_named() {
    let folder = Folder::new(&[
        "orders/a.parquet",
        "orders/_temporary/0/a.parquet",
        "orders/_temporary/0/b.parquet",
        "orders/_SUCCESS",
        "orders/.a.parquet.crc",
        "orders/day=1/.spark-staging/x/a.parquet",
        "orders/day=1/_b.parquet",
        "orders/day=1/b.parquet",
        "orders/_date=2026-11-01/a.parquet",
    ]);
    for pattern in ["**", "**/*", "*"] {
        let (found, left_out) = folder.find(pattern);
        assert_eq!(found, ["a.parquet", "day=1/b.parquet"], "{pattern}");
        let names =
            ["_date=2026-11-01/", "_temporary/", "day=1/.spark-staging/", "day=1/_b.parquet"];
        let hidden = skipped(&left_out, SkipReason::HiddenOrderFile);
        assert_eq!((hidden.0, hidden.1), (5, names.map(str::to_owned).as_slice()), "{pattern}");
        assert_eq!(skipped(&left_out, SkipReason::HiddenOtherFile).0, 2, "{pattern}");
    }
    let (found, left_out) = folder.find("*.parquet");
    assert_eq!((found, left_out.total()), (vec!["a.parquet".to_owned()], 0));
}

#[test]
fn extensions_decide_in_any_case() {
    let names = ["a.PARQUET", "b.parq", "c.Pq", "d.parquet"];
    let folder =
        Folder::new(&names.map(|name| format!("orders/{name}")).each_ref().map(|name| &**name));
    for name in ["e.parquet.gz", "f.csv", "g"] {
        fs::write(folder.path("orders").join(name), "").unwrap();
    }
    let (found, left_out) = folder.find("*");
    assert_eq!(found, names);
    assert_eq!(skipped(&left_out, SkipReason::OtherExtension).0, 3);
}

#[test]
fn each_file_is_read_once_whatever_leads_to_it() {
    let folder = Folder::new(&["orders/day=1/a.parquet", "outside/b.parquet"]);
    folder.link("day=1", "orders/a-link");
    folder.link("..", "orders/day=1/up");
    folder.link(".", "orders/again");
    folder.link("day=1/a.parquet", "orders/0.parquet");
    fs::hard_link(folder.path("orders/day=1/a.parquet"), folder.path("orders/z.parquet")).unwrap();
    folder.link("../outside", "orders/more");
    folder.link("../outside/b.parquet", "orders/one.parquet");
    for pattern in ["**", "**/*.parquet", "*"] {
        let (found, left_out) = folder.find(pattern);
        assert_eq!(found, ["day=1/a.parquet", "more/b.parquet"], "{pattern}");
        assert!(skipped(&left_out, SkipReason::ReadAlready).0 >= 3, "{pattern}: {left_out:?}");
    }
}

#[test]
fn a_pattern_selects_a_folder_by_way_of_a_link() {
    let folder = Folder::new(&["orders/v1/a.parquet", "orders/v2/a.parquet"]);
    folder.link("v2", "orders/latest");
    assert_eq!(folder.find("lat*/*").0, ["latest/a.parquet"]);
    assert_eq!(folder.find("?*/*").0, ["v1/a.parquet", "v2/a.parquet"]);
}

#[test]
fn a_folder_with_the_name_of_an_order_file_is_read_once() {
    let folder = Folder::new(&["orders/o.parquet/part-0.parquet", "orders/o.parquet/_SUCCESS"]);
    for pattern in ["**", "*", "*.parquet", "**/*.parquet", "**/o.parquet/*"] {
        assert_eq!(folder.find(pattern).0, ["o.parquet/part-0.parquet"], "{pattern}");
    }
}

#[test]
fn broken_links_and_pipes_are_not_read() {
    let folder = Folder::new(&["orders/a.parquet"]);
    folder.link("missing", "orders/day=2");
    folder.link("loop", "orders/loop");
    let socket = std::os::unix::net::UnixListener::bind(folder.path("orders/s.parquet"));
    let (found, left_out) = folder.find("**");
    assert_eq!(found, ["a.parquet"]);
    assert_eq!(skipped(&left_out, SkipReason::BrokenLink).0, 2);
    assert_eq!(skipped(&left_out, SkipReason::NotRegularFile).0, u64::from(socket.is_ok()));
    folder.link("missing.parquet", "orders/b.parquet");
    let error = folder.search("**").unwrap_err().to_string();
    assert!(error.contains("could not read") && error.contains("b.parquet"), "{error}");
}

#[test]
fn tables_are_refused_wherever_they_are() {
    for (names, link) in [
        (&["orders/_delta_log/0.json", "orders/a.parquet"], ""),
        (&["orders/x/t/_delta_log/0.json", "orders/a.parquet"], ""),
        (&["orders/metadata/v1.metadata.json", "orders/data/a.parquet"], ""),
        (&["orders/t/.hoodie/hoodie.properties", "orders/a.parquet"], ""),
        (&["_delta_log/0.json", "orders/a.parquet"], ""),
        (&["t/_delta_log/0.json", "t/day=1/a.parquet"], "t/day=1"),
        (&["t/_delta_log/0.json", "t/a.parquet"], "t/a.parquet"),
    ] {
        let folder = Folder::new(names);
        if !link.is_empty() {
            folder.link(&format!("../{link}"), "orders/l.parquet");
        }
        for pattern in ["**", "*", "**/*.parquet"] {
            let found = folder.search(pattern);
            assert!(matches!(found, Err(SourceError::Table { .. })), "{names:?} {pattern}");
        }
    }
}

#[test]
fn a_search_does_not_enter_folders_that_a_pattern_excludes() {
    let folder = Folder::new(&["orders/a.parquet", "orders/t/_delta_log/0.json"]);
    assert_eq!(folder.find("*.parquet").0, ["a.parquet"]);
}
