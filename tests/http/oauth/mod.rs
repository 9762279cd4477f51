//! `/oauth/*`: the authorization server's endpoints (contract §5; RFC 6749, RFC 7009, RFC 7662).

mod authentication_request;
mod authorize;
mod client_authentication;
mod code;
mod consent;
pub mod device;
mod form_post;
mod id_token;
mod introspect;
mod pairwise;
pub mod par;
mod race;
mod rate_limit;
mod refresh_token;
mod relying_party;
mod request_object;
mod revoke;
mod token;
mod userinfo;
mod walk;
