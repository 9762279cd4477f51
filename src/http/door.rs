//! Which part of the URL space a request is in, and so which error format it is answered in (contract §8).

/// One wire format of errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// `{"error","message","code","timestamp"}`: the Example API, and every JSON URL without a format of its own.
    Example,
    /// RFC 6749 §5.2 and the Example API's members.
    OAuth,
    /// `{"message","status"}`: One Codex.
    OneCodex,
    /// `{"error","message","status"}`: CoCalc's callers look for `error`, the rest is One Codex's.
    CoCalc,
    /// HTML for people.
    Page,
}

impl Door {
    /// The door that owns `path`.
    pub fn of(path: &str) -> Self {
        let below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if matches!(path, "/oauth/authorize" | "/oauth/logout") {
            Self::Page
        } else if below("/oauth") {
            Self::OAuth
        } else if below("/api/v2") {
            Self::CoCalc
        } else if below("/api") {
            Self::OneCodex
        } else if ["/v1", "/auth/v1", "/.well-known", "/health"].into_iter().any(below) {
            Self::Example
        } else {
            Self::Page
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_8_each_prefix_has_its_error_format() {
        for (path, door) in [
            ("/v1/auth/verify", Door::Example),
            ("/v1", Door::Example),
            ("/v10", Door::Page),
            ("/auth/v1/token/", Door::Example),
            ("/oauth/token", Door::OAuth),
            ("/oauth/authorize", Door::Page),
            ("/oauth/logout", Door::Page),
            ("/oauth/authorize/", Door::OAuth),
            ("/api/v1/keys", Door::OneCodex),
            ("/api/get_token", Door::OneCodex),
            ("/api/v2/api-keys", Door::CoCalc),
            ("/.well-known/jwks.json", Door::Example),
            ("/health/ready", Door::Example),
            ("/login", Door::Page),
            ("/", Door::Page),
        ] {
            assert_eq!(Door::of(path), door, "{path}");
        }
    }
}
