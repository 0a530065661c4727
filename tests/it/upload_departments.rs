//! Departments that an uploaded file names by paths: those of the directory are used whoever made them, and only what is not
//! there is made. What is said beforehand, what is planned and what is done are one.

use std::collections::BTreeMap;

use axum::{Router, http::Method};
use idflow::{
    app::{Caller, caller::Role},
    model::id::Tenant,
};
use serde_json::{Value, json};

use super::{
    directory::{Desk, ask, good, run},
    uploads::{codes, imported, people, post, uploaded},
};

/// Makes a department by hand and gives its id.
async fn made(desk: &Desk, router: &Router, name: &str, parent: Value) -> Value {
    desk.clock.advance(std::time::Duration::from_millis(5));
    let new = json!({"kind": "department", "fields": {"name": name, "parent": parent}});
    good(post(router, "/directory/objects", new).await)["id"].clone()
}

/// The departments that are there: id to name and the id above.
async fn departments(router: &Router) -> BTreeMap<String, (String, Value)> {
    let found = good(ask(router, Method::GET, "/directory/objects?kind=department", &Value::Null, "").await);
    let there = found["items"].as_array().expect("departments").iter().filter(|one| one["status"] != "removed");
    let told = |one: &Value| {
        let text = |name: &str| one[name].as_str().expect("a text").to_string();
        (text("id"), (text("name"), one["parent"].clone()))
    };
    there.map(told).collect()
}

fn rows(paths: &[&str]) -> Vec<u8> {
    let mut text = "工号,姓名,部门路径\n".to_string();
    for (number, path) in (1..).zip(paths) {
        text.push_str(&format!("E{number},人员{number},\"{path}\"\n"));
    }
    text.into_bytes()
}

/// Where each person is, by number.
async fn places(router: &Router) -> BTreeMap<String, Value> {
    let at = |one: &Value| {
        (one["username"].as_str().unwrap_or_default().into(), one["departments"][0]["department"].clone())
    };
    people(router).await.iter().map(at).collect()
}

/// What was said of a file beforehand and in its plan: missing departments, refused rows, departments and people to be made.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    missing: Vec<String>,
    refused: u64,
    departments: u64,
    people: u64,
}

/// A file by paths: its preview and its plan; then, where that is wanted, its import.
struct File<'d> {
    desk: &'d Desk,
    router: &'d Router,
    paths: &'d [&'d str],
    separator: &'d str,
}

impl File<'_> {
    fn by(&self, create: bool) -> Value {
        json!({"departments": {"by": "path", "separator": self.separator, "create": create}})
    }

    async fn sent(&self) -> String {
        uploaded(self.router, "人员.csv", &rows(self.paths)).await
    }

    async fn preview(&self, create: bool) -> Value {
        good(post(self.router, &format!("{}/preview", self.sent().await), self.by(create)).await)
    }

    async fn said(&self, create: bool) -> Said {
        let look = self.preview(create).await;
        let missing = look["missing_departments"].as_array().expect("a list").iter();
        let missing = missing.map(|path| path.as_str().expect("a path").to_string()).collect();
        let mut body = self.by(create);
        body["plan"] = json!(true);
        let plan = imported(self.desk, self.router, &self.sent().await, body).await;
        let to_make = |kind: &str| plan["planned"][kind]["create"].as_u64().unwrap_or_default();
        let refused = look["refused"].as_u64().expect("a number");
        Said { missing, refused, departments: to_make("department"), people: to_make("user") }
    }

    async fn import(&self, create: bool) -> Value {
        imported(self.desk, self.router, &self.sent().await, self.by(create)).await
    }
}

