//! Owns the tests of configuration: sources, refusals by name, defaults (contract §14).

use super::*;

fn from_file(text: &str) -> Result<Settings, ConfigError> {
    from(text, &[], &[])
}

fn from(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Settings, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("portcullis.toml");
    std::fs::write(&path, file).unwrap();
    let environment: Vec<_> = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let settings = flags.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
    Settings::load(&Flags { file: Some(path), settings }, &environment)
}

#[track_caller]
fn refused(result: Result<Settings, ConfigError>, words: &[&str]) {
    let message = result.err().expect("refused").to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is missing in: {message}");
    }
    assert!(!message.contains('\n'), "one line: {message}");
}

#[test]
fn contract_14_starts_with_no_configuration_at_all() {
    let s = from_file("").unwrap();
    assert_eq!(s.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(s.public_url, "http://127.0.0.1:8080");
    assert!(
        matches!(&s.database_url, DatabaseUrl::Sqlite(p) if p == &PathBuf::from("./portcullis-data/portcullis.db"))
    );
    assert_eq!(s.master_key_file, PathBuf::from("./portcullis-data/master.key"));
    assert_eq!((s.password_min_length, s.session_lifetime), (15, 30 * 86_400));
    assert_eq!(s.signing_key_lifetime, 90 * 86_400);
    assert_eq!((s.refresh_idle, s.refresh_lifetime), (30 * 86_400, 365 * 86_400));
    assert_eq!((s.rate_limits.api_key, s.rate_limits.oauth, s.rate_limits.jwt), (1000, 5000, 2000));
    assert!(s.valkey_url.is_none());
    assert!(s.trusted_proxies.is_empty() && s.cors_origins.is_empty() && !s.tokens_in_browser_body);
}

#[test]
fn contract_14_file_then_environment_then_flags_later_wins() {
    let file = "brand = \"File\"\ndata_dir = \"file\"\nlisten = \"127.0.0.1:1\"";
    let env = [("PORTCULLIS_DATA_DIR", "env"), ("PORTCULLIS_LISTEN", "127.0.0.1:2")];
    let s = from(file, &env, &[("listen", "127.0.0.1:3")]).unwrap();
    assert_eq!((s.brand.as_str(), s.data_dir, s.listen.port()), ("File", PathBuf::from("env"), 3));
    assert_eq!(s.public_url, "http://127.0.0.1:3");
}

#[test]
fn contract_14_a_listen_address_is_chosen_in_any_of_the_three_places() {
    let line = "listen = \"127.0.0.1:1\"";
    let address = "127.0.0.1:1";
    assert!(from(line, &[], &[]).unwrap().listen_chosen);
    assert!(from("", &[("PORTCULLIS_LISTEN", address)], &[]).unwrap().listen_chosen);
    assert!(from("", &[], &[("listen", address)]).unwrap().listen_chosen);
    assert!(!from("", &[("PORTCULLIS_LISTEN", "")], &[]).unwrap().listen_chosen);
}

#[test]
fn contract_14_unknown_keys_in_the_file_are_refused_by_name() {
    refused(from_file("brnad = \"x\""), &["unknown setting brnad", "portcullis.toml"]);
    refused(from_file("[server]\nlisten = \"127.0.0.1:1\""), &["unknown setting server"]);
    refused(from_file("data-dir = \"x\""), &["unknown setting data-dir", "write data_dir"]);
}

#[test]
fn contract_14_unknown_variables_are_only_warned_about() {
    let env =
        [("PORTCULLIS_PORT".to_owned(), "tcp://10.0.0.1:80".to_owned()), ("HOME".to_owned(), "/".to_owned())];
    assert_eq!(unknown_variables(&env), ["PORTCULLIS_PORT"]);
    assert!(from("", &[("PORTCULLIS_PORT", "tcp://10.0.0.1:80")], &[]).is_ok());
}

#[test]
fn a_wrong_value_is_refused_by_the_name_it_was_given_under() {
    for (name, bad, words) in [
        ("LISTEN", "localhost:8080", "127.0.0.1:8080"),
        ("PUBLIC_URL", "http://id.example.com", "https://"),
        ("PUBLIC_URL", "https://id.example.com/auth", "path"),
        ("PUBLIC_URL", "https://u:p@id.example.com", "password"),
        ("PUBLIC_URL", "ftp://id.example.com", "https"),
        ("DATABASE_URL", "mysql://h/d", "postgres"),
        ("TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0", "anybody"),
        ("TRUSTED_PROXIES", "::/0", "anybody"),
        ("TRUSTED_PROXIES", "10.0.0.0/7", "/8 at the widest"),
        ("TRUSTED_PROXIES", "fc00::/6", "/7 at the widest"),
        ("TRUSTED_PROXIES", "proxy", "10.0.0.0/24"),
        ("CORS_ORIGINS", "*", "exact origins"),
        ("CORS_ORIGINS", "null", "exact origins"),
        ("CORS_ORIGINS", "https://app.example.com/", "write https://app.example.com"),
        ("CORS_ORIGINS", "https://app.example.com/x", "write https://app.example.com"),
        ("CORS_ORIGINS", "https://APP.example.com:443", "write https://app.example.com"),
        ("CORS_ORIGINS", "app.example.com", "https://app.example.com"),
        ("SAME_SITE", "strict", "lax, none"),
        ("COOKIE_DOMAIN", ".example.com", "example.com"),
        ("COOKIE_DOMAIN", "127.0.0.1", "domain"),
        ("TOKENS_IN_BROWSER_BODY", "yes", "true nor false"),
        ("ACCESS_TOKEN_ALGORITHM", "HS256", "ES256"),
        ("SIGNING_KEY_LIFETIME", "3599", "neither 0 nor"),
        ("SIGNING_KEY_LIFETIME", "-1", "neither 0 nor"),
        ("PASSWORD_MIN_LENGTH", "7", "8"),
        ("SESSION_LIFETIME", "-1", "whole number"),
        ("RATE_LIMIT_API_KEY", "0", "1"),
        ("RATE_LIMIT_OAUTH", "many", "whole number"),
        ("RATE_LIMIT_JWT", "1000000001", "1000000000"),
        ("VALKEY_URL", "cache.example:6379", "valkey://HOST:PORT"),
        ("WORKERS", "0", "1"),
        ("LOG_FORMAT", "xml", "text, json"),
        ("BRAND", "a\nb", "printable"),
    ] {
        let variable = format!("PORTCULLIS_{name}");
        refused(from("", &[(&variable, bad)], &[]), &[&variable, words]);
    }
}

#[test]
fn a_wrong_type_in_the_file_is_refused_with_the_right_one() {
    for (line, words) in [
        ("listen = 8080", "a text in quotes"),
        ("workers = \"2\"", "a whole number"),
        ("tokens_in_browser_body = \"true\"", "true or false"),
        ("trusted_proxies = \"10.0.0.1\"", "a list"),
        ("cors_origins = [1]", "a list"),
    ] {
        refused(from_file(line), &[words, line.split(' ').next().unwrap()]);
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (file, words) in [
        ("listen = \"0.0.0.0:8080\"", "set public_url"),
        ("listen = \"0.0.0.0:8080\"\npublic_url = \"http://127.0.0.1:8080\"", "https://"),
        ("tls_cert_file = \"c\"", "tls_key_file"),
        ("tls_key_file = \"k\"", "tls_cert_file"),
        ("tls_cert_file = \"c\"\ntls_key_file = \"k\"\npublic_url = \"http://localhost\"", "https://"),
        ("refresh_idle = 100\nrefresh_lifetime = 99", "refresh_idle"),
        ("public_url = \"https://id.example.com\"\ncookie_domain = \"other.com\"", "parent"),
        ("public_url = \"https://badexample.com\"\ncookie_domain = \"example.com\"", "parent"),
    ] {
        refused(from_file(file), &[words]);
    }
}

#[test]
fn the_public_url_is_the_origin_and_follows_a_loopback_listener() {
    for (file, url) in [
        ("public_url = \"HTTPS://ID.example.com:443/\"", "https://id.example.com"),
        ("public_url = \"http://localhost:9\"", "http://localhost:9"),
        ("listen = \"[::1]:0\"", "http://[::1]:0"),
        ("tls_cert_file = \"c\"\ntls_key_file = \"k\"", "https://127.0.0.1:8080"),
        ("listen = \"0.0.0.0:80\"\npublic_url = \"https://a.example\"", "https://a.example"),
    ] {
        assert_eq!(from_file(file).map(|s| s.public_url).as_deref(), Ok(url), "{file}");
    }
}

#[test]
fn lists_are_separated_by_commas_and_an_empty_variable_is_not_given() {
    let env = [
        ("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.0/8, fc00::/7"),
        ("PORTCULLIS_CORS_ORIGINS", ""),
        ("PORTCULLIS_BRAND", ""),
    ];
    let s = from("cors_origins = [\"https://a.example\"]\nbrand = \"B\"", &env, &[]).unwrap();
    assert_eq!(
        s.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.0.0.1/32", "10.0.0.0/8", "fc00::/7"]
    );
    assert!(s.cors_origins.is_empty());
    assert_eq!(s.brand, "B");
}

#[test]
fn messages_never_repeat_what_may_be_a_secret() {
    for file in [
        "database_url = \"mysql://root:hunter2@h/d\"",
        "database_url = \"postgres://root:hunter2@h/d",
        "database_url = [\"hunter2\"]",
        "valkey_url = \"http://:hunter2@h\"",
        "valkey_url = \"redis://:hunter2@h/x\"",
        "valkey_url = \"redis://:hunter2@h:x\"",
    ] {
        let message = from_file(file).err().unwrap().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_named_file_must_exist() {
    let flags = Flags { file: Some(PathBuf::from("/nowhere/portcullis.toml")), settings: Vec::new() };
    refused(Settings::load(&flags, &[]), &["/nowhere/portcullis.toml"]);
}
