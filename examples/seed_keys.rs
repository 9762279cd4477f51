//! Fills a database with people and API keys, for `bench/run`: how fast is verification when there are millions?
//!
//! `seed_keys DATA_DIR KEYS FILE EVERY`: KEYS account keys, five to a person, in the embedded database of DATA_DIR, which
//! a first command of Portcullis has made (`portcullis user list` will do); every EVERYth secret goes to FILE, one a line.

#![expect(clippy::print_stderr, reason = "a tool that shows its progress")]

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use portcullis::account::api_key::ApiKey;
use portcullis::account::user::User;
use portcullis::clock::Clock;
use portcullis::crypto::master_key::MasterKey;
use portcullis::crypto::opaque_token::{PlainToken, TokenKey, TokenType};
use portcullis::crypto::random;
use portcullis::oauth::scope::Scope;
use portcullis::storage::api_key::StoredSecret;
use portcullis::storage::{self, DatabaseUrl, Db};

const KEYS_OF_A_PERSON: usize = 5;
/// People of one write.
const BATCH: usize = 4_000;

type Person = (User, Vec<(ApiKey, StoredSecret)>);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, keys, file, every] = arguments.as_slice() else {
        return Err("usage: seed_keys DATA_DIR KEYS FILE EVERY".into());
    };
    let (keys, every) = (keys.parse::<usize>()?, every.parse::<usize>()?.max(1));
    let folder = PathBuf::from(folder);
    let master = MasterKey::from_text(&fs::read_to_string(folder.join("master.key"))?)?;
    let digests = TokenKey::new(&master);
    let db = Db::open(&DatabaseUrl::Sqlite(folder.join("portcullis.db")))?;
    let mut sample = BufWriter::new(fs::File::create(file)?);
    let people = keys / KEYS_OF_A_PERSON;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut made = 0;
    for first in (0..people).step_by(BATCH) {
        let mut batch = Vec::with_capacity(BATCH);
        for number in first..people.min(first + BATCH) {
            let user = user(number);
            let mut keys = Vec::with_capacity(KEYS_OF_A_PERSON);
            for _ in 0..KEYS_OF_A_PERSON {
                let secret = PlainToken::generate(TokenType::ApiKey);
                if made % every == 0 {
                    writeln!(sample, "{}", secret.expose())?;
                }
                made += 1;
                let stored = StoredSecret { digest: digests.digest(&secret), sealed: None };
                keys.push((key(&user, &secret), stored));
            }
            batch.push((user, keys));
        }
        runtime.block_on(db.write(move |c| insert(c, &batch)))?;
        eprint!("\r{made} keys");
    }
    eprintln!();
    sample.flush()?;
    Ok(())
}

fn insert(c: &mut storage::DbConnection, people: &[Person]) -> Result<(), storage::StorageError> {
    for (user, keys) in people {
        storage::user::insert(c, user, None)?;
        for (key, secret) in keys {
            storage::api_key::insert(c, key, secret)?;
        }
    }
    Ok(())
}

fn user(number: usize) -> User {
    User {
        id: random::id(),
        username: format!("person{number}"),
        email: format!("person{number}@example.com"),
        is_admin: false,
        disabled: false,
        created_at: Clock::System.now(),
    }
}

fn key(user: &User, secret: &PlainToken) -> ApiKey {
    let blank = ApiKey::new(random::id(), user.id, &secret.hint(), Clock::System.now());
    ApiKey { name: "bench".to_owned(), scope: Scope::from(["read", "write"]), ..blank }
}
