//! Where a request came from, and whether it came over https: the peer, or what a trusted proxy says of it
//! (contract §13, security §4.8).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR, X_FORWARDED_PROTO};
use ipnet::IpNet;

use super::super::settings::WebSettings;

/// The address to throttle and to write into the audit trail.
pub fn client(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = address_of(peer);
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let mut lines = headers.get_all(X_FORWARDED_FOR);
    match (lines.next().map(|line| line.to_str()), lines.next()) {
        (Some(Ok(line)), None) => walk(line, trusted).unwrap_or(peer),
        // Absent, doubled or not text: the only thing known for sure is the peer.
        _ => peer,
    }
}

/// The client's address as far as it is known: `None` if a trusted proxy says something that cannot be read. An allow list must
/// not take the proxy for its client then.
pub fn known(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = address_of(peer);
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let mut lines = headers.get_all(X_FORWARDED_FOR);
    match (lines.next(), lines.next()) {
        // The proxy's own request.
        (None, _) => Some(peer),
        (Some(line), None) => line.to_str().ok().and_then(|line| walk(line, trusted)),
        _ => None,
    }
}

/// Whether the request travelled over https as far as we can know.
pub fn is_https(peer: Option<SocketAddr>, headers: &HeaderMap, settings: &WebSettings) -> bool {
    if settings.tls_listener {
        return true;
    }
    if !is_trusted(address_of(peer), &settings.trusted_proxies) {
        return false;
    }
    let mut lines = headers.get_all(X_FORWARDED_PROTO);
    match (lines.next(), lines.next()) {
        (Some(proto), None) => proto.as_bytes().eq_ignore_ascii_case(b"https"),
        _ => false,
    }
}

/// Whether the peer is a proxy whose word about the client's request counts.
pub fn is_from_trusted_proxy(request: &HttpRequest, settings: &WebSettings) -> bool {
    is_trusted(address_of(request.peer_addr()), &settings.trusted_proxies)
}

fn address_of(peer: Option<SocketAddr>) -> IpAddr {
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// From right to left, up to the first hop that no trusted proxy is; `None` if something on the way is no address.
fn walk(line: &str, trusted: &[IpNet]) -> Option<IpAddr> {
    let mut last = None;
    for hop in line.rsplit(',') {
        let address = parse(hop.trim())?;
        last = Some(address);
        if !is_trusted(address, trusted) {
            break;
        }
    }
    last
}

/// An address, perhaps with a port (RFC 7239 §6 shows both; several proxies write it here, too).
fn parse(hop: &str) -> Option<IpAddr> {
    hop.parse::<IpAddr>()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::super::super::settings::tests::settings;
    use super::*;

    fn client_of(peer: &str, lines: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let mut request = TestRequest::get();
        for line in lines {
            request = request.append_header(("x-forwarded-for", *line));
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        client(Some(peer), request.to_http_request().headers(), &trusted).to_string()
    }

    #[test]
    fn contract_13_forwarded_for_is_believed_only_from_trusted_proxies() {
        for (peer, lines, expected) in [
            ("203.0.113.9", vec!["1.2.3.4"], "203.0.113.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", vec!["6.6.6.6, 1.2.3.4, 10.9.9.9"], "1.2.3.4"),
            ("10.0.0.1", vec!["10.1.1.1, 10.9.9.9"], "10.1.1.1"),
            ("10.0.0.1", vec!["1.2.3.4", "5.6.7.8"], "10.0.0.1"),
            ("10.0.0.1", vec!["1.2.3.4, unknown"], "10.0.0.1"),
            ("10.0.0.1", vec!["unknown, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", vec!["[2001:db8::1]:4711"], "2001:db8::1"),
            ("::ffff:10.0.0.1", vec!["::ffff:1.2.3.4"], "1.2.3.4"),
            ("::1", vec![""], "::1"),
        ] {
            assert_eq!(client_of(peer, &lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn contract_13_https_is_what_our_listener_or_a_trusted_proxy_saw() {
        let mut web = settings("https://id.example");
        web.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let asks = |web: &WebSettings, peer: &str, protos: &[&str]| {
            let mut request = TestRequest::get();
            for proto in protos {
                request = request.append_header(("x-forwarded-proto", *proto));
            }
            let peer = SocketAddr::new(peer.parse().unwrap(), 1);
            is_https(Some(peer), request.to_http_request().headers(), web)
        };
        assert!(asks(&web, "10.0.0.1", &["https"]));
        assert!(!asks(&web, "10.0.0.1", &["http"]));
        assert!(!asks(&web, "10.0.0.1", &["http", "https"]));
        assert!(!asks(&web, "10.0.0.1", &["https, http"]));
        assert!(!asks(&web, "10.0.0.1", &[]));
        assert!(!asks(&web, "203.0.113.9", &["https"]));
        web.tls_listener = true;
        assert!(asks(&web, "203.0.113.9", &["http"]));
    }

    proptest! {
        #[test]
        fn contract_13_what_stands_left_of_an_untrusted_hop_counts_for_nothing(
            claimed in "[ -~]{0,30}",
            hop in any::<u32>().prop_map(|bits| Ipv4Addr::from(bits | 0x8000_0000)),
            proxies in prop::collection::vec("10\\.[0-9]\\.[0-9]\\.[0-9]", 0..3),
        ) {
            // From 128.0.0.0 on: never one of the trusted 10.0.0.0/8.
            let hops: Vec<String> = [claimed, hop.to_string()].into_iter().chain(proxies).collect();
            prop_assert_eq!(client_of("10.0.0.1", &[&hops.join(", ")]), hop.to_string());
        }

        #[test]
        fn contract_13_never_panics_and_answers_the_peer_or_a_named_hop(
            line in "[ -~]{0,40}|((10|192)\\.0\\.0\\.[0-9](:[0-9]{1,6})?|::[a-f]|\\[::1\\]:1|x)(, ?(10\\.0\\.0\\.[0-9]|::1)){0,3}",
        ) {
            prop_assert_eq!(client_of("203.0.113.9", &[&line]), "203.0.113.9");
            let answer = client_of("10.0.0.1", &[&line]);
            let named = line.split(',').filter_map(|hop| parse(hop.trim())).any(|hop| hop.to_string() == answer);
            prop_assert!(named || answer == "10.0.0.1");
        }
    }
}
