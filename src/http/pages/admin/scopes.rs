//! `/admin/scopes`: the scopes of the operator's API, what people read of them and who has them (RFC 6749 §3.3; decision 0018).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::{Found, asked, done, found, name_of, scope_address};
use crate::flows::scopes::{self, KeyWith, Listed, ScopeChange, ScopeRefusal};
use crate::oauth::parameters::Parameters;
use crate::oauth::registered_scope::ScopeFault;

const LIST: &str = "/admin/scopes";
const NEW: &str = "/admin/scopes/new";
/// The name of the form that registers one.
const FORM: &str = "new-scope";
/// The fields that may be filled in.
const FIELDS: [&str; 5] = ["name", "description", "description_en", "description_de", "for_anybody"];
/// The languages of the pages, with the field for each and the id of its label.
const LANGUAGES: [(&str, &str, &str); 2] =
    [("en", "description_en", "admin-scope-in-en"), ("de", "description_de", "admin-scope-in-de")];

#[derive(Template)]
#[template(path = "admin/scopes.html", config = "src/http/pages/askama.toml")]
struct Scopes<'a> {
    page: Page<'a>,
    done: Option<String>,
    found: Found<Listed>,
    language: &'static str,
}

#[derive(Template)]
#[template(path = "admin/scope.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    page: Page<'a>,
    done: Option<String>,
    /// `None`: a new one.
    scope: Option<&'a Listed>,
    /// The first clients that may ask for it.
    clients: Vec<String>,
    has_more: bool,
    action: String,
    csrf_token: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "admin/remove_scope.html", config = "src/http/pages/askama.toml")]
struct Remove<'a> {
    page: Page<'a>,
    scope: &'a Listed,
    clients: Vec<String>,
    has_more: bool,
    keys: Vec<KeyWith>,
    action: String,
    csrf_token: String,
    form: Form,
}

/// Shows them.
///
/// # Errors
/// 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &[])?;
    let after = listing.after_name().map_err(|_| visit.not_known())?;
    let mut scopes = scopes::list(&visit.node).await?;
    scopes.retain(|one| after.as_ref().is_none_or(|after| one.scope.name > *after));
    let page = Scopes {
        page: visit.page(),
        done: done(&visit, &parameters),
        found: found(LIST, (&listing, &parameters), scopes, |one| one.scope.name.clone().into_bytes()),
        language: visit.words.language(),
    };
    visit.show(StatusCode::OK, &page)
}

/// The form of a new one.
///
/// # Errors
/// 303 to prove again who it is.
pub async fn ask_new(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    show(&visit, StatusCode::OK, None, Form::new()).await
}

/// Registers one.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn make(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match visit.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.told(visit.words, Form::sent(&back.typed, &FIELDS));
            return show(&visit, StatusCode::FORBIDDEN, None, form).await;
        }
    };
    let form = ["name", "description"].into_iter().fold(Form::sent(&fields, &FIELDS), |form, name| {
        let missing = fields.get(name).is_none();
        if missing { form.wrong(name, visit.words.say("fault-required")) } else { form }
    });
    if form.has_faults() {
        return show(&visit, StatusCode::BAD_REQUEST, None, form).await;
    }
    let name = fields.get("name").unwrap_or_default();
    match scopes::add(&visit.node, visit.actor(), name, said(&fields)).await? {
        Ok(_) => see_other(&format!("{LIST}?done=saved")),
        Err(refusal) => show(&visit, StatusCode::BAD_REQUEST, None, refused(&visit, form, &refusal)?).await,
    }
}

/// One of them, with a form to change what is said of it.
///
/// # Errors
/// 404, 503, 303 to prove again who it is.
pub async fn one(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let scope = find(&visit, &path).await?;
    visit.proved_lately()?;
    show(&visit, StatusCode::OK, Some(&scope), filled(&scope)).await
}

