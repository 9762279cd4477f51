//! `/projects`: made, shared, given keys, left and deleted (contract §1, §7, §9).

use portcullis::account::project::Role;

use crate::person::{Person, walked, walked_with};

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

/// Whether a key works, in this project.
fn works(person: &Person<'_>, key: &str, project: &str) -> bool {
    let path = format!("/v1/auth/verify?project_id={project}");
    person.server.actor().get(&path).header("x-api-key", key).send().status == 200
}

/// Makes a key in the settings of a project, where the person is.
fn makes_key(person: &Person<'_>, name: &str) -> String {
    let _ = person.clicks("Add API key…");
    person.types("Name", name);
    let _ = person.clicks("Generate key");
    let key = person.shown_once(&format!("The API key {name}"));
    let _ = person.clicks("I have saved it");
    key
}

#[test]
fn contract_9_a_projects_key_is_made_used_replaced_and_revoked() {
    walked_with(&[("REVEAL_KEYS", "true")], |person| {
        person.signs_in_as("alice");
        makes(person, "Shared");
        let url = person.tab.url();
        let id = url.split('/').nth(4).unwrap().to_owned();
        let elsewhere = person.server.project(&[("alice", Role::Owner)]).to_string();
        let _ = person.clicks("Add API key…");
        person.reads("The key works in the project Shared only.");
        let _ = person.clicks("Cancel");
        let first = makes_key(person, "pipeline");
        assert!(works(person, &first, &id) && !works(person, &first, &elsewhere));
        let _ = person.clicks("Regenerate pipeline");
        person.reads("The old key stops working at once");
        let _ = person.clicks("Regenerate pipeline");
        let second = person.shown_once("The API key pipeline");
        let _ = person.clicks("I have saved it");
        assert!(!works(person, &first, &id) && works(person, &second, &id));
        let page = format!("/projects/{id}/settings");
        let _ = person.opens(&page);
        let _ = person.clicks("pipeline");
        let _ = person.clicks("Reveal");
        person.types("Password", &person.server.seed.password);
        let _ = person.clicks("Reveal pipeline");
        assert_eq!(person.value("The API key pipeline"), second);
        let _ = person.clicks("I have saved it");
        let _ = person.opens(&page);
        let _ = person.clicks("pipeline");
        let _ = person.clicks("Rotate");
        person.ticks("no longer");
        let _ = person.clicks("Rotate pipeline");
        let third = person.shown_once("The API key pipeline");
        assert!(!works(person, &second, &id) && works(person, &third, &id));
        let _ = person.opens(&page);
        let _ = person.clicks("pipeline");
        let _ = person.clicks("Change");
        person.types("Name", "nightly");
        let _ = person.clicks("Save changes");
        let _ = person.clicks("Switch off");
        assert!(!works(person, &third, &id));
        let _ = person.clicks("Switch on");
        assert!(works(person, &third, &id));
        let _ = person.clicks("Revoke nightly");
        person.reads("Revoke nightly?");
        let _ = person.clicks("Revoke nightly");
        person.reads("The key was revoked.");
        assert!(!works(person, &third, &id));
    });
}

#[test]
fn contract_9_who_leaves_a_project_leaves_without_its_keys() {
    walked(|person| {
        let id = person.server.project(&[("alice", Role::Owner), ("bob", Role::Editor)]).to_string();
        let others = person.server.key("alice", |key| key.project_id = id.parse().ok());
        person.signs_in_as("bob");
        let _ = person.opens("/projects");
        let _ = person.clicks("test");
        person.reads("editor");
        let _ = person.clicks("Project settings");
        let own = makes_key(person, "bobs");
        assert!(works(person, &own, &id));
        let _ = person.opens(&format!("/projects/{id}/settings"));
        let _ = person.clicks("Leave");
        person.reads("Leave test?");
        person.reads("The keys that you made for this project stop working at once");
        let _ = person.clicks("Leave test");
        person.reads("You left the project.");
        person.reads("You are in no project yet.");
        assert!(!works(person, &own, &id) && works(person, &others, &id));
        let _ = person.opens_for(404, &format!("/projects/{id}"));
    });
}

#[test]
fn contract_7_a_stranger_cannot_tell_a_private_project_from_none() {
    walked(|person| {
        let id = person.server.project(&[("bob", Role::Owner)]);
        person.signs_in_as("alice");
        let _ = person.opens_for(404, &format!("/projects/{id}"));
        person.reads("There is nothing at this address.");
        let _ = person.opens_for(404, &format!("/projects/{id}/settings"));
    });
}
