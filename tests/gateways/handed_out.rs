//! The configurations of docs/gateways/ that cannot run here, held to what all of them must say: every identity header
//! is taken from verify, every credential and proof reaches it, and nothing else is asked (contract §6).

use crate::gateway::{CADDY, NGINX};

const TRAEFIK: &str = include_str!("../../docs/gateways/traefik-dynamic.yml");
const TRAEFIK_STATIC: &str = include_str!("../../docs/gateways/traefik.yml");
const ENVOY: &str = include_str!("../../docs/gateways/envoy.yaml");
const APISIX: &str = include_str!("../../docs/gateways/apisix.yaml");
const README: &str = include_str!("../../docs/gateways/README.md");

/// The whole set of identity headers.
pub const IDENTITY: [&str; 15] = [
    "X-Auth-User-Id",
    "X-Auth-Username",
    "X-Auth-Method",
    "X-Auth-Scopes",
    "X-Auth-Key-Id",
    "X-Auth-Project-Id",
    "X-Auth-Client-Id",
    "X-Auth-Expires-At",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "Remote-User",
    "Remote-Email",
    "Remote-Groups",
    "Remote-Name",
];
/// What verify must see of a client's request where the gateway passes on only what is listed.
const ASKED: [&str; 7] =
    ["Authorization", "DPoP", "X-Api-Key", "X-Api-Auth", "Cookie", "Origin", "Sec-Fetch-Site"];

/// What some services believe instead of the path, the method and the person that were checked. Nothing of it may arrive.
pub const HEARSAY: [&str; 9] = [
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "Forwarded",
    "X-Forwarded-User",
    "X-Forwarded-Prefix",
    "Proxy-Authorization",
];

/// How often a word stands in a text, whatever its case, and not as a part of a longer one.
fn count(text: &str, word: &str) -> usize {
    let (text, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-');
    text.match_indices(&word)
        .filter(|(at, _)| {
            !is_part(text[..*at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
        })
        .count()
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

#[test]
fn contract_6_every_configuration_takes_every_identity_header_from_verify() {
    // How many lists of them each has.
    for (name, text, lists) in [
        ("nginx", NGINX, 1),
        ("Caddy", CADDY, 1),
        ("Traefik", TRAEFIK, 1),
        ("Envoy", ENVOY, 1),
        ("APISIX", APISIX, 3),
        ("README", README, 1),
    ] {
        for header in IDENTITY {
            assert!(count(text, header) >= lists, "{name} does not name {header}");
        }
    }
}

#[test]
fn contract_6_every_configuration_that_lists_what_verify_sees_lists_all_of_it() {
    for (name, text) in [("Traefik", TRAEFIK), ("Envoy", ENVOY), ("APISIX", APISIX)] {
        for header in ASKED {
            assert!(count(text, header) >= 1, "{name} does not send {header} to verify");
        }
    }
}

#[test]
fn contract_6_every_configuration_takes_away_what_could_undo_what_was_checked() {
    for (name, text, lists) in [
        ("nginx", NGINX, 1),
        ("Caddy", CADDY, 1),
        ("Traefik", TRAEFIK, 1),
        ("Envoy", ENVOY, 1),
        ("APISIX", APISIX, 3),
    ] {
        // The minus is Caddy's way to take a header away.
        let text = without_comments(text).replace("request_header -", "request_header ");
        for header in HEARSAY {
            assert_eq!(count(&text, header), lists, "{name}: {header}");
        }
    }
}

#[test]
fn contract_6_apisix_takes_the_credential_away_after_the_question() {
    let credentials = ["Authorization", "X-Api-Key", "X-Api-Auth", "Cookie"];
    let routes: Vec<&str> = APISIX.split("\n  - id: ").skip(1).take(3).collect();
    assert_eq!(routes.len(), 3);
    for route in routes {
        // forward-auth takes away nothing by itself before apache/apisix#13183.
        let (_, answered) = route.split_once("upstream_headers:").unwrap();
        let (rewritten, taken) = answered.split_once("serverless-post-function:").unwrap();
        assert!(taken.trim_start().starts_with("phase: access"), "{taken}");
        for header in credentials {
            // proxy-rewrite comes before the question: it would leave nothing to ask about.
            assert_eq!(count(&without_comments(rewritten), header), 0, "{header}: {rewritten}");
            assert_eq!(taken.matches(&format!("\"{header}\"")).count(), 1, "{header}: {taken}");
        }
        assert!(taken.contains("set_header(ctx, name, nil)"), "{taken}");
    }
}

#[test]
fn contract_6_in_every_configuration_anybody_may_look_at_samples_and_only_look() {
    for (name, text, only) in [
        (
            "nginx",
            NGINX,
            "default \"scope=read\";\n    GET \"anonymous=allow\";\n    HEAD \"anonymous=allow\";",
        ),
        ("Caddy", CADDY, "@looks method GET HEAD\n"),
        ("Traefik", TRAEFIK, "Path(`/v1/samples`) && (Method(`GET`) || Method(`HEAD`))"),
        ("Envoy", ENVOY, r#"{ name: ":method", string_match: { safe_regex: { regex: "GET|HEAD" } } }"#),
        ("APISIX", APISIX, "methods: [GET, HEAD]\n"),
    ] {
        assert_eq!(text.matches(only).count(), 1, "{name}");
        assert!(count(text, "/v1/samples") >= 1 && count(text, "anonymous=allow") >= 1, "{name}");
    }
}

#[test]
fn contract_6_each_configuration_asks_its_own_adapter() {
    for (name, text, path) in [
        ("nginx", NGINX, "/v1/auth/verify/nginx?"),
        ("Caddy", CADDY, "/v1/auth/verify/forward?"),
        ("Traefik", TRAEFIK, "/v1/auth/verify/forward?"),
        ("Envoy", ENVOY, "/v1/auth/verify/envoy\n"),
        ("APISIX", APISIX, "/v1/auth/verify/forward?"),
    ] {
        let asked = text.matches("/v1/auth/verify").count();
        assert!(
            asked >= 1 && text.matches(path).count() == asked,
            "{name} asks {asked} times, not all of {path}"
        );
    }
    assert_eq!(ENVOY.matches("key: x-auth-requirements").count(), 3, "one for each filter");
    assert!(!ENVOY.contains("failure_mode_allow: true") && !APISIX.contains("allow_degradation: true"));
    for option in ["aliasHeadersStrategy", "sanitizePath"] {
        assert!(TRAEFIK_STATIC.contains(option), "{option}");
    }
}
