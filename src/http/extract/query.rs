//! What may not stand in a query string: credentials (contract §2; RFC 6750 §5.3, RFC 9700 §4.3.2).

use super::super::failure::Failure;

/// Names under which callers put credentials into URLs, where logs and histories keep them.
const CREDENTIALS: [&str; 13] = [
    "access_token",
    "api_key",
    "apikey",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "jwt",
    "key",
    "password",
    "refresh_token",
    "token",
    "username",
];

/// Refuses a query that carries a credential.
///
/// # Errors
/// 400.
pub fn refuse_credentials(query: &str) -> Result<(), Failure> {
    if query.is_empty() {
        return Ok(());
    }
    let carries = url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| CREDENTIALS.iter().any(|credential| name.eq_ignore_ascii_case(credential)));
    if carries {
        return Err(Failure::invalid_request(
            "Credentials never belong in a URL, where logs keep them: send a header or a body",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_2_tokens_in_a_query_string_are_refused() {
        for query in ["access_token=x", "a=1&api_key=x", "KEY=1", "%74oken=x", "token"] {
            assert!(refuse_credentials(query).is_err(), "{query}");
        }
        for query in ["", "scope=read", "audience=https%3A%2F%2Fa.example&token_type_hint=x"] {
            assert!(refuse_credentials(query).is_ok(), "{query}");
        }
    }
}
