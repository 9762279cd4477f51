//! Names as parts of addresses. No address of ours has an escape (security §4.7), and a client id (RFC 6749 appendix A.1) or a scope
//! (§3.3) may be made of anything printable: one that would need an escape is spelled in hexadecimal, behind a `~`.

/// The part of an address that means `name`.
pub fn spelled(name: &str) -> String {
    // What need not be encoded must not be: an address has one spelling (RFC 3986 §2.3).
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
    let is_plain =
        name.bytes().all(unreserved) && !name.starts_with('~') && !matches!(name, "" | "." | ".." | "new");
    if is_plain {
        return name.to_owned();
    }
    name.bytes().fold("~".to_owned(), |address, byte| format!("{address}{byte:02x}"))
}

/// The name that a part of an address means; `None` for what spells none.
pub fn unspelled(part: &str) -> Option<String> {
    let name = match part.strip_prefix('~') {
        None => Some(part.to_owned()),
        Some(spelled) if spelled.bytes().all(|b| b.is_ascii_hexdigit()) => {
            let bytes = spelled
                .as_bytes()
                .chunks(2)
                .map(|two| std::str::from_utf8(two).ok().and_then(|two| u8::from_str_radix(two, 16).ok()));
            bytes.collect::<Option<Vec<u8>>>().and_then(|bytes| String::from_utf8(bytes).ok())
        }
        Some(_) => None,
    };
    // One name, one address; and not every store can look for other characters.
    name.filter(|name| !name.is_empty() && name.bytes().all(|b| matches!(b, b' '..=b'~')))
        .filter(|name| spelled(name) == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_appendix_a_1_every_name_has_one_address_without_an_escape() {
        for (name, part) in [
            ("shop", "shop"),
            ("a.b_c~d-1", "a.b_c~d-1"),
            ("a b", "~612062"),
            ("a/b", "~612f62"),
            ("files:list", "~66696c65733a6c697374"),
            ("~6162", "~7e36313632"),
            (".", "~2e"),
            ("..", "~2e2e"),
            ("new", "~6e6577"),
        ] {
            assert_eq!(spelled(name), part);
            assert_eq!(unspelled(part).as_deref(), Some(name));
        }
        for part in ["~6162", "~612", "~zz", "~C3", "~c3a9", "~0a", "~", "~2E", "\u{e9}", "", "new"] {
            assert_eq!(unspelled(part), None, "{part}");
        }
    }
}