fn file<'d>(desk: &'d Desk, router: &'d Router, paths: &'d [&'d str]) -> File<'d> {
    File { desk, router, paths, separator: "/" }
}

fn nothing(people: u64) -> Said {
    Said { missing: Vec::new(), refused: 0, departments: 0, people }
}

/// Fills the directory with a company, two departments and a team: by hand, or by an import of files with ids.
async fn fill(desk: &Desk, router: &Router, by_hand: bool) {
    if by_hand {
        let root = made(desk, router, "示例公司", Value::Null).await;
        let research = made(desk, router, "研发部", root.clone()).await;
        made(desk, router, "平台组", research).await;
        made(desk, router, "运营部", root).await;
        return;
    }
    let folder = desk.folder.path().join("import");
    std::fs::create_dir_all(&folder).expect("a folder");
    let list = "dept_id,parent_id,name\nD0,,示例公司\nD1,D0,研发部\nD2,D1,平台组\nD3,D0,运营部\n";
    std::fs::write(folder.join("departments.csv"), list).expect("written");
    std::fs::write(folder.join("users.csv"), "external_id,userid,name,departments\nX1,ann,Ann,D1\n").expect("written");
    let started = good(post(router, "/directory/import", json!({"folder": folder.display().to_string()})).await);
    let id = started["run"].as_str().expect("an id").parse().expect("an id");
    desk.shared.app.engine().wait(id).await.expect("it ends");
}

#[test]
fn a_path_names_the_department_that_is_there_whoever_made_it() {
    run(async {
        for by_hand in [true, false] {
            let desk = Desk::new().await;
            let owner = desk.role(Role::Owner);
            fill(&desk, &owner, by_hand).await;
            let before = departments(&owner).await;
            assert_eq!(before.len(), 4, "{before:?}");
            let all = ["示例公司/研发部/平台组", "示例公司/运营部", "示例公司"];
            let there = file(&desk, &owner, &all);
            for create in [false, true] {
                assert_eq!(there.said(create).await, nothing(3), "by hand: {by_hand}, create: {create}");
            }
            // What is not there is named alone, and made below what is there.
            let all = ["示例公司/研发部/平台组", "示例公司/研发部/新组", "示例公司/运营部"];
            let more = file(&desk, &owner, &all);
            let missing = vec!["/示例公司/研发部/新组".to_string()];
            let wanted = Said { missing: missing.clone(), refused: 1, departments: 0, people: 2 };
            assert_eq!(more.said(false).await, wanted, "by hand: {by_hand}");
            let wanted = Said { missing, refused: 0, departments: 1, people: 3 };
            assert_eq!(more.said(true).await, wanted, "by hand: {by_hand}");
            let done = more.import(true).await;
            assert_eq!(done["status"], "succeeded", "{done}");
            let mut after = departments(&owner).await;
            let id = |name: &str| before.iter().find(|(_, (one, _))| one == name).map(|(id, _)| json!(id));
            let new: Vec<String> = after.keys().filter(|id| !before.contains_key(*id)).cloned().collect();
            assert_eq!(new.len(), 1, "{after:?}");
            let team = after.remove(&new[0]).expect("the new one");
            assert_eq!((team.0.as_str(), Some(&team.1)), ("新组", id("研发部").as_ref()));
            assert_eq!(after, before, "nothing about those that were there is changed");
            let at = places(&owner).await;
            assert_eq!(
                (at.get("E1").cloned(), at.get("E2"), at.get("E3").cloned()),
                (id("平台组"), Some(&json!(new[0])), id("运营部"))
            );
            // The next file finds what this one made, and the import of before goes on with its own.
            assert_eq!(more.import(true).await["status"], "succeeded_no_change");
            assert_eq!(more.import(false).await["status"], "succeeded_no_change");
            if !by_hand {
                fill(&desk, &owner, false).await;
                assert_eq!(departments(&owner).await.len(), 5);
            }
        }
    });
}

#[test]
fn width_and_spacing_make_no_other_department_and_two_of_one_name_are_named() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let root = made(&desk, &owner, "示例公司", Value::Null).await;
        let north = made(&desk, &owner, "研发部（北京）", root.clone()).await;
        let both = made(&desk, &owner, "A/B", root.clone()).await;
        for (separator, paths) in [
            ("/", ["示例公司/研发部(北京)", "示例公司 / A\\/B"]),
            (">", ["示例公司 > 研发部 （北京）", "示例公司>A/B"]),
        ] {
            let written = File { desk: &desk, router: &owner, paths: &paths, separator };
            for create in [false, true] {
                assert_eq!(written.said(create).await, nothing(2), "{paths:?}");
            }
        }
        // Two ways of writing one that is new are one.
        let new = ["示例公司/测试部（１）/甲", "示例公司/测试部(1)/乙", "示例公司/测试部（１）"];
        let new = file(&desk, &owner, &new);
        assert_eq!(new.said(true).await.departments, 3);
        assert_eq!(new.said(true).await.missing.len(), 3);
        let done = new.import(true).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert_eq!(departments(&owner).await.len(), 6);
        assert_eq!(new.import(false).await["status"], "succeeded_no_change");

        let other = made(&desk, &owner, "研发部(北京)", root).await;
        let exact = ["示例公司/研发部（北京）", "示例公司/研发部(北京)", "示例公司/A\\/B"];
        let exact = file(&desk, &owner, &exact);
        assert_eq!(exact.import(false).await["status"], "succeeded");
        let at = places(&owner).await;
        assert_eq!((&at["E1"], &at["E2"], &at["E3"]), (&north, &other, &both));
        let either = ["示例公司/研发部 (北京)", "示例公司/研发部 (北京)/组", "示例公司/A\\/B"];
        let either = file(&desk, &owner, &either);
        for create in [false, true] {
            let look = either.preview(create).await;
            assert_eq!(
                (codes(&look["problems"]), &look["refused"]),
                (vec!["department_ambiguous"], &json!(2)),
                "{look}"
            );
            let told = look["problems"][0]["issue"]["reason"]["zh"].as_str().expect("a text").to_string();
            assert!(told.contains("研发部（北京）") && told.contains("研发部(北京)"), "{told}");
            let mut body = either.by(create);
            body["plan"] = json!(true);
            let plan = imported(&desk, &owner, &either.sent().await, body).await;
            let planned = |kind: &str, what: &str| plan["planned"][kind][what].as_u64().unwrap_or_default();
            assert_eq!((planned("department", "create"), planned("user", "update")), (0, 0), "nobody is moved: {plan}");
        }
    });
}

