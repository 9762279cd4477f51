//! Barbell's Python snippet as printed, against the running server (contract §3).

use std::process::Command;

use crate::support::server::TestServer;

/// The snippet of the page. What differs: the two placeholders, and the relative URL joined to a server, which `requests`
/// cannot do by itself.
const SNIPPET: &str = r#"
import requests

body = {"username": "myUsername", "password": "myPassword"}
headers = {'Content-Type': 'application/x-www-form-urlencoded'}
response = requests.post("auth/v1/token", data=body, headers=headers)
"#;

/// What the page leaves to do: the cookie opens the rest.
const AFTERWARDS: &str = r#"
assert response.status_code == 200, response.text
assert not response.history, "redirected"
cookies = response.cookies
token = cookies["access_token"]
assert token.count(".") == 2, token
me = requests.get("auth/v1/me", cookies=cookies)
assert me.status_code == 200 and me.json()["username"] == "alice", me.text
verify = requests.get("v1/auth/verify", cookies=cookies)
assert verify.status_code == 200 and verify.json()["authenticated"] is True, verify.text
assert verify.json()["scopes"] == ["read", "write"], verify.text

session = requests.Session()
assert session.post("auth/v1/token/", data=body, headers=headers).status_code == 200
assert session.get("auth/v1/me").json()["email"] == "alice@example.com"
assert session.post("auth/v1/refresh").status_code == 200
assert session.post("auth/v1/logout").status_code == 204
assert session.get("auth/v1/me").status_code == 401
print("walked")
"#;

#[test]
fn contract_3_barbells_python_snippet_as_printed() {
    let server = TestServer::start();
    let joining = r#"
import sys
from urllib.parse import urljoin
import requests.sessions
as_it_was = requests.sessions.Session.request
requests.sessions.Session.request = lambda self, method, url, **more: as_it_was(self, method, urljoin(sys.argv[1], url), **more)
"#;
    let snippet = SNIPPET.replace("myUsername", "alice").replace("myPassword", &server.seed.password);
    let script = format!("{joining}{snippet}{AFTERWARDS}");
    let out = Command::new(python())
        .args(["-c", &script, &format!("{}/", server.base)])
        .output()
        .expect("python3 runs; start the tests with tests/run");
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && stdout.trim() == "walked", "{stdout}\n{stderr}");
}

#[expect(clippy::disallowed_methods, reason = "tests/run says which Python has `requests`")]
fn python() -> String {
    std::env::var("PORTCULLIS_TEST_PYTHON").expect(
        "this test needs a Python with requests (PORTCULLIS_TEST_PYTHON): run the tests with tests/run",
    )
}
