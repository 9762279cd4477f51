//! The OpenAPI document as a reader needs it: groups, operations, what goes in and what comes out, and a line to try.

use serde_json::{Map, Value};

/// Operations about one thing.
pub struct Group {
    /// Its tag.
    pub name: String,
    /// Names it in links.
    pub anchor: String,
    /// What it is about.
    pub words: String,
    /// In the order of their addresses.
    pub operations: Vec<Operation>,
}

/// One method of one address.
pub struct Operation {
    /// Names it in links.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With `{…}` for what varies.
    pub path: String,
    /// One line.
    pub summary: String,
    /// More.
    pub words: String,
    /// In the URL.
    pub parameters: Vec<Field>,
    /// Content types of the body, and its members.
    pub body: Option<(String, Vec<Field>)>,
    /// By status.
    pub answers: Vec<Answer>,
    /// How to ask with curl.
    pub curl: String,
}

/// A parameter or a member.
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is, in a word or two.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub words: String,
}

/// What may be answered.
pub struct Answer {
    /// The status.
    pub status: String,
    /// When.
    pub words: String,
    /// The members of its body.
    pub members: Vec<Field>,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What the document says of itself, and its operations by tag. `issuer` is what curl is pointed at.
pub fn read(document: &Value, issuer: &str) -> (String, Vec<Group>) {
    let about = text(at(document, "/info/description"));
    let tags = at(document, "/tags").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut groups: Vec<Group> = tags
        .iter()
        .map(|tag| Group {
            name: text(at(tag, "/name")),
            anchor: text(at(tag, "/name")).replace(' ', "-"),
            words: text(at(tag, "/description")),
            operations: Vec::new(),
        })
        .collect();
    for (path, item) in members(at(document, "/paths")) {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = text(at(operation, "/tags/0"));
            if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                group.operations.push(read_operation(document, issuer, path, method, operation));
            }
        }
    }
    (about, groups)
}

fn read_operation(document: &Value, issuer: &str, path: &str, method: &str, operation: &Value) -> Operation {
    let parameters = at(operation, "/parameters").as_array().map(Vec::as_slice).unwrap_or_default();
    let body = read_body(document, at(operation, "/requestBody"));
    let method = method.to_uppercase();
    // An empty list of requirements: anybody may ask.
    let open = operation.get("security").is_some_and(|all| {
        all.as_array().is_some_and(|all| all.iter().all(|one| one.as_object().is_none_or(Map::is_empty)))
    });
    Operation {
        id: text(at(operation, "/operationId")),
        curl: curl(&method, &format!("{issuer}{path}"), open, body.as_ref()),
        summary: text(at(operation, "/summary")),
        words: text(at(operation, "/description")),
        parameters: parameters.iter().map(read_parameter).collect(),
        answers: members(at(operation, "/responses"))
            .map(|(status, answer)| Answer {
                status: status.clone(),
                words: text(at(answer, "/description")),
                members: fields(document, at(answer, "/content/application~1json/schema")),
            })
            .collect(),
        body,
        path: path.to_owned(),
        method,
    }
}

fn read_parameter(parameter: &Value) -> Field {
    Field {
        name: text(at(parameter, "/name")),
        kind: format!("{}, in the {}", kind(at(parameter, "/schema")), text(at(parameter, "/in"))),
        required: at(parameter, "/required").as_bool().unwrap_or_default(),
        words: text(at(parameter, "/description")),
    }
}

fn read_body(document: &Value, body: &Value) -> Option<(String, Vec<Field>)> {
    let content = body.get("content")?;
    let types: Vec<&str> = members(content).map(|(name, _)| name.as_str()).collect();
    let schema = members(content).next().map(|(_, content)| at(content, "/schema"))?;
    Some((types.join(" or "), fields(document, schema)))
}

/// The members of an object, or of the entries of a page.
fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let schema = resolve(document, schema);
    let required = at(schema, "/required").as_array().map(Vec::as_slice).unwrap_or_default();
    members(at(schema, "/properties"))
        .map(|(name, property)| Field {
            name: name.clone(),
            kind: kind(property),
            required: required.iter().any(|own| own.as_str() == Some(name)),
            words: text(at(property, "/description")),
        })
        .collect()
}

fn kind(schema: &Value) -> String {
    if let Some(name) = at(schema, "/$ref").as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(format) = at(schema, "/format").as_str().filter(|format| !format.starts_with("int")) {
        return format.to_owned();
    }
    let names = match at(schema, "/type") {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        Value::String(name) => vec![name.as_str()],
        _ => Vec::new(),
    };
    match names.as_slice() {
        ["array"] => format!("list of {}", kind(at(schema, "/items"))),
        names => names.join(" or "),
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(reference) = at(schema, "/$ref").as_str() else { return schema };
    reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn curl(method: &str, url: &str, open: bool, body: Option<&(String, Vec<Field>)>) -> String {
    let mut line = "curl".to_owned();
    if method != "GET" {
        line.push_str(&format!(" -X {method}"));
    }
    if !open {
        line.push_str(" -H 'Authorization: Bearer '\"$KEY\"");
    }
    if let Some((types, fields)) = body {
        let needed = fields.iter().filter(|field| field.required);
        if types == "application/json" {
            let members: Vec<String> = needed.map(|field| format!("\"{}\":…", field.name)).collect();
            line.push_str(&format!(" -H 'Content-Type: application/json' -d '{{{}}}'", members.join(",")));
        } else {
            needed.for_each(|field| line.push_str(&format!(" -d '{}=…'", field.name)));
        }
    }
    format!("{line} '{url}'")
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// What a JSON pointer leads to; `null` if it leads nowhere.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
