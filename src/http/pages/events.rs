//! Owns the words for events of the audit trail: what happened, and who did it (security I6).

use super::super::failure::Failure;
use crate::flows::audit_events::{By, StoredEvent};
use crate::flows::{FlowError, Node};
use crate::words::Words;

/// What happened; `None` for a kind that this version does not write any more.
pub fn what(words: &Words, kind: &str) -> Option<String> {
    let id = format!("kind-{kind}");
    words.knows(&id).then(|| words.say(&id))
}

/// The client that an event is about: the name that it gives itself now, and its id, which nobody else can have.
///
/// # Errors
/// 503 while the store is away.
pub async fn client(node: &Node, event: &StoredEvent) -> Result<Option<String>, Failure> {
    let Some(id) = &event.client_id else { return Ok(None) };
    let found = node.directory.client(id).await.map_err(FlowError::from)?;
    let named = |name: &str| if name == id { id.clone() } else { format!("{name} ({id})") };
    Ok(Some(found.map_or_else(|| id.clone(), |record| named(&record.client.name))))
}

/// Who did it; `None` where the trail does not know. Events from before it did say so in `detail`.
pub fn who(words: &Words, event: &StoredEvent) -> Option<String> {
    let By { kind, name, through, .. } = event.by.as_ref()?;
    let name = name.as_deref().unwrap_or_default();
    let through = through.as_deref().unwrap_or_default();
    Some(words.tell(&format!("by-{}", kind.as_str()), &[("name", name), ("through", through)]))
}

/// The kinds whose details are English: whom a token was exchanged for, what an initial access token is good for, why nobody was told.
const ENGLISH: [&str; 3] = ["token_exchanged", "registration_token_created", "backchannel_logout_failed"];

/// What the trail says more of an event.
pub struct Detail {
    /// In words.
    pub text: String,
    /// Whether it is English that no language has words for.
    pub is_english: bool,
}

/// The sentences that the flows write into the trail, which the API shows as they are, and the ids of their words here.
const SENTENCES: [(&str, &str); 11] = [
    ("by mail", "detail-by-mail"),
    ("by a link", "by-link"),
    ("invitation", "detail-invitation"),
    ("registration", "detail-registration"),
    ("first administrator", "detail-first-administrator"),
    ("everywhere else", "session-elsewhere"),
    ("for the command-line client", "detail-for-command-line"),
    ("for x-api-auth", "detail-for-barbell"),
    ("by dynamic registration", "detail-registered-itself"),
    ("by its metadata document", "detail-described-itself"),
    ("unused: it made room for another registration", "detail-unused"),
];
/// The same for those that end with a name, `$name`.
const NAMING: [(&str, &str); 3] = [
    ("handed to app ", "detail-handed-to"),
    ("asked from ", "detail-asked-from"),
    ("by dynamic registration, with the initial access token ", "detail-registered-by-token"),
];

/// What the trail says more, in the person's language where it is a sentence of ours.
pub fn detail(words: &Words, event: &StoredEvent) -> Option<Detail> {
    let kept = event.detail.as_deref()?;
    let told = translated(words, &event.kind, kept);
    let is_english = ENGLISH.contains(&event.kind.as_str());
    Some(Detail { text: told.unwrap_or_else(|| kept.to_owned()), is_english })
}

fn translated(words: &Words, kind: &str, kept: &str) -> Option<String> {
    let of = |begins: &str| kind.starts_with(begins);
    // Names, and scopes, of people's own choice.
    if of("scope_") || of("signing_key_") || of("project_") || kind == "jwt_generated" {
        return None;
    }
    // What it was done to goes before, by a name that somebody chose, which must not pass for a sentence of ours: a key's ends with
    // its hint, and of members only their roles are said.
    let end = match kind {
        kind if kind.starts_with("key_") => "), ",
        "member_added" | "member_changed" => ", ",
        _ => return sentence(words, kind, kept),
    };
    match kept.rsplit_once(end) {
        Some((name, tail)) => Some(format!("{name}{end}{}", sentence(words, kind, tail)?)),
        None => sentence(words, kind, kept),
    }
}

fn sentence(words: &Words, kind: &str, kept: &str) -> Option<String> {
    if kind.starts_with("member_") && matches!(kept, "owner" | "editor" | "viewer") {
        return Some(words.say(&format!("project-role-{kept}")));
    }
    if let Some((_, id)) = SENTENCES.iter().find(|(own, _)| *own == kept) {
        return Some(words.say(id));
    }
    let naming = NAMING.iter().find_map(|(begins, id)| Some((id, kept.strip_prefix(begins)?)));
    naming.map(|(id, name)| words.tell(id, &[("name", name)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::audit_events::{ByKind, Kind};
    use crate::words;

    #[test]
    fn what_the_trail_says_more_is_told_in_the_persons_language() {
        let german = words::of("de").unwrap();
        for (kind, kept, told) in [
            ("password_link_made", "by mail", Some("per E-Mail")),
            ("key_created", "handed to app myapp", Some("an die App myapp übergeben")),
            (
                "key_created",
                "my, key (sk_...a1), handed to app my.app",
                Some("my, key (sk_...a1), an die App my.app übergeben"),
            ),
            (
                "key_created",
                "CLI (sk_...a1), for the command-line client",
                Some("CLI (sk_...a1), für das Kommandozeilenprogramm"),
            ),
            ("key_updated", "by mail (sk_...a1)", None),
            ("key_created", "backup, handed to app Bank (sk_...a1)", None),
            ("member_removed", "plants, viewer", None),
            (
                "client_created",
                "by dynamic registration, with the initial access token 7",
                Some("hat sich mit dem Token 7 selbst registriert"),
            ),
            ("member_added", "plants, viewer", Some("plants, Ansicht")),
            ("member_added", "viewer", Some("Ansicht")),
            ("project_created", "by mail", None),
            ("scope_created", "registration", None),
            ("user_invited", "carol@example.com", None),
            ("session_ended", "everywhere else", Some("Überall sonst")),
        ] {
            assert_eq!(translated(german, kind, kept).as_deref(), told, "{kind}: {kept}");
        }
    }

    #[test]
    fn every_kind_of_event_and_of_actor_has_words_in_every_language() {
        for language in ["en", "de"] {
            let words = words::of(language).unwrap();
            let kinds = Kind::ALL.iter().map(|kind| format!("kind-{}", kind.as_str()));
            for id in kinds.chain(ByKind::ALL.iter().map(|kind| format!("by-{}", kind.as_str()))) {
                assert!(words.knows(&id), "{language}: {id}");
            }
        }
    }
}
