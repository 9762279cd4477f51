//! The RFCs: values in, decisions out (RFC 6749 and its family; contract §5).
//!
//! No I/O, no clock, no randomness: time and loaded rows are arguments, the answer is a value. The map, in the order
//! a request meets it:
//!
//! | file | owns |
//! |---|---|
//! | `parameters` | a form, query or flat JSON object, read strictly |
//! | `error` | the error codes of every endpoint and the one error value |
//! | `scope`, `registered_scope`, `resource_indicator` | what is asked for, and for which audience |
//! | `client`, `client_metadata`, `client_fault`, `grant_type`, `client_authentication` | who asks, and how it proves it |
//! | `redirect_uri`, `pkce` | what binds an authorization request to its client |
//! | `pushed_authorization_request`, `request_object` | the other two ways in which its parameters come |
//! | `authorization_request`, `claims_request`, `prompt` | what it asks for, and which pages a person sees |
//! | `authorization_response`, `response_mode` | what the client is answered, and how |
//! | `authorization_code`, `refresh_token`, `client_credentials` | the three grants, decided |
//! | `device_authorization`, `device_code` | what a device asks for, and its waiting (RFC 8628) |
//! | `token_exchange` | one token, or a key, for a narrower token (RFC 8693) |
//! | `authorization_grant` | what a person allowed, from which tokens descend |
//! | `token_request`, `token_response`, `access_token` | `/oauth/token`, in and out |
//! | `dpop`, `fapi` | proof of a key at every endpoint, and what is bound to it (RFC 9449); the profile that asks for it |
//! | `id_token`, `subject`, `userinfo` | who signed in, by which name, and what is told of them (OpenID Connect) |
//! | `rp_initiated_logout`, `logout_token` | signing out because a client asks for it, and telling clients that somebody did |
//! | `bearer`, `introspection`, `revocation`, `metadata` | what comes after |
//! | `client_id_metadata_document` | a client that describes itself |
//! | `client_assertion`, `jws`, `jwk` | what a client signed with a key of its own, and such keys |
//! | `oxide` | the one file that drives the state machines of the `oxide-auth` crate |

pub mod access_token;
pub mod authorization_code;
pub mod authorization_grant;
pub mod authorization_request;
pub mod authorization_response;
pub mod bearer;
pub mod claims_request;
pub mod client;
pub mod client_assertion;
pub mod client_authentication;
pub mod client_credentials;
pub mod client_fault;
pub mod client_id_metadata_document;
pub mod client_metadata;
pub mod client_registration;
pub mod device_authorization;
pub mod device_code;
pub mod dpop;
pub mod error;
pub mod fapi;
pub mod grant_type;
pub mod id_token;
pub mod introspection;
pub mod jwk;
pub mod jwks;
pub mod jws;
pub mod logout_token;
pub mod metadata;
mod oxide;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod pushed_authorization_request;
pub mod redirect_uri;
pub mod refresh_token;
pub mod registered_scope;
pub mod request_object;
pub mod resource_indicator;
pub mod response_mode;
pub mod revocation;
pub mod rp_initiated_logout;
pub mod scope;
pub mod subject;
pub mod token_exchange;
pub mod token_request;
pub mod token_response;
pub mod userinfo;

#[cfg(test)]
mod fixture;
