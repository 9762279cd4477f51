//! Client authentication: RFC 6749 §2.3 and §3.2.1, RFC 7521 §4.2, contract §5.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client::{AuthMethod, Client};
use super::client_assertion;
use super::error::{ErrorCode, OAuthError};
use super::parameters::{self, Parameters};

/// One attempt of a client to say, and prove, who it is. Holds secrets: no `Debug`.
pub struct ClientAuthentication {
    /// The method it used.
    pub method: AuthMethod,
    /// The readings of what it sent, most likely first, at least one; authentication succeeds if one of them is right.
    pub candidates: Vec<Candidate>,
    /// The assertion, if it sent one (RFC 7521 §4.2).
    pub assertion: Option<String>,
}

/// One reading of the credentials. Holds a secret: no `Debug`.
#[derive(PartialEq, Eq)]
pub struct Candidate {
    /// The client identifier.
    pub client_id: String,
    /// The secret; `None` if none was sent.
    pub client_secret: Option<String>,
}

impl ClientAuthentication {
    /// Reads the `Authorization` header and the body: exactly one method (RFC 6749 §2.3).
    ///
    /// # Errors
    /// `invalid_client` if there is nothing, a scheme other than Basic, broken Basic or a method that does not exist
    /// here; `invalid_request` for two methods at once or a `client_id` that contradicts the header or the assertion.
    pub fn parse(authorization_header: Option<&str>, params: &Parameters) -> Result<Self, OAuthError> {
        let assertion = params.get("client_assertion").or_else(|| params.get("client_assertion_type"));
        let secret = params.get("client_secret");
        let used = [authorization_header.is_some(), secret.is_some(), assertion.is_some()];
        if used.into_iter().filter(|used| *used).count() > 1 {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "use one client authentication method, not two",
            ));
        }
        if assertion.is_some() {
            return Self::from_assertion(params);
        }
        match authorization_header {
            Some(header) => Self::from_basic(header, params.get("client_id")),
            None => Self::from_body(params.get("client_id"), secret),
        }
    }

    /// RFC 7521 §4.2: the assertion says who the client is; a `client_id` beside it must say the same.
    fn from_assertion(params: &Parameters) -> Result<Self, OAuthError> {
        let (Some(kind), Some(token)) = (params.get("client_assertion_type"), params.get("client_assertion"))
        else {
            return Err(unauthenticated("client_assertion and client_assertion_type come together"));
        };
        if kind != client_assertion::TYPE {
            return Err(unauthenticated("this client_assertion_type does not exist here"));
        }
        let client_id =
            client_assertion::claimed_client(token).filter(|id| !id.contains('\0')).ok_or_else(|| {
                unauthenticated("the client assertion is no signed JWT with iss, sub, aud, exp and jti")
            })?;
        if params.get("client_id").is_some_and(|said| said != client_id) {
            let text = "client_id is not the client of the assertion";
            return Err(OAuthError::new(ErrorCode::InvalidRequest, text));
        }
        let candidates = vec![Candidate { client_id, client_secret: None }];
        Ok(Self { method: AuthMethod::PrivateKeyJwt, candidates, assertion: Some(token.to_owned()) })
    }

    fn from_body(client_id: Option<&str>, secret: Option<&str>) -> Result<Self, OAuthError> {
        let client_id = client_id.ok_or_else(|| unauthenticated("the client did not authenticate"))?;
        let method = if secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None };
        let candidate =
            Candidate { client_id: client_id.to_owned(), client_secret: secret.map(str::to_owned) };
        Ok(Self { method, candidates: vec![candidate], assertion: None })
    }

    fn from_basic(header: &str, body_client_id: Option<&str>) -> Result<Self, OAuthError> {
        let malformed = || unauthenticated("the Authorization header is not well-formed Basic");
        let credentials = basic_credentials(header).ok_or_else(malformed)?;
        let mut candidates = candidates(&credentials);
        if candidates.is_empty() {
            return Err(malformed());
        }
        if let Some(client_id) = body_client_id {
            candidates.retain(|candidate| candidate.client_id == client_id);
            if candidates.is_empty() {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "client_id in the body is not the one in the Authorization header",
                ));
            }
        }
        // An empty secret counts as absent, here as in the body.
        let proves = candidates.iter().any(|candidate| candidate.client_secret.is_some());
        let method = if proves { AuthMethod::ClientSecretBasic } else { AuthMethod::None };
        Ok(Self { method, candidates, assertion: None })
    }
}

