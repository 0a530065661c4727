//! E06 and E07: triggers, safety.

use super::page::{Page, at_activation, page};

macro_rules! removing {
    ($safety:literal, $uses:literal, $rest:literal) => {
        concat!(
            $safety,
            "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: leavers\n    name: {zh: 离职成员, en: Leavers}\n    uses: ",
            $uses,
            "\n    foreach: {in: steps.read.outputs.removed_users}\n",
            $rest
        )
    };
}

pub(super) const PAGES: &[Page] = &[
    page(
        "E0601",
        (
            "cron 表达式写错。五段依次是：分、时、日、月、星期。",
            "The cron expression is wrong. Its five fields are minute, hour, day of month, month, day of week.",
        ),
        ("它决定什么时候没有人在场也会运行。", "It says when things happen with nobody watching."),
        (
            "例如每天两点 `0 2 * * *`，工作日六点半 `30 6 * * MON-FRI`，月末 `0 2 L * *`。",
            "For example every day at two `0 2 * * *`, on workdays `30 6 * * MON-FRI`, at the end of the month `0 2 L * *`.",
        ),
        "on: {schedule: [{cron: \"0 25 * * *\", timezone: Asia/Shanghai}]}\n",
        "on: {schedule: [{cron: \"0 2 * * *\", timezone: Asia/Shanghai}]}\n",
    ),
    page(
        "E0602",
        ("时区数据库里没有这个时区。", "The time zone database has no such zone."),
        (
            "缩写如 CST 有几种意思；北京时间的标准名称是 `Asia/Shanghai`。",
            "Abbreviations such as CST mean several zones; Beijing time is called `Asia/Shanghai`.",
        ),
        ("写“地区/城市”。", "Write region and city."),
        "on: {schedule: [{cron: \"0 2 * * *\", timezone: Asia/Beijing}]}\n",
        "on: {schedule: [{cron: \"0 2 * * *\", timezone: Asia/Shanghai}]}\n",
    ),
    page(
        "E0603",
        ("这个定时任务永远不会触发，或触发得太频繁。", "The schedule never fires, or far too often."),
        (
            "二月没有 30 日；没有人会发现一个从不运行的任务。",
            "February has no 30th; nobody notices a job that never runs.",
        ),
        ("每月最后一天写 `L`。", "The last day of a month is written `L`."),
        "on: {schedule: [{cron: \"0 2 30 2 *\", timezone: Asia/Shanghai}]}\n",
        "on: {schedule: [{cron: \"0 2 L * *\", timezone: Asia/Shanghai}]}\n",
    ),
    page(
        "E0604",
        (
            "webhook 的 `path` 已经被占用，或写法不对。",
            "The `path` of a webhook is taken already, or is not written as one.",
        ),
        ("一个地址只能启动一个工作流。", "One address starts one workflow."),
        ("换一个 `path`。", "Choose another `path`."),
        "on:\n  webhook:\n    - {path: hr-ready, verify: hmac_sha256}\n    - {path: hr-ready, verify: hmac_sha256}\n",
        "on:\n  webhook:\n    - {path: hr-ready, verify: hmac_sha256}\n    - {path: hr-done, verify: hmac_sha256}\n",
    ),
    page(
        "E0605",
        ("这个连接不会发送这种事件。", "The connection sends no such event."),
        ("触发器永远不会响。", "The trigger would never fire."),
        ("改成连接器文档里列出的事件。", "Name an event that the connector sends."),
        "on: {event: [{connection: wecom, types: [user_created]}]}\n",
        "on: {event: [{connection: wecom, types: [create_user]}]}\n",
    ),
    at_activation(page(
        "E0606",
        (
            "定时任务、`after`、webhook 或事件启动的运行，没有某个必填输入的值。",
            "Runs that a schedule, `after`, a webhook or an event starts have no value for a required input.",
        ),
        (
            "没有人在场填写，每次启动都会被拒绝。",
            "Nobody is there to fill it in: every one of these runs would be refused.",
        ),
        (
            "在定时任务或 `after` 里写 `inputs`，或给这个输入写 `default`。",
            "Write `inputs` in the schedule or in `after`, or give the input a `default`.",
        ),
        "on:\n  manual: {inputs: {folder: {type: string, required: true}}}\n  schedule:\n    - {cron: \"0 2 * * *\", timezone: Asia/Shanghai}\n",
        "on:\n  manual: {inputs: {folder: {type: string, required: true}}}\n  schedule:\n    - {cron: \"0 2 * * *\", timezone: Asia/Shanghai, inputs: {folder: hr}}\n",
    )),
    page(
        "E0701",
        (
            "工作流会移除对象（禁用、删除、离开目录），但没有写 `safety.remove`。",
            "The workflow can remove objects (disable, delete, leave the directory) but has no `safety.remove`.",
        ),
        (
            "来源变空或被过滤时，没有上限就会清空整个目录。",
            "An empty or filtered-out source has wiped whole directories; a limit stops that.",
        ),
        (
            "加上 `safety: {remove: {max: 20, max_percent: 5%}}`。",
            "Add `safety: {remove: {max: 20, max_percent: 5%}}`.",
        ),
        removing!("safety: {source_min: 1}\n", "wecom/disable_user", ""),
        removing!("safety: {source_min: 1, remove: {max: 20, max_percent: 5%}}\n", "wecom/disable_user", ""),
    ),
    page(
        "E0702",
        ("文件里写了看起来是密钥的内容。", "Something in the file looks like a secret."),
        (
            "工作流文件会进入版本库、记录和备份；密钥应加密保存。",
            "Workflow files end up in repositories, logs and backups; secrets are kept encrypted.",
        ),
        (
            "把密钥保存在账号连接里，文件里只写 `ref`；已经提交过的密钥要更换。",
            "Store the secret in the connection and write `ref` only; a secret that was pushed must be replaced.",
        ),
        "vars: {api_token: aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC}\n",
        "vars: {api_name: staff}\n",
    ),
    page(
        "E0703",
        ("删除动作没有审批。", "A delete has no approval."),
        ("删除不可恢复；禁用可以恢复。", "Deleting cannot be undone; disabling can."),
        ("加上 `approval: {when: always}`，或改用禁用。", "Add `approval: {when: always}`, or disable instead."),
        removing!("", "wecom/delete_user", ""),
        removing!("", "wecom/delete_user", "    approval: {when: always}\n"),
    ),
    page(
        "E0704",
        (
            "上限不可能成立：永远达不到、互相矛盾，或使每次运行都被扣住。",
            "A limit cannot be meant: it is never reached, contradicts another, or holds every run.",
        ),
        ("不起作用的上限只是看起来安全。", "A limit without effect only looks safe."),
        ("改成有意义的数。", "Write a number that has a meaning."),
        removing!("safety: {remove: {max: 0}}\n", "wecom/disable_user", ""),
        removing!("safety: {remove: {max: 20}}\n", "wecom/disable_user", ""),
    ),
    page(
        "E0705",
        ("`approval.by` 里没有这个角色。", "`approval.by` names an unknown role."),
        ("没有人能批准，运行会一直等到作废。", "Nobody could approve, and the run would wait until it lapses."),
        ("写已有的角色，例如 `admin`。", "Name a role that exists, such as `admin`."),
        removing!("", "wecom/delete_user", "    approval: {when: always, by: [admn]}\n"),
        removing!("", "wecom/delete_user", "    approval: {when: always, by: [admin]}\n"),
    ),
    page(
        "E0706",
        (
            "密码是固定值，或由账号、工号、手机号等拼成。",
            "A password is a fixed text, or made of the account, a number, an address.",
        ),
        (
            "知道规则的人都能登录别人的账号，而人们很少修改初始密码。",
            "Whoever knows the rule can sign in as somebody else, and few people change a first password.",
        ),
        (
            "不要设置密码；让成员用企业微信登录，或发送一次性链接。",
            "Set no password: let people sign in with WeCom, or send a link that is good once.",
        ),
        "vars: {greeting: 初始密码：Welcome123}\n",
        "vars: {greeting: 请用收到的一次性链接设置密码}\n",
    ),
];
