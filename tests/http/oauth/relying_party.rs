//! A sign-in from discovery to refresh by a library that is not ours, the crate `openidconnect`: what it verifies, any relying
//! party does (OpenID Connect Core §3.1.3.7, §5.3.4; Discovery §4.3).

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse, http,
};
use portcullis::oauth::client_metadata::ClientMetadata;

use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

/// Sends what the library wants sent. The issuer's port is another: tests listen where there is room.
fn send(server: &TestServer, request: HttpRequest) -> Result<HttpResponse, http::Error> {
    let path = request.uri().to_string().strip_prefix(&server.issuer).expect("the issuer's").to_owned();
    let actor = server.actor();
    let mut asked = actor.ask(request.method().as_str(), &path);
    for (name, value) in request.headers() {
        asked = asked.header_bytes(name.as_str(), value.as_bytes());
    }
    let reply = if request.body().is_empty() { asked } else { asked.body("", request.body()) }.send();
    let content_type = reply.header("content-type").unwrap_or_default().to_owned();
    http::Response::builder()
        .status(reply.status)
        .header("content-type", content_type)
        .body(reply.text().into_bytes())
}

fn walk(server: &TestServer, algorithm: CoreJwsSigningAlgorithm, name: &str) {
    let http = |request: HttpRequest| send(server, request);
    server.registers(
        "web",
        ClientMetadata { id_token_signed_response_alg: Some(name.to_owned()), ..ClientMetadata::default() },
    );
    let issuer = IssuerUrl::new(server.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover(&issuer, &http).unwrap();
    assert!(metadata.id_token_signing_alg_values_supported().contains(&algorithm));
    let secret = ClientSecret::new(server.seed.secret("web").unwrap().to_owned());
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("web".into()), Some(secret))
        .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.into())))
        .set_pkce_challenge(challenge)
        .url();
    let answer = server.actor().authorizes(url.query().unwrap());
    assert_eq!(answer.parameter("state").as_ref(), Some(state.secret()));
    let tokens = client
        .exchange_code(AuthorizationCode::new(answer.code()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request(&http)
        .unwrap();
    let now = DateTime::<Utc>::from_timestamp(server.clock.now().seconds(), 0).unwrap();
    let verifier = client.id_token_verifier().set_allowed_algs([algorithm]).set_time_fn(move || now);
    let id_token = tokens.id_token().expect("an ID token");
    let claims = id_token.claims(&verifier, &nonce).unwrap();
    assert!(id_token.claims(&verifier, &Nonce::new("another".into())).is_err());
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    assert_eq!(claims.auth_time(), Some(now));
    let subject = claims.subject().clone();
    let told: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(subject.clone()))
        .unwrap()
        .request(&http)
        .unwrap();
    assert_eq!(told.email().map(|email| email.as_str()), Some("alice@example.com"));
    assert_eq!(told.preferred_username().map(|name| name.as_str()), Some("alice"));
    let again =
        client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap().request(&http).unwrap();
    // A refreshed ID token has no nonce (Core §12.2).
    let again = again.id_token().expect("an ID token");
    assert_eq!(again.claims(&verifier, |_: Option<&Nonce>| Ok(())).unwrap().subject(), &subject);
}

#[test]
fn oidc_core_3_1_3_7_a_library_that_is_not_ours_signs_people_in() {
    let server = TestServer::start();
    for (algorithm, name) in [
        (CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, "RS256"),
        (CoreJwsSigningAlgorithm::EcdsaP256Sha256, "ES256"),
        (CoreJwsSigningAlgorithm::RsaSsaPssSha256, "PS256"),
        (CoreJwsSigningAlgorithm::EdDsa, "EdDSA"),
    ] {
        walk(&server, algorithm, name);
    }
}
