//! Everything that the program prints is in the language of whoever reads it: every command, derived from the command line
//! itself, and every kind of outcome.
//!
//! The rule for Chinese: no three English words in a row, but for what is code (in backticks, after a command, YAML) and data.
//! The rule for English: no Chinese character, as the data of these tests have none.

use std::collections::{BTreeMap, BTreeSet};

use idflow::cli::{Lang, arguments};
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation, house::Answer};

/// The words of a line that are prose: what stands in backticks, and commands as one types them, are code.
fn prose(line: &str) -> String {
    let mut text = String::new();
    for (place, part) in line.split('`').enumerate() {
        text.push_str(if place % 2 == 0 { part } else { " · " });
    }
    // A command ends where the Chinese goes on.
    let mut rest = text.as_str();
    let mut told = String::new();
    while let Some(at) = rest.find("idflow ") {
        told.push_str(&rest[..at]);
        told.push_str("· ");
        let after = &rest[at..];
        rest = &after[after.find(|c: char| !c.is_ascii() || matches!(c, ',' | ';')).unwrap_or(after.len())..];
    }
    told + rest
}

/// What another system answered, and lines of the log.
fn is_foreign(line: &str) -> bool {
    line.starts_with("    响应：") || line.contains(" WARN ") || line.contains(" ERROR ")
}

/// Three English words in a row, if there are any. Two spaces are between columns of a table.
pub(super) fn english(text: &str) -> Option<String> {
    for line in text.lines().filter(|line| !is_foreign(line)) {
        // What is not ASCII ends a row of words as two spaces do.
        let apart: String =
            prose(line).chars().map(|c| if c.is_ascii() { c.to_string() } else { "  ".into() }).collect();
        for column in apart.split("  ") {
            let mut row: Vec<&str> = Vec::new();
            for token in column.split(' ') {
                let bare = token.trim_matches(['(', ')', ',', '.', ';', ':', '"', '\'', '!', '?']);
                let word = bare.len() > 1 && bare.bytes().all(|byte| byte.is_ascii_alphabetic()) || bare == "a";
                // Words in a list are no sentence.
                if !word || token.ends_with(',') {
                    row.clear();
                    continue;
                }
                row.push(token);
                if row.len() == 3 {
                    return Some(format!("{} in: {line}", row.join(" ")));
                }
            }
        }
    }
    None
}

pub(super) fn chinese(text: &str) -> Option<String> {
    let line = text.lines().find(|line| {
        line.chars().any(|c| ('\u{3000}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ff60}').contains(&c))
    })?;
    Some(line.to_string())
}

#[test]
fn the_rules_find_what_they_are_for() {
    assert!(english("运行 x：the run failed").is_some() && english("not approved yet").is_some());
    assert!(english("用 `idflow runs list now` 查看；下一步：idflow runs items x，然后 idflow runs retry x").is_none());
    assert!(english("sync  main  wecom  active").is_none() && english("/Company/North/Team 001").is_none());
    assert!(chinese("done：x").is_some() && chinese("· – → … ─").is_none());
}

/// Every command without commands below it, by its words.
fn leaves(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
    let below: Vec<_> = command.get_subcommands().filter(|below| below.get_name() != "help").collect();
    if below.is_empty() {
        found.push(path.to_vec());
    }
    for command in below {
        let mut path = path.to_vec();
        path.push(command.get_name().into());
        leaves(command, &path, found);
    }
}

fn commands() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    leaves(&arguments::command(Lang::En), &[], &mut found);
    found
}

