//! Templates of one's own in signed bundles: who may be trusted, what was changed, and who sees them.

use serde_json::Value;

use crate::support::House;

fn code(house: &House, args: &[&str]) -> String {
    let refused = house.ask(args).expect(1).json();
    refused["error"]["code"].as_str().unwrap_or_else(|| panic!("{refused}")).to_string()
}

fn ids(house: &House, more: &[&str]) -> Vec<String> {
    let listed = house.good(&[&["template", "list"][..], more].concat());
    listed.as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id").to_string()).collect()
}

#[test]
fn a_template_goes_to_another_installation_that_trusts_its_key_and_to_nobody_else() {
    let (from, to) = (House::new(), House::new());
    from.good(&["workflow", "create", "--template", "csv_to_directory", "--id", "of_hr"]);
    let file = from.path("hr.json");
    let name = file.display().to_string();
    from.good(&["template", "export", &name, "--workflow", "of_hr"]);
    assert_eq!(code(&from, &["template", "export", &name, "--workflow", "nothing", "--overwrite"]), "workflow_unknown");
    assert_eq!(code(&from, &["template", "export", &name, "--overwrite"]), "bundle_size");
    let text = std::fs::read_to_string(&file).expect("the bundle");
    assert!(text.contains("dsl: 1") && text.contains("id: of_hr"), "people can read it: {text}");
    let keys = from.good(&["template", "keys"]);
    let fingerprint = keys[0]["fingerprint"].as_str().expect("a fingerprint");
    assert!(keys[0]["own"] == true && fingerprint.len() == 39, "{keys}");

    // Another installation does not know the key, and says which one it is.
    to.good(&["tenant", "create", "east"]);
    let refused = to.ask(&["template", "import", &name]).expect(1).json()["error"].clone();
    assert_eq!(refused["code"], "bundle_key_unknown");
    assert!(refused["message"].as_str().is_some_and(|text| text.contains(fingerprint)), "{refused}");
    assert!(refused["hint"].as_str().is_some_and(|text| text.contains("template trust")), "{refused}");
    let wrong = format!("0000{}", &fingerprint[4..]);
    assert_eq!(code(&to, &["template", "trust", &name, &wrong, "--name", "HR"]), "template_key_other");
    to.good(&["template", "trust", &name, &fingerprint.to_uppercase(), "--name", "HR"]);

    // What was changed after it was signed is refused, whoever signed it.
    let bundle: Value = serde_json::from_str(&text).expect("JSON");
    for (what, path, new) in [
        ("the text", "/contents/templates/0/text", Value::from("dsl: 1\nid: of_hr\n")),
        ("the id", "/contents/templates/0/id", Value::from("of_finance")),
        ("the time", "/contents/made", Value::from("2020-01-01T00:00:00.000Z")),
        ("the key", "/key", Value::from("00".repeat(32))),
        ("the signature", "/signature", Value::from("00".repeat(64))),
        ("no signature", "/signature", Value::from("zz")),
    ] {
        let mut changed = bundle.clone();
        *changed.pointer_mut(path).expect(what) = new;
        let bad = to.path("bad.json");
        std::fs::write(&bad, changed.to_string()).expect("written");
        assert_eq!(code(&to, &["template", "import", &bad.display().to_string()]), "bundle_tampered", "{what}");
    }
    assert!(!ids(&to, &[]).contains(&"of_hr".to_string()));

    // It may be laid out anew, and is the tenant's own.
    let compact = to.path("compact.json");
    std::fs::write(&compact, bundle.to_string()).expect("written");
    let taken = to.good(&["template", "import", &compact.display().to_string()]);
    assert_eq!(taken["templates"][0], "of_hr");
    assert_eq!(taken["signed_by"], fingerprint);
    assert!(ids(&to, &[]).contains(&"of_hr".to_string()));
    assert!(!ids(&to, &["--tenant", "east"]).contains(&"of_hr".to_string()), "private to its tenant");
    assert_eq!(code(&to, &["template", "show", "of_hr", "--tenant", "east"]), "template_unknown");
    let shown = to.good(&["template", "show", "of_hr"]);
    assert_eq!((&shown["origin"], &shown["signed_by"]), (&"tenant".into(), &fingerprint.into()));
    to.good(&["workflow", "create", "--template", "of_hr", "--id", "mine"]);
    assert_eq!(to.good(&["template", "check", "of_hr"])["template"], "of_hr");

    // For all tenants; once more is the same; then it goes.
    to.good(&["template", "import", &name, "--all-tenants"]);
    to.good(&["template", "import", &name, "--all-tenants"]);
    assert_eq!(to.good(&["template", "show", "of_hr", "--tenant", "east"])["origin"], "installation");
    to.good(&["template", "remove", "of_hr"]);
    assert_eq!(to.good(&["template", "show", "of_hr"])["origin"], "installation", "the tenant's own went first");
    to.good(&["template", "remove", "of_hr"]);
    assert_eq!(code(&to, &["template", "remove", "of_hr"]), "template_unknown");
    assert_eq!(code(&to, &["template", "remove", "csv_to_directory"]), "template_ships");
    assert!(to.good(&["workflow", "list"]).to_string().contains("mine"), "what was made from it stays");

    // What ships is not written over, and a key is trusted no longer.
    let ships = from.path("ships.json").display().to_string();
    from.good(&["template", "export", &ships, "--template", "csv_to_directory"]);
    assert_eq!(code(&to, &["template", "import", &ships]), "template_ships");
    to.good(&["template", "distrust", fingerprint]);
    assert_eq!(code(&to, &["template", "import", &name]), "bundle_key_unknown");
    assert_eq!(code(&to, &["template", "distrust", fingerprint]), "template_key_unknown");
    // An installation takes its own bundles.
    from.good(&["template", "import", &name]);
    let audit = to.good(&["audit", "list"]).to_string();
    assert!(audit.contains("import_templates") && audit.contains("trust_template_key"), "{audit}");
}
