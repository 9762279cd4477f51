//! What the operator's URL demands of a verified credential (contract §6, RFC 9068 §4).

use super::super::super::failure::Failure;
use crate::flows::verify::Identity;
use crate::oauth::parameters::Parameters;
use crate::oauth::resource_indicator;
use crate::oauth::scope::Scope;
use actix_web::http::StatusCode;
use uuid::Uuid;

const METHODS: [&str; 3] = ["api_key", "jwt", "oauth"];

/// The requirements of one URL. Nothing said is nothing demanded, the audience too: an API that registered a resource
/// of its own says `audience=` (decision 0007).
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Requirements {
    scope: Option<Scope>,
    audience: Option<String>,
    methods: Option<Vec<&'static str>>,
    project: Option<Uuid>,
    anonymous: bool,
    hide: bool,
    is_free: bool,
}

impl Requirements {
    /// Reads a query string. It is the operator's, not the caller's: what is not understood is an error.
    ///
    /// # Errors
    /// 400.
    pub fn parse(query: &str) -> Result<Self, Failure> {
        let mut requirements = Self::default();
        if query.is_empty() {
            return Ok(requirements);
        }
        let parameters = Parameters::from_form(query.as_bytes())?;
        for name in parameters.names() {
            let value = parameters.get(name).unwrap_or_default();
            requirements.set(name, value)?;
        }
        Ok(requirements)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        const WRONG: &str = "A requirement in the URL of verify has a value that is not understood";
        match name {
            "scope" => {
                let scope = Scope::parse(value).ok().filter(|scope| !scope.is_empty());
                self.scope = Some(scope.ok_or_else(|| Failure::invalid_request(WRONG))?);
            }
            "audience" if !value.is_empty() => self.audience = Some(value.to_owned()),
            "methods" => {
                let known = |name: &str| METHODS.into_iter().find(|method| *method == name);
                let methods: Option<Vec<_>> = value.split(',').map(known).collect();
                self.methods = Some(methods.ok_or_else(|| Failure::invalid_request(WRONG))?);
            }
            "project_id" => {
                self.project = Some(Uuid::parse_str(value).map_err(|_| Failure::invalid_request(WRONG))?);
            }
            "anonymous" if matches!(value, "allow" | "deny") => self.anonymous = value == "allow",
            "hide" if matches!(value, "0" | "1") => self.hide = value == "1",
            "consume" if matches!(value, "0" | "1") => self.is_free = value == "0",
            "audience" | "anonymous" | "hide" | "consume" => {
                return Err(Failure::invalid_request(WRONG));
            }
            _ => return Err(Failure::invalid_request("A requirement in the URL of verify is not known")),
        }
        Ok(())
    }

    /// Whether a request without a credential may pass.
    pub const fn allows_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Whether this question does not count against the quota.
    pub const fn is_free(&self) -> bool {
        self.is_free
    }

    /// The project that the credential must reach.
    pub const fn project(&self) -> Option<Uuid> {
        self.project
    }

    /// A 403 as the operator wants it told: with `hide=1` it is a 404.
    pub fn hidden(&self, refusal: Failure) -> Failure {
        if self.hide { Failure::not_found() } else { refusal }
    }

    /// Whether `identity` may pass; `scope` is what it may do here: all it allows, or what counts in the project.
    ///
    /// # Errors
    /// 403, or 404 with `hide=1`.
    pub fn admit(&self, identity: &Identity, scope: &Scope) -> Result<(), Failure> {
        self.check(identity, scope).map_err(|refusal| self.hidden(refusal))
    }

    fn check(&self, identity: &Identity, scope: &Scope) -> Result<(), Failure> {
        if self.audience.as_deref().is_some_and(|audience| !is_same_audience(&identity.audience, audience)) {
            return Err(Failure::insufficient_scope("The token is meant for another audience"));
        }
        if self.methods.as_ref().is_some_and(|methods| !methods.contains(&identity.class.as_str())) {
            return Err(forbidden("This kind of credential is not accepted here"));
        }
        match &self.scope {
            Some(required) if !required.is_subset_of(scope) => {
                let failure = Failure::insufficient_scope("The token does not have the required scope");
                Err(Failure { scope: Some(required.to_string().into()), ..failure })
            }
            _ => Ok(()),
        }
    }
}

/// 403: a good credential that does not reach the project.
pub fn wrong_project() -> Failure {
    forbidden("The credential does not belong to this project")
}

