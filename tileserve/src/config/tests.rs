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
fn all_errors_are_reported_at_once() {
    let text = "
        listen = 'here'
        threads = 0
        public_url = 'ftp://host'
        page_origins = ['https://ok.example', \"'unsafe-inline'\"]
        [manifest]
        poll_interval_seconds = -1
    ";
    let errors = Config::parse(&Args::default(), text).unwrap_err().errors;
    for (error, begins) in
        errors.iter().zip(["store is", "listen", "public_url", "page_", "threads", "manifest."])
    {
        assert!(error.starts_with(begins), "{error}");
    }
    assert_eq!(errors.len(), 6, "{errors:?}");
}

#[test]
fn unknown_keys_and_wrong_types_are_all_reported() {
    let text = "
        stroe = '/srv'
        threads = 'two'
        [manifest]
        pol_interval_seconds = 5
        [timeouts]
        header_timeout_seconds = 'soon'
    ";
    let errors = Config::parse(&with_store(), text).unwrap_err().errors;
    assert_eq!(errors.len(), 4, "{errors:?}");
    for name in
        ["stroe", "threads", "manifest.pol_interval_seconds", "timeouts.header_timeout_seconds"]
    {
        let starts = |error: &String| error.starts_with(&format!("{name}: "));
        assert!(errors.iter().any(starts), "{name} in {errors:?}");
    }
}

#[test]
fn a_wrong_type_does_not_hide_other_errors() {
    let text = "
        store = '/srv'
        listen = 'here'
        threads = 'two'
        [timeouts]
        header_timeout_seconds = 'soon'
        drain_timeout_seconds = -1
        [[limits]]
        burst = 'many'
        max_in_flight = []
        max_connections = 3
        [log]
        level = 'info,[='
        [nothing]
    ";
    let errors = Config::parse(&Args::default(), text).unwrap_err().errors;
    for begins in [
        "threads: ",
        "timeouts.header_timeout_seconds: ",
        "limits: must be a section",
        "limits.burst: ",
        "limits.max_in_flight: ",
        "nothing: ",
        "listen `here`",
        "timeouts.drain_timeout_seconds is -1",
        "log.level `info,[=`",
    ] {
        assert_eq!(
            errors.iter().filter(|error| error.starts_with(begins)).count(),
            1,
            "{begins} in {errors:?}"
        );
    }
    assert_eq!(errors.len(), 9, "{errors:?}");
}

#[test]
fn the_rate_is_zero_or_within_its_range() {
    for (rate, is_valid) in [
        ("0", true),
        ("0.000001", true),
        ("1e9", true),
        ("1e-20", false),
        ("-1", false),
        ("nan", false),
        ("inf", false),
    ] {
        let text = format!("limits.requests_per_second = {rate}");
        assert_eq!(Config::parse(&with_store(), &text).is_ok(), is_valid, "{rate}");
    }
}

#[test]
fn each_wrong_value_is_reported_once() {
    let mut sample: toml::Table = every_key().parse().unwrap();
    if !cfg!(feature = "otlp") {
        sample.remove("traces");
    }
    let paths = sample.iter().flat_map(|(name, value)| match value.as_table() {
        Some(section) => section.keys().map(|key| (Some(name.clone()), key.clone())).collect(),
        None => vec![(None, name.clone())],
    });
    for (section, key) in paths.collect::<Vec<_>>() {
        for wrong in [toml::Value::Table(toml::Table::new()), (-1).into()] {
            let mut file = sample.clone();
            let table = match &section {
                Some(section) => file[section].as_table_mut().unwrap(),
                None => &mut file,
            };
            // A section inside a section may be empty.
            if wrong.is_table() && table[&key].is_table() {
                continue;
            }
            table.insert(key.clone(), wrong.clone());
            let errors = Config::parse(&Args::default(), &file.to_string()).unwrap_err().errors;
            assert_eq!(errors.len(), 1, "{section:?} {key} = {wrong}: {errors:?}");
        }
    }
    for text in ["store = 5", "store = '/s'\npage_origins = ['a', 'a']"] {
        let errors = Config::parse(&Args::default(), text).unwrap_err().errors;
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    }
}

#[test]
fn every_section_of_the_sample_is_known() {
    for (name, value) in every_key().parse::<toml::Table>().unwrap() {
        let text = format!("{name} = 1");
        let errors = Config::parse(&with_store(), &text).err().map(|error| error.errors);
        let is_section = errors.is_some_and(|errors| errors[0].contains("must be a section"));
        assert_eq!(is_section, value.is_table(), "{name}");
    }
}

#[test]
fn changes_that_need_a_restart_are_listed() {
    let before = Config::parse(&with_store(), "threads = 1\n[limits]\nburst = 5").unwrap();
    let text = "
        threads = 2
        listen = '127.0.0.1:1'
        internal_cors = true
        [limits]
        burst = 6
        max_connections = 7
        [cache_control]
        latest_max_age_seconds = 8
        [log]
        level = 'debug'
    ";
    let after = Config::parse(&with_store(), text).unwrap();
    let waiting = after.changes_needing_restart(&before.source);
    assert_eq!(waiting, ["limits.max_connections", "listen", "threads"]);
}

#[test]
fn arguments_override_the_file() {
    let args = Args { memory_mb: Some(7), listen: Some("[::1]:9".to_owned()), ..with_store() };
    let config = Config::parse(&args, "memory_mb = 8\nlisten = '127.0.0.1:1'").unwrap();
    assert_eq!(config.memory_bytes, 7 << 20);
    assert_eq!(config.listen, "[::1]:9".parse().unwrap());
}

#[test]
fn the_public_url_has_no_trailing_slash() {
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

#[test]
fn every_error_of_the_login_is_reported() {
    let text = "
        serve_internal = true
        [access.proxy]
        addresses = ['10.0.0.0/8', '::1', 'proxy']
        user_header = 'x y'
        jwks = 'http://login.example.com/keys'
        [access.roles.'two words']
        layers = []
        [access.audit]
        keep_days = 0
    ";
    let errors = Config::parse(&with_store(), text).unwrap_err().errors;
    for part in [
        "serve_internal shows internal layers without a login",
        "access.proxy.addresses: `proxy`",
        "access.proxy.user_header `x y`",
        "access.proxy.jwks `http://login.example.com/keys`",
        "access.proxy.issuer is missing",
        "access.proxy.audience is missing",
        "access.roles: `two words`",
        "access.roles.two words.layers is empty",
        "access.audit.keep_days is 0",
    ] {
        assert!(errors.iter().any(|error| error.contains(part)), "{part} in {errors:?}");
    }
    let unused = Config::parse(&with_store(), "[access.proxy]\nsign_out = '/out'").unwrap_err();
    assert!(unused.errors[0].starts_with("access.proxy: set `addresses`"), "{unused}");
}
