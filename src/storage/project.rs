//! Projects and their members.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::{project_members, projects, users};
use crate::account::project::{Member, Project, Role};
use crate::clock::UnixTime;

type Row = (Vec<u8>, String, bool, i64);

const COLUMNS: (projects::id, projects::name, projects::is_public, projects::created_at) =
    (projects::id, projects::name, projects::is_public, projects::created_at);

fn read((id, name, is_public, created_at): Row) -> Result<Project, StorageError> {
    Ok(Project { id: column::read_id(&id)?, name, is_public, created_at: UnixTime::from_micros(created_at) })
}

pub(super) fn read_role(text: &str) -> Result<Role, StorageError> {
    Role::parse(text).ok_or(StorageError::Corrupt("a member has an unknown role"))
}

/// Adds a project without members.
pub fn insert(connection: &mut DbConnection, project: &Project) -> Result<(), StorageError> {
    diesel::insert_into(projects::table)
        .values((
            projects::id.eq(column::id(project.id)),
            projects::name.eq(&project.name),
            projects::is_public.eq(project.is_public),
            projects::created_at.eq(project.created_at.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// The project of this id.
pub fn find(connection: &mut DbConnection, id: Uuid) -> Result<Option<Project>, StorageError> {
    let row: Option<Row> = projects::table
        .filter(projects::id.eq(column::id(id)))
        .select(COLUMNS)
        .get_result(connection)
        .optional()?;
    row.map(read).transpose()
}

/// The projects of exactly this name: nothing forbids several.
pub fn named(connection: &mut DbConnection, name: &str) -> Result<Vec<Project>, StorageError> {
    let rows: Vec<Row> = projects::table
        .filter(projects::name.eq(name))
        .select(COLUMNS)
        .order(projects::id.asc())
        .load(connection)?;
    rows.into_iter().map(read).collect()
}

/// Holds the project until the end of the transaction; `false` when there is none. Whoever changes members, or makes
/// a key because of a role, asks this first.
pub fn lock(connection: &mut DbConnection, id: Uuid) -> Result<bool, StorageError> {
    let one = projects::table.filter(projects::id.eq(column::id(id))).select(projects::id);
    let found: Option<Vec<u8>> = match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(sqlite) => one.get_result(sqlite).optional()?,
        DbConnection::Postgres(postgres) => one.for_update().get_result(postgres).optional()?,
    };
    Ok(found.is_some())
}

/// Replaces name and visibility.
pub fn update(connection: &mut DbConnection, project: &Project) -> Result<(), StorageError> {
    diesel::update(projects::table.filter(projects::id.eq(column::id(project.id))))
        .set((projects::name.eq(&project.name), projects::is_public.eq(project.is_public)))
        .execute(connection)?;
    Ok(())
}

/// Removes a project with its members and keys.
pub fn delete(connection: &mut DbConnection, id: Uuid) -> Result<bool, StorageError> {
    super::connection::take_time(connection)?;
    Ok(diesel::delete(projects::table.filter(projects::id.eq(column::id(id)))).execute(connection)? == 1)
}

/// What somebody sees beside the public projects.
#[derive(Clone, Copy)]
pub enum Mine {
    /// Nothing.
    Nothing,
    /// Those that a person is a member of.
    OfMember(Uuid),
    /// This one, if the person is a member of it.
    One {
        /// The project.
        project: Uuid,
        /// The person.
        user: Uuid,
    },
    /// Every project there is.
    Everything,
}

/// The projects that somebody may see, newest first: the public ones, and theirs. At most `limit`, older than `before`.
pub fn visible(
    connection: &mut DbConnection,
    mine: Mine,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Project>, StorageError> {
    let mut query = projects::table.select(COLUMNS).order(projects::id.desc()).limit(limit).into_boxed();
    let of_member = |user| {
        project_members::table
            .filter(project_members::user_id.eq(column::id(user)))
            .select(project_members::project_id)
    };
    let public = projects::is_public.eq(true);
    query = match mine {
        Mine::Nothing => query.filter(public),
        Mine::OfMember(user) => query.filter(public.or(projects::id.eq_any(of_member(user)))),
        Mine::One { project, user } => {
            let one = projects::id.eq(column::id(project)).and(projects::id.eq_any(of_member(user)));
            query.filter(public.or(one))
        }
        Mine::Everything => query,
    };
    if let Some(before) = before {
        query = query.filter(projects::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(read).collect()
}

/// What an administrator looks for among all projects; what is not said is not asked.
#[derive(Clone, Default)]
pub struct Search {
    /// Those whose name contains this, whatever its case.
    pub text: Option<String>,
    /// Those that anybody may see, or those that only members may.
    pub is_public: Option<bool>,
}

/// All projects that fit, newest first: at most `limit`, older than `before`.
pub fn search(
    connection: &mut DbConnection,
    what: &Search,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Project>, StorageError> {
    let mut query = projects::table.select(COLUMNS).order(projects::id.desc()).limit(limit).into_boxed();
    if let Some(text) = &what.text {
        let pattern = column::containing(&text.to_lowercase());
        query = query.filter(column::lower(projects::name).like(pattern).escape(column::ESCAPE));
    }
    if let Some(is_public) = what.is_public {
        query = query.filter(projects::is_public.eq(is_public));
    }
    if let Some(before) = before {
        query = query.filter(projects::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(read).collect()
}

/// Who owns these projects: the project, and the person's id and user name.
pub fn owners(
    connection: &mut DbConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Uuid, String)>, StorageError> {
    let ids: Vec<Vec<u8>> = ids.iter().copied().map(column::id).collect();
    let rows: Vec<(Vec<u8>, Vec<u8>, String)> = project_members::table
        .inner_join(users::table)
        .filter(project_members::project_id.eq_any(ids))
        .filter(project_members::role.eq(Role::Owner.as_str()))
        .order((project_members::added_at.asc(), project_members::user_id.asc()))
        .select((project_members::project_id, project_members::user_id, users::username))
        .load(connection)?;
    let read = |(project, user, name): (Vec<u8>, Vec<u8>, String)| {
        Ok((column::read_id(&project)?, column::read_id(&user)?, name))
    };
    rows.into_iter().map(read).collect()
}

/// The projects a person is a member of, with their role, newest first. At most `limit`, older than `before`.
pub fn of_member(
    connection: &mut DbConnection,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Project, Role)>, StorageError> {
    let mut query = projects::table
        .inner_join(project_members::table)
        .filter(project_members::user_id.eq(column::id(user)))
        .select((COLUMNS, project_members::role))
        .order(projects::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(projects::id.lt(column::id(before)));
    }
    let rows: Vec<(Row, String)> = query.load(connection)?;
    rows.into_iter().map(|(row, role)| Ok((read(row)?, read_role(&role)?))).collect()
}

/// The role of a person in a project; `None` for a stranger.
pub fn role(connection: &mut DbConnection, project: Uuid, user: Uuid) -> Result<Option<Role>, StorageError> {
    let found: Option<String> = project_members::table
        .find((column::id(project), column::id(user)))
        .select(project_members::role)
        .get_result(connection)
        .optional()?;
    found.map(|text| read_role(&text)).transpose()
}

/// The projects that a person is a member of, in the order of their ids.
pub fn ids_of_member(connection: &mut DbConnection, user: Uuid) -> Result<Vec<Uuid>, StorageError> {
    let ids: Vec<Vec<u8>> = project_members::table
        .filter(project_members::user_id.eq(column::id(user)))
        .order(project_members::project_id.asc())
        .select(project_members::project_id)
        .load(connection)?;
    ids.iter().map(|id| column::read_id(id)).collect()
}

/// Every member, the oldest first. A project has few: no page of them is needed.
pub fn members(connection: &mut DbConnection, project: Uuid) -> Result<Vec<Member>, StorageError> {
    let rows: Vec<(Vec<u8>, String, String, i64)> = project_members::table
        .inner_join(users::table)
        .filter(project_members::project_id.eq(column::id(project)))
        .order((project_members::added_at.asc(), project_members::user_id.asc()))
        .select((project_members::user_id, users::username, project_members::role, project_members::added_at))
        .load(connection)?;
    let read = |(user_id, username, role, added_at): (Vec<u8>, String, String, i64)| {
        Ok(Member {
            user_id: column::read_id(&user_id)?,
            username,
            role: read_role(&role)?,
            added_at: UnixTime::from_micros(added_at),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Makes somebody a member, or gives a member another role.
pub fn set_member(
    connection: &mut DbConnection,
    project: Uuid,
    user: Uuid,
    role: Role,
    now: UnixTime,
) -> Result<(), StorageError> {
    let (project, user) = (column::id(project), column::id(user));
    let changed = diesel::update(project_members::table.find((&project, &user)))
        .set(project_members::role.eq(role.as_str()))
        .execute(connection)?;
    if changed == 0 {
        diesel::insert_into(project_members::table)
            .values((
                project_members::project_id.eq(&project),
                project_members::user_id.eq(&user),
                project_members::role.eq(role.as_str()),
                project_members::added_at.eq(now.micros()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Removes a member; `false` when there is none of that id.
pub fn remove_member(connection: &mut DbConnection, project: Uuid, user: Uuid) -> Result<bool, StorageError> {
    let one = project_members::table.find((column::id(project), column::id(user)));
    Ok(diesel::delete(one).execute(connection)? == 1)
}