#[test]
fn paths_begin_with_the_company_or_below_it() {
    run(async {
        // The directory has the company, the paths do not.
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        fill(&desk, &owner, true).await;
        let below = file(&desk, &owner, &["研发部/平台组", "运营部", "新部/组"]);
        let missing = vec!["/新部".to_string(), "/新部/组".into()];
        assert_eq!(below.said(true).await, Said { missing, refused: 0, departments: 2, people: 3 });
        assert_eq!(below.import(true).await["status"], "succeeded");
        let all = departments(&owner).await;
        assert_eq!(all.values().filter(|(_, above)| above.is_null()).count(), 1, "still one root: {all:?}");
        assert_eq!(below.import(true).await["status"], "succeeded_no_change");
        // A file that has it makes what is new beside it.
        let beside = file(&desk, &owner, &["示例公司/研发部", "外包公司"]);
        assert_eq!(beside.import(true).await["status"], "succeeded");
        assert_eq!(departments(&owner).await.values().filter(|(_, above)| above.is_null()).count(), 2);

        // The paths have it, the directory does not.
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let research = made(&desk, &owner, "研发部", Value::Null).await;
        made(&desk, &owner, "运营部", Value::Null).await;
        let with = file(&desk, &owner, &["示例公司/研发部", "示例公司/运营部/新组"]);
        let look = with.preview(false).await;
        assert!(codes(&look["notes"]).contains(&"paths_begin_with_company"), "{look}");
        let missing = vec!["/示例公司/运营部/新组".to_string()];
        let wanted = Said { missing: missing.clone(), refused: 1, departments: 0, people: 1 };
        assert_eq!(with.said(false).await, wanted);
        assert_eq!(with.said(true).await, Said { missing, refused: 0, departments: 1, people: 2 });
        let done = with.import(true).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert!(codes(&done["notices"]).contains(&"paths_begin_with_company"), "{done}");
        assert_eq!((departments(&owner).await.len(), &places(&owner).await["E1"]), (3, &research));
        // Two firms with departments of the same names are no company.
        let two = file(&desk, &owner, &["甲公司/研发部", "乙公司/研发部"]);
        assert_eq!(two.said(true).await.departments, 4);
    });
}

