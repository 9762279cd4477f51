//! Says of `/api/v1/projects/{project_id}/keys` what is said of `/api/v1/keys`: the same handlers answer there (contract §9).

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{OpenApi, Required};
use utoipa::{IntoResponses, Modify};

use super::super::refused::OfOne;

/// Adds the keys of projects.
pub struct UnderProjects;

impl Modify for UnderProjects {
    fn modify(&self, document: &mut OpenApi) {
        let paths = &mut document.paths.paths;
        let own = |path: &String| path == "/api/v1/keys" || path.starts_with("/api/v1/keys/{id}");
        let keys: Vec<_> = paths
            .iter()
            .filter(|(path, _)| own(path))
            .map(|(path, item)| {
                (path.replace("/api/v1/keys", "/api/v1/projects/{project_id}/keys"), item.clone())
            })
            .collect();
        for (path, mut item) in keys {
            let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
            operations.into_iter().flatten().for_each(of_project);
            paths.insert(path, item);
        }
    }
}

fn of_project(operation: &mut Operation) {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    let project = ParameterBuilder::new()
        .name("project_id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The project's id."))
        .schema(Some(id));
    operation.parameters.get_or_insert_default().insert(0, project.build().into());
    operation.tags = Some(vec!["Project keys".to_owned()]);
    operation.operation_id = operation.operation_id.take().map(|id| id.replacen("Key", "ProjectKey", 1));
    // A private project is hidden from strangers, and with it everything below.
    for (status, response) in OfOne::responses() {
        operation.responses.responses.entry(status).or_insert(response);
    }
}
