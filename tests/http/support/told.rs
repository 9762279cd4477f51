//! A relying party's back-channel logout endpoint on this machine (OpenID Connect Back-Channel Logout 1.0 §2.5), which keeps what it is
//! told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The status of one that takes what it is told and never answers.
pub const SILENT: u16 = 0;
/// How long is waited for what is to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The endpoint.
pub struct Told {
    /// Its URL.
    pub url: String,
    heard: Arc<Mutex<Vec<String>>>,
    status: Arc<AtomicU16>,
}

impl Told {
    /// Listens, and answers with `status`.
    pub fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/logout?of=op", listener.local_addr().unwrap());
        let (heard, status) = (Arc::default(), Arc::new(AtomicU16::new(status)));
        let (kept, answer) = (Arc::clone(&heard), Arc::clone(&status));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                thread::spawn(move || hear(&stream, &kept, answer.load(Ordering::SeqCst)));
            }
        });
        Self { url, heard, status }
    }

    /// Answers with another status from now on.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The logout tokens, as soon as there are `count`.
    #[track_caller]
    pub fn tokens(&self, count: usize) -> Vec<String> {
        until(|| self.count() >= count);
        let heard = self.heard.lock().unwrap().clone();
        assert_eq!(heard.len(), count, "{heard:?}");
        heard
    }

    /// How often it was told something.
    pub fn count(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

/// Waits for something that comes by itself.
#[track_caller]
pub fn until(is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it did not come");
        thread::sleep(Duration::from_millis(20));
    }
}

fn hear(stream: &TcpStream, heard: &Mutex<Vec<String>>, status: u16) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut line) = (Vec::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        head.push(line.trim_end().to_ascii_lowercase());
        line.clear();
    }
    assert_eq!(head.first().map(String::as_str), Some("post /logout?of=op http/1.1"));
    assert!(head.contains(&"content-type: application/x-www-form-urlencoded".to_owned()), "{head:?}");
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let [(name, token)] = pairs.as_slice() else { panic!("one field: {pairs:?}") };
    assert_eq!(name, "logout_token");
    heard.lock().unwrap().push(token.clone());
    if status == SILENT {
        // Until the other side has had enough.
        let _ = reader.read(&mut [0; 1]);
        return;
    }
    let _ = write!(&*stream, "HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n");
}
