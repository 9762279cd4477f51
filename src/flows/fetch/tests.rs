//! Owns the tests of what is fetched: what is never reached, what is not believed, and what bounds the rest.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::address::tests::FORBIDDEN;
use super::*;
use crate::flows::fixture::block_on;

const TRYING_OUT: &str = "http://127.0.0.1:8080";
const IN_EARNEST: &str = "https://id.example";
const MOST: usize = 1000;

/// Somebody on this machine who answers every request with the same bytes.
struct Listener {
    port: u16,
    heard: Arc<AtomicUsize>,
    asked: Arc<Mutex<String>>,
}

impl Listener {
    fn saying(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::doing(move |stream| {
            let asked = head(stream);
            let _ = stream.write_all(answer.as_bytes());
            asked
        })
    }

    fn json(headers: &str, body: &str) -> Self {
        Self::saying(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n\r\n{body}", body.len()))
    }

    fn doing(answer: impl Fn(&mut TcpStream) -> String + Send + 'static) -> Self {
        // Whatever of this machine is connected to: IPv4 and IPv6.
        let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(String::new())));
        let (count, kept) = (Arc::clone(&heard), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                // Held meanwhile: whoever has the answer waits here until what was asked is kept.
                let mut kept = kept.lock().unwrap();
                *kept = answer(&mut stream.unwrap());
            }
        });
        Self { port, heard, asked }
    }

    fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/doc?a=b", self.port)
    }
}

fn head(stream: &mut impl Read) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

/// A resolver that answers with the next of `answers` each time, and counts.
fn resolving(public_url: &str, answers: Vec<Vec<SocketAddr>>) -> (Fetcher, Arc<AtomicUsize>) {
    let (asked, count) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    let resolver = move |_: String, _: u16| -> Lookup {
        counted.fetch_add(1, Ordering::SeqCst);
        let at = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let answer = answers[at].clone();
        Box::pin(async move { Ok(answer) })
    };
    (Fetcher { resolver: Box::new(resolver), ..Fetcher::new(public_url) }, count)
}

fn get(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
    block_on(fetcher.get(url, MOST, Behalf::Registered))
}

fn refusal(fetcher: &Fetcher, url: &str) -> FetchError {
    get(fetcher, url).err().unwrap_or_else(|| panic!("{url} was fetched"))
}

#[test]
fn security_38_no_address_off_the_public_network_is_reached() {
    let listener = Listener::json("Content-Type: application/json", "{}");
    let port = listener.port;
    for public_url in [IN_EARNEST, TRYING_OUT] {
        let fetcher = Fetcher::new(public_url);
        for address in FORBIDDEN {
            let address: IpAddr = address.parse().unwrap();
            if public_url == TRYING_OUT && address.is_loopback() {
                continue;
            }
            let url = format!("https://{}/", SocketAddr::new(address, port));
            assert_eq!(refusal(&fetcher, &url), FetchError::Forbidden, "{url}");
            // The same by a name, alone and among good ones.
            let (bad, good) = (SocketAddr::new(address, port), SocketAddr::new([1, 1, 1, 1].into(), port));
            for answer in [vec![bad], vec![good, bad], vec![bad, good]] {
                let (fetcher, _) = resolving(public_url, vec![answer]);
                assert_eq!(refusal(&fetcher, "https://evil.example/"), FetchError::Forbidden, "{address}");
            }
        }
    }
    assert_eq!(listener.heard(), 0);
}