/// What is said of it now.
fn filled(scope: &Listed) -> Form {
    let form = Form::new().with("description", &scope.scope.description);
    let form = LANGUAGES.iter().fold(form, |form, (tag, field, _)| {
        form.with(field, scope.scope.translations.get(*tag).map_or("", String::as_str))
    });
    if scope.scope.for_anybody { form.with("for_anybody", "on") } else { form }
}

/// Changes what is said of it; of one that stands in the setting, registers it with that.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn change(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let scope = find(&visit, &path).await?;
    let name = &scope.scope.name;
    let fields = match visit.proved_form(&body, &form_of("change", name)).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.of_kept(visit.words, filled(&scope), |typed| Form::sent(typed, &FIELDS));
            return show(&visit, StatusCode::FORBIDDEN, Some(&scope), form).await;
        }
    };
    let form = Form::sent(&fields, &FIELDS);
    if fields.get("description").is_none() {
        let form = form.wrong("description", visit.words.say("fault-required"));
        return show(&visit, StatusCode::BAD_REQUEST, Some(&scope), form).await;
    }
    let changed = if scope.registered {
        scopes::update(&visit.node, visit.actor(), name, said(&fields)).await?
    } else {
        scopes::add(&visit.node, visit.actor(), name, said(&fields)).await?
    };
    match changed {
        Ok(_) => see_other(&format!("{}?done=saved", scope_address(name))),
        Err(refusal) => {
            show(&visit, StatusCode::BAD_REQUEST, Some(&scope), refused(&visit, form, &refusal)?).await
        }
    }
}

/// Asks whether to remove it, naming who has it.
///
/// # Errors
/// 404, 503, 303 to prove again who it is.
pub async fn ask_remove(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let scope = removable(&visit, &path).await?;
    visit.proved_lately()?;
    show_removal(&visit, StatusCode::OK, &scope, Form::new()).await
}

/// Removes it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn remove(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let scope = removable(&visit, &path).await?;
    let name = &scope.scope.name;
    if let Err(back) = visit.proved_form(&body, &form_of("remove", name)).await? {
        let form = back.told(visit.words, Form::new());
        return show_removal(&visit, StatusCode::FORBIDDEN, &scope, form).await;
    }
    match scopes::remove(&visit.node, visit.actor(), name).await? {
        Ok(_) => see_other(&format!("{LIST}?done=scope-removed")),
        Err(refusal) => {
            refused(&visit, Form::new(), &refusal)?;
            Err(Failure::not_found())
        }
    }
}

async fn find(visit: &Administrator, part: &str) -> Result<Listed, Failure> {
    scopes::find(&visit.node, &name_of(part)?).await?.ok_or_else(Failure::not_found)
}

/// What stands in the setting alone is removed there.
async fn removable(visit: &Administrator, part: &str) -> Result<Listed, Failure> {
    let scope = find(visit, part).await?;
    if scope.registered { Ok(scope) } else { Err(Failure::not_found()) }
}

fn said(fields: &Parameters) -> ScopeChange {
    let text = |field: &str| fields.get(field).unwrap_or_default().trim().to_owned();
    let translations = LANGUAGES.iter().map(|(tag, field, _)| ((*tag).to_owned(), text(field)));
    ScopeChange {
        description: Some(text("description")),
        translations: translations.collect(),
        for_anybody: Some(fields.get("for_anybody").is_some()),
    }
}

/// The first clients that may ask for it, and whether there are more.
async fn clients(visit: &Administrator, scope: &Listed) -> Result<(Vec<String>, bool), Failure> {
    let named = scopes::clients_with(&visit.node, &scope.scope.name, scopes::NAMED).await?;
    let has_more = i64::try_from(named.len()).is_ok_and(|shown| shown < scope.clients);
    Ok((named, has_more))
}

async fn show(
    visit: &Administrator,
    status: StatusCode,
    scope: Option<&Listed>,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let (action, name) = match scope {
        Some(scope) => (scope_address(&scope.scope.name), form_of("change", &scope.scope.name)),
        None => (NEW.to_owned(), FORM.to_owned()),
    };
    let (clients, has_more) = match scope {
        Some(scope) => clients(visit, scope).await?,
        None => (Vec::new(), false),
    };
    let page = One {
        page: visit.page(),
        done: if status == StatusCode::OK { done(visit, &visit.query()?) } else { None },
        scope,
        clients,
        has_more,
        action,
        csrf_token: visit.form_token(&name),
        form: labelled(form, visit),
    };
    visit.show(status, &page)
}

