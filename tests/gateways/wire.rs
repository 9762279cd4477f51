//! A client that sends exactly what it is told: no library tidies its paths, headers and hosts (RFC 9112 §3, §6).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends one request on a connection of its own. A `host` among `headers` replaces the usual one.
pub fn send(to: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let length = body.len().to_string();
    let mut all = headers.to_vec();
    if !body.is_empty() {
        all.push(("Content-Length", &length));
    }
    send_raw_body(to, method, target, &all, body)
}

/// The same with a body whose length the headers tell.
pub fn send_raw_body(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str("Host: api.example.com\r\n");
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("connection")) {
        head.push_str("Connection: close\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    // A gateway may answer before it has read the whole body, and close.
    let _ = stream.write_all(body);
    read(&mut stream, method)
}

fn read(stream: &mut TcpStream, method: &str) -> Reply {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at;
        }
        assert!(more(stream, &mut bytes), "no whole head: {}", String::from_utf8_lossy(&bytes));
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut rest = bytes.split_off(head_end + 4);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let headers: Vec<(String, String)> = lines.map(pair).collect();
    let value = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let body = if method == "HEAD" || status == 204 {
        Vec::new()
    } else if value("transfer-encoding") == Some("chunked") {
        while find(&rest, b"0\r\n\r\n").is_none() && more(stream, &mut rest) {}
        dechunk(&rest)
    } else if let Some(length) = value("content-length") {
        let length: usize = length.parse().unwrap();
        while rest.len() < length {
            assert!(more(stream, &mut rest), "the body was cut");
        }
        rest
    } else {
        while more(stream, &mut rest) {}
        rest
    };
    Reply { status, headers, body }
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 8192];
    let read = stream.read(&mut buffer).unwrap();
    bytes.extend_from_slice(&buffer[..read]);
    read > 0
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn dechunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = find(bytes, b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 4 + size..];
    }
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    /// One header; fails if it came twice.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        let first = values.next();
        assert!(values.next().is_none(), "two {name} headers: {:?}", self.headers);
        first.map(|(_, value)| value.as_str())
    }

    /// The values of a header that the upstream received; fails if the upstream was not reached.
    #[track_caller]
    pub fn received(&self, name: &str) -> Vec<String> {
        let body = self.json();
        let lines = body["headers"].as_array().unwrap_or_else(|| panic!("not the upstream: {body}"));
        let named = |line: &&Value| line[0].as_str() == Some(name);
        lines.iter().filter(named).map(|line| line[1].as_str().unwrap().to_owned()).collect()
    }

    /// Whether the upstream answered, and as what.
    pub fn resource(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body["resource"].as_str().map(str::to_owned)
    }
}
