//! The `x-api-auth` header: a user name and a key of its own kind (contract §2).

/// What stands before and after the last colon; user names never hold one. `None` without a colon.
pub fn split(header: &str) -> Option<(&str, &str)> {
    header.rsplit_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_2_the_last_colon_separates() {
        for (header, parts) in [
            ("alice:key", Some(("alice", "key"))),
            ("a:b:key", Some(("a:b", "key"))),
            (":key", Some(("", "key"))),
            ("alice:", Some(("alice", ""))),
            ("alice", None),
            ("", None),
        ] {
            assert_eq!(split(header), parts, "{header:?}");
        }
    }
}