/// `id:secret` out of a Basic header (RFC 7617 §2); the scheme's case does not matter.
fn basic_credentials(header: &str) -> Option<String> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    String::from_utf8(STANDARD.decode(encoded.trim_matches(' ')).ok()?).ok()
}

/// The readings of `id:secret`: RFC 6749 §2.3.1 wants both halves form-encoded, popular clients send them raw, and a
/// raw id may hold colons.
fn candidates(credentials: &str) -> Vec<Candidate> {
    let splits = [credentials.split_once(':'), credentials.rsplit_once(':')];
    let mut candidates = Vec::new();
    for (id, secret) in splits.into_iter().flatten() {
        let raw = (id.to_owned(), secret.to_owned());
        let decode = |half: &str| parameters::decode(half.as_bytes()).ok();
        let decoded = decode(id).zip(decode(secret));
        for (client_id, secret) in std::iter::once(raw).chain(decoded) {
            let candidate =
                Candidate { client_id, client_secret: Some(secret).filter(|secret| !secret.is_empty()) };
            if candidate.is_plausible() && !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
    }
    candidates
}

impl Candidate {
    /// An id there could be, and no byte that no database takes.
    fn is_plausible(&self) -> bool {
        !self.client_id.is_empty()
            && !self.client_id.contains('\0')
            && !self.client_secret.as_ref().is_some_and(|secret| secret.contains('\0'))
    }
}

/// Whether `client` may try `method` at all: it is switched on, and registered for it. A key counts only for who is
/// registered with one, whatever else is left open.
pub fn may_use(client: &Client, method: AuthMethod) -> bool {
    let registered = match client.auth_method {
        Some(registered) => registered == method,
        None => method != AuthMethod::PrivateKeyJwt,
    };
    registered && !client.disabled
}

/// Whether an attempt is good: `proven` says that the secret or the assertion that was sent is this client's.
///
/// # Errors
/// `invalid_client`: disabled, no or a wrong proof, a secret where there is none, or not the registered method.
pub fn accept(client: &Client, method: AuthMethod, proven: bool) -> Result<(), OAuthError> {
    let good = match method {
        AuthMethod::None => client.is_public(),
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::PrivateKeyJwt => {
            !client.is_public() && proven
        }
    };
    if good && may_use(client, method) {
        return Ok(());
    }
    // One sentence for all of them: nobody learns which clients exist.
    Err(unauthenticated("client authentication failed"))
}

fn unauthenticated(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;
    use proptest::prelude::*;

    type Read = (AuthMethod, Vec<(String, Option<String>)>);

    fn read(header: Option<&str>, form: &str) -> Result<Read, ErrorCode> {
        let params = Parameters::from_form(form.as_bytes()).ok().unwrap();
        let parsed = ClientAuthentication::parse(header, &params).map_err(|e| e.code)?;
        Ok((parsed.method, parsed.candidates.into_iter().map(|c| (c.client_id, c.client_secret)).collect()))
    }

    fn basic(credentials: &str) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    fn readings(of: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        of.iter()
            .map(|(id, secret)| ((*id).to_owned(), Some((*secret).to_owned()).filter(|s| !s.is_empty())))
            .collect()
    }

    #[test]
    fn rfc6749_2_3_1_basic_is_read_raw_and_form_decoded() {
        for (credentials, expected) in [
            ("app:secret", &[("app", "secret")][..]),
            ("a%3Ab:s%2Bt", &[("a%3Ab", "s%2Bt"), ("a:b", "s+t")]),
            ("app:s+t", &[("app", "s+t"), ("app", "s t")]),
            ("app:100%", &[("app", "100%")]),
            ("a:b:c", &[("a", "b:c"), ("a:b", "c")]),
        ] {
            let (method, candidates) = read(Some(&basic(credentials)), "").unwrap();
            assert_eq!(method, AuthMethod::ClientSecretBasic);
            assert_eq!(candidates, readings(expected), "{credentials}");
        }
        // RFC 6749 §2.3.1's own example.
        let (_, candidates) = read(Some("basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"), "").unwrap();
        assert_eq!(candidates, readings(&[("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw")]));
    }

    #[test]
    fn rfc6749_2_3_1_body_credentials() {
        let post = read(None, "client_id=app&client_secret=s").unwrap();
        assert_eq!(post, (AuthMethod::ClientSecretPost, readings(&[("app", "s")])));
        for form in ["client_id=app", "client_id=app&client_secret="] {
            assert_eq!(read(None, form).unwrap(), (AuthMethod::None, readings(&[("app", "")])), "{form}");
        }
        let empty = read(Some(&basic("app:")), "").unwrap();
        assert_eq!(empty, (AuthMethod::None, readings(&[("app", "")])));
    }

    #[test]
    fn rfc6749_2_3_only_one_method_at_a_time() {
        let app = basic("app:secret");
        let invalid = Err(ErrorCode::InvalidRequest);
        assert_eq!(read(Some(&app), "client_id=app&client_secret=secret"), invalid);
        assert_eq!(read(Some(&app), "client_secret=secret"), invalid);
        assert_eq!(read(Some(&app), "client_assertion=x"), invalid);
        assert_eq!(read(None, "client_id=app&client_secret=s&client_assertion=x"), invalid);
        assert_eq!(read(Some(&app), "client_id=other"), invalid);
        assert!(read(Some(&app), "client_id=app").is_ok());
        assert!(read(Some(&app), "client_id=app&client_secret=").is_ok());
        // Repeating the id chooses the reading.
        let (_, candidates) = read(Some(&basic("a:b:c")), "client_id=a:b").unwrap();
        assert_eq!(candidates, readings(&[("a:b", "c")]));
    }

    #[test]
    fn rfc6749_5_2_nothing_and_nonsense_are_invalid_client() {
        let latin1 = format!("Basic {}", STANDARD.encode(b"app:\xff"));
        let (nul, no_id, no_colon) = (basic("a\0:b"), basic(":secret"), basic("app"));
        for header in [
            "Bearer x",
            "Digest x",
            "Basic",
            "Basic !",
            "Basic  ",
            "",
            "BasicYTpi",
            &latin1,
            &nul,
            &no_id,
            &no_colon,
        ] {
            assert_eq!(read(Some(header), ""), Err(ErrorCode::InvalidClient), "{header:?}");
        }
        for form in ["", "client_secret=s", "client_assertion=x", "client_id=app&client_assertion_type=x"] {
            assert_eq!(read(None, form), Err(ErrorCode::InvalidClient), "{form}");
        }
    }

    #[test]
    fn rfc6749_2_3_who_is_accepted() {
        use AuthMethod::{
            ClientSecretBasic as Basic, ClientSecretPost as Post, None as Nothing, PrivateKeyJwt as Key,
        };
        let with = |client: Client, method| Client { auth_method: method, ..client };
        let (public, confidential) = (fixture::public(), fixture::confidential());
        for (client, method, matches, good) in [
            (public.clone(), Nothing, false, true),
            (with(public.clone(), None), Nothing, false, true),
            (public.clone(), Basic, true, false),
            (with(public.clone(), None), Post, true, false),
            (Client { disabled: true, ..public }, Nothing, false, false),
            (confidential.clone(), Basic, true, true),
            (confidential.clone(), Post, true, true),
            (confidential.clone(), Basic, false, false),
            (confidential.clone(), Nothing, false, false),
            (confidential.clone(), Nothing, true, false),
            (with(confidential.clone(), Some(Basic)), Basic, true, true),
            (with(confidential.clone(), Some(Basic)), Post, true, false),
            (with(confidential.clone(), Some(Post)), Basic, true, false),
            (confidential.clone(), Key, true, false),
            (with(confidential.clone(), Some(Key)), Key, true, true),
            (with(confidential.clone(), Some(Key)), Key, false, false),
            (with(confidential.clone(), Some(Key)), Basic, true, false),
            (with(confidential.clone(), Some(Basic)), Key, true, false),
            (with(fixture::public(), Some(Key)), Key, true, false),
            (Client { disabled: true, ..with(confidential.clone(), Some(Key)) }, Key, true, false),
            (Client { disabled: true, ..confidential }, Basic, true, false),
        ] {
            let answer = accept(&client, method, matches).map_err(|e| e.code);
            let expected = if good { Ok(()) } else { Err(ErrorCode::InvalidClient) };
            assert_eq!(answer, expected, "{:?} {:?} {method:?} {matches}", client.kind, client.auth_method);
        }
    }

    #[test]
    fn rfc7521_4_2_an_assertion_names_its_client_and_client_id_may_repeat_it() {
        let part = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
        let claims = r#"{"iss":"app","sub":"app","aud":"a","exp":1,"jti":"1"}"#;
        let token = format!("{}.{}.AAAA", part(r#"{"alg":"ES256"}"#), part(claims));
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        let good = format!("client_assertion={token}&client_assertion_type={kind}");
        let expected = (AuthMethod::PrivateKeyJwt, readings(&[("app", "")]));
        assert_eq!(read(None, &good), Ok(expected.clone()));
        assert_eq!(read(None, &format!("{good}&client_id=app")), Ok(expected));
        assert_eq!(read(None, &format!("{good}&client_id=other")), Err(ErrorCode::InvalidRequest));
        assert_eq!(read(None, &format!("{good}&client_secret=s")), Err(ErrorCode::InvalidRequest));
        assert_eq!(read(Some(&basic("app:s")), &good), Err(ErrorCode::InvalidRequest));
        for bad in [
            format!("client_assertion={token}"),
            format!("client_assertion_type={kind}&client_id=app"),
            format!("client_assertion={token}&client_assertion_type=saml2-bearer"),
            format!("client_assertion=a.b.c&client_assertion_type={kind}"),
        ] {
            assert_eq!(read(None, &bad), Err(ErrorCode::InvalidClient), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn client_authentication_parser_never_panics(header in "\\PC{0,40}|Basic [A-Za-z0-9+/=]{0,40}", form in "[a-z_=&%+]{0,60}") {
            if let Ok(params) = Parameters::from_form(form.as_bytes())
                && let Ok(parsed) = ClientAuthentication::parse(Some(&header), &params)
            {
                prop_assert!(!parsed.candidates.is_empty() && parsed.candidates.len() <= 4);
            }
        }

        #[test]
        fn rfc6749_2_3_1_either_encoding_is_among_the_candidates(id in "[ -~]{1,20}", secret in "[ -~]{1,20}") {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let wanted = (id.clone(), Some(secret.clone()));
            let encoded = read(Some(&basic(&format!("{}:{}", encode(&id), encode(&secret)))), "").unwrap();
            prop_assert!(encoded.1.contains(&wanted));
            if !secret.contains(':') || !id.contains(':') {
                let raw = read(Some(&basic(&format!("{id}:{secret}"))), "").unwrap();
                prop_assert!(raw.1.contains(&wanted));
            }
        }
    }
}
