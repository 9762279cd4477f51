//! `/settings/jwt`: "Generate JWT", an access token for a script of one's own (contract §2, §4; One Codex's documentation
//! promises it).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Member, Page};
use super::super::{browser, wish};
use crate::clock::UnixTime;
use crate::flows::generated_jwt::{self, JwtRefusal};
use crate::oauth::access_token::LIFETIME_SECONDS;
use crate::oauth::scope::{ADMIN, Scope};

const FORM: &str = "generate-jwt";

#[derive(Template)]
#[template(path = "settings/generated_jwt.html", config = "src/http/pages/askama.toml")]
struct Jwt<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    lifetime: String,
    choices: Vec<Choice>,
    form: Form,
}

#[derive(Template)]
#[template(path = "settings/generated_jwt_made.html", config = "src/http/pages/askama.toml")]
struct Made<'a> {
    page: Page<'a>,
    token: &'a str,
    expires_at: UnixTime,
    scope: String,
    issuer: &'a str,
}

/// A scope that the person can hand on.
struct Choice {
    token: String,
    /// The field's name.
    name: String,
    words: String,
    ticked: bool,
}

/// Shows what can be chosen.
///
/// # Errors
/// 303 to the sign-in page for who is signed out, or has not typed their password lately.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    member.proved_lately()?;
    // What administers is chosen on purpose.
    page(&member, StatusCode::OK, Form::new(), |token| token != ADMIN)
}

/// Makes the token, which this answer alone shows.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn generate(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match member.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(back) => {
            let ticked = |token: &str| back.typed.get(&field(token)).is_some();
            return page(&member, StatusCode::FORBIDDEN, back.form(member.words, &[]), ticked);
        }
    };
    let all = member.user().default_scope();
    let chosen: Scope = all.iter().filter(|token| fields.get(&field(token)).is_some()).collect();
    let (signed_in, address) = (&member.browser.signed_in, member.address());
    match generated_jwt::generate(&member.node, signed_in, &chosen, address).await? {
        Ok(made) => {
            let page = Made {
                page: member.page(),
                token: &made.token,
                expires_at: made.expires_at,
                scope: made.scope.to_string(),
                issuer: &member.settings.issuer,
            };
            member.show(StatusCode::OK, &page)
        }
        Err(JwtRefusal::Nothing) => {
            let form = Form::new().wrong("scopes", member.words.say("jwt-nothing"));
            page(&member, StatusCode::BAD_REQUEST, form, |_| false)
        }
        Err(JwtRefusal::SignedOut) => browser::see_other("/settings/jwt"),
    }
}

fn field(token: &str) -> String {
    format!("scope-{token}")
}

fn page(
    member: &Member,
    status: StatusCode,
    form: Form,
    ticked: impl Fn(&str) -> bool,
) -> Result<HttpResponse, Failure> {
    let choice = |token: &str| Choice {
        name: field(token),
        words: wish::wish(member, token),
        ticked: ticked(token),
        token: token.to_owned(),
    };
    let page = Jwt {
        page: member.page(),
        csrf_token: &member.form_token(FORM),
        lifetime: member.words.span(LIFETIME_SECONDS),
        choices: member.user().default_scope().iter().map(choice).collect(),
        form: form.labelled([("scopes", member.words.say("jwt-may"))]),
    };
    member.show(status, &page)
}
