//! Another site on this machine, with pages that a test writes: an attacker's, or one with mistakes in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A site that answers every path that it has a page for, and 404 otherwise. It lives as long as the test program.
pub struct Site {
    /// Its port, on 127.0.0.1 and so on localhost.
    pub port: u16,
    pages: Arc<Mutex<Vec<(String, String)>>>,
    posted: Arc<Mutex<Vec<(String, String)>>>,
}

impl Site {
    /// An empty one.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let pages: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let posted: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let (known, kept) = (pages.clone(), posted.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, kept) = (known.clone(), kept.clone());
                thread::spawn(move || answer(stream, &known, &kept));
            }
        });
        Self { port, pages, posted }
    }

    /// What forms sent to `path`, in order.
    pub fn got(&self, path: &str) -> Vec<String> {
        let posted = self.posted.lock().unwrap();
        posted.iter().filter(|(own, _)| own == path).map(|(_, body)| body.clone()).collect()
    }

    /// With a page; `more` are lines of its head, such as `set-cookie: a=b`.
    pub fn serves(&self, path: &str, more: &[&str], html: &str) -> &Self {
        let mut head = vec!["HTTP/1.1 200 OK", "content-type: text/html; charset=utf-8", "connection: close"];
        head.extend_from_slice(more);
        let answer = format!("{}\r\ncontent-length: {}\r\n\r\n{html}", head.join("\r\n"), html.len());
        self.pages.lock().unwrap().push((path.to_owned(), answer));
        self
    }

    /// Where it is for a browser: `127.0.0.1` shares its cookies with the server, `localhost` is another site.
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}

/// Whether a page is the answer to this path; what stands in its query does not count.
fn is_for(own: &str, path: &str) -> bool {
    own == path || Some(own) == path.split('?').next()
}

fn answer(stream: TcpStream, pages: &Mutex<Vec<(String, String)>>, posted: &Mutex<Vec<(String, String)>>) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 || line == "\r\n" {
            break;
        }
        lines.push(line.to_ascii_lowercase());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = reader.read_exact(&mut body);
    let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    if lines.first().is_some_and(|line| line.starts_with("post ")) {
        let body = String::from_utf8_lossy(&body).into_owned();
        posted.lock().unwrap().push((path.clone(), body));
    }
    // Every browser asks for an icon.
    let status = if path == "/favicon.ico" { "200 OK" } else { "404 Not Found" };
    let nothing = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let pages = pages.lock().unwrap();
    let found =
        pages.iter().rev().find(|(own, _)| is_for(own, &path)).map_or(nothing, |(_, answer)| answer.clone());
    drop(pages);
    let _ = reader.get_mut().write_all(found.as_bytes());
}
