//! What a caller can ask of the server: load, decide, store. One function per thing; `issue` is the only mint.

mod directory;
mod error;
pub mod first_start;
mod master_key_file;
mod node;
mod revocations;

pub use error::FlowError;
pub use node::{Node, Policy};
