//! What went wrong, as a page (contract §8): what happened, what to do, the request's number.

use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::person::{Person, Variant, walked};
use crate::support::postgres::fresh_postgres_url;
use crate::support::server::TestServer;
use crate::tab::Tab;

#[test]
fn contract_8_a_person_who_goes_astray_reads_a_page() {
    walked(|person| {
        for (status, path) in [
            (404, "/nothing/here"),
            (404, "/oauth/nothing"),
            (405, "/auth/v1/token"),
            (400, "/login?next=a&next=b"),
            (400, "/oauth/authorize?client_id=nobody"),
        ] {
            let _ = person.opens_for(status, path);
            person.does_not_read("{");
            let number = person.tab.has("//code");
            assert!(number, "{path}: {}", person.tab.words());
            person.tab.finds("way out", "//main//a[@href='/']");
            person.tab.finds("what happened", "//main//p[@role='alert']");
            person.tab.finds("what to do", "//main//p[@role='alert']/following-sibling::p[1][not(a)]");
        }
        // It has a title of its own, and says all in one.
        let _ = person.opens_for(404, "/setup?token=pst_gone");
        person.reads("This link does not work any more");
        person.tab.finds("way out", "//main//a[@href='/login']");
        person.tab.finds("number", "//main//p[contains(., 'request ')]");
    });
}

/// A page, not JSON, that says what to do and which number to report.
#[track_caller]
fn reads_to_wait(person: &Person<'_>) {
    person.reads("Try again in a moment");
    person.reads("Wait a moment, then reload the page.");
    person.reads("temporarily_unavailable");
    let number = person.tab.finds("number", "//main//p[contains(., 'request ')]");
    let number = crate::chrome::wait(number.text()).unwrap();
    let number = number.split("request ").nth(1).unwrap().to_owned();
    assert!(number.len() >= 16 && person.server.log().contains(&number), "{number} is not in the log");
    person.does_not_read("{");
}

/// Lets nobody into the database any more, or lets them in again: to the server it is away, and comes back as it was.
fn is_open(database: &str, open: bool) {
    let mut url = url::Url::parse(database).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    url.set_path("/postgres");
    let mut connection = PgConnection::establish(url.as_str()).unwrap();
    for command in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {open}"),
        format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND NOT {open}"
        ),
    ] {
        diesel::sql_query(command).execute(&mut connection).unwrap();
    }
}

/// Opens it, and waits until the server has noticed.
fn comes_back(person: &Person<'_>, database: &str) {
    is_open(database, true);
    person.tab.until("ready", || person.server.actor().get("/health/ready").send().status == 200);
}

#[test]
fn contract_8_while_the_store_is_away_a_person_reads_a_page_and_afterwards_goes_on() {
    let (database, tab) = (fresh_postgres_url(), Tab::open());
    let server = TestServer::on_database(&database);
    for variant in Variant::ALL {
        let person = Person::arrives(&server, &tab, variant);
        person.signs_in_as("alice");
        is_open(&database, false);
        let _ = person.opens_for(503, "/settings/keys/new");
        reads_to_wait(&person);
        comes_back(&person, &database);
        tab.reloads();
        let _ = person.looks(200, "reload");
        person.types("Name", "laptop");
        is_open(&database, false);
        let _ = person.clicks_for(503, "Generate key");
        reads_to_wait(&person);
        comes_back(&person, &database);
        // What was sent is as good as before.
        tab.reloads();
        let _ = person.looks(200, "reload");
        let _ = person.shown_once("The API key laptop");
    }
}
