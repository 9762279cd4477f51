//! The doors outside `/api/v1`, written down: their bodies are forms or flat JSON, which no type of ours describes
//! (contract §3–6).

use utoipa::Modify;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};

mod client_registration;
mod openid;
mod providers;
mod pushed_authorization_request;
mod table;

use table::TABLE;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// What a value is.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    Texts,
    Anything,
    /// A string or `null`.
    TextOrNull,
}

/// A member, a field or a parameter.
struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
    words: &'static str,
}

/// What a door is asked with.
enum Input {
    Nothing,
    Query(&'static [Field]),
    Headers(&'static [Field]),
    Json(&'static [Field]),
    Form(&'static [Field]),
    FormOrJson(&'static [Field]),
}

/// What is in an answer.
enum Body {
    Nothing,
    Members(&'static [Field]),
    /// A type that is described with the account API.
    Named(&'static str),
}

struct Answer {
    status: u16,
    words: &'static str,
    body: Body,
}

struct Door {
    method: HttpMethod,
    path: &'static str,
    tag: &'static str,
    id: &'static str,
    summary: &'static str,
    words: &'static str,
    /// Whether it needs one of the credentials of the account API.
    credential: bool,
    input: Input,
    answers: &'static [Answer],
}

/// Adds the doors.
pub struct Doors;

impl Modify for Doors {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        components.schemas.insert("ExampleError".to_owned(), object(table::EXAMPLE_ERROR).into());
        components.schemas.insert("OAuthError".to_owned(), object(table::OAUTH_ERROR).into());
        for door in TABLE
            .iter()
            .chain(pushed_authorization_request::TABLE)
            .chain(client_registration::TABLE)
            .chain(openid::TABLE)
            .chain(providers::TABLE)
        {
            document.paths.add_path_operation(door.path, vec![door.method.clone()], operation(door));
        }
    }
}

fn operation(door: &Door) -> Operation {
    let mut operation = OperationBuilder::new()
        .tag(door.tag)
        .operation_id(Some(door.id))
        .summary(Some(door.summary))
        .description(Some(door.words));
    if !door.credential {
        operation = operation.security(Default::default());
    }
    let (place, fields) = match &door.input {
        Input::Query(fields) => (ParameterIn::Query, *fields),
        Input::Headers(fields) => (ParameterIn::Header, *fields),
        _ => (ParameterIn::Query, [].as_slice()),
    };
    for field in fields {
        let parameter = ParameterBuilder::new()
            .name(field.name)
            .parameter_in(place.clone())
            .required(if field.required { Required::True } else { Required::False })
            .description(Some(field.words))
            .schema(Some(value(field.kind)));
        operation = operation.parameter(parameter);
    }
    if door.path.ends_with("/{path}") {
        let rest = ParameterBuilder::new()
            .name("path")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The path that the client asked for, with all its slashes."))
            .schema(Some(value(Kind::Text)));
        operation = operation.parameter(rest);
    }
    if door.path.ends_with("/{client_id}") {
        let client = ParameterBuilder::new()
            .name("client_id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The client's id."))
            .schema(Some(value(Kind::Text)));
        operation = operation.parameter(client);
    }
    operation = operation.request_body(request_body(&door.input));
    for answer in door.answers {
        operation = operation.response(answer.status.to_string(), response(answer));
    }
    operation.build()
}

fn request_body(input: &Input) -> Option<RequestBody> {
    let (fields, types): (_, &[&str]) = match input {
        Input::Nothing | Input::Query(_) | Input::Headers(_) => return None,
        Input::Json(fields) => (fields, &[JSON]),
        Input::Form(fields) => (fields, &[FORM]),
        Input::FormOrJson(fields) => (fields, &[FORM, JSON]),
    };
    let needed = fields.iter().any(|field| field.required);
    let mut body =
        RequestBodyBuilder::new().required(Some(if needed { Required::True } else { Required::False }));
    for content_type in types {
        body = body.content(*content_type, ContentBuilder::new().schema(Some(object(fields))).build());
    }
    Some(body.build())
}

fn response(answer: &Answer) -> Response {
    let schema: RefOr<Schema> = match &answer.body {
        Body::Nothing => return Response::new(answer.words),
        Body::Members(fields) => object(fields).into(),
        Body::Named(name) => Ref::from_schema_name(*name).into(),
    };
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(answer.words).content(JSON, content).build()
}

fn object(fields: &[Field]) -> Object {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for field in fields {
        object = object.property(field.name, described(field));
        if field.required {
            object = object.required(field.name);
        }
    }
    object.build()
}

fn described(field: &Field) -> Schema {
    match value(field.kind) {
        Schema::Object(mut object) => {
            object.description = Some(field.words.to_owned());
            Schema::Object(object)
        }
        Schema::Array(mut array) => {
            array.description = Some(field.words.to_owned());
            Schema::Array(array)
        }
        other => other,
    }
}

fn value(kind: Kind) -> Schema {
    let of = |schema_type: SchemaType| Schema::Object(ObjectBuilder::new().schema_type(schema_type).build());
    match kind {
        Kind::Text => of(Type::String.into()),
        Kind::Number => of(Type::Integer.into()),
        Kind::Flag => of(Type::Boolean.into()),
        Kind::Anything => of(SchemaType::AnyValue),
        Kind::TextOrNull => of(SchemaType::Array(vec![Type::String, Type::Null])),
        Kind::Texts => {
            let item = ObjectBuilder::new().schema_type(Type::String);
            Schema::Array(ArrayBuilder::new().items(item).build())
        }
    }
}
