//! What may not stand in a query string: credentials (contract §2; RFC 6750 §5.3, RFC 9700 §4.3.2).

use super::super::explanation::Explanation;
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
        let text = "Credentials never belong in a URL, where logs keep them: send a header or a body";
        return Err(Failure::invalid_request(text).explained(Explanation::CredentialInUrl));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn contract_2_no_disguise_of_a_name_gets_a_credential_through(
            name in prop::sample::select(CREDENTIALS.to_vec()),
            disguise in prop::collection::vec(0..3u8, 13),
            before in "([a-z]{1,5}=[!-%\'-~]{0,5}&){0,2}",
            value in "(=[ -~]{0,8})?",
        ) {
            let letters = name.chars().zip(disguise.iter().cycle());
            let written: String = letters
                .map(|(letter, how)| match how {
                    0 => letter.to_string(),
                    1 => letter.to_ascii_uppercase().to_string(),
                    _ => format!("%{:02X}", u32::from(letter)),
                })
                .collect();
            let query = format!("{before}{written}{value}");
            prop_assert!(refuse_credentials(&query).is_err(), "{}", query);
        }

        #[test]
        fn never_panics_and_what_passes_names_no_credential(query in "\\PC{0,40}|([a-z_%0-9]{0,9}[=&;+]){0,6}") {
            if refuse_credentials(&query).is_ok() {
                let mut names = url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
                prop_assert!(names.all(|name| !CREDENTIALS.contains(&name.to_lowercase().as_str())));
            }
        }
    }
}
