//! People who log in at a proxy, and the roles of people, tokens and signed URLs.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};
use tilecore::manifest::manifest_key;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use crate::common::{
    INTERNAL, PUBLIC, TestResponse, TestServer, TestStore, exchange, manifest, send,
};

const TILE: &str = "/v1/tiles/density/30d/7/74/51.mvt";
const OTHER_CITY: &str = "/v1/tiles/density/30d/7/65/51.mvt";
const COUNTRY: &str = "/v1/tiles/density/30d/6/40/25.mvt";
const TILEJSON: &str = "/v1/tiles/density/30d/tilejson.json";

/// A public and an internal layer, a table, and two cities: `west` and `east`.
fn store() -> TestStore {
    let store = TestStore::new();
    let entries = [store.put_archive(PUBLIC), store.put_archive(INTERNAL)];
    let rows = json!([1]);
    let tables: Vec<Value> = ["vendors/west", "vendors/east", "area-stats/orders"]
        .map(|name| store.put_table(name, "internal", &rows))
        .into();
    let mut manifest = manifest(1, &entries);
    manifest["tables"] = tables.into();
    let city = |id: u8, key: &str, bounds: [f64; 4]| {
        json!({
            "id": id, "key": key, "name_fa": key, "name_en": key, "center": [bounds[0], bounds[1]],
            "zoom": 11.0, "box": bounds,
        })
    };
    let cities =
        [city(1, "west", [0.0, 30.0, 3.0, 33.0]), city(2, "east", [30.0, 30.0, 33.0, 33.0])];
    manifest["cities"] = cities.to_vec().into();
    store.put(&manifest_key(1), manifest.to_string().as_bytes());
    store
}

const PROXY: &str = "[access]\ncontact = \"maps@example.com\"\n\
                     [access.proxy]\naddresses = [\"127.0.0.1\"]\nsign_out = \"/oauth2/sign_out\"\n";

const ROLES: &str = "[access.roles.analyst]\ngroups = [\"analysts\"]\n\
                     [access.roles.viewer]\ngroups = [\"staff\"]\nlayers = [\"density\", \"vendors\"]\n\
                     cities = [\"east\"]\nmax_zoom = 7\n";

/// Requests a path as a person in groups.
async fn as_person(server: &TestServer, path: &str, name: &str, groups: &str) -> TestResponse {
    let headers = [("x-auth-request-email", name), ("x-auth-request-groups", groups)];
    server.send("GET", path, &headers).await
}

/// The same from another address of this machine.
async fn from_elsewhere(server: &TestServer, path: &str, name: &str) -> TestResponse {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.9:0".parse().unwrap()).unwrap();
    let stream = socket.connect(server.address()).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nx-auth-request-email: {name}\r\n\
         x-auth-request-groups: analysts\r\nx-forwarded-for: 127.0.0.1\r\n\r\n"
    );
    exchange(stream, request.as_bytes()).await
}

#[tokio::test]
async fn a_header_names_a_person_only_from_a_listed_address() {
    let store = store();
    let server = TestServer::start(&store, PROXY).await;
    let sara = "sara@example.com";
    let response = as_person(&server, TILE, sara, "").await;
    assert_eq!(response.status, 200);
    let control = response.header("cache-control");
    assert!(control.starts_with("private"), "{control}");
    assert_eq!(
        response.header("vary"),
        "accept-encoding, authorization, cookie, x-auth-request-email"
    );
    assert_eq!(from_elsewhere(&server, TILE, sara).await.status, 401);
    assert_eq!(server.get(TILE).await.status, 401);
    // A second header of the same name may come from the client.
    let twice = [("x-auth-request-email", sara), ("x-auth-request-email", "mallory@example.com")];
    assert_eq!(server.send("GET", TILE, &twice).await.status, 401);
    let catalog = from_elsewhere(&server, "/v1/catalog.json", sara).await;
    assert!(!catalog.text().contains("\"density\""));
    let vary: Vec<_> = catalog.headers.iter().filter(|(name, _)| name == "vary").collect();
    assert!(format!("{vary:?}").contains("cookie, x-auth-request-email"), "{vary:?}");
}

