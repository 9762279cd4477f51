//! `/oauth`: the endpoints of RFC 6749 and its family (contract §5).

pub mod authorize;
pub mod device_authorization;
pub mod introspect;
pub mod logout;
pub mod par;
pub mod register;
pub mod revoke;
pub mod token;
pub mod userinfo;
