//! Where to go after signing in: a path on this server and nothing else (contract §11; RFC 9700 §4.11, open redirectors).

/// `next` if it is a same-origin path, else `/`.
pub fn checked(next: Option<&str>) -> &str {
    next.filter(|next| is_local(next)).unwrap_or("/")
}

/// Starts with one `/` and holds nothing a browser would read as another host or drop.
fn is_local(next: &str) -> bool {
    let mut bytes = next.bytes();
    bytes.next() == Some(b'/')
        && bytes.next() != Some(b'/')
        && next.len() <= 8192
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn contract_11_next_is_a_same_origin_path() {
        for good in ["/", "/api/get_token", "/oauth/authorize?client_id=a&scope=read%20write", "/a//b"] {
            assert_eq!(checked(Some(good)), good);
        }
        for bad in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "\\/evil",
            "https://evil.example",
            "/\tevil",
            "/\n/evil",
            " /a",
            "/a b",
            "/\u{e9}",
            "javascript:alert(1)",
            "/\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(checked(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(checked(None), "/");
    }

    proptest! {
        #[test]
        fn contract_11_what_is_accepted_stays_on_the_issuers_origin(
            next in "/?[/\\\\a-z.:@?#%\t\n ]{0,12}|/\\PC{0,40}|\\PC{0,40}",
        ) {
            let path = checked(Some(&next));
            prop_assert!(path == next || path == "/");
            prop_assert!(path.starts_with('/') && !path.starts_with("//"));
            prop_assert!(!path.contains('\\') && !path.contains(char::is_control));
            let issuer = Url::parse("https://id.example").unwrap();
            prop_assert_eq!(issuer.join(path).unwrap().origin(), issuer.origin());
        }
    }
}
