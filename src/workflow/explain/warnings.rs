//! W08: what can be used as it is, and should be looked at.

use super::page::{Page, page};

macro_rules! pushing {
    ($head:literal, $with:literal, $rest:literal) => {
        concat!(
            $head,
            "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n",
            $with,
            "  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n",
            $rest
        )
    };
}

macro_rules! message {
    ($text:literal, $rest:literal) => {
        concat!(
            "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\nfinally:\n  - id: tell\n    name: {zh: 通知, en: Tell}\n    uses: wecom/send_message\n    with: {to_users: [li.na], markdown: \"",
            $text,
            "\"}\n",
            $rest
        )
    };
}

pub(super) const PAGES: &[Page] = &[
    page(
        "W0801",
        (
            "消息里有敏感字段（手机号、邮箱）。",
            "A message contains a sensitive field, such as a mobile number or an e-mail address.",
        ),
        (
            "消息发出去就收不回来，转发到哪里也不知道。",
            "A message cannot be called back, and nobody knows where it is forwarded.",
        ),
        ("只写姓名和数量，细节放在运行记录的链接里。", "Write names and numbers, and link to the run log for details."),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\nfinally:\n  - id: tell\n    name: {zh: 通知, en: Tell}\n    uses: wecom/send_message\n    with: {to_users: [li.na], markdown: \"{{trigger.mobile}}\"}\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\nfinally:\n  - id: tell\n    name: {zh: 通知, en: Tell}\n    uses: wecom/send_message\n    with: {to_users: [li.na], markdown: \"{{trigger.userid}}\"}\n",
    ),
    page(
        "W0802",
        ("定时任务没有写时区，按 UTC 运行。", "The schedule has no time zone and goes by UTC."),
        (
            "UTC 比北京时间晚 8 小时：凌晨两点变成上午十点。",
            "UTC is 8 hours behind China: two at night becomes ten in the morning.",
        ),
        ("加上 `timezone: Asia/Shanghai`。", "Add `timezone: Asia/Shanghai`."),
        "on: {schedule: [{cron: \"0 2 * * *\"}]}\n",
        "on: {schedule: [{cron: \"0 2 * * *\", timezone: Asia/Shanghai}]}\n",
    ),
    page(
        "W0803",
        ("映射、变量或连接没有用到。", "A mapping, variable or connection is used by nobody."),
        (
            "往往是改名之后留下的，或者是忘了写 `map`。",
            "Usually it was left behind by a renaming, or a step forgot its `map`.",
        ),
        ("用上它，或删除。", "Use it, or remove it."),
        "vars: {unused: 1}\n",
        "concurrency: {group: \"{{vars.used}}\", on_conflict: queue}\nvars: {used: nightly}\n",
    ),
    page(
        "W0804",
        ("`max_parallel` 高于连接器的上限。", "`max_parallel` is above the limit of the connector."),
        ("它只能降低上限；多出来的部分没有作用。", "It can only lower that limit; the rest has no effect."),
        ("写一个不高于上限的数，或删除。", "Write a number up to the limit, or leave it out."),
        pushing!("", "", "    foreach: {in: steps.read.outputs.users, max_parallel: 200}\n"),
        pushing!("", "", "    foreach: {in: steps.read.outputs.users}\n"),
    ),
    page(
        "W0805",
        ("发送消息的步骤写了重试。", "A step that sends a message has a retry."),
        ("回应丢失时，重试可能让人收到两条。", "When an answer was lost, a retry can send the message twice."),
        (
            "删除 `retry`；确实可以重复时写 `on_unknown: resend`。",
            "Remove `retry`; where a second message does no harm, write `on_unknown: resend`.",
        ),
        message!("{{run.status_text}}", "    retry: {max_attempts: 3}\n"),
        message!("{{run.status_text}}", ""),
    ),
    page(
        "W0806",
        ("重试的等待加起来比时限还长。", "The waits of the retries are longer than the time limit."),
        ("最后几次重试永远不会发生。", "The last attempts would never be made."),
        ("减少次数或间隔，或延长 `timeout`。", "Fewer attempts, shorter waits, or a longer `timeout`."),
        pushing!(
            "",
            "",
            "    timeout: 30s\n    retry: {max_attempts: 6, backoff: constant, delay: 5m, max_delay: 5m}\n    foreach: {in: steps.read.outputs.users}\n"
        ),
        pushing!(
            "",
            "",
            "    timeout: 1h\n    retry: {max_attempts: 6, backoff: constant, delay: 5m, max_delay: 5m}\n    foreach: {in: steps.read.outputs.users}\n"
        ),
    ),
    page(
        "W0807",
        ("步骤缺少中文或英文名称。", "A step has no name in zh or en."),
        ("运行记录和控制台给两种语言的人看。", "The run log and the console are read in both languages."),
        ("写 `name: {zh: …, en: …}`。", "Write `name: {zh: …, en: …}`."),
        "steps:\n  - id: read\n    name: {en: Read}\n    uses: directory/read\n",
        "steps:\n  - id: read\n    name: {zh: 读取组织架构, en: Read directory}\n    uses: directory/read\n",
    ),
    page(
        "W0808",
        ("范围是所有人，并且会移除。", "The scope is everybody, and removal is on."),
        ("来源出错时，受影响的也是所有人。", "When the source goes wrong, everybody is affected."),
        (
            "用 `users.where` 或 `departments.include` 缩小范围。",
            "Narrow it with `users.where` or `departments.include`.",
        ),
        "safety: {remove: {max: 20, max_percent: 5%}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: leavers\n    name: {zh: 禁用, en: Disable}\n    uses: wecom/disable_user\n    foreach: {in: steps.read.outputs.removed_users}\n",
        "safety: {remove: {max: 20, max_percent: 5%}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    with: {departments: {include: [\"/总部/**\"]}}\n  - id: leavers\n    name: {zh: 禁用, en: Disable}\n    uses: wecom/disable_user\n    foreach: {in: steps.read.outputs.removed_users}\n",
    ),
    page(
        "W0809",
        (
            "`match` 用了企业微信不返回的字段（例如手机号、邮箱）。",
            "`match` compares a field that WeCom hides, such as mobile or e-mail.",
        ),
        ("看不见的字段永远对不上，于是每个人都像是新人。", "A hidden field never matches, so everybody looks new."),
        ("用 `userid` 或 `linked`。", "Use `userid` or `linked`."),
        "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked, source.mobile == target.mobile]\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n",
        "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked, source.username == target.userid]\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n",
    ),
    page(
        "W0810",
        ("写日期时没有写时区。", "A date is written without a time zone."),
        ("上海早上六点半，在 UTC 还是昨天。", "Half past six in Shanghai is still yesterday in UTC."),
        (
            "加上时区：`{{date run.due '%Y%m%d' 'Asia/Shanghai'}}`。",
            "Add the zone: `{{date run.due '%Y%m%d' 'Asia/Shanghai'}}`.",
        ),
        "connections: {csv: {type: csv, ref: import}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: csv/read\n    with: {path: \"staff-{{date run.due '%Y%m%d'}}.csv\", key: id, columns: {id: id}}\n",
        "connections: {csv: {type: csv, ref: import}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: csv/read\n    with: {path: \"staff-{{date run.due '%Y%m%d' 'Asia/Shanghai'}}.csv\", key: id, columns: {id: id}}\n",
    ),
    page(
        "W0811",
        (
            "`concurrency.group` 用了每次运行都不同的值，例如 `run.id`。",
            "`concurrency.group` is named by something that every run has for itself, such as `run.id`.",
        ),
        (
            "同组的运行才会排队；这样写，两次运行会同时写同一个系统。",
            "Only runs of one group wait for each other; written like this, two of them write one system at the same time.",
        ),
        ("用不变的名字，或不写 `group`。", "Name it by something that stays, or leave `group` out."),
        "concurrency: {group: \"wecom/{{run.id}}\"}\n",
        "concurrency: {group: \"wecom/{{connections.wecom.corp_id}}\"}\n",
    ),
    page(
        "W0812",
        (
            "一个字段在同一对连接之间双向映射，两边都总是写。",
            "One field is mapped in both directions between two connections, and both always write.",
        ),
        (
            "哪边的修改留下来，取决于谁后运行；在一边手工改的值会被另一边改回去。",
            "Which change stays depends on who runs last: what is changed on one side is changed back from the other.",
        ),
        (
            "决定谁说了算：另一个方向写 `write: create` 或 `write: fill`，或去掉这个字段。",
            "Decide which side is right: write `write: create` or `write: fill` in the other direction, or drop the field there.",
        ),
        "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n  back:\n    from: wecom/user\n    to: directory/user\n    match: [linked]\n    fields:\n      username: {value: \"{{source.userid}}\", write: create}\n      name: \"{{source.name}}\"\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: create_user\n    name: {zh: 创建, en: Create}\n    uses: wecom/create_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n  - id: read_wecom\n    name: {zh: 读取企业微信, en: Read WeCom}\n    uses: wecom/read\n  - id: upsert_user\n    name: {zh: 写入, en: Write}\n    uses: directory/upsert_user\n    map: back\n    foreach: {in: steps.read_wecom.outputs.users}\n",
        "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n  back:\n    from: wecom/user\n    to: directory/user\n    match: [linked]\n    fields:\n      username: {value: \"{{source.userid}}\", write: create}\n      name: {value: \"{{source.name}}\", write: fill}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: create_user\n    name: {zh: 创建, en: Create}\n    uses: wecom/create_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n  - id: read_wecom\n    name: {zh: 读取企业微信, en: Read WeCom}\n    uses: wecom/read\n  - id: upsert_user\n    name: {zh: 写入, en: Write}\n    uses: directory/upsert_user\n    map: back\n    foreach: {in: steps.read_wecom.outputs.users}\n",
    ),
    page(
        "W0813",
        (
            "一个条件不论读到什么都是同一个结果，例如两段带引号的文字相比较。",
            "A condition comes to the same whatever is read: two texts in quotes are compared, for example.",
        ),
        (
            "总是成立的条件会包括所有人，永远不成立的不包括任何人。",
            "A condition that always holds takes everybody, and one that never holds takes nobody.",
        ),
        (
            "引号里的是文字，不是变量：把变量写在引号外面，或去掉这个条件。",
            "What stands in quotes is text and no name: write the name without quotes, or remove the condition.",
        ),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    with: {users: {where: \"'user.status' != 'left'\"}}\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    with: {users: {where: \"user.status != 'left'\"}}\n",
    ),
];
