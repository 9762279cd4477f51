//! An answer as the reader of pages takes it.

use reqwest::blocking::Response;
use reqwest::header::HeaderMap;

pub struct Reply {
    /// What was asked for, for messages.
    pub asked: String,
    pub status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    pub fn of(response: Response) -> Self {
        let (asked, status) = (response.url().to_string(), response.status().as_u16());
        let headers = response.headers().clone();
        Self { asked, status, headers, body: response.text().unwrap() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }

    pub fn text(&self) -> String {
        self.body.clone()
    }
}
