//! Owns the one table of settings (contract §14): it drives the file's keys, the variables and docs/configuration.md.

/// What a setting's text must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One text; `"…"` in the file.
    Text,
    /// A whole number, not negative.
    Number,
    /// `true` or `false`.
    Switch,
    /// `["…", "…"]` in the file, separated by commas in a variable.
    List,
}

impl Kind {
    /// The word the documentation uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Switch => "switch",
            Self::List => "list",
        }
    }
}

/// What holds when a setting is not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unset {
    /// This text, read like any other.
    Text(&'static str),
    /// Something that follows from other settings or from the machine, in words.
    Derived(&'static str),
    /// Nothing: an empty list, a feature that is off.
    Nothing,
}

/// One setting.
pub struct Setting {
    /// The key in the file; `PORTCULLIS_` and the same in upper case is the variable.
    pub name: &'static str,
    /// What its text must be.
    pub kind: Kind,
    /// What holds otherwise.
    pub default: Unset,
    /// What it is for, in a sentence.
    pub help: &'static str,
}

impl Setting {
    /// The environment variable of this setting.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase())
    }
}

/// What every variable of ours starts with.
pub const PREFIX: &str = "PORTCULLIS_";

const fn setting(name: &'static str, kind: Kind, default: Unset, help: &'static str) -> Setting {
    Setting { name, kind, default, help }
}

