//! `oauth2`: no OpenID Connect, and no discovery of its own: the metadata is read here; login with PKCE and state, the token used at userinfo, refresh.

use oauth2::basic::BasicClient;
use oauth2::reqwest::{blocking::Client, redirect::Policy};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use serde_json::{Value, json};

use crate::person::{done, text, visit};

pub fn run(settings: &Value) {
    let http = Client::builder().redirect(Policy::none()).build().expect("a client");
    let metadata = format!("{}/.well-known/oauth-authorization-server", text(settings, "issuer"));
    let metadata = http.get(metadata).send().expect("an answer").text().expect("text");
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let at = |name: &str| text(&metadata, name);
    let mut client = BasicClient::new(ClientId::new(text(settings, "client_id")))
        .set_auth_uri(AuthUrl::new(at("authorization_endpoint")).expect("a URL"))
        .set_token_uri(TokenUrl::new(at("token_endpoint")).expect("a URL"))
        .set_redirect_uri(RedirectUrl::new(text(settings, "redirect_uri")).expect("a redirect URI"));
    if let Some(secret) = settings["client_secret"].as_str() {
        client = client.set_client_secret(ClientSecret::new(secret.to_owned()));
    }
    if settings["method"] != "client_secret_basic" {
        client = client.set_auth_type(AuthType::RequestBody);
    }
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = text(settings, "scope");
    let asked = client.authorize_url(CsrfToken::new_random);
    let asked = asked.add_scopes(scopes.split(' ').map(|scope| Scope::new(scope.to_owned())));
    let (url, state) = asked.set_pkce_challenge(challenge).url();
    let (code, returned) = visit(&url);
    assert_eq!(&returned, state.secret());
    let exchange = client.exchange_code(AuthorizationCode::new(code));
    let tokens = exchange.set_pkce_verifier(verifier).request(&http).expect("tokens");
    let told = |token: &AccessToken| -> Value {
        let asked = http.get(at("userinfo_endpoint")).bearer_auth(token.secret());
        serde_json::from_str(&asked.send().expect("an answer").text().expect("text")).expect("JSON")
    };
    let person = told(tokens.access_token());
    let refresh = tokens.refresh_token().expect("a refresh token");
    let fresh = client.exchange_refresh_token(refresh).request(&http).expect("fresh tokens");
    let again = told(fresh.access_token());
    done(json!({
        "sub": person["sub"], "username": person["preferred_username"], "email": person["email"], "again": again["sub"],
        "renewed": fresh.access_token().secret() != tokens.access_token().secret(),
    }));
}
