//! `/oauth/*`: the authorization server's endpoints (contract §5; RFC 6749, RFC 7009, RFC 7662).

mod access_token;
mod authentication_request;
mod authorize;
mod client_assertion;
mod client_authentication;
mod client_id_metadata_document;
mod code;
mod consent;
pub mod device;
pub mod dpop;
mod fapi;
mod form_post;
mod id_token;
mod introspect;
mod outgoing;
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
