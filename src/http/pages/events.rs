//! Owns the words for events of the audit trail: what happened, and who did it (security I6).

use crate::flows::audit_events::{By, StoredEvent};
use crate::words::Words;

/// What happened; `None` for a kind that this version does not write any more.
pub fn what(words: &Words, kind: &str) -> Option<String> {
    let id = format!("kind-{kind}");
    words.knows(&id).then(|| words.say(&id))
}

/// Who did it; `None` where the trail does not know. Events from before it did say so in `detail`.
pub fn who(words: &Words, event: &StoredEvent) -> Option<String> {
    let By { kind, name, through, .. } = event.by.as_ref()?;
    let name = name.as_deref().unwrap_or_default();
    let through = through.as_deref().unwrap_or_default();
    Some(words.tell(&format!("by-{}", kind.as_str()), &[("name", name), ("through", through)]))
}

#[cfg(test)]
mod tests {
    use crate::flows::audit_events::{ByKind, Kind};
    use crate::words;

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