#[test]
fn the_help_of_every_command_is_in_one_language() {
    let house = House::new();
    let mut pages: BTreeSet<Vec<String>> = BTreeSet::new();
    for leaf in commands() {
        pages.extend((0..=leaf.len()).map(|length| leaf[..length].to_vec()));
    }
    assert!(pages.len() > 60, "{}", pages.len());
    for page in &pages {
        let mut args: Vec<&str> = page.iter().map(String::as_str).collect();
        args.extend(["--help", "--lang", "zh"]);
        let shown = house.text(&args).expect(0);
        assert_eq!(english(&shown.out), None, "{page:?}");
        let last = args.len() - 1;
        args[last] = "en";
        let shown = house.text(&args).expect(0);
        assert_eq!(chinese(&shown.out), None, "{page:?}");
    }
    for mistake in [
        &["nonsense"][..],
        &["runs", "lst"],
        &["runs", "list", "--limt", "1"],
        &["runs", "list", "--limit", "many"],
        &["runs", "show"],
        &["--output", "yaml", "runs", "list"],
        &["--disk-floor", "1XB", "runs", "list"],
        &["workflow", "hook", "x", "--keep-old", "1h"],
        &["match", "decide", "import", "1", "--same", "--other"],
        &["serve", "--listen", "here"],
        &["demo", "--people", "-1"],
        &["runs"],
    ] {
        let mut args = vec!["--lang", "zh"];
        args.extend(mistake);
        let told = house.text(&args).expect(2);
        assert_eq!(english(&(told.out + &told.err)), None, "{mistake:?}");
    }
    // The language of the environment.
    let mut house = House::new();
    house.set("IDFLOW_LANG", "zh");
    assert!(house.text(&["runs", "--help"]).expect(0).out.contains("用法："));
    assert!(house.text(&["runs", "--help", "--lang", "en"]).expect(0).out.contains("Usage:"));
}

