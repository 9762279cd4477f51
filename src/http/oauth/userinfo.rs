//! `GET,POST /oauth/userinfo`: what is told of the person who signed in (OpenID Connect Core §5.3).

use actix_web::http::{Method, header};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::credential::{self, Presented};
use super::super::extract::{caller, principal};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::userinfo::{self, UserInfo, UserInfoRefusal};
use crate::oauth::parameters::Parameters;
use crate::oauth::scope;

/// Answers whoever holds an access token with scope `openid` for this server: as JSON, or as a JWT if the client is
/// registered for one (§5.3.2).
///
/// # Errors
/// RFC 6750 §3.1: 400 for a token sent in two ways, 401 for one that is no good, 403 for one without `openid`; 429.
pub async fn answer(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let form = if *request.method() == Method::POST { form(&request, &body)? } else { Parameters::default() };
    let found = credential::find(&request, &settings)?;
    // A cookie is not how OAuth clients present a token (RFC 6750 §2).
    let in_header = if found.is_ambient() { Presented::default() } else { found };
    let presented = match form.get("access_token") {
        Some(_) if !in_header.is_nothing() => {
            return Err(Failure::invalid_request("The access token was sent in two ways"));
        }
        Some(token) => Presented::of_token(token),
        None => in_header,
    };
    // Only tokens: a key says nothing of who signed in.
    presented.access_tokens()?;
    let from = principal::From::of(&request, &settings);
    let Some(identity) = principal::identify(&node, &presented, from).await? else {
        return Err(Failure::unauthenticated());
    };
    if identity.audience != settings.issuer {
        return Err(Failure::invalid_token());
    }
    caller::count(&request, &node, &identity).await?;
    match userinfo::userinfo(&node, &identity).await? {
        Ok(UserInfo::Json(claims)) => Ok(fresh().json(claims)),
        Ok(UserInfo::Jwt(jwt)) => Ok(fresh().content_type("application/jwt").body(jwt)),
        Err(UserInfoRefusal::NoOpenId) => {
            let words = "The token was not issued for OpenID Connect: ask for the scope openid";
            Err(Failure { scope: Some(scope::OPENID.into()), ..Failure::insufficient_scope(words) })
        }
        Err(UserInfoRefusal::Gone) => Err(Failure::invalid_token()),
    }
}

fn fresh() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// The parameters of a form; a POST without one carries its token in the header (§5.3.1).
fn form(request: &HttpRequest, body: &[u8]) -> Result<Parameters, Failure> {
    if body.is_empty() { Ok(Parameters::default()) } else { body::parameters(request, body, Accepts::Form) }
}
