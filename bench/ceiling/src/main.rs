//! Bare actix-web handlers that do only the work nobody can leave out: the ceilings that `bench/run` compares with.
//!
//! `ceiling ADDRESS FOLDER [ROWS]…`: databases are made in FOLDER, a table to read from for each number of ROWS.
//!
//! | request | work |
//! |---|---|
//! | `GET /hello` | answer a small JSON object |
//! | `GET /rawtoken/es256` | a token for `/rawverify/es256` |
//! | `GET /rawverify/es256` | check the Bearer token's signature, issuer, audience and time; answer its claims |
//! | `POST /rawissue/es256`, `/rawissue/eddsa` | parse the form, check the secret's digest, sign an access token |
//! | `POST /login-pool` | check one password, one thread per core, memory kept |
//! | `POST /sqlite-commit` | one row in one durable transaction of its own |
//! | `GET /sqlite-read/{rows}` | one row of the table of so many, by the digest of the Bearer token |

mod commit;
mod login;
mod read;
mod token;

use std::path::Path;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Serialize;

#[derive(Serialize)]
struct Hello {
    hello: &'static str,
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().json(Hello { hello: "world" })
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder, rows @ ..] = arguments.as_slice() else {
        return Err("usage: ceiling ADDRESS FOLDER [ROWS]…".into());
    };
    let rows = rows.iter().map(|rows| rows.parse()).collect::<Result<Vec<usize>, _>>()?;
    let folder = Path::new(folder);
    let cores = std::thread::available_parallelism()?.get();
    let keys = web::Data::new(token::Keys::generate()?);
    let pool = web::Data::new(login::Pool::new(cores)?);
    let writer = web::Data::new(commit::Writer::open(&folder.join("commit.sqlite"))?);
    let tables = web::Data::new(read::Tables::make(folder, &rows)?);
    let app = move || {
        App::new()
            .app_data(keys.clone())
            .app_data(pool.clone())
            .app_data(writer.clone())
            .app_data(tables.clone())
            .route("/hello", web::get().to(hello))
            .route("/rawtoken/es256", web::get().to(token::show))
            .route("/rawverify/es256", web::get().to(token::verify))
            .route("/rawissue/es256", web::post().to(token::issue_es256))
            .route("/rawissue/eddsa", web::post().to(token::issue_eddsa))
            .route("/login-pool", web::post().to(login::check))
            .route("/sqlite-commit", web::post().to(commit::write))
            .route("/sqlite-read/{rows}", web::get().to(read::find))
    };
    HttpServer::new(app).workers(cores).bind(address)?.run().await?;
    Ok(())
}