#[test]
fn security_38_no_spelling_of_an_address_gets_by() {
    let listener = Listener::json("Content-Type: application/json", "{}");
    let port = listener.port;
    let fetcher = Fetcher::new(IN_EARNEST);
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "①②⑦.0.0.1",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "localhost",
        "LOCALHOST.",
        "0",
    ] {
        let url = format!("https://{host}:{port}/");
        let refused = refusal(&fetcher, &url);
        assert!(matches!(refused, FetchError::Forbidden | FetchError::Unknown(_)), "{url}: {refused}");
    }
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        format!("https://user@127.0.0.1:{port}/"),
        format!("https://good.example:x@127.0.0.1:{port}/"),
        "file:///etc/passwd".to_owned(),
        "data:application/json,{}".to_owned(),
        "//127.0.0.1/".to_owned(),
        String::new(),
    ] {
        assert!(matches!(refusal(&fetcher, &url), FetchError::Url(_)), "{url}");
    }
    assert_eq!(listener.heard(), 0);
}

#[test]
fn security_38_a_name_is_resolved_once_and_what_was_judged_is_connected_to() {
    let (judged, later) = (
        Listener::json("Content-Type: application/json", "{}"),
        Listener::json("Content-Type: application/json", "{}"),
    );
    let at = |listener: &Listener| SocketAddr::new([127, 0, 0, 1].into(), listener.port);
    // The second answer would lead elsewhere: nobody asks for it.
    let (fetcher, count) = resolving(TRYING_OUT, vec![vec![at(&judged)], vec![at(&later)]]);
    assert!(get(&fetcher, "http://rebinding.example/").is_ok());
    assert_eq!((judged.heard(), later.heard(), count.load(Ordering::SeqCst)), (1, 0, 1));
    let (fetcher, count) = resolving(IN_EARNEST, vec![vec![at(&judged)], vec![([1, 1, 1, 1], 443).into()]]);
    assert_eq!(refusal(&fetcher, "https://rebinding.example/"), FetchError::Forbidden);
    assert_eq!((judged.heard(), count.load(Ordering::SeqCst)), (1, 1));
    let (fetcher, _) = resolving(TRYING_OUT, vec![vec![], vec![at(&later); MAX_ADDRESSES + 1]]);
    assert!(matches!(refusal(&fetcher, "http://none.example/"), FetchError::Unknown(_)));
    assert!(matches!(refusal(&fetcher, "http://many.example/"), FetchError::Unknown(_)));
}

#[test]
fn security_38_a_redirect_is_not_followed() {
    let target = Listener::json("Content-Type: application/json", "{}");
    let fetcher = Fetcher::new(TRYING_OUT);
    for status in [301, 302, 303, 307, 308] {
        let answer =
            format!("HTTP/1.1 {status} Go\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", target.url());
        assert_eq!(refusal(&fetcher, &Listener::saying(&answer).url()), FetchError::Status(status));
    }
    assert_eq!(target.heard(), 0);
}