/// What a command is tried with. Several rows where it has several ways to end.
fn tries(house: &House, held: &str, partial: &str) -> BTreeMap<&'static str, Vec<Vec<String>>> {
    let source = house.source().display().to_string();
    let copy = house.path("copied").display().to_string();
    let file = house.path("items.csv").display().to_string();
    let root_of_man = house.path("man").display().to_string();
    let missing = house.path("nothing.yaml").display().to_string();
    let flow = house.path("sync.yaml").display().to_string();
    let bad = house.path("bad.yaml").display().to_string();
    std::fs::write(&bad, "version: 1\nid: bad\nnmae: x\non: {manual: {}}\nsteps: []\n").expect("written");
    let flows = house.path("flows").display().to_string();
    std::fs::create_dir_all(&flows).expect("a folder");
    std::fs::write(house.path("flows/bad.yaml"), "dsl: 1\nid: bad\nsteps: []\n").expect("written");
    std::fs::copy(&flow, house.path("flows/sync.yaml")).expect("copied");
    let mut rows: BTreeMap<&'static str, Vec<Vec<String>>> = BTreeMap::new();
    let mut add = |command: &'static str, args: &[&str]| {
        rows.entry(command).or_default().push(args.iter().map(ToString::to_string).collect());
    };
    // The people of the demo have Chinese names.
    add("demo", &["--data", &source]);
    add("validate", &[&flow]);
    add("validate", &[&bad]);
    add("validate", &[&missing]);
    add("explain", &[]);
    add("explain", &["WECOM_60020"]);
    add("explain", &["source_shrink"]);
    add("explain", &["E9999"]);
    add("test", &[&missing]);
    add("graph", &["sync"]);
    add("graph", &["nothing"]);
    add("plan", &["sync"]);
    add("plan", &["sync", "--why"]);
    add("plan", &["sync", "--leavers"]);
    add("plan", &["synk"]);
    add("plan", &["sync", "--input", "x"]);
    add("run", &["synk"]);
    add("run", &["sync", "--wait"]);
    add("runs list", &[]);
    add("runs show", &[held]);
    add("runs show", &[partial]);
    add("runs show", &[held, "--plan"]);
    add("runs show", &["sync#99"]);
    add("runs items", &[partial]);
    add("runs items", &[partial, "--why"]);
    add("runs items", &[partial, "--outcome", "nonsense"]);
    add("runs items", &[partial, "--kind", "department"]);
    add("runs items", &[partial, "--kind", "nonsense"]);
    add("runs failures", &[]);
    add("runs calls", &[partial]);
    add("runs export", &[partial, &file]);
    add("runs export", &[partial, &file]);
    add("man", &[&root_of_man]);
    add("runs watch", &[partial]);
    add("runs watch", &["sync#99"]);
    add("why", &["E0003"]);
    add("why", &["nobody-at-all"]);
    let zip = house.path("bundle.zip").display().to_string();
    add("runs bundle", &[partial, &zip]);
    add("runs bundle", &[partial, &zip]);
    let backup = house.path("backup").display().to_string();
    add("backup", &[&backup]);
    add("backup", &[&backup]);
    add("restore", &[&backup]);
    add("restore", &["--check", &backup]);
    add("restore", &["--check", &file]);
    let root = house.path("root").display().to_string();
    add("service install", &["--root", &root]);
    add("service install", &["--root", &root]);
    add("runs retry", &[partial]);
    add("runs retry", &[partial, "--row", "99999"]);
    add("runs approve", &[held]);
    add("runs reject", &[held]);
    add("runs cancel", &[held]);
    add("runs pause", &[held]);
    add("runs resume", &[held]);
    add("runs pin", &[held]);
    add("runs pin", &[held, "--off"]);
    add("removals list", &[]);
    add("removals approve", &["--all", "99"]);
    add("removals keep", &["abcdef"]);
    add("removals keep", &["abcdef", "--comment", "still used"]);
    add("runs list", &["--mode", "plan"]);
    add("runs list", &["--mode", "nonsense"]);
    add("link people", &["main", "user0001"]);
    add("link people", &["main", " "]);
    add("link people", &["nowhere", "user0001"]);
    add("connection list", &[]);
    add("connection show", &["main"]);
    add("connection show", &["mian"]);
    add("connection consent", &["main"]);
    add("connection consent", &["main", "--invite", "nobody"]);
    add("connection callbacks", &["main"]);
    add("connection callbacks", &["main", "--new-keys", "app"]);
    add("connection callbacks", &["main", "--new-keys", "nothing"]);
    add("connection test", &["main"]);
    add("connection doctor", &["main"]);
    add("connection doctor", &["mian"]);
    add("connection integration", &["main"]);
    add("connection integration", &["main", "--check"]);
    add("connection integration", &["main", "--add-file", &missing]);
    add("connection integration", &["main", "--remove-file", "nothing"]);
    add("connection scope", &["main"]);
    add("connection scope", &["main", "--department", "/nowhere/**", "--person", "nobody", "--tag", "x"]);
    add("connection scope", &["main", "--people-only", "/WeCom", "--person", "user0001"]);
    add("playground show", &[]);
    add("playground start", &[]);
    add("playground fault", &["--errcode", "60020"]);
    add("playground stop", &[]);
    add("setup", &[]);
    add("setup", &["csv"]);
    add("setup", &["wecom", "--set", "corp_id=nonsense"]);
    add("connection settings", &["wecom"]);
    add("connection remove", &["main"]);
    add("connection add", &["wecom", "--name", "other", "--set", "corp_id=nonsense"]);
    add("connection add", &["wecom", "--name", "other", "--set", "corp_id"]);
    add("connection add", &["wecom", "--name", "other", "--secret", "app_secret=plain"]);
    add("directory import", &[&source]);
    add("directory import", &[&missing]);
    add("directory review", &[]);
    add("directory review", &["--approve", "user0001", "--comment", "known"]);
    add("directory review", &["--reject", "nobody"]);
    add("directory review", &["--comment", "known"]);
    let people = house.path("people.csv").display().to_string();
    std::fs::write(&people, "external_id,name,departments\nU1,Ann,Lab\nU2,,Lab\n").expect("written");
    add("directory upload", &[&people, "--preview"]);
    add("directory upload", &[&people, "--plan"]);
    add("directory upload", &[&people, "--create-departments", "--yes"]);
    add("directory upload", &[&people, "--column", "name=nothing"]);
    add("directory upload", &[&missing]);
    let form = house.path("form.xlsx").display().to_string();
    add("directory form", &[&form]);
    add("directory form", &[&form]);
    add("directory show", &[]);
    add("directory show", &["user"]);
    add("directory show", &["department"]);
    add("directory find", &["Person 0001"]);
    add("directory find", &["nobody"]);
    add("directory find", &["Team", "--kind", "department"]);
    add("directory find", &["x", "--kind", "nonsense"]);
    add("directory person add", &["hand.made", "Hand Made", "--set", "mobile"]);
    add("directory person add", &["hand.made", "Hand Made"]);
    add("directory person show", &["hand.made"]);
    add("directory person edit", &["hand.made", "--set", "title=Fellow"]);
    add("directory person edit", &["user0001", "--set", "name=Other"]);
    add("directory person disable", &["hand.made"]);
    add("directory person enable", &["hand.made"]);
    add("directory person leave", &["nobody"]);
    add("directory person move", &["hand.made", "/nowhere"]);
    add("directory department add", &["By hand"]);
    add("directory department show", &["/By hand"]);
    add("directory department edit", &["/By hand", "--set", "order=x"]);
    add("directory department move", &["/By hand", "/By hand"]);
    add("directory department remove", &["/By hand"]);
    add("directory department enable", &["/nowhere"]);
    add("link list", &["main"]);
    add("link resolve", &["main", "nobody"]);
    add("link add", &["user0001", "nobody"]);
    add("link move", &["E9999", "E9998"]);
    add("link remove", &["E9999"]);
    add("message send", &["hello", "--to", "nobody", "--connection", "main"]);
    add("message send", &["hello", "--to", "user0001", "--check"]);
    add("message send", &["hello"]);
    add("message list", &[]);
    add("message show", &["nothing"]);
    add("message recall", &["nothing"]);
    add("match list", &[]);
    add("match list", &["--filter", "nonsense"]);
    add("match decide", &["import", "E9999", "--same"]);
    add("match decide", &["import", "--all", "--same"]);
    add("workflow create", &[]);
    add("workflow create", &["--file", &bad]);
    add("workflow create", &["--template", "csv_to_directory", "--id", "other"]);
    add("workflow list", &[]);
    add("workflow show", &["nothing"]);
    add("workflow hook", &["sync"]);
    add("workflow pause", &["other"]);
    add("workflow activate", &["other"]);
    add("workflow activate", &["other", "--yes"]);
    add("workflow archive", &["other"]);
    add("workflow versions", &["sync"]);
    add("workflow versions", &["nothing"]);
    add("workflow diff", &["sync", "--from", "1", "--to", "1"]);
    add("workflow diff", &["sync", "--from", "9"]);
    add("workflow rollback", &["sync", "1"]);
    add("workflow rollback", &["sync", "9"]);
    add("connection rotate", &["main", "--secret", "app_secret=env:APP"]);
    add("connection rotate", &["main", "--secret", "app_secret=plain"]);
    add("template check", &["wecom_downstream_full"]);
    add("template check", &["nothing"]);
    let bundle = house.path("bundle.json").display().to_string();
    add("template export", &[&bundle]);
    add("template export", &[&bundle, "--workflow", "sync"]);
    add("template import", &[&bundle]);
    add("template import", &[&bundle, "--all-tenants"]);
    add("template import", &[&missing]);
    add("template keys", &[]);
    add("template trust", &[&bundle, "0000", "--name", "x"]);
    add("template distrust", &["0000"]);
    add("template remove", &["sync"]);
    add("template remove", &["nothing"]);
    add("apply", &[&source]);
    add("apply", &[&flows, "--plan"]);
    add("apply", &[&flows]);
    add("plan", &["sync", "--until", "nothing"]);
    add("template list", &[]);
    add("template show", &["nothing"]);
    add("store size", &[]);
    add("store prune", &[]);
    add("store prune", &["--changes", "900"]);
    add("store check", &[]);
    add("store copy", &["--from", &house.data().display().to_string(), "--to", &copy]);
    add("store copy", &["--from", &missing, "--to", &copy]);
    add("store compact", &[]);
    add("store restored", &[]);
    add("store rotate-key", &[]);
    add("serve", &["--listen", "0.0.0.0:1"]);
    add("notify list", &[]);
    add("notify set", &["ops", "--on", "run_failed,run_held", "--mail", "ops@example.com"]);
    add("notify set", &["ops", "--on", "run_failed", "--mail", "nobody"]);
    add("notify set", &["ops", "--on", "nonsense", "--mail", "ops@example.com"]);
    add("notify set", &["ops", "--on", "run_failed"]);
    add("notify set", &["ops", "--on", "run_failed", "--webhook", "http://127.0.0.1:9/", "--quiet", "22:00-22:00"]);
    add("notify test", &["ops"]);
    add("notify test", &["nothing"]);
    add("notify log", &[]);
    add("notify remove", &["nothing"]);
    add("notify mail show", &[]);
    add("notify mail set", &["127.0.0.1", "--security", "none", "--from", "idflow@example.com", "--port", "9"]);
    add("notify mail set", &["127.0.0.1", "--from", "nobody"]);
    add("notify mail test", &["ops@example.com"]);
    add("tenant list", &[]);
    add("tenant create", &["acme"]);
    add("tenant rename", &["acme", "Acme"]);
    add("tenant show", &["acme"]);
    add("tenant show", &["nothing"]);
    add("tenant retention", &["acme", "--runs", "500", "--audit", "365"]);
    add("tenant retention", &["acme", "--audit", "30"]);
    add("tenant retention", &["acme", "--changes", "900"]);
    add("tenant house-number", &["acme"]);
    add("tenant house-number", &["acme", "x"]);
    add("tenant house-number", &["nothing"]);
    add("tenant archive", &["acme"]);
    add("tenant restore", &["nothing"]);
    add("account create", &["li.lei", "--role", "viewer"]);
    add("account create", &["li.lei", "--role", "nonsense"]);
    add("account list", &[]);
    add("account link", &["li.lei"]);
    add("account role", &["nobody"]);
    add("account disable", &["nobody"]);
    add("account enable", &["nobody"]);
    add("account bind", &["li.lei", "user0001", "--connection", "main"]);
    add("account bind", &["nobody", "sub"]);
    add("account bindings", &[]);
    add("account unbind", &["nothing"]);
    add("provider show", &[]);
    add("provider set", &["--set", "template_id=nonsense"]);
    add("provider keys", &["app"]);
    add("provider remove", &[]);
    add("connection provider", &["main"]);
    add("connection provider", &["main", "--invite", "app"]);
    add("connection provider", &["main", "--say", "online"]);
    add("oidc show", &[]);
    add("oidc set", &["nonsense", "--client-id", "x"]);
    add("oidc remove", &[]);
    add("account password", &["nobody", "--password", "env:NOTHING"]);
    add("token create", &["reader", "--permission", "run:read"]);
    add("token list", &[]);
    add("token revoke", &["nothing"]);
    add("login", &["http://127.0.0.1:1"]);
    add("logout", &[]);
    add("whoami", &[]);
    add("session list", &[]);
    add("session revoke", &["nothing"]);
    add("audit list", &[]);
    add("audit verify", &[]);
    rows
}

