//! The rules of DPoP proofs, with the examples of RFC 9449.

use serde_json::{Value, json};

use super::super::jws::Algorithm;
use super::*;

/// RFC 9449 §4.1, figure 2.
const FIGURE_2: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
/// RFC 9449 §7.1, figure 13.
const FIGURE_13: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";

const IAT: i64 = 1_562_262_616;
const TOKEN_ENDPOINT: &str = "https://server.example.com/token";

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

fn post() -> Target<'static> {
    Target { method: "POST", uri: TOKEN_ENDPOINT, ath: None }
}

fn jwt(header: &Value, payload: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.AAAA", part(header), part(payload))
}

fn header() -> Value {
    json!({"typ": TYP, "alg": "ES256", "jwk": jwk()})
}

/// That of the examples.
fn jwk() -> Value {
    let (x, y) =
        ("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");
    json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
}

fn payload() -> Value {
    json!({"jti": "j", "htm": "POST", "htu": TOKEN_ENDPOINT, "iat": IAT})
}

/// `value` with a member replaced, or left out by `null`.
fn with(mut value: Value, name: &str, member: Value) -> Value {
    let object = value.as_object_mut().unwrap();
    object.remove(name);
    if !member.is_null() {
        object.insert(name.to_owned(), member);
    }
    value
}

#[test]
fn rfc9449_4_1_the_examples_are_proofs_of_their_requests() {
    let proof = Proof::parse(FIGURE_2).ok().unwrap();
    assert_eq!((proof.jws.algorithm, proof.nonce()), (Algorithm::Es256, None));
    assert_eq!(proof.check(&post(), Nonce::Absent, at(IAT)), Ok(at(IAT + MAX_AGE_SECONDS + 1)));
    assert_eq!(proof.identity("t", &post()), ["t", "POST", TOKEN_ENDPOINT, "-BwC3ESc6acc2lTc"]);
    let target = Target {
        method: "GET",
        uri: "https://resource.example.org/protectedresource",
        ath: Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"),
    };
    let proof = Proof::parse(FIGURE_13).ok().unwrap();
    assert!(proof.check(&target, Nonce::Absent, at(1_562_262_618)).is_ok());
}

#[test]
fn rfc9449_4_3_every_wrong_member_of_a_proof_is_refused() {
    assert!(Proof::parse(&jwt(&header(), &payload())).is_ok());
    let with_member = |member: &str| with(jwk(), member, json!("x"));
    let headers = [
        ("typ", json!("JWT")),
        ("typ", json!("DPOP+JWT")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("alg", Value::Null),
        ("jwk", Value::Null),
        ("jwk", json!("x")),
        ("jwk", with_member("d")),
        ("jwk", with_member("p")),
        ("jwk", with_member("k")),
        ("jwk", with(jwk(), "alg", json!("RS256"))),
        ("jwk", with(jwk(), "use", json!("enc"))),
        ("jwk", with(jwk(), "y", json!("AA"))),
        ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": jwk()["x"]})),
        ("crit", json!(["x"])),
    ];
    for (name, member) in headers {
        let text = jwt(&with(header(), name, member.clone()), &payload());
        assert!(matches!(Proof::parse(&text), Err(ProofRefusal::Invalid(_))), "{name}: {member}");
    }
    let payloads = [
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("j".repeat(MAX_JTI_BYTES + 1))),
        ("jti", json!(1)),
        ("htm", Value::Null),
        ("htm", json!(["POST"])),
        ("htu", Value::Null),
        ("iat", Value::Null),
        ("iat", json!("1562262616")),
        ("ath", json!(1)),
        ("nonce", json!(1)),
    ];
    for (name, member) in payloads {
        let text = jwt(&header(), &with(payload(), name, member.clone()));
        assert!(matches!(Proof::parse(&text), Err(ProofRefusal::Invalid(_))), "{name}: {member}");
    }
    let good = jwt(&header(), &payload());
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "e30.e30.",
        &format!("{good}.AAAA"),
        &format!("{good}="),
        &format!("{good} {good}"),
    ] {
        assert!(matches!(Proof::parse(text), Err(ProofRefusal::Invalid(_))), "{text}");
    }
    assert!(Proof::parse(&format!("{good}{}", "A".repeat(MAX_BYTES))).is_err());
}