#[test]
fn what_is_asked_names_nobody_and_carries_nothing() {
    let listener = Listener::json("Content-Type: application/json\r\nCache-Control: max-age=60", "{}");
    let fetched = get(&Fetcher::new(TRYING_OUT), &listener.url()).unwrap();
    assert_eq!((fetched.body.as_slice(), fetched.lifetime), (b"{}".as_slice(), Some(60)));
    let asked = listener.asked.lock().unwrap().to_lowercase();
    let expected = format!(
        "get /doc?a=b http/1.1\r\nhost: 127.0.0.1:{}\r\nuser-agent: portcullis/{}\r\naccept: application/json\r\nconnection: close\r\n\r\n",
        listener.port,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(asked, expected);
}

#[test]
fn only_plain_json_is_taken() {
    let fetcher = Fetcher::new(TRYING_OUT);
    for (headers, good) in [
        ("Content-Type: application/json", true),
        ("Content-Type: Application/JSON; charset=utf-8", true),
        ("Content-Type: application/jwk-set+json", true),
        ("Content-Type: text/html", false),
        ("Content-Type: text/json", false),
        ("Content-Type: application/jsonp", false),
        ("X-Content-Type: application/json", false),
        ("Content-Type: application/json\r\nContent-Encoding: gzip", false),
    ] {
        let fetched = get(&fetcher, &Listener::json(headers, "{}").url());
        assert_eq!(fetched.err(), (!good).then_some(FetchError::Kind), "{headers}");
    }
    for status in [204, 206, 400, 404, 500] {
        let answer = format!("HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n\r\n");
        assert_eq!(refusal(&fetcher, &Listener::saying(&answer).url()), FetchError::Status(status));
    }
}

#[test]
fn security_38_an_answer_is_bounded_in_size_and_time() {
    let json = "Content-Type: application/json";
    let fetcher = Fetcher::new(TRYING_OUT);
    let body = |length: usize| "x".repeat(length);
    assert!(get(&fetcher, &Listener::json(json, &body(MOST)).url()).is_ok());
    let large = Listener::json(json, &body(MOST + 1));
    assert_eq!(refusal(&fetcher, &large.url()), FetchError::TooLarge(MOST));
    // One that says nothing of its length, and does not end.
    let endless = Listener::doing(|stream| {
        let asked = head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
        while stream.write_all(&[b'x'; 100]).is_ok() {}
        asked
    });
    assert_eq!(refusal(&fetcher, &endless.url()), FetchError::TooLarge(MOST));
    let heady = Listener::json(&format!("{json}\r\nX-Long: {}", body(64 * 1024)), "{}");
    assert!(matches!(refusal(&fetcher, &heady.url()), FetchError::Http(_)));
    let hurried = Fetcher { patience: Duration::from_millis(200), ..Fetcher::new(TRYING_OUT) };
    let silent = Listener::doing(|stream| {
        let asked = head(stream);
        thread::sleep(Duration::from_secs(3));
        asked
    });
    assert_eq!(refusal(&hurried, &silent.url()), FetchError::Slow);
    let closing = Listener::doing(head);
    assert!(matches!(refusal(&fetcher, &closing.url()), FetchError::Http(_)));
}

#[test]
fn security_38_so_many_at_once_and_no_more() {
    let listener = Listener::json("Content-Type: application/json", "{}");
    let fetcher = Fetcher { registered: Semaphore::new(0), ..Fetcher::new(TRYING_OUT) };
    assert_eq!(refusal(&fetcher, &listener.url()), FetchError::Busy);
    assert_eq!(listener.heard(), 0);
    let fetcher = Fetcher { strangers: Semaphore::new(0), ..Fetcher::new(TRYING_OUT) };
    assert!(get(&fetcher, &listener.url()).is_ok(), "what strangers cause keeps nobody else waiting");
    let stranger = block_on(fetcher.get(&listener.url(), MOST, Behalf::Stranger));
    assert_eq!(stranger.err(), Some(FetchError::Busy));
}

#[test]
fn security_38_one_host_does_not_occupy_what_strangers_may_fetch() {
    use super::crowd::AT_ONE_PLACE;
    let silent = || {
        Listener::doing(|stream| {
            let asked = head(stream);
            thread::sleep(Duration::from_millis(900));
            asked
        })
    };
    let good = Listener::json("Content-Type: application/json", "{}");
    let (slow, slow_too) = (silent(), silent());
    let at = |listener: &Listener, host: u8| SocketAddr::new([127, 0, 0, host].into(), listener.port);
    // Every name of evil.example leads to one address, and those of the others to another.
    let (first, second, third) = (at(&slow, 1), at(&slow_too, 2), at(&good, 3));
    let resolver = move |host: String, _: u16| -> Lookup {
        let address = match host.as_str() {
            name if name.ends_with("evil.example") => first,
            name if name.starts_with("same") => second,
            _ => third,
        };
        Box::pin(async move { Ok(vec![address]) })
    };
    let patience = Duration::from_millis(300);
    let fetcher = Fetcher { resolver: Box::new(resolver), patience, ..Fetcher::new(TRYING_OUT) };
    let ask = |name: String| {
        let fetcher = &fetcher;
        async move { fetcher.get(&format!("http://{name}/"), MOST, Behalf::Stranger).await.err() }
    };
    block_on(async {
        // By site; by address; and meanwhile somewhere else.
        let by_site = async {
            tokio::join!(
                ask("a.evil.example".into()),
                ask("b.evil.example".into()),
                ask("c.evil.example".into()),
                ask("d.evil.example".into()),
                ask("e.evil.example".into())
            )
        };
        let by_address = async {
            tokio::join!(
                ask("same1.example".into()),
                ask("same.b.example2".into()),
                ask("same.c.example3".into()),
                ask("same.d.example4".into()),
                ask("same.e.example5".into())
            )
        };
        let (site, address, other) = tokio::join!(by_site, by_address, ask("good.example".into()));
        let count = |errors: [Option<FetchError>; 5]| {
            errors.into_iter().filter(|error| *error == Some(FetchError::Busy)).count()
        };
        assert_eq!(count([site.0, site.1, site.2, site.3, site.4]), 5 - AT_ONE_PLACE);
        assert_eq!(count([address.0, address.1, address.2, address.3, address.4]), 5 - AT_ONE_PLACE);
        assert_eq!(other, None, "another place is free");
        assert_ne!(ask("a.evil.example".into()).await, Some(FetchError::Busy), "who was there has left");
    });
}

#[test]
fn security_38_a_stranger_is_counted_at_the_address_that_answers() {
    use super::crowd::AT_ONE_PLACE;
    let slow = Listener::doing(|stream| {
        let asked = head(stream);
        thread::sleep(Duration::from_millis(900));
        asked
    });
    // Each name has an address of its own that nobody answers at, and then the one.
    let answers = SocketAddr::new([127, 0, 0, 1].into(), slow.port);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let resolver = move |host: String, _: u16| -> Lookup {
        let number = host.bytes().find(u8::is_ascii_digit).unwrap() - b'0';
        let first = SocketAddr::new([127, 0, 1, number].into(), closed);
        Box::pin(async move { Ok(vec![first, answers]) })
    };
    let patience = Duration::from_millis(300);
    let fetcher = Fetcher { resolver: Box::new(resolver), patience, ..Fetcher::new(TRYING_OUT) };
    let ask = |number: u8| {
        let fetcher = &fetcher;
        async move { fetcher.get(&format!("http://a.example{number}/"), MOST, Behalf::Stranger).await.err() }
    };
    let (a, b, c, d, e) = block_on(async { tokio::join!(ask(1), ask(2), ask(3), ask(4), ask(5)) });
    let busy = [a, b, c, d, e].into_iter().filter(|error| *error == Some(FetchError::Busy)).count();
    assert_eq!(busy, 5 - AT_ONE_PLACE);
}

#[test]
fn a_certificate_counts_if_it_is_trusted_and_names_the_host() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = Listener::doing(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let asked = head(&mut stream);
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        stream.conn.send_close_notify();
        let _ = stream.flush();
        asked
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let trusting = Fetcher { tls: Tls::trusting(roots), ..Fetcher::new(TRYING_OUT) };
    let at = |host: &str| format!("https://{host}:{}/", listener.port);
    assert_eq!(get(&trusting, &at("localhost")).map(|fetched| fetched.body), Ok(b"{}".to_vec()));
    assert!(matches!(refusal(&trusting, &at("127.0.0.1")), FetchError::Tls(_)), "another name");
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(other.cert.der().clone()).unwrap();
    let doubting = Fetcher { tls: Tls::trusting(roots), ..Fetcher::new(TRYING_OUT) };
    assert!(matches!(refusal(&doubting, &at("localhost")), FetchError::Tls(_)), "another authority");
    let none = Fetcher { tls: Tls::trusting(RootCertStore::empty()), ..Fetcher::new(TRYING_OUT) };
    assert!(matches!(refusal(&none, &at("localhost")), FetchError::Tls(_)));
}
