//! A registered client at the token endpoint and its neighbours: verbs for what apps do (RFC 6749, RFC 7009, RFC 7662).

use super::actor::{Actor, Tokens, VERIFIER, tokens};
use super::exchange::Reply;
use super::seed::REDIRECT;
use super::server::TestServer;

/// A registered client.
pub struct App<'s> {
    /// Its id.
    pub id: &'static str,
    /// Its secret, if it has one.
    pub secret: Option<String>,
    actor: Actor<'s>,
}

impl<'s> App<'s> {
    /// The client `id`.
    pub fn new(server: &'s TestServer, id: &'static str) -> Self {
        Self { id, secret: server.seed.secret(id).map(str::to_owned), actor: server.actor() }
    }

    /// Posts `fields` to `path` with the client's own credentials in the body.
    pub fn posts(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![("client_id", self.id)];
        if let Some(secret) = &self.secret {
            all.push(("client_secret", secret));
        }
        all.extend_from_slice(fields);
        self.actor.post(path).form(&all).send()
    }

    /// A token request with a DPoP proof.
    pub fn proves(&self, proof: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![("client_id", self.id)];
        if let Some(secret) = &self.secret {
            all.push(("client_secret", secret));
        }
        all.extend_from_slice(fields);
        self.actor.post("/oauth/token").header("dpop", proof).form(&all).send()
    }

    /// A token request.
    pub fn asks_for_tokens(&self, fields: &[(&str, &str)]) -> Reply {
        self.posts("/oauth/token", fields)
    }

    /// Presents a code, with the verifier of `asks`.
    pub fn presents(&self, code: &str) -> Reply {
        self.asks_for_tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
    }

    /// Turns a code into tokens.
    pub fn redeems(&self, code: &str) -> Tokens {
        tokens(&self.presents(code).expect(200).json())
    }

    /// Presents a refresh token.
    pub fn refreshes(&self, token: &str) -> Reply {
        self.asks_for_tokens(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Asks for a token of its own.
    pub fn acts_for_itself(&self, more: &[(&str, &str)]) -> Reply {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend_from_slice(more);
        self.asks_for_tokens(&fields)
    }

    /// Exchanges an access token (RFC 8693).
    pub fn exchanges(&self, token: &str, more: &[(&str, &str)]) -> Reply {
        self.exchanges_as("urn:ietf:params:oauth:token-type:access_token", token, more)
    }

    /// The same for an API key.
    pub fn exchanges_key(&self, key: &str, more: &[(&str, &str)]) -> Reply {
        self.exchanges_as("urn:portcullis:token-type:api_key", key, more)
    }

    /// The same for anything.
    pub fn exchanges_as(&self, kind: &str, token: &str, more: &[(&str, &str)]) -> Reply {
        let grant = "urn:ietf:params:oauth:grant-type:token-exchange";
        let mut fields = vec![("grant_type", grant), ("subject_token_type", kind), ("subject_token", token)];
        fields.extend_from_slice(more);
        self.asks_for_tokens(&fields)
    }

    /// Introspects a token.
    pub fn introspects(&self, token: &str) -> Reply {
        self.posts("/oauth/introspect", &[("token", token)])
    }

    /// Revokes a token.
    pub fn revokes(&self, token: &str) -> Reply {
        self.posts("/oauth/revoke", &[("token", token)])
    }
}
