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
    let meaning =
        |config: Config| format!("{:?}", Config { source: ConfigSource::default(), ..config });
    assert_eq!(meaning(sample), meaning(default));
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
fn wrong_types_hide_no_other_fault() {
    let text = "
        store = '/srv'
        listen = 'here'
        threads = 'two'
        [deadlines]
        head_seconds = 'soon'
        drain_seconds = -1
        [[limits]]
        burst = 'many'
        waiting = []
        connections = 3
        [log]
        level = 'info,[='
        [nothing]
    ";
    let faults = Config::parse(&Args::default(), text).unwrap_err().faults;
    for begins in [
        "threads: ",
        "deadlines.head_seconds: ",
        "limits: it is a section",
        "limits.burst: ",
        "limits.waiting: ",
        "nothing: ",
        "listen `here`",
        "deadlines.drain_seconds is -1",
        "log.level `info,[=`",
    ] {
        assert_eq!(
            faults.iter().filter(|fault| fault.starts_with(begins)).count(),
            1,
            "{begins} in {faults:?}"
        );
    }
    assert_eq!(faults.len(), 9, "{faults:?}");
}

#[test]
fn every_section_of_the_sample_is_known_as_one() {
    for (name, value) in every_key().parse::<toml::Table>().unwrap() {
        let text = format!("{name} = 1");
        let faults = Config::parse(&with_store(), &text).err().map(|error| error.faults);
        let is_told = faults.is_some_and(|faults| faults[0].contains("it is a section"));
        assert_eq!(is_told, value.is_table(), "{name}");
    }
}

#[test]
fn changes_that_take_a_restart_are_named() {
    let before = Config::parse(&with_store(), "threads = 1\n[limits]\nburst = 5").unwrap();
    let text = "
        threads = 2
        listen = '127.0.0.1:1'
        internal_cors = true
        [limits]
        burst = 6
        connections = 7
        [cache_control]
        newest_seconds = 8
        [log]
        level = 'debug'
    ";
    let after = Config::parse(&with_store(), text).unwrap();
    let waiting = after.fixed_changes(&before.source);
    assert_eq!(waiting, ["limits.connections", "listen", "threads"]);
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
