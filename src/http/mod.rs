//! The wire: requests in, responses out (contract §1). A file's path is its URL.
//!
//! | file | owns |
//! |---|---|
//! | `routes` | the whole URL table |
//! | `entrance` | what happens to every request, whatever its URL |
//! | `gate`, `cors`, `security_headers` | the steps of the entrance |
//! | `door` | which URLs speak which error format |
//! | `failure`, `error` | a request that is not answered as asked: the value, and its renderers |
//! | `explanation` | which of the catalogue's texts a person is told of it |
//! | `extract` | what a request says: body, credentials, address, origin |
//! | `rate_limit_headers` | what every authenticated answer says of its limit |
//! | `spelled` | names as parts of addresses |
//! | `cookie` | the cookies that are set and read |
//! | `api`, `auth`, `v1`, `oauth`, `well_known`, `health`, `pages` | the doors |

mod api;
pub mod auth;
mod cookie;
mod cors;
mod door;
mod entrance;
mod error;
mod explanation;
mod extract;
mod failure;
mod gate;
mod health;
pub mod oauth;
mod pages;
mod rate_limit_headers;
mod routes;
mod security_headers;
mod settings;
mod spelled;
pub mod v1;
mod well_known;

pub use entrance::entrance;
pub use pages::assets::{Logo, Look};
pub use routes::routes;
pub use settings::{Readiness, WebSettings};