fn forbidden(message: &'static str) -> Failure {
    Failure { presented: true, ..Failure::new(StatusCode::FORBIDDEN, "insufficient_scope", message) }
}

/// As registered, or as an operator may write the same URI (contract §5).
fn is_same_audience(own: &str, required: &str) -> bool {
    own == required
        || matches!(
            (resource_indicator::normalise(own), resource_indicator::normalise(required)),
            (Ok(own), Ok(required)) if own == required
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::credential::CredentialClass;
    use crate::flows::verify::fixture;

    const ISSUER: &str = "https://id.example";

    fn identity(audience: &str, class: CredentialClass) -> Identity {
        Identity { class, audience: audience.to_owned(), ..fixture::identity() }
    }

    fn status(query: &str, identity: &Identity) -> u16 {
        Requirements::parse(query)
            .and_then(|r| r.admit(identity, &identity.scope))
            .map_or_else(|failure| failure.status.as_u16(), |()| 200)
    }

    #[test]
    fn contract_6_requirements_come_from_the_query() {
        let (own, other) = (
            identity(ISSUER, CredentialClass::Jwt),
            identity("https://api.example/", CredentialClass::OAuth),
        );
        for (query, identity, expected) in [
            ("", &own, 200),
            ("scope=read", &own, 200),
            ("scope=read+write", &own, 403),
            ("scope=write&hide=1", &own, 404),
            ("methods=jwt,oauth", &own, 200),
            ("methods=api_key", &own, 403),
            ("consume=0", &own, 200),
            ("audience=https%3A%2F%2Fid.example", &own, 200),
            ("audience=https%3A%2F%2Fapi.example", &own, 403),
            ("", &other, 200),
            ("audience=HTTPS%3A%2F%2FAPI.example", &other, 200),
        ] {
            assert_eq!(status(query, identity), expected, "{query}");
        }
    }

    #[test]
    fn contract_6_in_a_project_only_the_scope_counts_that_holds_there() {
        let id = "01920000-0000-7000-8000-000000000001";
        let identity = Identity { scope: Scope::from(["read", "write"]), ..fixture::identity() };
        let requirements = Requirements::parse(&format!("project_id={id}&scope=write")).unwrap();
        assert_eq!(requirements.project(), Uuid::parse_str(id).ok());
        assert!(requirements.admit(&identity, &identity.scope).is_ok());
        let refused = requirements.admit(&identity, &Scope::from(["read"])).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.scope.as_deref()), (403, Some("write")));
    }

    #[test]
    fn contract_6_an_operators_mistake_never_lets_anybody_pass() {
        for query in [
            "scopes=read",
            "scope=",
            "scope=+",
            "scope=read&scope=write",
            "methods=",
            "methods=jwt,cookie",
            "hide=yes",
            "audience=",
            "anonymous=maybe",
            "anonymous",
            "project_id=",
            "project_id=p1",
            "consume=2",
            "scope=%ff",
            "scope=%22",
        ] {
            assert_eq!(status(query, &identity(ISSUER, CredentialClass::Jwt)), 400, "{query}");
        }
    }

    proptest! {
        #[test]
        fn contract_6_what_is_understood_has_known_names_once_and_is_never_less_than_it_says(
            query in "((scope|audience|methods|hide|anonymous|consume|project_id|x)=[a-z01,+]{0,5}(read|jwt)?&?){0,3}|\\PC{0,40}",
        ) {
            let Ok(requirements) = Requirements::parse(&query) else { return Ok(()) };
            let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
            let mut names: Vec<_> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
            names.sort_unstable();
            prop_assert!(names.windows(2).all(|two| two.first() != two.last()));
            let known = ["anonymous", "audience", "consume", "hide", "methods", "project_id", "scope"];
            prop_assert!(names.iter().all(|name| known.contains(name)));
            let identity = identity(ISSUER, CredentialClass::Jwt);
            if requirements.admit(&identity, &identity.scope).is_ok() {
                for (name, value) in &pairs {
                    match name.as_ref() {
                        "scope" => prop_assert!(value.split(' ').all(|token| token.is_empty() || token == "read")),
                        "methods" => prop_assert!(value.split(',').any(|method| method == "jwt")),
                        "audience" => prop_assert_eq!(value.as_ref(), ISSUER),
                        "project_id" => prop_assert!(false, "none of these is a UUID"),
                        _ => {}
                    }
                }
            }
        }
    }
}
