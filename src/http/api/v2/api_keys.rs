//! `POST /api/v2/api-keys`: CoCalc's own call to manage keys (contract §1, §9): its actions, members and answers, our
//! rules. What it may do, and may not, is what `/api/v1/keys` may.

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::super::extract::body::{self, Accepts};
use super::super::super::extract::{caller, json};
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::account::api_key::ApiKey;
use crate::clock::UnixTime;
use crate::flows::Node;
use crate::flows::api_keys::{self, KeyChange, KeyRefusal, NewKey, Place};

/// What a key is called that came without a name.
const UNNAMED: &str = "API key";
const FORM: &[u8] = b"application/x-www-form-urlencoded";
/// So many keys are listed at most.
const MOST: i64 = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Get,
    Create,
    Edit,
    Delete,
}

/// The call. `expire: null` takes an end away, no `expire` leaves it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    action: Action,
    id: Option<String>,
    project_id: Option<String>,
    name: Option<String>,
    #[serde(default, deserialize_with = "json::given")]
    expire: Option<Option<String>>,
}

/// A key in CoCalc's words; its numbers are our ids.
#[derive(Serialize)]
struct Key<'a> {
    id: Uuid,
    account_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<Uuid>,
    name: &'a str,
    trunc: &'a str,
    created: String,
    expire: Option<String>,
    last_active: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

#[derive(Serialize)]
struct Answer<'a> {
    response: Vec<Key<'a>>,
}

#[derive(Serialize)]
struct Done {}

/// Answers a call.
///
/// # Errors
/// 400 for a call that cannot be understood or made, 401 without a good credential, 403 if it does not allow this, 404
/// for a key or a project that is not there, or not for this caller.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    let call = read(&request, &body)?;
    let Some(owner) = identity.user_id else {
        return Err(Failure::insufficient_scope("This token is a client's, not a person's: it has no keys"));
    };
    let place = place(owner, call.project_id.as_deref())?;
    let actor = caller::acting(&request, &identity, &settings);
    match call.action {
        Action::Get => {
            api_keys::may_look(&node, actor, place).await?.map_err(refused)?;
            let keys = match &call.id {
                Some(id) => match api_keys::find(&node, place, key_id(id)?).await? {
                    Some(key) => vec![key],
                    None => return Err(refused(KeyRefusal::Unknown)),
                },
                None => api_keys::list(&node, place, None, MOST).await?,
            };
            Ok(answer(&Answer { response: keys.iter().map(|key| shown(key, None)).collect() }))
        }
        Action::Create => {
            let name = call.name.unwrap_or_else(|| UNNAMED.to_owned());
            let expires_at = end(call.expire)?.flatten();
            let new = NewKey { name, expires_at, ..NewKey::default() };
            let made = api_keys::create(&node, actor, owner, place, new).await?.map_err(refused)?;
            Ok(answer(&Answer { response: vec![shown(&made.key, Some(made.secret.expose()))] }))
        }
        Action::Edit => {
            let id = key_id(call.id.as_deref().unwrap_or_default())?;
            let change = KeyChange { name: call.name, expires_at: end(call.expire)?, ..KeyChange::default() };
            api_keys::update(&node, actor, place, id, change).await?.map_err(refused)?;
            Ok(answer(&Done {}))
        }
        Action::Delete => {
            let id = key_id(call.id.as_deref().unwrap_or_default())?;
            api_keys::delete(&node, actor, place, id).await?.map_err(refused)?;
            Ok(answer(&Done {}))
        }
    }
}

/// Reads a form or JSON alike: scripts of that API send either.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Call, Failure> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(FORM));
    if !is_form {
        return json::read(request, body);
    }
    let form = body::parameters(request, body, Accepts::Form)?;
    let value = |name| form.get(name).map_or(Value::Null, Value::from);
    let members: Map<String, Value> = form.names().map(|name| (name.to_owned(), value(name))).collect();
    serde_json::from_value(Value::Object(members)).map_err(|_| {
        Failure::invalid_request(
            "Send an action (get, create, edit or delete), and with it what it needs of id, project_id, name, expire",
        )
    })
}

fn place(owner: Uuid, project: Option<&str>) -> Result<Place, Failure> {
    match project.map(Uuid::parse_str) {
        None => Ok(Place::Account(owner)),
        Some(Ok(project)) => Ok(Place::Project(project)),
        Some(Err(_)) => Err(refused(KeyRefusal::Unknown)),
    }
}

/// An id that is none is unknown, like any other that nobody has.
fn key_id(text: &str) -> Result<Uuid, Failure> {
    Uuid::parse_str(text).map_err(|_| refused(KeyRefusal::Unknown))
}

fn refused(refusal: KeyRefusal) -> Failure {
    let message = refusal.to_string();
    match refusal {
        KeyRefusal::Invalid(_) | KeyRefusal::Password(_) => Failure::invalid_request(message),
        KeyRefusal::NotAllowed(_) => Failure::insufficient_scope(message),
        KeyRefusal::Replaced | KeyRefusal::Expired => Failure::conflict(message),
        KeyRefusal::Unknown => Failure { message: message.into(), ..Failure::not_found() },
    }
}

fn end(expire: Option<Option<String>>) -> Result<Option<Option<UnixTime>>, Failure> {
    let read = |text: String| {
        UnixTime::parse_rfc3339(&text)
            .ok_or_else(|| Failure::invalid_request("expire must be a time like 2030-12-31T23:59:59Z"))
    };
    expire.map(|end| end.map(read).transpose()).transpose()
}

fn shown<'a>(key: &'a ApiKey, secret: Option<&'a str>) -> Key<'a> {
    Key {
        id: key.id,
        account_id: key.user_id,
        project_id: key.project_id,
        name: &key.name,
        trunc: &key.hint,
        created: key.created_at.rfc3339(),
        expire: key.expires_at.map(UnixTime::rfc3339),
        last_active: key.last_used_at.map(UnixTime::rfc3339),
        secret,
    }
}

fn answer(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}
