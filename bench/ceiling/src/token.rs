//! Signs and verifies access tokens on aws-lc-rs with keys parsed once (RFC 7515, RFC 9068), and nothing more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

const ISSUER: &str = "http://127.0.0.1";
const CLIENT_ID: &str = "bench";
const CLIENT_SECRET: &[u8] = b"bench-secret";
const LIFETIME_SECONDS: u64 = 3600;

/// The parsed keys, and the digest of the one client's secret.
pub struct Keys {
    es256: EcdsaKeyPair,
    es256_public: ParsedPublicKey,
    eddsa: Ed25519KeyPair,
    es256_header: String,
    eddsa_header: String,
    secret: Vec<u8>,
    issued: AtomicU64,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    scope: String,
    jti: String,
    iat: u64,
    exp: u64,
}

/// The form of RFC 6749 §4.4.2 with the client's credentials in it (§2.3.1).
#[derive(Deserialize)]
pub struct TokenForm {
    grant_type: String,
    client_id: String,
    client_secret: String,
    scope: String,
}

#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: &'a str,
}

impl Keys {
    /// Fresh keys for this run.
    pub fn generate() -> Result<Self, Box<dyn std::error::Error>> {
        let es256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let es256_public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, es256.public_key().as_ref())?;
        let header = |algorithm| {
            URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","typ":"at+jwt","kid":"bench"}}"#))
        };
        Ok(Self {
            es256,
            es256_public,
            eddsa: Ed25519KeyPair::generate()?,
            es256_header: header("ES256"),
            eddsa_header: header("EdDSA"),
            secret: digest(&SHA256, CLIENT_SECRET).as_ref().to_vec(),
            issued: AtomicU64::new(0),
        })
    }

    fn claims(&self, scope: &str) -> Claims {
        let iat = now();
        Claims {
            iss: ISSUER.to_owned(),
            sub: CLIENT_ID.to_owned(),
            aud: ISSUER.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            scope: scope.to_owned(),
            jti: format!("{:032x}", self.issued.fetch_add(1, Ordering::Relaxed)),
            iat,
            exp: iat + LIFETIME_SECONDS,
        }
    }

    fn sign_es256(&self, claims: &Claims) -> Option<String> {
        sign(&self.es256_header, claims, |message| self.es256.sign(&SystemRandom::new(), message))
    }

    fn sign_eddsa(&self, claims: &Claims) -> Option<String> {
        sign(&self.eddsa_header, claims, |message| self.eddsa.try_sign(message))
    }

    fn verify_es256(&self, token: &str) -> Option<Claims> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        if header != self.es256_header {
            return None;
        }
        self.es256_public.verify_sig(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (claims.iss == ISSUER && claims.aud == ISSUER && claims.exp > now()).then_some(claims)
    }

    fn knows(&self, form: &TokenForm) -> bool {
        let presented = digest(&SHA256, form.client_secret.as_bytes());
        form.grant_type == "client_credentials"
            && form.client_id == CLIENT_ID
            && aws_lc_rs::constant_time::verify_slices_are_equal(presented.as_ref(), &self.secret).is_ok()
    }
}

fn sign<S: AsRef<[u8]>>(
    header: &str,
    claims: &Claims,
    signer: impl Fn(&[u8]) -> Result<S, Unspecified>,
) -> Option<String> {
    let mut token = String::with_capacity(512);
    token.push_str(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).ok()?, &mut token);
    let signature = signer(token.as_bytes()).ok()?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Some(token)
}

#[expect(clippy::disallowed_methods, reason = "the ceiling has no clock of its own")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn answer(token: Option<String>, scope: &str) -> HttpResponse {
    match token {
        Some(access_token) => HttpResponse::Ok()
            .insert_header(("cache-control", "no-store"))
            .json(TokenResponse { access_token, token_type: "Bearer", expires_in: LIFETIME_SECONDS, scope }),
        None => HttpResponse::Unauthorized().finish(),
    }
}

/// `POST /rawissue/es256`.
pub async fn issue_es256(keys: web::Data<Keys>, form: web::Form<TokenForm>) -> HttpResponse {
    let token = if keys.knows(&form) { keys.sign_es256(&keys.claims(&form.scope)) } else { None };
    answer(token, &form.scope)
}

/// `POST /rawissue/eddsa`.
pub async fn issue_eddsa(keys: web::Data<Keys>, form: web::Form<TokenForm>) -> HttpResponse {
    let token = if keys.knows(&form) { keys.sign_eddsa(&keys.claims(&form.scope)) } else { None };
    answer(token, &form.scope)
}

/// `GET /rawtoken/es256`: the token alone, as text.
pub async fn show(keys: web::Data<Keys>) -> HttpResponse {
    match keys.sign_es256(&keys.claims("read")) {
        Some(token) => HttpResponse::Ok().content_type("text/plain").body(token),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// `GET /rawverify/es256`.
pub async fn verify(keys: web::Data<Keys>, request: HttpRequest) -> HttpResponse {
    let presented = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    match presented.and_then(|value| value.strip_prefix("Bearer ")).and_then(|token| keys.verify_es256(token))
    {
        Some(claims) => HttpResponse::Ok().json(claims),
        None => HttpResponse::Unauthorized().finish(),
    }
}
