//! A plan as whoever has to sign it reads it: what it is of, everything that it does, what was checked, and why something is not done.

use super::{
    languages::{chinese, english},
    support::{Corp, House, Organisation, corp::CORP_ID},
};

/// A company of seventy, and a month later fifty changes: people come, leave, move and change, a department is new, one is to go
/// and waits for somebody who exchanges his number with another and cannot.
fn a_month_later() -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_mirror");
    let mut organisation = Organisation::generated(4, 70);
    for person in ["E0000", "E0003"] {
        organisation.change(person, "email", "");
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    organisation.department("T900", "D1", "Sales", 9);
    for number in 70..80 {
        organisation.person(number, "T900", "E0001");
    }
    organisation.departments.remove("T003");
    for row in organisation.people.values_mut().filter(|row| row["departments"] == "T003") {
        row.insert("departments".into(), "T002".into());
        row.insert("main_department".into(), "T002".into());
    }
    for number in 4..12 {
        organisation.change(&format!("E{number:04}"), "position", "Director");
    }
    let mobile = |organisation: &Organisation, person: &str| organisation.people[person]["mobile"].clone();
    let (one, other) = (mobile(&organisation, "E0000"), mobile(&organisation, "E0003"));
    organisation.change("E0000", "mobile", &other);
    organisation.change("E0003", "mobile", &one);
    for number in 64..67 {
        organisation.people.remove(&format!("E{number:04}"));
    }
    organisation.write(&house.source());
    house.import(&["--yes"]);
    (corp, house, organisation)
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn whoever_signs_a_plan_knows_what_it_is_of_and_sees_all_of_it() {
    let (_corp, house, _) = a_month_later();
    let zh = house.text(&["--lang", "zh", "plan", "sync"]).expect(0).out;
    let en = house.text(&["--lang", "en", "plan", "sync"]).expect(0).out;
    assert_eq!((english(&zh), chinese(&en)), (None, None), "{zh}\n{en}");
    let plan = house.good(&["plan", "sync"]);
    let updates = plan["groups"].as_array().expect("groups").iter();
    let updates =
        updates.filter(|group| group["action"] == "update" && group["planned"] == "do" && group["kind"] == "user");
    let updates: u64 = updates.filter_map(|group| group["count"].as_u64()).sum();
    assert!(updates > 20, "{updates}");
    for (text, update, more) in [(&zh, "  ~ 更新成员", "另有"), (&en, "  ~ update member", " more are not shown")]
    {
        assert_eq!(text.lines().filter(|line| line.starts_with(update)).count() as u64, updates, "{text}");
        assert!(!text.contains(more), "{text}");
    }
    // What it is of: source, target, time, who.
    let target = |connection: &str, id: &str| format!("{connection} main{id} {CORP_ID}");
    has(
        &zh,
        &[
            "预演：企业微信镜像同步（含禁用和删除）（工作流 sync 第 1 版，运行 sync#2）",
            "    其内容最近由 csv_to_directory#2 folder=",
            "（wang.min 发起，",
            &target("  目标：企业微信（账号连接", "，企业ID"),
            "名人员（完整读取）",
            "  生成者：wang.min（手动）",
            "  预演标识：sha256:",
            "有效期：只反映 ",
            "执行：idflow run sync，或在控制台打开工作流 sync 并运行",
        ],
    );
    has(
        &en,
        &[
            "plan of WeCom mirror sync (disables and deletes) (workflow sync, version 1, run sync#3)",
            "    last written by csv_to_directory#2 folder=",
            "(started by wang.min, ",
            &target("  target: WeCom (connection", ", Corp ID"),
            "people (read completely)",
            "  made by: wang.min (manual)",
            "  plan sha256:",
            "valid: as things stood when they were read at ",
            "to carry it out: idflow run sync, or open the workflow sync in the console and run it",
        ],
    );
    // What it comes to, and how near the limits that is.
    has(&zh, &["合计 ", "  没有变化：", " 名成员", "，接近）", "禁用或删除 3（上限 20）", "  写入大约需要 "]);
    has(
        &en,
        &["in all ", "  unchanged: ", " members", ", close)", "disable or delete 3 (limit 20)", "writing takes about "],
    );
    assert!(!zh.contains("不到 1 秒") && !en.contains("less than 1 s"), "{zh}\n{en}");
    // Steps by their titles; disabling and deleting are told apart.
    has(
        &zh,
        &[
            "! 禁用 3 名成员（失去访问权限） · 步骤 禁用离职成员（disable_leaver）",
            "  ⊘ 禁用成员 Person 0064 (user0064)",
        ],
    );
    has(&en, &["! disable 3 members (takes access away) · step Disable leavers (disable_leaver)"]);
    assert!(!zh.contains("\n  - ") && !en.contains("\n  - "), "nothing is deleted\n{zh}\n{en}");
}

#[test]
fn what_is_not_done_says_why_and_what_it_has_to_do_with() {
    let (_corp, house, _) = a_month_later();
    let zh = house.text(&["--lang", "zh", "plan", "sync"]).expect(0).out;
    let en = house.text(&["--lang", "en", "plan", "sync"]).expect(0).out;
    has(
        &zh,
        &[
            "! 现在不执行（部门里还有人）：删除 1 个部门 · 步骤 删除已不存在的部门（delete_department）",
            "      部门里还有人：Person 0003 (user0003)（共 1 处），因此没有移除（department_in_use）",
            "      另见下面：更新成员 Person 0003 (user0003)",
            "现在不执行（不能直接交换）：更新 2 名成员",
            "要与 Person 0003 (user0003) 交换唯一的联系方式",
            "（swap_impossible）",
            "      另见上面：删除部门 Team 003",
        ],
    );
    has(
        &en,
        &[
            "! not done now (still in use): delete 1 department · step Delete departments that are gone (delete_department)",
            "      still in use by Person 0003 (user0003) (1 in all), so it is not removed (department_in_use)",
            "      see below: update member Person 0003 (user0003)",
            "not done now (cannot be exchanged): update 2 members",
            "      see above: delete department Team 003",
        ],
    );
    for text in [&zh, &en] {
        assert!(!text.contains("数据有误") && !text.contains("invalid"), "{text}");
        let prose = text.lines().find(|line| line.trim_start().starts_with("department_in_use"));
        assert_eq!(prose, None, "words come first\n{text}");
        assert!(!text.contains("department_has_people"), "the same is said once\n{text}");
    }
}

#[test]
fn a_plan_that_is_too_long_says_so_first_and_leaves_out_no_removal() {
    let (_corp, house, mut organisation) = a_month_later();
    for number in 80..290 {
        organisation.person(number, "T900", "E0001");
    }
    organisation.write(&house.source());
    house.import(&["--yes"]);
    let cut = house.text(&["plan", "sync"]).expect(0).out;
    let lines = |text: &str, begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    assert_eq!((lines(&cut, "  + create member"), lines(&cut, "  ⊘ disable member")), (20, 3), "{cut}");
    let (said, first) = (cut.find("! not everything is shown below: "), cut.find("  ⊘ "));
    assert!(said.is_some() && said < first, "{cut}");
    has(&cut, &[" --plan --all` shows all of them", "  … 200 more are not shown"]);
    let all = house.text(&["plan", "sync", "--all"]).expect(0).out;
    assert_eq!(lines(&all, "  + create member"), 220, "{all}");
    assert!(!all.contains("not everything is shown"), "{all}");
}

#[test]
fn a_plan_that_waits_says_how_long_it_holds_and_how_it_is_approved() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    house.workflow_changed("wecom_downstream_mirror", &[("create: {max: 500}", "create: {max: 3}")]);
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let run = held["run"].as_str().expect("a run");
    let hash = held["plan"].as_str().expect("a hash");
    let zh = house.text(&["--lang", "zh", "runs", "show", run, "--plan"]).expect(0).out;
    let en = house.text(&["--lang", "en", "runs", "show", run, "--plan"]).expect(0).out;
    assert_eq!((english(&zh), chinese(&en)), (None, None), "{zh}\n{en}");
    has(
        &zh,
        &[
            "  ! 新建人员：8（上限 3）",
            "有效期：",
            " 起 10 分钟内批准",
            &format!("批准：idflow runs approve {run} --plan {hash}"),
        ],
    );
    has(&en, &["  ! create people: 8 (limit 3)", "valid: approved within 10 minutes of ", "; until "]);
    has(
        &en,
        &[
            &format!("to approve: idflow runs approve {run} --plan {hash}"),
            &format!("to reject: idflow runs reject {run}"),
        ],
    );
}
