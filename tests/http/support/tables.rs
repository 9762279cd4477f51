//! The tables as somebody reads them who got hold of the database (security §4.8).

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::server::TestServer;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl TestServer {
    /// Each table of SQLite's with its rows as SQL writes them: text as it is, bytes in hexadecimal digits.
    pub fn tables(&self) -> Vec<(String, String)> {
        let path = self.folder().join("portcullis.db").display().to_string();
        let mut connection = SqliteConnection::establish(&path).unwrap();
        let mut lines = |query: String| -> Vec<String> {
            let lines: Vec<Line> = sql_query(query).load(&mut connection).unwrap();
            lines.into_iter().map(|line| line.line).collect()
        };
        let names = lines("SELECT name AS line FROM sqlite_master WHERE type = 'table'".to_owned());
        let mut rows = |name: &String| {
            let columns = lines(format!("SELECT name AS line FROM pragma_table_info('{name}')"));
            let columns: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            lines(format!("SELECT {} AS line FROM \"{name}\"", columns.join(" || ',' || "))).join("\n")
        };
        names.iter().map(|name| (name.clone(), rows(name))).collect()
    }
}
