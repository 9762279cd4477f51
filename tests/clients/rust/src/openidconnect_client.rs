//! `openidconnect`: discovery, login with PKCE, state and nonce, ID token, userinfo, refresh.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::reqwest::{blocking::Client, redirect::Policy};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use serde_json::{Value, json};

use crate::person::{done, text, visit};

pub fn run(settings: &Value) {
    let http = Client::builder().redirect(Policy::none()).build().expect("a client");
    let issuer = IssuerUrl::new(text(settings, "issuer")).expect("an issuer");
    let metadata = CoreProviderMetadata::discover(&issuer, &http).expect("metadata");
    let algorithm = settings.get("id_token_signed_response_alg").unwrap_or(&json!("RS256")).clone();
    let algorithm: CoreJwsSigningAlgorithm = serde_json::from_value(algorithm).expect("an algorithm");
    assert!(metadata.id_token_signing_alg_values_supported().contains(&algorithm));
    let secret = settings["client_secret"].as_str().map(|secret| ClientSecret::new(secret.to_owned()));
    let basic = settings["method"] == "client_secret_basic";
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new(text(settings, "client_id")), secret)
            .set_redirect_uri(RedirectUrl::new(text(settings, "redirect_uri")).expect("a redirect URI"))
            .set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody });

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let asked = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
    let scopes = ["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
    let (url, state, nonce) = asked.add_scopes(scopes).set_pkce_challenge(challenge).url();
    let (code, returned) = visit(&url);
    assert_eq!(&returned, state.secret());

    let exchange = client.exchange_code(AuthorizationCode::new(code)).expect("a token endpoint");
    let tokens = exchange.set_pkce_verifier(verifier).request(&http).expect("tokens");
    let id_token = tokens.id_token().expect("an ID token");
    let verifier = client.id_token_verifier().set_allowed_algs([algorithm.clone()]);
    let claims = id_token.claims(&verifier, &nonce).expect("good claims");
    assert!(id_token.claims(&verifier, &Nonce::new("another".to_owned())).is_err());
    let key = id_token.signing_key(&verifier).expect("a key");
    let hash = AccessTokenHash::from_token(tokens.access_token(), &algorithm, key).expect("a hash");
    assert_eq!(claims.access_token_hash(), Some(&hash));
    assert!(claims.auth_time().is_some());

    let told = |token: &openidconnect::AccessToken| -> CoreUserInfoClaims {
        let request = client.user_info(token.clone(), Some(claims.subject().clone()));
        request.expect("a userinfo endpoint").request(&http).expect("userinfo")
    };
    let person = told(tokens.access_token());
    let refresh = tokens.refresh_token().expect("a refresh token");
    let fresh = client
        .exchange_refresh_token(refresh)
        .expect("a token endpoint")
        .request(&http)
        .expect("fresh tokens");
    // A refreshed ID token has no nonce (Core §12.2).
    let again = fresh.id_token().expect("an ID token").claims(&verifier, |_: Option<&Nonce>| Ok(()));
    assert_eq!(again.expect("good claims").subject(), claims.subject());
    done(json!({
        "sub": claims.subject().as_str(),
        "username": person.preferred_username().map(|name| name.as_str()),
        "email": person.email().map(|email| email.as_str()),
        "again": told(fresh.access_token()).subject().as_str(),
        "renewed": fresh.access_token().secret() != tokens.access_token().secret(),
    }));
}