#[tokio::test]
async fn the_session_names_the_person() {
    let store = store();
    let server = TestServer::start(&store, &format!("{PROXY}{ROLES}")).await;
    let session = as_person(&server, "/v1/session", "sara@example.com", "staff, x").await;
    assert_eq!(session.header("cache-control"), "no-store");
    assert!(!session.has("access-control-allow-origin"));
    assert_eq!(
        session.json(),
        json!({
            "person": "sara@example.com", "roles": ["viewer"], "sees_internal": true,
            "sign_out": "/oauth2/sign_out", "contact": "maps@example.com",
            "internal_max_age_seconds": 86_400, "beacon": false,
        })
    );
    let anonymous = server.get("/v1/session").await.json();
    assert_eq!((&anonymous["person"], &anonymous["sees_internal"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn a_role_opens_its_layers_cities_and_zooms() {
    let store = store();
    let server = TestServer::start(&store, &format!("{PROXY}{ROLES}")).await;
    let tables = |city: &str| format!("/v1/tables/vendors/{city}/now.json");
    let orders = "/v1/tables/area-stats/orders/now.json".to_owned();
    for (path, viewer, analyst) in [
        (TILE.to_owned(), 200, 200),
        (OTHER_CITY.to_owned(), 403, 200),
        (COUNTRY.to_owned(), 403, 200),
        (TILEJSON.to_owned(), 200, 200),
        (tables("east"), 200, 200),
        (tables("west"), 403, 200),
        (orders, 403, 200),
        ("/v1/tiles/density-public/30d/6/40/25.mvt".to_owned(), 200, 200),
    ] {
        let status = async |groups| as_person(&server, &path, "sara", groups).await.status;
        assert_eq!(status("staff").await, viewer, "viewer: {path}");
        assert_eq!(status("staff,analysts").await, analyst, "both: {path}");
        assert_eq!(status("analysts").await, analyst, "analyst: {path}");
    }
    // The TileJSON has the limits, so that a map requests nothing else.
    let tilejson = as_person(&server, TILEJSON, "sara", "staff").await.json();
    assert_eq!(tilejson["bounds"], json!([30.0, 30.0, 33.0, 33.0]));
    assert_eq!((&tilejson["minzoom"], &tilejson["maxzoom"]), (&json!(7), &json!(7)));
    // It has the figures of the cities that the role opens, and of no others.
    assert_eq!(tilejson["city_quantiles"], json!({ "east": { "5": { "orders": [1, 1, 2] } } }));
    assert_eq!(tilejson["city_totals"], json!({ "east": { "5": { "orders": 3 } } }));
    let all = as_person(&server, TILEJSON, "sara", "analysts").await.json();
    assert_eq!(all["city_totals"].as_object().unwrap().len(), 2);
    let archive = tilejson["tiles"][0].as_str().unwrap().split('@').nth(1).unwrap();
    let archive = format!("/v1/archives/density/30d@{}.pmtiles", &archive[..32]);
    assert_eq!(as_person(&server, &archive, "sara", "staff").await.status, 403);
    assert_eq!(as_person(&server, &archive, "sara", "analysts").await.status, 200);
    let composed = "/v1/tiles/density-public/30d+density/30d/7/65/51.mvt";
    assert_eq!(as_person(&server, composed, "sara", "staff").await.status, 403);
    let catalog = as_person(&server, "/v1/catalog.json", "sara", "staff").await.text();
    assert!(catalog.contains("\"density\"") && catalog.contains("vendors/east"), "{catalog}");
    assert!(!catalog.contains("vendors/west") && !catalog.contains("area-stats"), "{catalog}");
}

#[tokio::test]
async fn a_person_without_a_role_learns_whom_to_ask() {
    let store = store();
    let server = TestServer::start(&store, &format!("{PROXY}{ROLES}")).await;
    let refused = as_person(&server, TILE, "sara", "guests").await;
    assert_eq!((refused.status, refused.header("cache-control")), (403, "no-store"));
    assert!(refused.text().contains("ask maps@example.com"), "{}", refused.text());
    let browser = [("x-auth-request-email", "sara"), ("accept", "text/html,*/*")];
    let page = server.send("GET", TILE, &browser).await;
    assert_eq!((page.status, page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.text().contains("<a href=\"mailto:maps@example.com\">"), "{}", page.text());
    // What is public stays public.
    let catalog = as_person(&server, "/v1/catalog.json", "sara", "guests").await;
    assert_eq!(catalog.status, 200);
    assert!(!catalog.text().contains("\"density\""));
}

#[tokio::test]
async fn tokens_and_signed_urls_have_roles_too() {
    const HASH: &str = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    fs::write(file("tokens"), format!("etl {HASH} viewer\n")).unwrap();
    fs::write(file("keys"), format!("k1 {secret} viewer\n")).unwrap();
    let toml = format!(
        "[access]\ntokens = \"{}\"\nsigning_keys = \"{}\"\n{ROLES}",
        file("tokens").display(),
        file("keys").display()
    );
    let store = store();
    let server = TestServer::start(&store, &toml).await;
    let token = [("authorization", "Bearer correct-horse-battery")];
    let keys = tileserve::http::access::read_keys(&file("keys")).unwrap();
    let query = tileserve::http::access::sign(&keys[0], "/v1/tiles/", Duration::from_hours(1));
    for (path, status) in [(TILE, 200), (OTHER_CITY, 403), (COUNTRY, 403), (TILEJSON, 200)] {
        assert_eq!(server.send("GET", path, &token).await.status, status, "token: {path}");
        assert_eq!(server.get(&format!("{path}?{query}")).await.status, status, "signed: {path}");
    }
    let signed = server.get(&format!("{TILEJSON}?{query}")).await.json();
    assert_eq!(signed["bounds"], json!([30.0, 30.0, 33.0, 33.0]));
    assert!(signed["tiles"][0].as_str().unwrap().contains("signature="));
    // A line without a known role is refused, so that a forgotten role opens nothing.
    for line in [format!("etl {HASH}\n"), format!("etl {HASH} unknown\n")] {
        fs::write(file("tokens"), line).unwrap();
        let args = tileserve::Args { store: Some("/srv".to_owned()), ..Default::default() };
        let config = tileserve::Config::parse(&args, &toml).unwrap();
        let error = tileserve::http::access::Access::open(config.access).unwrap_err();
        assert!(error.to_string().contains("a role of [access.roles]"), "{error}");
    }
}

/// An identity provider: a key, and the tokens that it signs.
struct Provider {
    key: EncodingKey,
    id: String,
}

impl Provider {
    fn new(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self { key: EncodingKey::from_ec_der(&pair.serialize_der()), id: id.to_owned() }
    }

    fn jwks(&self) -> String {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap()
    }

    /// A token with the changed claims.
    fn token(&self, changes: &Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({
            "iss": "https://login.example.com", "aud": "foodmap", "exp": now + 600,
            "email": "sara@example.com", "groups": ["staff"],
        });
        for (name, value) in changes.as_object().unwrap() {
            let value = value
                .as_i64()
                .map_or(value.clone(), |offset| json!(now.checked_add_signed(offset).unwrap()));
            claims[name] = value;
        }
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::ES256) };
        encode(&header, &claims, &self.key).unwrap()
    }
}

fn jwt_config(jwks: &str) -> String {
    format!(
        "[access.proxy]\njwks = \"{jwks}\"\nissuer = \"https://login.example.com\"\naudience = \"foodmap\"\n\
         {ROLES}"
    )
}

async fn with_token(server: &TestServer, path: &str, token: &str) -> u16 {
    let value = format!("Bearer {token}");
    server.send("GET", path, &[("authorization", &value)]).await.status
}

#[tokio::test]
async fn only_a_valid_signed_token_names_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let jwks = folder.path().join("jwks.json");
    let (provider, other) = (Provider::new("k1"), Provider::new("k1"));
    fs::write(&jwks, provider.jwks()).unwrap();
    let store = store();
    let server = TestServer::start(&store, &jwt_config(&jwks.display().to_string())).await;
    let good = provider.token(&json!({}));
    assert_eq!(with_token(&server, TILE, &good).await, 200);
    assert_eq!(with_token(&server, OTHER_CITY, &good).await, 403);
    let analysts = provider.token(&json!({ "groups": ["analysts"] }));
    assert_eq!(with_token(&server, OTHER_CITY, &analysts).await, 200);
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    // HS256 with the public key as the secret.
    let confused = {
        let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(provider.jwks().as_bytes()).unwrap();
        encode(&header, &json!({ "email": "sara" }), &secret).unwrap()
    };
    let claims = parts[1];
    let moved = format!("{}.{claims}.{}", parts[0], analysts.split('.').nth(2).unwrap());
    for (token, why) in [
        (provider.token(&json!({ "exp": -120 })), "expired"),
        (provider.token(&json!({ "nbf": 600 })), "not valid yet"),
        (provider.token(&json!({ "exp": null })), "without expiry"),
        (provider.token(&json!({ "aud": "payroll" })), "for another program"),
        (provider.token(&json!({ "iss": "https://evil.example" })), "of another issuer"),
        (provider.token(&json!({ "email": null })), "without a name"),
        (other.token(&json!({})), "signed with another key"),
        (unsigned, "unsigned"),
        (confused, "signed with the public key"),
        (moved, "with the signature of another token"),
        ("a.b.c".to_owned(), "malformed"),
    ] {
        assert_eq!(with_token(&server, TILE, &token).await, 401, "{why}");
    }
    // Without listed addresses, headers name no one.
    assert_eq!(as_person(&server, TILE, "sara", "analysts").await.status, 401);
}

#[tokio::test]
async fn keys_are_read_from_the_url_of_the_identity_provider() {
    let provider = Provider::new("k1");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let jwks = provider.jwks();
    tokio::spawn(async move {
        for attempt in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 2048]).await;
            // The provider fails at first.
            let (status, body) = if attempt == 0 { (503, "") } else { (200, jwks.as_str()) };
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    let store = store();
    let server = TestServer::start(&store, &jwt_config(&format!("http://{address}/keys"))).await;
    let token = provider.token(&json!({}));
    for _ in 0..500 {
        if with_token(&server, TILE, &token).await == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the keys were not read");
}

#[tokio::test]
async fn the_audit_log_has_each_person_layer_city_and_hour_once() {
    let store = store();
    let folder = tempfile::tempdir().unwrap();
    let toml = format!("{PROXY}{ROLES}[access.audit]\nfolder = \"{}\"\n", folder.path().display());
    let server = TestServer::start(&store, &toml).await;
    for _ in 0..3 {
        for path in [TILE, OTHER_CITY, COUNTRY] {
            as_person(&server, path, "sara", "analysts").await;
            // Refused requests read nothing.
            as_person(&server, path, "reza", "guests").await;
        }
        as_person(&server, "/v1/tiles/density-public/30d/6/40/25.mvt", "sara", "analysts").await;
    }
    server.server.stop().await;
    let mut lines = Vec::new();
    for _ in 0..200 {
        let files = fs::read_dir(folder.path()).unwrap();
        let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        let text: String = texts.collect();
        lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
        if lines.len() >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut read: Vec<_> = lines
        .iter()
        .map(|line| format!("{} {} {}", line["name"], line["layer"], line["city"]))
        .collect();
    read.sort_unstable();
    // A test that runs past the hour has each line twice.
    read.dedup();
    assert_eq!(
        read,
        [
            r#""sara" "density" "east""#,
            r#""sara" "density" "elsewhere""#,
            r#""sara" "density" "west""#
        ]
    );
}

#[tokio::test]
async fn clients_cannot_bypass_the_cdn_that_sends_a_secret() {
    const HASH: &str = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    fs::write(&secrets, format!("2026 {HASH}\n")).unwrap();
    let store = store();
    let toml = format!("[access]\norigin_secrets = \"{}\"\n", secrets.display());
    let server = TestServer::start(&store, &toml).await;
    let path = "/v1/tiles/density-public/30d/6/40/25.mvt";
    let with = async |secret| {
        send(server.address(), "GET", path, &[("x-origin-secret", secret)]).await.status
    };
    assert_eq!(with("correct-horse-battery").await, 200);
    assert_eq!(with("guess").await, 403);
    let bypassing = server.get(path).await;
    assert_eq!((bypassing.status, bypassing.header("cache-control")), (403, "no-store"));
    // Load balancers check the health without it.
    assert_eq!(server.send("GET", "/health/ready", &[]).await.status, 200);
    assert!(server.admin("/metrics").await.text().contains("reason=\"origin-secret\"} 2"));
    // A new secret is accepted before the old one goes.
    fs::write(&secrets, format!("2027 {}\n2026 {HASH}\n", "0".repeat(64))).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(with("correct-horse-battery").await, 200);
    fs::write(&secrets, format!("2027 {}\n", "0".repeat(64))).unwrap();
    for _ in 0..500 {
        if with("correct-horse-battery").await == 403 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the removed secret is still accepted");
}

#[tokio::test]
async fn beacons_are_counted_without_anything_else() {
    let page = tempfile::tempdir().unwrap();
    fs::write(page.path().join("index.html"), "<!doctype html>").unwrap();
    let store = store();
    let page = format!("page = \"{}\"\n", page.path().display());
    let server = TestServer::start(&store, &page).await;
    let report = "/v1/beacon?map=1200&lcp=900&inp=80&cls=20&errors=1&used=heat,search,nonsense";
    let received = server.send("POST", report, &[]).await;
    assert_eq!((received.status, received.header("cache-control")), (204, "no-store"));
    assert_eq!(server.send("POST", "/v1/beacon?map=-1", &[]).await.status, 400);
    assert_eq!(server.get(report).await.status, 405);
    let metrics = server.admin("/metrics").await.text();
    for line in [
        "tileserve_page_views_total 1",
        "tileserve_page_first_data_seconds_sum 1.2",
        "tileserve_page_errors_total 1",
        "tileserve_page_feature_uses_total{feature=\"heat\"} 1",
        "tileserve_page_interaction_to_next_paint_seconds_bucket{le=\"0.1\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(!metrics.contains("nonsense"));
    assert_eq!(server.get("/v1/session").await.json()["beacon"], true);
    let off = TestServer::start(&store, &format!("beacon = false\n{page}")).await;
    assert_eq!(off.send("POST", report, &[]).await.status, 404);
    assert_eq!(off.get("/v1/session").await.json()["beacon"], false);
}
