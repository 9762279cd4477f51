//! What a verified credential allows in one project (contract §6 `project_id=`, §9).

use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use super::verify::Identity;
use crate::oauth::scope::Scope;

/// What `identity` may do in `project`: as a key of it, or as one of its members, a viewer only to read. `None` for anybody
/// else, and where there is no such project.
///
/// # Errors
/// The store is away.
pub async fn scope_in(node: &Node, identity: &Identity, project: Uuid) -> Result<Option<Scope>, FlowError> {
    if let Some(own) = identity.project_id() {
        // Its maker's role has narrowed it already.
        return Ok((own == project).then(|| identity.scope.clone()));
    }
    let Some(user) = identity.user_id else { return Ok(None) };
    let role = node.directory.role(project, user).await?;
    Ok(role.map(|role| role.narrow(&identity.scope)))
}
