//! `/admin/users/disable`: several accounts at once; first a look at whose they are.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::super::super::failure::Failure;
use super::super::browser::{query, see_other};
use super::super::form::Form;
use super::super::visit::Administrator;
use super::confirm::{self, Question};
use super::known_id;
use super::user::fault;
use crate::flows::user_administration;
use crate::oauth::parameters::Parameters;
use uuid::Uuid;

const PATH: &str = "/admin/users/disable";
/// More than a page of the list has, unless its address asks for a longer one.
const MOST: usize = 50;

/// Shows who was chosen, and asks.
///
/// # Errors
/// 303 to the list as it was, which says so, if nobody was.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    let asked = visit.query()?;
    let chosen = chosen(&visit, &asked)?;
    if chosen.is_empty() {
        return see_other(&format!("{}fault=nobody-chosen", list(&asked)));
    }
    ask(&visit, StatusCode::OK, chosen, &asked, Form::new()).await
}

/// Disables them, all or none.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn post(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match visit.proved_form(&body, PATH).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.form(visit.words, &[]);
            let chosen = chosen(&visit, &back.typed)?;
            if chosen.is_empty() {
                return Err(back.why.into());
            }
            return ask(&visit, StatusCode::FORBIDDEN, chosen, &back.typed, form).await;
        }
    };
    let chosen = chosen(&visit, &fields)?;
    if let Err(refusal) = user_administration::disable(&visit.node, visit.actor(), chosen.clone()).await? {
        let form = Form::new().wrong("", fault(&visit, &refusal)?.1);
        return ask(&visit, StatusCode::CONFLICT, chosen, &fields, form).await;
    }
    see_other("/admin/users?done=disabled")
}

fn chosen(visit: &Administrator, fields: &Parameters) -> Result<Vec<Uuid>, Failure> {
    let ids: Vec<Uuid> = fields
        .names()
        .filter_map(|name| name.strip_prefix("user-"))
        .map(known_id)
        .collect::<Result<_, _>>()?;
    let too_many = ids.len() > MOST;
    if too_many { Err(visit.told(Failure::invalid_request(""), "admin-choose-fewer")) } else { Ok(ids) }
}

/// Where they were chosen: the list with its search, to go on with.
fn list(asked: &Parameters) -> String {
    let kept = ["q", "state", "cursor"].iter().filter_map(|name| Some(query(name, asked.get(name)?)));
    kept.fold("/admin/users?".to_owned(), |list, pair| format!("{list}{pair}&"))
}

async fn ask(
    visit: &Administrator,
    status: StatusCode,
    chosen: Vec<Uuid>,
    asked: &Parameters,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let mut names = user_administration::names(&visit.node, chosen).await?;
    names.sort_by(|one, other| one.1.cmp(&other.1));
    let count = i64::try_from(names.len()).unwrap_or_default();
    let question = Question {
        title: visit.words.count("admin-disable-many", count),
        explained: visit.words.say("admin-disable-many-explained"),
        subjects: names.into_iter().map(|(id, name)| (format!("user-{id}"), name)).collect(),
        action: PATH.to_owned(),
        form: PATH.to_owned(),
        button: visit.words.count("admin-disable-many-button", count),
        is_bad: true,
        back: list(asked).trim_end_matches(['?', '&']).to_owned(),
        ..Question::default()
    };
    confirm::page(visit, status, &question, form)
}
