use super::*;

const SAMPLE: &str = include_str!("../../tileserve.toml");

fn with_store() -> Args {
    Args { store: Some("/srv/store".to_owned()), ..Args::default() }
}

/// The sample with its optional keys switched on.
fn every_key() -> String {
    let mut text = String::new();
    for line in SAMPLE.lines() {
        let is_key = line.starts_with("# ") && line.contains(" = ");
        text.push_str(if is_key { &line[2..] } else { line });
        text.push('\n');
    }
    text
}

#[test]
fn the_sample_file_has_every_key_with_its_default() {
    let sample = Config::parse(&with_store(), SAMPLE).unwrap();
    let default = Config::parse(&with_store(), "").unwrap();
    assert_eq!(format!("{sample:?}"), format!("{default:?}"));
    let every: ConfigFile = toml::from_str(&every_key()).unwrap();
    let shown = format!("{every:?}");
    assert!(!shown.contains("None"), "a key is missing: {shown}");
}

#[test]
fn all_faults_are_reported_at_once() {
    let text = "
        listen = 'here'
        threads = 0
        public_url = 'ftp://host'
        page_origins = ['https://ok.example', \"'unsafe-inline'\"]
        [follow]
        poll_seconds = -1
    ";
    let faults = Config::parse(&Args::default(), text).unwrap_err().faults;
    for (fault, begins) in
        faults.iter().zip(["store is", "listen", "public_url", "page_", "threads", "follow."])
    {
        assert!(fault.starts_with(begins), "{fault}");
    }
    assert_eq!(faults.len(), 6, "{faults:?}");
}

#[test]
fn unknown_keys_and_wrong_types_are_all_named() {
    let text = "
        stroe = '/srv'
        threads = 'two'
        [follow]
        pol_seconds = 5
        [deadlines]
        head_seconds = 'soon'
    ";
    let faults = Config::parse(&with_store(), text).unwrap_err().faults;
    assert_eq!(faults.len(), 4, "{faults:?}");
    for name in ["stroe", "threads", "follow.pol_seconds", "deadlines.head_seconds"] {
        let starts = |fault: &String| fault.starts_with(&format!("{name}: "));
        assert!(faults.iter().any(starts), "{name} in {faults:?}");
    }
}

#[test]
fn the_command_line_goes_before_the_file() {
    let args = Args { memory_mb: Some(7), listen: Some("[::1]:9".to_owned()), ..with_store() };
    let config = Config::parse(&args, "memory_mb = 8\nlisten = '127.0.0.1:1'").unwrap();
    assert_eq!(config.memory_bytes, 7 << 20);
    assert_eq!(config.listen, "[::1]:9".parse().unwrap());
}

#[test]
fn the_public_url_has_no_slash_at_its_end() {
    for (text, prefix) in [
        ("", Some("")),
        ("https://map.example", Some("https://map.example")),
        ("https://map.example/", Some("https://map.example")),
        ("https://map.example/food/", Some("https://map.example/food")),
        ("map.example", None),
        ("https://map.example/?a=1", None),
        ("https://me@map.example", None),
    ] {
        assert_eq!(public_prefix(text).ok().as_deref(), prefix, "{text}");
    }
}
