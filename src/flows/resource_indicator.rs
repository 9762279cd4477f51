//! The API that an application wants to use, as people who are asked see it (RFC 8707; contract §5).

use url::Url;

use super::error::FlowError;
use super::node::Node;
use crate::storage;

/// Another API than this server's own.
pub struct Audience {
    /// What the operator calls the resource server; `None` if there is none of this URI any more.
    pub name: Option<String>,
    /// What the operator says it is.
    pub description: Option<String>,
    /// Its host, if its URI has one.
    pub host: Option<String>,
    /// The URI that tokens are for.
    pub uri: String,
}

/// What people are shown of the resource asked for; `None` for this server's own default audience.
///
/// # Errors
/// The store is away.
pub(super) async fn shown(node: &Node, resource: Option<&str>) -> Result<Option<Audience>, FlowError> {
    let Some(uri) = resource.filter(|resource| *resource != node.issuer()).map(str::to_owned) else {
        return Ok(None);
    };
    let asked = uri.clone();
    let server = node.db.read(move |c| storage::client::of_resource(c, &asked)).await?;
    let host = Url::parse(&uri).ok().and_then(|url| url.host_str().map(str::to_owned));
    let (name, description) =
        server.map(|server| (server.name, server.metadata.resource_description)).unzip();
    Ok(Some(Audience { name, description: description.flatten(), host, uri }))
}
