//! What went wrong, as a page (contract §8): what happened, what to do, the request's number.

use crate::person::walked;

#[test]
fn contract_8_a_person_who_goes_astray_reads_a_page() {
    walked(|person| {
        for (status, path) in [
            (404, "/nothing/here"),
            (404, "/oauth/nothing"),
            (405, "/auth/v1/token"),
            (400, "/login?next=a&next=b"),
            (404, "/setup?token=pst_gone"),
            (400, "/oauth/authorize?client_id=nobody"),
        ] {
            let _ = person.opens_for(status, path);
            person.does_not_read("{");
            let number = person.tab.has("//code");
            assert!(number, "{path}: {}", person.tab.words());
            person.tab.finds("way out", "//main//a[@href='/']");
        }
    });
}