fn check(payload: &Value, target: &Target<'_>, nonce: Nonce, now: i64) -> Result<UnixTime, ProofRefusal> {
    Proof::parse(&jwt(&header(), payload)).ok().unwrap().check(target, nonce, at(now))
}

#[test]
fn rfc9449_4_3_a_proof_is_of_one_method_uri_and_token() {
    let (good, target) = (payload(), post());
    assert!(check(&good, &target, Nonce::Absent, IAT).is_ok());
    for (name, member) in [
        ("htm", "GET"),
        ("htm", "post"),
        ("htm", "POST "),
        ("htu", "https://server.example.com/token/"),
        ("htu", "https://server.example.com/Token"),
        ("htu", "http://server.example.com/token"),
        ("htu", "https://server.example.com:8443/token"),
        ("htu", "https://server.example.org/token"),
        ("htu", "https://user@server.example.com/token"),
        ("htu", "/token"),
        ("htu", ""),
    ] {
        let changed = with(payload(), name, json!(member));
        let refused = check(&changed, &target, Nonce::Absent, IAT);
        assert!(matches!(refused, Err(ProofRefusal::Invalid(_))), "{name}: {member}");
    }
    let target = Target { ath: Some("hash"), ..post() };
    assert!(check(&with(payload(), "ath", json!("hash")), &target, Nonce::Absent, IAT).is_ok());
    for ath in [Value::Null, json!(""), json!("Hash")] {
        assert!(check(&with(payload(), "ath", ath.clone()), &target, Nonce::Absent, IAT).is_err(), "{ath}");
    }
}

#[test]
fn rfc9449_4_3_uris_are_compared_normalised_without_query_and_fragment() {
    for (text, normal) in [
        ("HTTPS://Server.Example.com:443/token?a=b#c", Some("https://server.example.com/token")),
        ("https://server.example.com", Some("https://server.example.com/")),
        ("https://server.example.com?x", Some("https://server.example.com/")),
        ("http://127.0.0.1:80/a/../b/./c", Some("http://127.0.0.1/b/c")),
        ("http://[::1]:8080/", Some("http://[::1]:8080/")),
        ("https://a.example/%7eme/%2F%3a", Some("https://a.example/~me/%2F%3A")),
        ("https://a.example/100%", Some("https://a.example/100%25")),
        ("https://a.example/%e4%", Some("https://a.example/%E4%25")),
        ("https://a.example/%+1", Some("https://a.example/%25+1")),
        ("https://a.example/ä", Some("https://a.example/%C3%A4")),
        ("https://u@a.example/", None),
        ("https://:p@a.example/", None),
        ("ftp://a.example/", None),
        ("a.example/token", None),
        ("", None),
    ] {
        assert_eq!(normal_uri(text).as_deref(), normal, "{text}");
    }
}

#[test]
fn rfc9449_11_1_a_proof_is_good_for_a_minute() {
    for (now, good) in [
        (IAT - MAX_AHEAD_SECONDS - 1, false),
        (IAT - MAX_AHEAD_SECONDS, true),
        (IAT, true),
        (IAT + MAX_AGE_SECONDS, true),
        (IAT + MAX_AGE_SECONDS + 1, false),
    ] {
        assert_eq!(check(&payload(), &post(), Nonce::Absent, now).is_ok(), good, "{}", now - IAT);
    }
    for odd in [json!(1e300), json!(-1e300), json!(i64::MAX), json!(u64::MAX), json!(0), json!(-1)] {
        assert!(check(&with(payload(), "iat", odd.clone()), &post(), Nonce::Absent, IAT).is_err(), "{odd}");
    }
    assert!(check(&with(payload(), "iat", json!(1_562_262_616.9)), &post(), Nonce::Absent, IAT).is_ok());
}

