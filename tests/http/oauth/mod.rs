//! `/oauth/*`: the authorization server's endpoints (contract §5; RFC 6749, RFC 7009, RFC 7662).

mod access_token;
mod authorize;
mod client_authentication;
mod code;
mod consent;
pub mod device;
pub mod dpop;
mod id_token;
mod introspect;
mod logout;
mod pairwise;
mod race;
mod rate_limit;
mod refresh_token;
mod relying_party;
mod revoke;
mod token;
mod userinfo;
mod walk;
