//! The list behind a `sector_identifier_uri` holds every redirect URI of the client, or it is not registered (OpenID Connect Core
//! §8.1, Registration §5).

use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange, ClientRefusal};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::register::{open, registers};
use crate::support::neighbour::Neighbour;
use crate::support::server::TestServer;

const FIRST: &str = "https://one.example/callback";
const SECOND: &str = "https://two.example/callback";

fn pairwise(uri: &str) -> ClientMetadata {
    ClientMetadata {
        subject_type: Some("pairwise".to_owned()),
        sector_identifier_uri: Some(uri.to_owned()),
        ..ClientMetadata::default()
    }
}

fn change(uris: &[&str], metadata: Option<ClientMetadata>) -> ClientChange {
    let redirect_uris = Some(uris.iter().map(|uri| (*uri).to_owned()).collect());
    ClientChange { name: Some("Paired".to_owned()), redirect_uris, metadata, ..ClientChange::default() }
}

fn creates(server: &TestServer, id: &str, change: ClientChange) -> Result<(), String> {
    let made = server.operator(clients::create(&server.node, Actor::Operator, Some(id), change)).unwrap();
    made.map(drop).map_err(|refusal| refusal.to_string())
}

fn updates(server: &TestServer, id: &str, change: ClientChange) -> Result<(), ClientRefusal> {
    server.operator(clients::update(&server.node, Actor::Operator, id, change)).unwrap().map(drop)
}

#[test]
fn oidc_core_8_1_a_client_is_registered_only_if_the_list_has_its_redirect_uris() {
    let (server, neighbour) = (TestServer::start(), Neighbour::start());
    let uri = neighbour.url("/sector.json");
    let both = || change(&[FIRST, SECOND], Some(pairwise(&uri)));
    assert!(
        creates(&server, "a", both()).unwrap_err().contains("the answer was 404"),
        "an operator is told why"
    );
    for (list, refusal) in [
        (json!([FIRST]), "two.example/callback is not in the list"),
        (json!([FIRST, "https://two.example/callback/"]), "is not in the list"),
        (json!({"redirect_uris": [FIRST, SECOND]}), "no JSON array"),
        (json!([FIRST, SECOND, 1]), "no JSON array"),
    ] {
        neighbour.shows("/sector.json", "", &list);
        let refused = creates(&server, "a", both()).unwrap_err();
        assert!(refused.contains(refusal), "{list}: {refused}");
    }
    neighbour.shows("/sector.json", "", &json!([SECOND, FIRST, "https://three.example/"]));
    assert_eq!(creates(&server, "a", both()), Ok(()));
}

#[test]
fn oidc_core_8_1_a_change_is_checked_like_a_registration() {
    let (server, neighbour) = (TestServer::start(), Neighbour::start());
    let uri = neighbour.url("/sector.json");
    neighbour.shows("/sector.json", "", &json!([FIRST]));
    assert_eq!(creates(&server, "a", change(&[FIRST], Some(pairwise(&uri)))), Ok(()));
    assert!(matches!(updates(&server, "a", change(&[FIRST, SECOND], None)), Err(ClientRefusal::Invalid(_))));
    let asked = neighbour.connections();
    // What changes nothing about it asks nobody: the list may be away.
    neighbour.hides("/sector.json");
    let renamed = ClientChange { name: Some("Renamed".to_owned()), ..ClientChange::default() };
    assert_eq!(updates(&server, "a", renamed), Ok(()));
    assert_eq!(neighbour.connections(), asked);
    let elsewhere =
        ClientChange { metadata: Some(pairwise(&neighbour.url("/other.json"))), ..ClientChange::default() };
    assert!(updates(&server, "a", elsewhere).is_err());
    neighbour.shows("/sector.json", "", &json!([FIRST, SECOND]));
    assert_eq!(updates(&server, "a", change(&[FIRST, SECOND], None)), Ok(()));
}

#[test]
fn oidc_registration_5_a_client_that_registers_itself_is_held_to_its_list_and_told_nothing_of_the_network() {
    let (server, neighbour) = (open(), Neighbour::start());
    let uri = neighbour.url("/sector.json");
    let asked = |uris: Value| {
        let wish = json!({"redirect_uris": uris, "subject_type": "pairwise", "sector_identifier_uri": uri});
        registers(&server, &wish)
    };
    let refused = asked(json!([FIRST, SECOND])).expect(400);
    assert_eq!(refused.error(), "invalid_client_metadata");
    assert!(refused.text().contains("could not be fetched") && !refused.text().contains("404"));
    assert!(server.log().contains("the answer was 404"), "the log has the reason");
    neighbour.shows("/sector.json", "", &json!([FIRST]));
    assert_eq!(asked(json!([FIRST, SECOND])).expect(400).error(), "invalid_client_metadata");
    let made = asked(json!([FIRST])).expect(201);
    let (own, token) = (made.member("registration_client_uri"), made.member("registration_access_token"));
    let mut again = json!({"client_id": made.member("client_id"), "subject_type": "pairwise"});
    again["sector_identifier_uri"] = json!(uri);
    again["redirect_uris"] = json!([FIRST, SECOND]);
    let puts = || server.actor().ask("PUT", &own).bearer(&token).json(&again).send().status;
    assert_eq!(puts(), 400);
    neighbour.shows("/sector.json", "", &json!([FIRST, SECOND]));
    assert_eq!(puts(), 200);
}
