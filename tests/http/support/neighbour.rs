//! Somebody else's web server on this machine, which counts who connects to it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Headers and body of a JSON document.
type Documents = Arc<Mutex<HashMap<String, (String, String)>>>;

/// The other server.
pub struct Neighbour {
    /// Its port, on every address of this machine.
    pub port: u16,
    connections: Arc<AtomicUsize>,
    documents: Documents,
}

impl Neighbour {
    /// Listens.
    pub fn start() -> Self {
        let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, documents) = (Arc::new(AtomicUsize::new(0)), Documents::default());
        let (count, shown) = (Arc::clone(&connections), Arc::clone(&documents));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                answer(&stream, &shown);
            }
        });
        Self { port, connections, documents }
    }

    /// The URL of `path` there.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Shows `body` at `path`, with more headers, each ended by a line break.
    pub fn shows(&self, path: &str, headers: &str, body: &serde_json::Value) {
        let document = (headers.to_owned(), body.to_string());
        self.documents.lock().unwrap().insert(path.to_owned(), document);
    }

    /// Shows nothing at `path` any more.
    pub fn hides(&self, path: &str) {
        self.documents.lock().unwrap().remove(path);
    }

    /// How often it was connected to.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn answer(stream: &TcpStream, documents: &Documents) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let asked = lines.next().unwrap_or_default();
    let _ = lines.count();
    let path = asked.split(' ').nth(1).unwrap_or_default();
    let found = documents.lock().unwrap().get(path).cloned();
    let reply = match found {
        Some((headers, body)) => format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        ),
        None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
    };
    let _ = (&*stream).write_all(reply.as_bytes());
}
