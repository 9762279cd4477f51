//! The scopes a file declares, and what its clients may be registered for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::node::Node;
use super::super::scopes::{self, ScopeChange};
use super::declaration::{Declaration, DeclaredScope};
use super::plan::{Action, Judged, Member, Plan, Step, at, refuse};
use crate::oauth::client::Client;
use crate::oauth::registered_scope::RegisteredScope;
use crate::oauth::scope;
use crate::storage;

const KIND: &str = "scope";

/// The scopes that there are once the file is applied.
pub(super) struct Known {
    all: BTreeSet<String>,
    removed: BTreeSet<String>,
}

impl Known {
    pub(super) async fn of(node: &Node, declared: &Declaration) -> Judged<Self> {
        let stored = node.db.read(storage::scope::list).await?;
        let built_in = scope::BUILT_IN.iter().map(|name| (*name).to_owned());
        let (gone, made): (Vec<_>, Vec<_>) = declared.scopes.iter().partition(|(_, said)| said.delete);
        let mut all: BTreeSet<String> = built_in.chain(stored.into_iter().map(|scope| scope.name)).collect();
        all.extend(made.into_iter().map(|(name, _)| name.clone()));
        // What the setting names stays, whatever is removed.
        let in_setting: BTreeSet<String> = scopes::in_setting(node).into_iter().collect();
        let removed =
            gone.into_iter().map(|(name, _)| name.clone()).filter(|name| !in_setting.contains(name));
        let removed: BTreeSet<String> = removed.collect();
        all.retain(|name| !removed.contains(name));
        all.extend(in_setting);
        Ok(Self { all, removed })
    }

    /// Why a client may not be registered like this; what it had `before` is asked only if the file `names` its scope and takes
    /// some of that away.
    pub(super) fn refuse(&self, before: Option<&Client>, after: &Client, names: bool) -> Option<String> {
        let had = |token: &str| before.is_some_and(|client| client.scope.contains(token));
        after.scope.iter().find_map(|token| {
            if self.removed.contains(token) && (names || !had(token)) {
                let token = token.escape_debug();
                return Some(format!(
                    "scope: the file removes {token}, and the client asks for it: leave it out"
                ));
            }
            (!self.all.contains(token) && !had(token)).then(|| {
                format!("{}, or write a table `scopes` into the file", scopes::not_registered(token))
            })
        })
    }
}

/// Adds what is to be done about one of them.
pub(super) async fn plan(plan: &mut Plan, node: &Node, (name, said): (&str, &DeclaredScope)) -> Judged<()> {
    let place = at("scopes", name);
    let own = name.to_owned();
    let found = node.db.read(move |c| storage::scope::find(c, &own)).await?;
    let name = name.to_owned();
    if said.delete {
        match found {
            Some(_) => {
                plan.add(Action::Remove, KIND, &name.clone(), Vec::new(), [Step::RemoveScope { name }])
            }
            None => plan.unchanged += 1,
        }
        return Ok(());
    }
    let words = ScopeChange {
        description: said.description.clone(),
        translations: said.descriptions.clone(),
        for_anybody: said.for_anybody,
    };
    let after = match scopes::described(&name, words.clone(), found.as_ref(), node.clock.now()) {
        Ok(after) => after,
        Err(reason) => return refuse(&place, reason),
    };
    let members = differences(found.as_ref(), &after);
    match found {
        Some(before) if before == after => plan.unchanged += 1,
        Some(_) => {
            let step = Step::ChangeScope { name: name.clone(), words };
            plan.add(Action::Change, KIND, &name, members, [step]);
        }
        None => plan.add(Action::Make, KIND, &name.clone(), members, [Step::MakeScope { name, words }]),
    }
    Ok(())
}

fn differences(before: Option<&RegisteredScope>, after: &RegisteredScope) -> Vec<Member> {
    let text = |text: Option<&String>| text.map_or(Value::Null, |text| text.as_str().into());
    let was = before.map(|scope| &scope.description);
    let mut all = Vec::new();
    if was != Some(&after.description) {
        all.push(Member::new("description", text(was), after.description.as_str()));
    }
    let was = before.is_some_and(|scope| scope.for_anybody);
    if was != after.for_anybody {
        all.push(Member::new("for_anybody", was, after.for_anybody));
    }
    let old = before.map(|scope| scope.translations.clone()).unwrap_or_default();
    let languages: BTreeSet<&String> = old.keys().chain(after.translations.keys()).collect();
    for language in languages {
        let (was, is) = (old.get(language), after.translations.get(language));
        if was != is {
            all.push(Member::new(format!("descriptions.{language}"), text(was), text(is)));
        }
    }
    all
}
