//! All keys of a person at once, with a new password: whoever had the old one may have made or seen them (contract §9; NIST SP
//! 800-63B-4 §3.1.1.2).

use uuid::Uuid;

use super::super::actor::Trace;
use super::super::node::event;
use crate::clock::UnixTime;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::revocation::{self, Subject};
use crate::storage::{DbConnection, StorageError, api_key};

/// Ends every key that `user` made for good: of the account, of apps, of the command line, for `x-api-auth`, and theirs in
/// projects, which act in their name as well. They stay in the lists, as revoked. End what could make more of them first.
pub(in super::super) fn end_all(
    c: &mut DbConnection,
    user: Uuid,
    trace: &Trace,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    let (mut subjects, kind) = (Vec::new(), Kind::KeyRevoked);
    // A key may be making another at this moment: it is held until that is stored, and the other is seen the next time.
    loop {
        let ended = api_key::revoke_of_maker(c, user, now)?;
        if ended.is_empty() {
            revocation::record(c, &subjects, now)?;
            return Ok(subjects);
        }
        for (key, project_id) in ended {
            let about = AuditEvent { user_id: Some(user), key_id: Some(key), project_id, ..event(kind, now) };
            trace.record(c, about)?;
            subjects.push(Subject::Key(key));
        }
    }
}
