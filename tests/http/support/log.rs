//! The log of the whole binary at its most talkative, and what must never stand in it (security §4.8).

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock};

/// Everything of ours, and of what we use; the requests' own client is not part of the server.
const FILTER: &str = "debug,portcullis=trace,reqwest=off,hyper=off,hyper_util=off";
/// Shorter values are words, not secrets: finding one in a log would say nothing.
const SHORTEST: usize = 12;

static BUFFER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BUFFER.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the log, once for the binary.
pub fn start() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let subscriber =
            tracing_subscriber::fmt().with_env_filter(FILTER).with_ansi(false).with_writer(|| Sink).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Where the log ends now.
pub fn end() -> usize {
    BUFFER.lock().unwrap().len()
}

/// What was logged after `start`, by every test that runs meanwhile.
pub fn since(start: usize) -> String {
    String::from_utf8_lossy(&BUFFER.lock().unwrap()[start..]).into_owned()
}

/// The secrets one test has seen: sent, received, or read from a page.
#[derive(Default)]
pub struct Secrets(Mutex<BTreeSet<String>>);

impl Secrets {
    /// Remembers a secret, and a JWT's signature for itself.
    pub fn add(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut all = self.0.lock().unwrap();
        if secret.starts_with("eyJ")
            && let Some((_, signature)) = secret.rsplit_once('.')
            && signature.len() >= SHORTEST
        {
            all.insert(signature.to_owned());
        }
        all.insert(secret.to_owned());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Those that stand in `text`, as they are or percent-encoded.
    pub fn found_in(&self, text: &str) -> Vec<String> {
        let stands = |secret: &&String| {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            text.contains(secret.as_str()) || text.contains(&encoded)
        };
        self.0.lock().unwrap().iter().filter(stands).cloned().collect()
    }
}
