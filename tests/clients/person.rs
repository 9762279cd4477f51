//! Somebody with a browser: follows redirects, signs in, allows, and says where they were sent in the end.

use std::collections::BTreeMap;

use reqwest::Url;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::redirect::Policy;

use crate::exchange::Reply;
use crate::page::{Form, Page};

/// More pages than any login has.
const PATIENCE: usize = 20;

pub struct Person<'a> {
    http: Client,
    home: Url,
    username: &'a str,
    password: &'a str,
    cookies: BTreeMap<String, String>,
}

impl<'a> Person<'a> {
    pub fn at(home: &str, username: &'a str, password: &'a str) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { http, home: Url::parse(home).unwrap(), username, password, cookies: BTreeMap::new() }
    }

    /// Goes to `url` and on until the browser leaves the server, or nothing is left to do: where it is then.
    pub fn visit(&mut self, url: &str) -> String {
        let mut here = self.home.join(url).unwrap();
        let mut reply = self.get(&here);
        for _ in 0..PATIENCE {
            if let Some(target) = reply.header("location") {
                here = here.join(target).unwrap();
                if here.origin() != self.home.origin() {
                    return here.to_string();
                }
                reply = self.get(&here);
                continue;
            }
            assert_eq!(reply.status, 200, "{}: {}", reply.asked, reply.text());
            let page = Page::of(&reply);
            if let Some(target) = page.moves_on_to() {
                here = here.join(&target).unwrap();
                if here.origin() != self.home.origin() {
                    return here.to_string();
                }
                reply = self.get(&here);
            } else if let Some(form) = self.filled_in(&page) {
                let target =
                    if form.action.is_empty() { here.clone() } else { here.join(&form.action).unwrap() };
                reply = self.post(&target, &form);
                here = target;
            } else {
                return here.to_string();
            }
        }
        panic!("still at {here}");
    }

    /// The form of a page that asks for something, with the answer; `None` on a page that asks nothing.
    fn filled_in(&self, page: &Page) -> Option<Form> {
        let named = |form: &Form, name: &str| form.fields.iter().any(|(own, _)| own == name);
        let form = page.forms().into_iter().find(|form| form.action != "/logout")?;
        if named(&form, "password") {
            let by = if named(&form, "email") { "email" } else { "username" };
            return Some(form.with(by, self.username).with("password", self.password));
        }
        let asks = page.html().contains("value=\"allow\"");
        Some(if asks { form.with("decision", "allow") } else { form })
    }

    fn get(&mut self, url: &Url) -> Reply {
        let request = self.http.get(url.clone()).header("Accept", "text/html");
        self.send(request)
    }

    fn post(&mut self, url: &Url, form: &Form) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form.pairs()).finish();
        let request = self
            .http
            .post(url.clone())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", self.home.origin().ascii_serialization())
            .body(body);
        self.send(request)
    }

    fn send(&mut self, request: RequestBuilder) -> Reply {
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let reply = Reply::of(request.header("Cookie", jar.join("; ")).send().unwrap());
        for cookie in reply.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }
}
