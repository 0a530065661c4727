//! A secret is only sent to the address that it was entered for, whoever asks for another one, and by which way.

use serde_json::{Value, json};

use super::support::{Api, Corp, House, Manners, Shown, Stranger, api::Said, corp, house::BEGIN};

/// The code and the fields of a refusal.
fn refusal(said: &Said) -> (u16, String, Vec<String>) {
    let body = said.json();
    let fields = body["errors"].as_array().into_iter().flatten();
    let fields = fields.filter_map(|one| one["field"].as_str().map(ToString::to_string)).collect();
    (said.status, body["code"].as_str().unwrap_or_default().to_string(), fields)
}

fn write(api: &Api, shown: &Shown, method: &str, path: &str, body: &Value) -> Said {
    let [cookie, csrf] = shown.session();
    api.ask(method, &format!("/api/v1{path}"), &[cookie, csrf], Some(&body.to_string()))
}

#[test]
fn a_secret_goes_to_no_address_that_it_was_not_entered_for() {
    let corp = Corp::start();
    let house = House::new();
    house.good(&BEGIN);
    house.connect(&corp);
    let stranger = Stranger::at("127.0.0.1:0", Manners::ok("{\"errcode\": 40013, \"errmsg\": \"no\"}"));
    let elsewhere = format!("http://{}", stranger.address());
    let _server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let other = json!({"base_url": elsewhere});
    let before = api.get(&owner, "/connections/main").is(200);
    let tried = json!({"connection": "main", "settings": other});
    let whole = json!({"connector": "wecom", "name": "main", "settings": other});
    for (method, path, body) in [
        ("POST", "/connectors/wecom/test", tried),
        ("PATCH", "/connections/main", json!({"settings": other})),
        ("PATCH", "/connections/main", json!({"settings": {"base_url": null}})),
        ("POST", "/connections", whole),
        ("POST", "/setup/wecom", json!({"name": "main", "settings": other})),
    ] {
        let said = write(&api, &owner, method, path, &body);
        let fields = ["secrets.app_secret", "secrets.contacts_secret"].map(String::from).to_vec();
        assert_eq!(refusal(&said), (422, "secret_for_other_address".into(), fields), "{method} {path} {}", said.text);
    }
    assert!(stranger.heard().is_empty(), "{:?}", stranger.heard());
    assert_eq!(api.get(&owner, "/connections/main").is(200)["settings"], before["settings"]);

    // One that is entered again, and one that is taken away.
    let secrets = json!({"contacts_secret": "another-secret-another-secret", "app_secret": null});
    let given = json!({"connection": "main", "settings": other, "secrets": secrets});
    write(&api, &owner, "POST", "/connectors/wecom/test", &given).is(200);
    let heard = stranger.heard().join("\n");
    assert!(heard.contains("another-secret-another-secret") && !heard.contains(corp::APP_SECRET), "{heard}");
    // Another path, and another way to write the same place.
    let same = format!("{}/", corp.base_url().to_uppercase().replace("HTTP", "http"));
    write(&api, &owner, "PATCH", "/connections/main", &json!({"settings": {"base_url": same}})).is(200);
    write(&api, &owner, "PATCH", "/connections/main", &json!({"settings": {"timeout_ms": "3000"}})).is(200);
}

#[test]
fn a_provider_s_secrets_stay_at_its_address() {
    let house = House::new();
    house.good(&BEGIN);
    let _server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let settings = json!({"provider_corp_id": corp::CORP_ID, "template_id": "dkTemplate0001"});
    let secrets = json!({"provider_secret": "suite-Lq7xN2vd-provider", "template_secret": "suite-Wm4pB8cz-template"});
    let put = |body: &Value| write(&api, &owner, "PUT", "/providers/wecom", body);
    put(&json!({"settings": settings, "secrets": secrets})).is(200);
    let other = json!({"base_url": "http://127.0.0.1:9"});
    let fields = ["secrets.provider_secret", "secrets.template_secret"].map(String::from).to_vec();
    assert_eq!(refusal(&put(&json!({"settings": other}))), (422, "secret_for_other_address".into(), fields));
    put(&json!({"settings": other, "secrets": secrets})).is(200);
}