/// The form with what each field is called.
fn labelled(form: Form, visit: &Administrator) -> Form {
    let form = ["name", "description"].into_iter().fold(form, Form::helped);
    let say = |(field, label)| (field, visit.words.say(label));
    form.labelled(LANGUAGES.map(|(_, field, label)| say((field, label)))).labelled(
        [
            ("name", "admin-name"),
            ("description", "admin-scope-description"),
            ("for_anybody", "admin-scope-for-anybody"),
        ]
        .map(say),
    )
}

async fn show_removal(
    visit: &Administrator,
    status: StatusCode,
    scope: &Listed,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let name = &scope.scope.name;
    let (clients, has_more) = clients(visit, scope).await?;
    let page = Remove {
        page: visit.page(),
        scope,
        clients,
        has_more,
        keys: if scope.declared { Vec::new() } else { scopes::keys_with(&visit.node, name).await? },
        action: format!("{}/remove", scope_address(name)),
        csrf_token: visit.form_token(&form_of("remove", name)),
        form,
    };
    visit.show(status, &page)
}

fn form_of(what: &str, name: &str) -> String {
    format!("{what}-scope:{name}")
}

/// The form with what was refused, beside its field.
///
/// # Errors
/// 404 where it is gone meanwhile, 403 where who asks may not any more.
fn refused(visit: &Administrator, form: Form, refusal: &ScopeRefusal) -> Result<Form, Failure> {
    match refusal {
        ScopeRefusal::NotAllowed(reason) => Err(Failure::insufficient_scope(*reason)),
        ScopeRefusal::Unknown(_) | ScopeRefusal::Declared(_) => Err(Failure::not_found()),
        ScopeRefusal::Taken(_) => Ok(form.wrong("name", visit.words.say("admin-scope-taken"))),
        ScopeRefusal::Invalid(fault) => {
            let (field, id) = told(fault);
            Ok(form.wrong(field, visit.words.say(id)))
        }
    }
}

/// The field of what is wrong, and what to write there.
fn told(fault: &ScopeFault) -> (&'static str, &'static str) {
    match fault {
        ScopeFault::BuiltIn(_) => ("name", "admin-scope-built-in"),
        ScopeFault::Name => ("name", "admin-scope-fault-name"),
        // The form has no field for a language without pages.
        ScopeFault::Language { .. } => ("description", "fault-form"),
        ScopeFault::Description(language) => (field_of(language.as_deref()), "admin-scope-fault-description"),
        ScopeFault::Unseen(language) => (field_of(language.as_deref()), "admin-scope-fault-unseen"),
    }
}

/// The field of the description in a language, or for all.
fn field_of(language: Option<&str>) -> &'static str {
    let field = LANGUAGES.iter().find(|(tag, ..)| Some(*tag) == language);
    field.map_or("description", |(_, field, _)| field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn there_is_a_field_for_each_language_of_the_pages() {
        assert!(words::languages().eq(LANGUAGES.iter().map(|(tag, ..)| *tag)));
        assert!(LANGUAGES.iter().all(|(_, field, _)| FIELDS.contains(field)));
    }

    #[test]
    fn wcag_3_3_1_what_is_wrong_stands_beside_its_field() {
        let german = || Some("de".to_owned());
        for (fault, field) in [
            (ScopeFault::Description(None), "description"),
            (ScopeFault::Description(german()), "description_de"),
            (ScopeFault::Unseen(None), "description"),
            (ScopeFault::Unseen(german()), "description_de"),
            (ScopeFault::BuiltIn("read".to_owned()), "name"),
            (ScopeFault::Name, "name"),
        ] {
            assert_eq!(told(&fault).0, field, "{fault}");
        }
    }
}
