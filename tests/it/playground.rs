//! The playground: a simulated company inside the server, one for each tenant, with faults.

use serde_json::json;

use super::support::House;

#[test]
fn a_company_to_play_with_is_called_goes_wrong_and_goes_away() {
    let house = House::new();
    house.good(&["account", "create", "owner", "--role", "owner"]);
    // Only a server can play: a command is gone before anybody could call.
    assert_eq!(house.good(&["playground", "show"])["running"], false);
    house.ask(&["playground", "start"]).expect(1);

    let server = house.serve();
    let shown = house.good(&["playground", "start", "--people", "50"]);
    assert_eq!(
        (&shown["running"], &shown["people"], &shown["calls"]),
        (&json!(true), &json!(50), &json!(0)),
        "{shown}"
    );
    assert!(shown["departments"].as_u64().is_some_and(|count| count > 0), "{shown}");
    assert!(house.ask(&["playground", "start", "--people", "5001"]).expect(1).out.contains("playground_people"));
    assert_eq!(house.good(&["connection", "test", "playground"])["ok"], true);
    let seen = house.good(&["playground", "show"]);
    assert!(seen["seen"].to_string().contains("/cgi-bin/gettoken"), "{seen}");

    // What goes wrong is seen by whoever calls, and by whoever looks at the calls.
    let shown = house.good(&["playground", "fault", "--errcode", "60020"]);
    assert_eq!(shown["faults"][0]["errcode"], 60020, "{shown}");
    house.ask(&["connection", "test", "playground"]).expect(1);
    let seen = house.good(&["playground", "show"]);
    assert_eq!((&seen["seen"][0]["errcode"], &seen["seen"][0]["spoilt"]), (&json!(60020), &json!(true)), "{seen}");
    assert!(house.ask(&["playground", "fault", "--errcode", "0"]).expect(1).out.contains("playground_fault"));
    assert_eq!(house.good(&["playground", "fault"])["faults"], json!([]));

    // Started anew it is as at the start, under the same connection; stopped, its connection is gone with it.
    assert_eq!(house.good(&["playground", "start"])["people"], 0);
    assert_eq!(house.good(&["connection", "test", "playground"])["ok"], true);
    assert_eq!(house.good(&["playground", "stop"])["running"], false);
    house.ask(&["connection", "show", "playground"]).expect(1);
    house.ask(&["playground", "fault"]).expect(1);
    drop(server);
}