#[test]
fn rfc9449_11_1_it_is_remembered_for_as_long_as_it_is_good() {
    for ahead in [-MAX_AHEAD_SECONDS, 0, MAX_AGE_SECONDS] {
        let until = check(&payload(), &post(), Nonce::Absent, IAT + ahead).unwrap();
        assert!(check(&payload(), &post(), Nonce::Absent, until.seconds()).is_err(), "{ahead}");
    }
    assert_eq!(check(&payload(), &post(), Nonce::Good(at(IAT + 7)), IAT), Ok(at(IAT + 7)));
}

#[test]
fn rfc9449_8_a_nonce_of_ours_counts_instead_of_the_clients_clock() {
    let late = IAT + 100_000;
    assert!(check(&payload(), &post(), Nonce::Absent, late).is_err());
    assert!(check(&payload(), &post(), Nonce::Good(at(late + 9)), late).is_ok());
    assert_eq!(check(&payload(), &post(), Nonce::Bad, IAT), Err(ProofRefusal::NeedsNonce));
    // Not for one from the future: FAPI 2.0 §5.3.2.1.
    assert!(check(&payload(), &post(), Nonce::Good(at(IAT)), IAT - 61).is_err());
}

#[test]
fn rfc9449_5_and_8_refusals_have_their_registered_codes() {
    let invalid = OAuthError::from(ProofRefusal::Invalid("x"));
    assert_eq!((invalid.code.as_str(), invalid.code.status()), ("invalid_dpop_proof", 400));
    let nonce = OAuthError::from(ProofRefusal::NeedsNonce);
    assert_eq!((nonce.code.as_str(), nonce.code.status()), ("use_dpop_nonce", 400));
}

#[test]
fn rfc9449_10_dpop_jkt_is_a_thumbprint() {
    let jkt = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    assert_eq!(parse_jkt(None).unwrap(), None);
    assert_eq!(parse_jkt(Some(jkt)).unwrap().as_deref(), Some(jkt));
    for bad in ["", "AAAA", jkt.split_at(1).1, &format!("{jkt}="), &jkt.replace('-', "+")] {
        assert_eq!(parse_jkt(Some(bad)).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
    }
}

#[test]
fn rfc9449_10_what_is_bound_needs_its_key() {
    for (bound, presented, good) in [
        (None, None, true),
        (None, Some("a"), true),
        (Some("a"), Some("a"), true),
        (Some("a"), Some("b"), false),
        (Some("a"), None, false),
    ] {
        let checked = check_binding(bound, presented).map_err(|error| error.code);
        let expected = if good { Ok(()) } else { Err(ErrorCode::InvalidGrant) };
        assert_eq!(checked, expected, "{bound:?} {presented:?}");
    }
}

#[test]
fn rfc9449_7_1_one_token_after_the_scheme() {
    for (text, expected) in [
        ("DPoP a.b.c", Some("a.b.c")),
        ("dpop  a", Some("a")),
        ("DPoP", None),
        ("DPoP a b", None),
        ("Bearer a", None),
    ] {
        assert_eq!(token(text), expected, "{text}");
    }
    assert!(is_dpop("dPoP x y") && !is_dpop("DPoPx a") && !is_dpop("Bearer a"));
}

#[test]
fn rfc9449_7_1_the_challenge_lists_the_algorithms() {
    assert_eq!(
        challenge("r", Some(("invalid_token", "no")), None, None),
        r#"DPoP realm="r", error="invalid_token", error_description="no", algs="ES256 EdDSA PS256 RS256""#
    );
}

proptest::proptest! {
    #[test]
    fn rfc9449_4_3_reading_a_proof_never_panics(text in "[A-Za-z0-9_.=-]{0,200}|\\PC{0,40}", payload in "\\PC{0,80}") {
        let _ = Proof::parse(&text);
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let _ = Proof::parse(&format!("{}.{}.AA", part(&header().to_string()), part(&payload)));
        let _ = normal_uri(&text);
        let _ = normal_uri(&format!("https://a.example/{payload}"));
    }

    #[test]
    fn rfc9449_4_3_normalising_twice_changes_nothing(path in "[a-zA-Z0-9%./~?#-]{0,40}") {
        if let Some(once) = normal_uri(&format!("https://a.example/{path}")) {
            let twice = normal_uri(&once);
            proptest::prop_assert_eq!(twice, Some(once));
        }
    }
}
