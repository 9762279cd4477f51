//! Our own TLS listener: no proxy, two PEM files (contract §13).

use std::io::{Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream, SupportedProtocolVersion};

use crate::operator::Operator;
use crate::serving::Running;

const CERTIFICATE: &str = "id.pem";
const KEY: &str = "id.key";
const REQUEST: &[u8] = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Writes a new pair for `localhost`; its certificate, which is its own authority.
fn certify(operator: &Operator) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    operator.write(KEY, &made.signing_key.serialize_pem());
    operator.write(CERTIFICATE, &made.cert.pem());
    made.cert.der().clone()
}

/// The first line of the answer to who trusts `certificate` and no other.
fn answer(
    port: u16,
    certificate: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    stream.write_all(REQUEST)?;
    read(&mut stream)
}

fn read(stream: &mut impl Read) -> Result<String> {
    let mut first = [0; 15];
    stream.read_exact(&mut first)?;
    Ok(String::from_utf8_lossy(&first).into_owned())
}

#[test]
fn contract_13_two_pem_files_are_all_it_takes_to_speak_tls() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("https://localhost:{port}");
    let operator = Operator::new()
        .with("PORTCULLIS_PUBLIC_URL", &url)
        .with("PORTCULLIS_TLS_CERT_FILE", CERTIFICATE)
        .with("PORTCULLIS_TLS_KEY_FILE", KEY);
    let first = certify(&operator);
    let server = Running::start_at(&operator, "serve", &format!("127.0.0.1:{port}"));
    assert_eq!(server.said["url"], url);
    for version in [&TLS12, &TLS13] {
        assert_eq!(answer(port, &first, version).unwrap(), "HTTP/1.1 200 OK", "{version:?}");
    }
    let stranger = certify(&Operator::new());
    assert!(answer(port, &stranger, &TLS13).is_err(), "another certificate is none");
    let mut plain = TcpStream::connect(("127.0.0.1", port)).unwrap();
    plain.write_all(REQUEST).unwrap();
    assert!(!read(&mut plain).is_ok_and(|line| line.contains("HTTP")), "nothing is said in the clear");

    // A broken certificate is not used, a renewed one without a restart.
    operator.write(CERTIFICATE, "nonsense");
    sleep(Duration::from_secs(3));
    assert!(answer(port, &first, &TLS13).is_ok(), "the old one goes on");
    let renewed = certify(&operator);
    let began = Instant::now();
    while answer(port, &renewed, &TLS13).is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "the new certificate is not used");
        sleep(Duration::from_millis(100));
    }
    assert!(answer(port, &first, &TLS13).is_err(), "the old one is used no more");
}
