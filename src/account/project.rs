//! Projects: what several people share, and what a project key is confined to (contract §7, §9).

use uuid::Uuid;

use super::visible_name::has_unseen;
use crate::clock::UnixTime;
use crate::oauth::scope::{self, Scope};

/// Longest name of a project, in characters.
pub const MAX_NAME: usize = 100;

/// A project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// UUIDv7.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Whether anybody may see that it exists.
    pub is_public: bool,
    /// When it was made.
    pub created_at: UnixTime,
}

/// What a member may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Sees everything.
    Viewer,
    /// And manages its keys.
    Editor,
    /// And manages its members and the project itself.
    Owner,
}

/// A person in a project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Who.
    pub user_id: Uuid,
    /// Their name.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub added_at: UnixTime,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// Reads `owner`, `editor` or `viewer`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The part of `scope` that this role leaves in its project: a viewer only reads.
    pub fn narrow(self, scope: &Scope) -> Scope {
        match self {
            Self::Viewer => scope.intersect(&Scope::from([scope::READ])),
            Self::Editor | Self::Owner => scope.clone(),
        }
    }

    /// Whether its holder may make, change and remove the project's keys.
    pub const fn manages_keys(self) -> bool {
        matches!(self, Self::Editor | Self::Owner)
    }
}

/// Checks the name of a project. The error says what to change.
pub fn validate_name(name: &str) -> Result<(), &'static str> {
    let visible = !name.trim().is_empty() && name.trim() == name && !has_unseen(name);
    if visible && name.chars().count() <= MAX_NAME {
        return Ok(());
    }
    Err("a project's name must have 1 to 100 characters, none of them invisible, and no space at its ends")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_9_a_viewer_only_reads() {
        let scope = Scope::from(["read", "write", "files:list"]);
        assert_eq!(Role::Viewer.narrow(&scope), Scope::from(["read"]));
        assert_eq!(Role::Editor.narrow(&scope), scope);
        assert!(!Role::Viewer.manages_keys() && Role::Editor.manages_keys() && Role::Owner.manages_keys());
    }

    #[test]
    fn roles_have_their_names() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Owner"), None);
    }

    #[test]
    fn names_are_short_and_visible() {
        for bad in ["", " ", " a", "a\n", &"x".repeat(101)] {
            assert!(validate_name(bad).is_err(), "{bad:?}");
        }
        assert!(validate_name("Genomes of 2026").is_ok());
    }
}
