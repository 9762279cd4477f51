//! `/projects`: made, shared, given keys, left and deleted (contract §1, §7, §9).

use crate::person::{Person, walked};

fn makes(person: &Person<'_>, name: &str) {
    let _ = person.opens("/projects");
    let _ = person.clicks("New project");
    person.types("Project name", name);
    let _ = person.clicks("Make project");
    person.reads("The project was made.");
}

#[test]
fn contract_9_a_project_is_made_shared_and_deleted() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/projects");
        person.reads("You are in no project yet.");
        makes(person, "Genome browser");
        person.types("User name or e-mail address", "nobody");
        let _ = person.clicks_for(400, "Add member");
        person.reads("Nobody here has this user name");
        assert_eq!(person.value("User name or e-mail address"), "nobody");
        person.types("User name or e-mail address", "bob@example.com");
        person.ticks("editor");
        let _ = person.clicks("Add member");
        person.reads("The member was added.");
        let _ = person.clicks("Change bob");
        person.ticks("viewer");
        let _ = person.clicks("Save changes");
        person.reads("The role was changed.");
        let _ = person.clicks("Remove bob");
        person.reads("Remove bob from Genome browser?");
        let _ = person.clicks("Remove bob");
        person.reads("The member was removed.");
        let _ = person.clicks("Leave");
        let _ = person.clicks_for(409, "Leave Genome browser");
        person.reads("A project keeps at least one owner");
        let _ = person.opens("/projects");
        let _ = person.clicks("Genome browser");
        let _ = person.clicks("Project settings");
        let _ = person.clicks("Delete Genome browser");
        person.types("Type the project’s name, Genome browser, to go on", "genome");
        let _ = person.clicks_for(400, "Delete Genome browser");
        person.types("Type the project’s name, Genome browser, to go on", "Genome browser");
        let _ = person.clicks("Delete Genome browser");
        person.reads("The project was deleted.");
    });
}

#[test]
fn contract_7_a_project_is_made_public_and_private_again() {
    walked(|person| {
        let bob = person.server.actor().named("bob");
        let _ = bob.signs_in();
        person.signs_in_as("alice");
        makes(person, "Genome browser");
        let url = person.tab.url();
        let project = url.split("/settings").next().unwrap();
        assert!(person.is_ticked("Private"), "as long as nobody says otherwise");
        assert_eq!(bob.get(project).send().status, 404);
        person.ticks("Public");
        let _ = person.clicks("Save changes");
        person.reads("The project was changed.");
        assert!(person.is_ticked("Public"));
        assert_eq!(bob.get(project).send().status, 200);
        assert_eq!(person.server.actor().get(project).send().status, 200);
        let _ = person.opens("/projects");
        let _ = person.clicks("Public projects");
        let _ = person.clicks("Genome browser");
        person.reads("Public");
        let _ = person.clicks("Project settings");
        person.ticks("Private");
        let _ = person.clicks("Save changes");
        assert!(person.is_ticked("Private"));
        assert_eq!(bob.get(project).send().status, 404);
        let _ = person.opens("/projects?public=1");
        person.does_not_read("Genome browser");
    });
}

#[test]
fn contract_9_a_projects_key_is_made_in_its_settings() {
    walked(|person| {
        person.signs_in_as("alice");
        makes(person, "Shared");
        let _ = person.clicks("Add API key…");
        person.reads("The key works in the project Shared only.");
        person.types("Name", "pipeline");
        let _ = person.clicks("Generate key");
        let _ = person.shown_once("The API key pipeline");
        let _ = person.clicks("I have saved it");
        person.reads("pipeline");
    });
}

#[test]
fn contract_7_a_stranger_cannot_tell_a_private_project_from_none() {
    walked(|person| {
        let id = person.server.project(&[("bob", portcullis::account::project::Role::Owner)]);
        person.signs_in_as("alice");
        let _ = person.opens_for(404, &format!("/projects/{id}"));
        person.reads("There is nothing at this address.");
        let _ = person.opens_for(404, &format!("/projects/{id}/settings"));
    });
}