/// Every setting, in the order in which the documentation lists them.
pub const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        Kind::Text,
        Unset::Text("127.0.0.1:8080"),
        "Address and port to listen on; port 0 takes a free one.",
    ),
    setting(
        "public_url",
        Kind::Text,
        Unset::Derived("`http://` (with `tls_cert_file`: `https://`) and `listen`, if that is loopback"),
        "Where clients reach this server: the issuer. Plain `http` only on loopback.",
    ),
    setting(
        "database_url",
        Kind::Text,
        Unset::Derived("`sqlite:<data_dir>/portcullis.db`"),
        "`sqlite:PATH` or `postgres://USER@HOST/DATABASE`.",
    ),
    setting(
        "data_dir",
        Kind::Text,
        Unset::Text("./portcullis-data"),
        "Folder for the embedded database and the master key; made with mode 0700.",
    ),
    setting(
        "master_key_file",
        Kind::Text,
        Unset::Derived("`<data_dir>/master.key`"),
        "File with the master key: 32 bytes in base64, mode 0600. Every node needs the same one.",
    ),
    setting(
        "trusted_proxies",
        Kind::List,
        Unset::Nothing,
        "Addresses or networks whose `X-Forwarded-*` headers are believed; IPv4 `/8` and IPv6 `/7` at the widest.",
    ),
    setting(
        "cors_origins",
        Kind::List,
        Unset::Nothing,
        "Exact origins whose pages may call this server with cookies; never `*`.",
    ),
    setting(
        "same_site",
        Kind::Text,
        Unset::Text("lax"),
        "`SameSite` of the `access_token` cookie: `lax`, or `none` for front ends on another site.",
    ),
    setting(
        "cookie_domain",
        Kind::Text,
        Unset::Nothing,
        "`Domain` of the two login cookies: the public URL's host or a parent of it.",
    ),
    setting(
        "tokens_in_browser_body",
        Kind::Switch,
        Unset::Text("false"),
        "Whether a browser's login answer holds the tokens too. Then scripts on the page can read them.",
    ),
    setting(
        "access_token_algorithm",
        Kind::Text,
        Unset::Text("ES256"),
        "What signs access tokens: `ES256`, `EdDSA`, `RS256` or `PS256`. Clients that are held to FAPI 2.0 get ES256 instead of RS256.",
    ),
    setting(
        "signing_key_lifetime",
        Kind::Number,
        Unset::Text("7776000"),
        "Seconds for which a signing key signs before the next one does (90 days); 0: until you rotate; see [signing keys](signing-keys.md).",
    ),
    setting(
        "password_min_length",
        Kind::Number,
        Unset::Text("15"),
        "Fewest characters of a new password; at least 8.",
    ),
    setting(
        "registration",
        Kind::Text,
        Unset::Text("closed"),
        "Who may make an account for themselves: `closed` nobody, `invitation` whom an administrator invites, `open` everybody who reads mail at their address.",
    ),
    setting(
        "smtp_url",
        Kind::Text,
        Unset::Nothing,
        "`smtp://USER:PASSWORD@HOST:587` (STARTTLS is demanded, but on loopback) or `smtps://…`: the server that sends mail; see [mail](mail.md).",
    ),
    setting(
        "mail_from",
        Kind::Text,
        Unset::Nothing,
        "The address that mails come from, `no-reply@example.com` or `Name <no-reply@example.com>`; needed with `smtp_url`.",
    ),
    setting(
        "client_id_metadata_documents",
        Kind::Text,
        Unset::Text("off"),
        "Whether an app may use this server without being registered, by a URL as its client id, where it describes itself: `on` or `off`; see [MCP](mcp.md).",
    ),
    setting(
        "dynamic_registration",
        Kind::Text,
        Unset::Text("closed"),
        "Who may register clients at `/oauth/register`: `closed` nobody, `token` whoever has an initial access token, `open` everybody; see [dynamic registration](dynamic-registration.md).",
    ),
    setting(
        "session_lifetime",
        Kind::Number,
        Unset::Text("2592000"),
        "Seconds a sign-in, and a refresh token without `offline_access`, lives (30 days).",
    ),
    setting(
        "session_idle_timeout",
        Kind::Number,
        Unset::Text("1209600"),
        "Seconds after which a browser that is not used is signed out (14 days); 0: only `session_lifetime` counts. What apps were allowed lives on.",
    ),
    setting(
        "refresh_idle",
        Kind::Number,
        Unset::Text("2592000"),
        "Seconds a refresh token with `offline_access` may rest unused (30 days).",
    ),
    setting(
        "refresh_lifetime",
        Kind::Number,
        Unset::Text("31536000"),
        "Seconds after which a refresh token with `offline_access` ends in any case (1 year).",
    ),
    setting(
        "verify_outage_seconds",
        Kind::Number,
        Unset::Text("1"),
        "Seconds after the database was last heard for which verify answers from memory. More than 1 keeps it going while the database is away, and in that time nothing revoked elsewhere is refused here.",
    ),
    setting(
        "scopes",
        Kind::List,
        Unset::Nothing,
        "Scopes of your API that people may give to their keys and to clients, each as `name=description`, beside those that are [registered](command-line.md#scopes).",
    ),
    setting(
        "reveal_keys",
        Kind::Switch,
        Unset::Text("false"),
        "Keeps new API keys, encrypted, so that their owners can be shown them again after giving their password.",
    ),
    setting(
        "dpop_nonce",
        Kind::Text,
        Unset::Text("off"),
        "Where [DPoP proofs](dpop.md) need a nonce of this server: `off`, `endpoints` (those under `/oauth`), or `everywhere` (also with access tokens, where gateways must pass on `DPoP-Nonce`).",
    ),
    setting(
        "api_key_cookie",
        Kind::Switch,
        Unset::Text("false"),
        "Accepts an API key in a cookie named `api_key`, too.",
    ),
    setting(
        "hand_off_apps",
        Kind::List,
        Unset::Nothing,
        "Names of the apps that may ask for a key by `/app?get_api_key=NAME`; none named: any.",
    ),
    setting(
        "rate_limit_api_key",
        Kind::Number,
        Unset::Text("1000"),
        "Requests an hour that pass by all API keys of one owner together; see [rate limits](rate-limits.md).",
    ),
    setting(
        "rate_limit_oauth",
        Kind::Number,
        Unset::Text("5000"),
        "The same by all access tokens of OAuth clients.",
    ),
    setting(
        "rate_limit_jwt",
        Kind::Number,
        Unset::Text("2000"),
        "The same by all access tokens of first-party logins.",
    ),
    setting(
        "valkey_url",
        Kind::Text,
        Unset::Nothing,
        "`valkey://HOST:PORT` or `redis://…`, over TLS `rediss://…`: where several nodes count these together.",
    ),
    setting("workers", Kind::Number, Unset::Derived("one per core"), "Threads that answer requests."),
    setting("log_format", Kind::Text, Unset::Text("text"), "`text` or `json`, on standard error."),
    setting(
        "log_level",
        Kind::Text,
        Unset::Text("info"),
        "`error`, `warn`, `info`, `debug`, `trace`, or a filter. `info` tells refusals and faults, `portcullis=debug` also what went well.",
    ),
    setting("brand", Kind::Text, Unset::Text("Portcullis"), "The name people see on the pages."),
    setting(
        "accent_color",
        Kind::Text,
        Unset::Derived("a blue"),
        "The colour of links and buttons on the pages, as `#rrggbb`; one that cannot be read on them is refused. The dark pages get a lighter one of it.",
    ),
    setting(
        "logo_file",
        Kind::Text,
        Unset::Nothing,
        "PNG or SVG file of at most 64 KiB, shown beside the name on the pages.",
    ),
    setting(
        "tls_cert_file",
        Kind::Text,
        Unset::Nothing,
        "PEM file with the certificate chain, for a TLS listener of our own.",
    ),
    setting("tls_key_file", Kind::Text, Unset::Nothing, "PEM file with its private key."),
    setting(
        "bootstrap_file",
        Kind::Text,
        Unset::Nothing,
        "A file that `serve` applies before it answers, as [`portcullis apply`](apply.md) does, for as long as there is no administrator.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation's table, made from [`SETTINGS`].
    fn documented() -> String {
        let mut out = String::from("| key | variable | kind | default | meaning |\n|---|---|---|---|---|\n");
        for s in SETTINGS {
            let default = match s.default {
                Unset::Text(text) => format!("`{text}`"),
                Unset::Derived(words) => words.to_owned(),
                Unset::Nothing => "none".to_owned(),
            };
            let row = format!(
                "| `{}` | `{}` | {} | {default} | {} |\n",
                s.name,
                s.variable(),
                s.kind.as_str(),
                s.help
            );
            out.push_str(&row);
        }
        out
    }

    #[test]
    fn contract_14_the_documentation_lists_exactly_these_settings() {
        let page = include_str!("../../docs/configuration.md");
        let table = documented();
        assert!(page.contains(&table), "docs/configuration.md must hold this table:\n{table}");
    }
}
