//! A tiny service to stand behind a gateway that asks Portcullis (contract §6): it answers every path with what it
//! received, as JSON. `cargo run --example upstream [ADDRESS]`; without an address it listens on 127.0.0.1:9000.

use std::env;
use std::io::{self, Write};
use std::net::TcpListener;

use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use percent_encoding::percent_decode_str;
use serde::Serialize;

const DEFAULT_ADDRESS: &str = "127.0.0.1:9000";
/// The largest body it takes, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// What it received.
#[derive(Serialize)]
struct Received {
    /// `users`, `samples`, `admin`, …: what it takes the path for.
    resource: String,
    method: String,
    /// The request line's path and query, as they came.
    target: String,
    /// Every header line, names in lower case.
    headers: Vec<(String, String)>,
    body: Body,
}

#[derive(Serialize)]
struct Body {
    length: usize,
    sha256: String,
}

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let listener = TcpListener::bind(&address)?;
    writeln!(io::stdout(), "upstream: http://{}", listener.local_addr()?)?;
    serve(listener)
}

/// Serves until the process ends.
///
/// # Errors
/// A socket that cannot be used.
pub fn serve(listener: TcpListener) -> io::Result<()> {
    let server = HttpServer::new(|| {
        App::new().app_data(web::PayloadConfig::new(MAX_BODY)).default_service(web::to(answer))
    });
    actix_web::rt::System::new().block_on(server.workers(1).disable_signals().listen(listener)?.run())
}

async fn answer(request: HttpRequest, body: Bytes) -> HttpResponse {
    // Through the gateway this header always comes, "-" at the least. Without it somebody found a way around the gateway.
    if !request.headers().contains_key("x-auth-user-id") {
        return HttpResponse::Forbidden().body("This service is reached through its gateway only.\n");
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = request.headers().iter();
    HttpResponse::Ok().json(Received {
        resource: resource(request.path()),
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: Body { length: body.len(), sha256: sha256(&body) },
    })
}

/// What a path means here. Real services differ in how they read odd paths; this one reads them as loosely as any of
/// them, so that a gateway which lets odd paths through is found out: decoded twice, without case and `;parameters`,
/// `\` is `/`, and dots and doubled slashes count for nothing.
fn resource(path: &str) -> String {
    let once = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let twice = percent_decode_str(&once).decode_utf8_lossy().replace('\\', "/").to_ascii_lowercase();
    let mut segments: Vec<&str> = Vec::new();
    for segment in twice.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    let first = segments.first().copied().unwrap_or_default();
    if first == "v1" { segments.get(1).copied().unwrap_or_default().to_owned() } else { first.to_owned() }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