/// Commands whose whole answer is code or another program's language.
const CODE: [&str; 4] = ["schema", "completions", "lsp", "service unit"];

fn everything(lang: &'static str, wrong: fn(&str) -> Option<String>) {
    let corp = Corp::start();
    let mut house = House::ready(&corp, "wecom_downstream_full");
    house.set("IDFLOW_LANG", lang);
    house.set("TZ", "Asia/Shanghai");
    let mut organisation = Organisation::generated(3, 12);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    // One that failed in part, one that waits.
    let refuse = |effect| Faults { seed: 1, rules: vec![FaultRule::new("/cgi-bin/user/create", effect)] };
    corp.set_faults(refuse(Effect::Error { errcode: 60104, errmsg: None }));
    let partial = house.sync(&[]).json()["run"].as_str().expect("an id").to_string();
    corp.set_faults(Faults { seed: 1, rules: Vec::new() });
    house.sync(&[]);
    organisation.people.retain(|key, _| key.as_str() < "E0004");
    organisation.write(&house.source());
    let held = house.import(&[]).json()["run"].as_str().expect("an id").to_string();
    let tries = tries(&house, &held, &partial);
    let known: BTreeSet<&str> = tries.keys().copied().chain(CODE).collect();
    let all: BTreeSet<String> = commands().iter().map(|words| words.join(" ")).collect();
    let untried: Vec<&String> = all.iter().filter(|command| !known.contains(command.as_str())).collect();
    assert!(untried.is_empty(), "add how these commands are tried: {untried:?}");
    let mut found = Vec::new();
    for (command, rows) in &tries {
        for more in rows {
            let mut args: Vec<&str> = command.split(' ').collect();
            args.extend(more.iter().map(String::as_str));
            let Answer { out, err, .. } = house.text(&args);
            for text in [out, err] {
                if let Some(line) = wrong(&text) {
                    found.push(format!("{args:?}\n    {line}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{} answers in another language:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_command_and_outcome_speaks_chinese() {
    everything("zh", english);
}

#[test]
fn every_command_and_outcome_speaks_english() {
    everything("en", chinese);
}

#[test]
fn a_plan_of_many_sorts_is_read_line_by_line() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let mut organisation = Organisation::generated(4, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    // Fifty changes: people come, go, move and change; a department is new, one is renamed.
    organisation.department("T900", "D1", "Sales", 9);
    organisation.departments.get_mut("T001").expect("a team").insert("name".into(), "Research".into());
    for number in 40..52 {
        organisation.person(number, "T900", "E0001");
    }
    for number in 0..14 {
        organisation.change(&format!("E{number:04}"), "position", "Director");
    }
    for number in 14..34 {
        organisation.change(&format!("E{number:04}"), "departments", "T900");
        organisation.change(&format!("E{number:04}"), "main_department", "T900");
    }
    for number in 37..40 {
        organisation.people.remove(&format!("E{number:04}"));
    }
    organisation.write(&house.source());
    house.import(&["--yes"]);
    let zh = house.text(&["--lang", "zh", "plan", "sync", "--input", "remove_leavers=true"]).expect(0).out;
    let en = house.text(&["--lang", "en", "plan", "sync", "--input", "remove_leavers=true"]).expect(0).out;
    assert_eq!((english(&zh), chinese(&en)), (None, None), "{zh}\n{en}");
    for line in
        ["+ 新建成员 Person 0040 (user0040)", "职务：", " → Director", "所属部门：/Company/", " → /Company/South/Sales"]
    {
        assert!(zh.contains(line), "{line} is not in\n{zh}");
    }
    for line in
        ["+ create member Person 0040 (user0040)", "position: ", "departments: /Company/", " → /Company/South/Sales"]
    {
        assert!(en.contains(line), "{line} is not in\n{en}");
    }
    // No id, no list of flags, no sort value, no line of the mapping.
    for strange in ["4294967", "mappings.", "[false]", "[true]", "{\"", ":L"] {
        assert!(!zh.contains(strange) && !en.contains(strange), "{strange} is in\n{zh}\n{en}");
    }
    let removed = zh.find("  ⊘ ").expect("removals");
    assert!(removed < zh.find("  + 新建").expect("creations"), "removals come first:\n{zh}");
    // On request the way back to the mapping.
    let why = house.text(&["plan", "sync", "--why"]).expect(0).out;
    assert!(why.contains("(mappings."), "{why}");
    if let Some(folder) = std::env::var_os("IDFLOW_SHOW_PLANS") {
        std::fs::write(std::path::Path::new(&folder).join("plan.zh.txt"), &zh).expect("written");
        std::fs::write(std::path::Path::new(&folder).join("plan.en.txt"), &en).expect("written");
    }
}
