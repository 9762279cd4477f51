//! Pages read the way a browser reads them: forms, hidden fields, the refresh that moves on (contract §11, security §4.7).

use super::exchange::Reply;

/// The most a page may weigh on the wire, its head included: 30 KB, of which 7 KB are for its stylesheet, script and icon
/// (`tests/http/pages/look.rs` weighs those; the browser weighs all of it).
pub const MOST_BYTES: usize = 23 * 1024;
/// What an answer's head weighs at most.
const HEAD: usize = 1024;

/// A page as far as tests care.
pub struct Page {
    html: String,
    asked: String,
}

/// One form, ready to be sent as it is shown.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it goes; the page itself if it does not say.
    pub action: String,
    /// Names and values, in order, without the buttons.
    pub fields: Vec<(String, String)>,
}

impl Page {
    /// The page in an answer. None may be too heavy; one that every browser gets compressed is weighed there.
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
        assert_eq!(kind, "text/html; charset=utf-8", "{}: {}", reply.asked, reply.text());
        let page = Self { html: reply.text(), asked: reply.asked.clone() };
        let weight = HEAD + page.html.len();
        let is_compressed = reply.header("vary").is_some_and(|names| names.contains("accept-encoding"));
        assert!(is_compressed || weight <= MOST_BYTES, "{} weighs {weight} bytes", page.asked);
        page.names_its_faults();
        page
    }

    /// Each fault in the summary names the field it leads to by the words beside that (WCAG 3.3.1), which has it, too.
    #[track_caller]
    fn names_its_faults(&self) {
        let Some((_, faults)) = self.html.split_once("<div class=\"faults\"") else { return };
        let faults = faults.split("</div>").next().unwrap_or_default();
        for link in faults.split("<a href=\"#").skip(1) {
            let (id, text) = link.split_once("\">").expect("a link");
            let label = self.label(id).unwrap_or_else(|| panic!("{}: {id} has no label", self.asked));
            assert!(text.starts_with(&label), "{}: {label} is not named: {text}", self.asked);
            // A group takes the focus that the link brings, and says what is wrong with it.
            if let Some((_, group)) = self.html.split_once(&format!("<fieldset id=\"{id}\"")) {
                let tag = group.split('>').next().unwrap_or_default();
                assert!(tag.contains(" tabindex=\"-1\""), "{}: {id} takes no focus", self.asked);
                assert!(
                    tag.contains(&format!("{id}-fault\"")),
                    "{}: {id} and its fault are apart",
                    self.asked
                );
            }
        }
    }

    /// The words beside a control, or above a group of them, as they are written in the source.
    fn label(&self, id: &str) -> Option<String> {
        let label = self.html.split_once(&format!("<label for=\"{id}\">"));
        let group = || self.html.split_once(&format!("<fieldset id=\"{id}\""))?.1.split_once("<legend>");
        let (_, words) = label.or_else(group)?;
        words.split('<').next().map(str::to_owned)
    }

    /// The page's one form that posts to `action`, whatever is said in that address besides.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let mut forms =
            self.forms().into_iter().filter(|form| form.action == action || form.path() == action);
        let first = forms.next();
        assert!(forms.next().is_none(), "{}: two forms go to {action}", self.asked);
        first.unwrap_or_else(|| panic!("{}: no form goes to {action}: {}", self.asked, self.html))
    }

    /// Every form that posts.
    pub fn forms(&self) -> Vec<Form> {
        let posts = |text: &&str| text.split('>').next().is_some_and(|tag| tag.contains("method=\"post\""));
        self.html.split("<form").skip(1).filter(posts).map(form).collect()
    }

    /// Where the page moves on to: the URL of its `refresh`.
    pub fn moves_on_to(&self) -> Option<String> {
        let meta = tags(&self.html, "meta")
            .find(|tag| attribute(tag, "http-equiv").as_deref() == Some("refresh"))?;
        let content = attribute(meta, "content")?;
        let (seconds, url) = content.split_once(';')?;
        assert_eq!(seconds, "0", "{}", self.asked);
        let url = url.trim_start();
        url.strip_prefix("url=").or_else(|| url.strip_prefix("URL=")).map(str::to_owned)
    }

    /// Where its links go.
    pub fn links(&self) -> Vec<String> {
        tags(&self.html, "a").filter_map(|tag| attribute(tag, "href")).collect()
    }

    /// Where the password is typed again for a form that came back for want of it.
    pub fn proves_at(&self) -> Option<String> {
        self.links().into_iter().find(|link| link.starts_with("/login?next=") && link.ends_with("&again=1"))
    }

    /// Where the first link goes in the row of a table in which `words` stand.
    #[track_caller]
    pub fn link_beside(&self, words: &str) -> String {
        let rows = self.html.split("<tr>").skip(1).filter_map(|row| row.split("</tr>").next());
        let mut found = rows.filter(|row| row.contains(words));
        let row = found.next().unwrap_or_else(|| panic!("{}: no row has {words}: {}", self.asked, self.html));
        assert!(found.next().is_none(), "{}: two rows have {words}", self.asked);
        tags(row, "a").find_map(|tag| attribute(tag, "href")).expect("a link")
    }

    /// What stands in the control of this id.
    #[track_caller]
    pub fn control(&self, id: &str) -> String {
        let is_it = |tag: &str| attribute(tag, "id").as_deref() == Some(id);
        for area in self.html.split("<textarea").skip(1) {
            let (tag, rest) = area.split_once('>').expect("a tag ends");
            if is_it(tag) {
                return unescape(rest.split("</textarea").next().unwrap_or_default());
            }
        }
        let found = tags(&self.html, "input").find(|tag| is_it(tag));
        let tag = found.unwrap_or_else(|| panic!("{}: no control {id}", self.asked));
        attribute(tag, "value").unwrap_or_default()
    }

    /// The page's source.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// What a person reads: the text between the tags.
    pub fn words(&self) -> String {
        let pieces = self.html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
        unescape(&pieces.collect::<Vec<_>>().join(" ")).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Form {
    /// Where it goes, without what else its address says.
    pub fn path(&self) -> &str {
        self.action.split('?').next().unwrap_or_default()
    }

    /// A field's value.
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no field {name} in {self:?}"))
    }

    /// The same form with a field filled in, or replaced.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same form as it came back in an answer, or on its page loaded anew: each of its tokens is good once (security §4.6).
    #[track_caller]
    pub fn anew(self, shown: &Reply) -> Self {
        let token = Page::of(shown).form(&self.action).value("csrf_token").to_owned();
        assert_ne!(token, self.value("csrf_token"), "{}: the token is another", shown.asked);
        self.with("csrf_token", &token)
    }

    /// The same form without a field.
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self
    }

    /// Its fields, to be sent.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn form(text: &str) -> Form {
    let (tag, rest) = text.split_once('>').expect("a tag ends");
    assert_eq!(attribute(tag, "method").unwrap_or_default().to_ascii_lowercase(), "post");
    let body = rest.split("</form").next().unwrap_or_default();
    let named = |tag: &str| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()));
    let mut fields: Vec<_> = tags(body, "input").filter(|tag| is_sent(tag)).filter_map(named).collect();
    for area in body.split("<textarea").skip(1) {
        let (tag, rest) = area.split_once('>').expect("a tag ends");
        let text = rest.split("</textarea").next().unwrap_or_default();
        fields.push((attribute(tag, "name").expect("a name"), unescape(text)));
    }
    for select in body.split("<select").skip(1) {
        let (tag, rest) = select.split_once('>').expect("a tag ends");
        let inside = rest.split("</select").next().unwrap_or_default();
        let chosen = tags(inside, "option").find(|option| option.ends_with(" selected"));
        let chosen = chosen.or_else(|| tags(inside, "option").next());
        let value = chosen.and_then(|option| attribute(option, "value")).unwrap_or_default();
        fields.push((attribute(tag, "name").expect("a name"), value));
    }
    Form { action: attribute(tag, "action").unwrap_or_default(), fields }
}

/// Whether a browser sends this control: a box or a button of several only if it is chosen.
fn is_sent(tag: &str) -> bool {
    let is_choice = attribute(tag, "type").is_some_and(|kind| matches!(kind.as_str(), "checkbox" | "radio"));
    !is_choice || tag.ends_with(" checked")
}

/// The insides of every `<name …>`.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split('<').filter_map(move |piece| {
        let inside = piece.strip_prefix(name)?;
        inside.starts_with([' ', '\n', '>', '/']).then(|| inside.split('>').next().unwrap_or_default())
    })
}

/// A quoted attribute's value.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.match_indices(name).find_map(|(at, _)| {
        let before = tag[..at].chars().next_back().unwrap_or(' ');
        let after = tag[at + name.len()..].strip_prefix("=\"")?;
        before.is_whitespace().then_some(after)
    })?;
    start.split('"').next().map(unescape)
}

fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#x22;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}
