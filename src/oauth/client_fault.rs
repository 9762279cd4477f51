//! What is wrong with a description of a client: the member it is about, by its name of RFC 7591 §2 or ours, and the rule
//! (contract §14).

use std::fmt;

macro_rules! rules {
    ($($rule:ident = $words:literal,)+) => {
        /// A rule of registration.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Rule {
            $(#[doc = concat!("Said to people by `", $words, "`.")] $rule,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)+];

            /// The id of the words that tell people about it; they may name a `value`.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$rule => $words,)+ }
            }
        }
    };
}

rules! {
    IdLength = "client-fault-id-length",
    IdCharacters = "client-fault-id-characters",
    IdOfAPerson = "client-fault-id-of-a-person",
    IdReserved = "client-fault-id-reserved",
    Name = "client-fault-name",
    NameUnseen = "client-fault-name-unseen",
    NoGrant = "client-fault-no-grant",
    RefreshAlone = "client-fault-refresh-alone",
    GrantNeedsSecret = "client-fault-grant-needs-secret",
    PublicProvesNothing = "client-fault-public-proves-nothing",
    MustProve = "client-fault-must-prove",
    NeedsKeys = "client-fault-needs-keys",
    PublicNeedsPkce = "client-fault-public-needs-pkce",
    PublicResourceServer = "client-fault-public-resource-server",
    NoRedirectUri = "client-fault-no-redirect-uri",
    UriLong = "client-fault-uri-long",
    UriCharacters = "client-fault-uri-characters",
    UriFragment = "client-fault-uri-fragment",
    UriRelative = "client-fault-uri-relative",
    UriSchemeCase = "client-fault-uri-scheme-case",
    UriUser = "client-fault-uri-user",
    UriHost = "client-fault-uri-host",
    UriPlainHttp = "client-fault-uri-plain-http",
    UriWildcard = "client-fault-uri-wildcard",
    UriDangerous = "client-fault-uri-dangerous",
    UriPrivateScheme = "client-fault-uri-private-scheme",
    ScopeCharacters = "client-fault-scope-characters",
    ScopeUnknown = "client-fault-scope-unknown",
    DefaultScope = "client-fault-default-scope",
    ResourcesOfNoServer = "client-fault-resources-of-no-server",
    Resource = "client-fault-resource",
    ResourceDescription = "client-fault-resource-description",
    Algorithm = "client-fault-algorithm",
    SubjectType = "client-fault-subject-type",
    PairwiseHosts = "client-fault-pairwise-hosts",
    SectorAway = "client-fault-sector-away",
    SectorList = "client-fault-sector-list",
    KeysTwice = "client-fault-keys-twice",
    Keys = "client-fault-keys",
    NoUsableKey = "client-fault-no-usable-key",
    ResponseMode = "client-fault-response-mode",
    MaxAge = "client-fault-max-age",
    FapiConfidential = "client-fault-fapi-confidential",
    FapiKeys = "client-fault-fapi-keys",
    FapiPkce = "client-fault-fapi-pkce",
    FapiAlgorithm = "client-fault-fapi-algorithm",
    Type = "client-fault-type",
    Overlap = "client-fault-overlap",
    PublicHasNoSecret = "client-fault-public-has-no-secret",
    KeyInsteadOfSecret = "client-fault-key-instead-of-secret",
    DescribesItself = "client-fault-describes-itself",
}

/// Why a description is refused. Its text is the English sentence that API and command line answer with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientFault {
    /// The member it is about; empty if it is about none.
    pub member: &'static str,
    /// The rule.
    pub rule: Rule,
    /// What was said, where one of several is wrong: escaped, for people.
    pub value: String,
    text: String,
}

impl ClientFault {
    /// A fault of `member`; `text` says what to change.
    pub fn new(member: &'static str, rule: Rule, text: impl Into<String>) -> Self {
        Self { member, rule, value: String::new(), text: text.into() }
    }

    /// A fault of one `value` of `member`, called `what` in the text.
    pub fn of(member: &'static str, what: &str, value: &str, reason: Reason) -> Self {
        let value = value.escape_debug().to_string();
        Self { member, rule: reason.rule, text: format!("{what} {value}: {reason}"), value }
    }

    /// The same with what was said.
    #[must_use]
    pub fn about(self, value: &str) -> Self {
        Self { value: value.escape_debug().to_string(), ..self }
    }
}

impl fmt::Display for ClientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ClientFault {}

impl From<ClientFault> for String {
    fn from(fault: ClientFault) -> Self {
        fault.text
    }
}

/// Why a value is refused, whichever member it is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    text: &'static str,
}

impl Reason {
    /// A rule, and the rest of the English sentence.
    pub const fn new(rule: Rule, text: &'static str) -> Self {
        Self { rule, text }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_escaped_and_told_apart_from_the_rule() {
        let reason = Reason::new(Rule::UriPlainHttp, "must be https");
        let fault = ClientFault::of("jwks_uri", "jwks_uri", "http://a\n", reason);
        assert_eq!(fault.to_string(), "jwks_uri http://a\\n: must be https");
        assert_eq!(
            (fault.member, fault.rule, fault.value.as_str()),
            ("jwks_uri", Rule::UriPlainHttp, "http://a\\n")
        );
    }
}
