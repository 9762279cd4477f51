//! Who may see and do what with a resource that is public, protected or private: the table of contract §7.
//!
//! An invalid credential never comes this far: it is a 401 everywhere.

use super::project::Role;

/// What somebody may do with a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// They presented no credential.
    Anonymous,
    /// Their credential is good, and not for this.
    NotAllowed,
    /// They may.
    Allowed,
}

/// Who may know of a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resource {
    /// Anybody may read it.
    Public,
    /// Anybody may know that it is there.
    Protected,
    /// To whoever may not read it, it does not exist.
    Private,
}

/// What is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// What was asked for.
    Granted,
    /// 401: say who you are.
    Unauthenticated,
    /// 403: not you.
    Forbidden,
    /// 404, the same as for what never was.
    Hidden,
}

/// The table of contract §7.
pub const fn decide(standing: Standing, resource: Resource) -> Access {
    match (standing, resource) {
        (Standing::Allowed, _) | (_, Resource::Public) => Access::Granted,
        (_, Resource::Private) => Access::Hidden,
        (Standing::Anonymous, Resource::Protected) => Access::Unauthenticated,
        (Standing::NotAllowed, Resource::Protected) => Access::Forbidden,
    }
}

/// What somebody wants of a project.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProjectPart {
    /// To read its record.
    Record,
    /// To read its members and keys: every member may.
    Inside,
    /// To make, change and remove its keys.
    Keys,
    /// To change it and who is in it.
    Management,
}

/// The same for a part of a project. `role` is that of the credential; `None` for a stranger and for nobody.
pub fn project(is_public: bool, is_anonymous: bool, role: Option<Role>, part: ProjectPart) -> Access {
    let may = match part {
        ProjectPart::Record | ProjectPart::Inside => role.is_some(),
        ProjectPart::Keys => role.is_some_and(Role::manages_keys),
        ProjectPart::Management => role == Some(Role::Owner),
    };
    let resource = match (is_public, part) {
        (true, ProjectPart::Record) => Resource::Public,
        // Who may see the record learns nothing from a 403 for the rest.
        (true, _) => Resource::Protected,
        (false, _) if role.is_some() => Resource::Protected,
        (false, _) => Resource::Private,
    };
    let standing = match (is_anonymous, may) {
        (true, _) => Standing::Anonymous,
        (false, true) => Standing::Allowed,
        (false, false) => Standing::NotAllowed,
    };
    decide(standing, resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_7_the_table() {
        use Access::{Forbidden, Granted, Hidden, Unauthenticated};
        for (standing, answers) in [
            (Standing::Anonymous, [Granted, Unauthenticated, Hidden]),
            (Standing::NotAllowed, [Granted, Forbidden, Hidden]),
            (Standing::Allowed, [Granted, Granted, Granted]),
        ] {
            let resources = [Resource::Public, Resource::Protected, Resource::Private];
            assert_eq!(resources.map(|resource| decide(standing, resource)), answers, "{standing:?}");
        }
    }

    #[test]
    fn contract_7_what_a_project_looks_like_from_outside_and_inside() {
        use Access::{Forbidden, Granted, Hidden, Unauthenticated};
        let parts = [ProjectPart::Record, ProjectPart::Inside, ProjectPart::Keys, ProjectPart::Management];
        for (is_public, is_anonymous, role, answers) in [
            (true, true, None, [Granted, Unauthenticated, Unauthenticated, Unauthenticated]),
            (false, true, None, [Hidden, Hidden, Hidden, Hidden]),
            (true, false, None, [Granted, Forbidden, Forbidden, Forbidden]),
            (false, false, None, [Hidden, Hidden, Hidden, Hidden]),
            (false, false, Some(Role::Viewer), [Granted, Granted, Forbidden, Forbidden]),
            (true, false, Some(Role::Viewer), [Granted, Granted, Forbidden, Forbidden]),
            (false, false, Some(Role::Editor), [Granted, Granted, Granted, Forbidden]),
            (false, false, Some(Role::Owner), [Granted, Granted, Granted, Granted]),
        ] {
            let seen = parts.map(|part| project(is_public, is_anonymous, role, part));
            assert_eq!(seen, answers, "public {is_public}, anonymous {is_anonymous}, {role:?}");
        }
    }
}