#[test]
fn what_was_renamed_is_found_and_what_was_removed_is_not_there() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let here = file(&desk, &owner, &["总部/研发部"]);
        assert_eq!(here.import(true).await["status"], "succeeded");
        let all = departments(&owner).await;
        let id = |name: &str| all.iter().find(|(_, (one, _))| one == name).map(|(id, _)| id.clone()).expect("an id");
        let path = |id: &str, verb: &str| format!("/directory/objects/{id}/{verb}");
        // A path says nothing of what it made: a person may rename it, and it is found all the same.
        let edit = json!({"fields": {"name": "研究院"}});
        good(ask(&owner, Method::POST, &path(&id("研发部"), "edit"), &edit, "").await);
        for create in [false, true] {
            assert_eq!(here.said(create).await, nothing(0));
            assert_eq!(here.import(create).await["status"], "succeeded_no_change", "{create}");
        }
        let found = file(&desk, &owner, &["总部/研究院", "总部/研发部"]);
        assert_eq!(found.said(false).await, nothing(1));
        // Somebody else has the name now.
        let other = made(&desk, &owner, "研发部", json!(id("总部"))).await;
        assert_eq!(here.import(false).await["status"], "succeeded");
        assert_eq!(places(&owner).await["E1"], other);
        // One that was removed is no longer there: it is missing, and made anew.
        good(post(&owner, &path(&id("研发部"), "remove"), json!({})).await);
        let old = made(&desk, &owner, "旧部", json!(id("总部"))).await;
        let removed = path(old.as_str().expect("an id"), "remove");
        good(post(&owner, &removed, json!({})).await);
        let gone = file(&desk, &owner, &["总部/研发部", "总部/旧部"]);
        let missing = vec!["/总部/旧部".to_string()];
        assert_eq!(gone.said(false).await, Said { missing: missing.clone(), refused: 1, departments: 0, people: 0 });
        assert_eq!(gone.said(true).await, Said { missing, refused: 0, departments: 1, people: 1 });
        // The same of one that an import made.
        let made = file(&desk, &owner, &["总部/研发部", "总部/丙"]);
        assert_eq!(made.import(true).await["status"], "succeeded");
        assert_eq!(file(&desk, &owner, &["总部/研发部", "总部/研发部"]).import(true).await["status"], "succeeded");
        let all = departments(&owner).await;
        let third = all.iter().find(|(_, (one, _))| one == "丙").map(|(id, _)| id.clone()).expect("an id");
        good(post(&owner, &path(&third, "remove"), json!({})).await);
        let missing = vec!["/总部/丙".to_string()];
        assert_eq!(made.said(true).await, Said { missing, refused: 0, departments: 1, people: 0 });
        assert_eq!(made.import(true).await["status"], "succeeded");
        let all = departments(&owner).await;
        let again = all.iter().find(|(_, (one, _))| one == "丙").map(|(id, _)| id.clone()).expect("an id");
        assert_ne!(again, third);
        assert_eq!(places(&owner).await["E2"], json!(again));
        assert_eq!(made.import(true).await["status"], "succeeded_no_change");
    });
}

#[test]
fn the_departments_of_another_tenant_are_not_there() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        fill(&desk, &owner, true).await;
        let house = desk.router(Caller::local(Tenant::default_tenant(), "owner"));
        good(post(&house, "/tenants", json!({"id": "other", "name": "Other"})).await);
        let tenant: Tenant = "other".parse().expect("a tenant");
        let other = desk.router(Caller::new(tenant, "wang.min", [Role::Owner]));
        let sent = uploaded(&other, "人员.csv", &rows(&["示例公司/研发部"])).await;
        let look = good(post(&other, &format!("{sent}/preview"), json!({})).await);
        assert_eq!(look["missing_departments"], json!(["/示例公司", "/示例公司/研发部"]), "{look}");
    });
}

/// Who leads and where somebody belongs first is written where departments are named by their paths, too.
#[test]
fn leaders_and_main_departments_are_written_by_paths() {
    run(async {
        for create in [true, false] {
            let desk = Desk::new().await;
            let owner = desk.role(Role::Owner);
            if !create {
                let research = made(&desk, &owner, "研发", Value::Null).await;
                made(&desk, &owner, "平台", research).await;
            }
            let text = "工号,姓名,部门,部门负责人,主部门\n1,张伟,研发/平台,1,研发/平台\n2,李娜,研发,,\n";
            let by = json!({"departments": {"by": "path", "separator": "/", "create": create}});
            let done = imported(&desk, &owner, &uploaded(&owner, "人员.csv", text.as_bytes()).await, by).await;
            assert_eq!(done["status"], "succeeded", "{done}");
            let there = departments(&owner).await;
            let id = there.iter().find(|(_, (name, _))| name == "平台").map(|(id, _)| id.clone()).expect("made");
            let all = people(&owner).await;
            let person = all.iter().find(|person| person["username"] == "1").expect("made");
            assert_eq!(person["departments"], json!([{"department": id, "leader": true}]), "{person}");
            assert_eq!(person["primary_department"], json!(id), "{person}");
            let other = all.iter().find(|person| person["username"] == "2").expect("made");
            assert_ne!(other["departments"][0]["leader"], true, "{other}");
        }
    });
}
