//! E05: actions, connections and mappings.

use super::page::{Page, at_activation, page};

macro_rules! read_and {
    ($step:literal) => {
        concat!("steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n", $step)
    };
}

macro_rules! person {
    ($matching:literal, $lines:literal) => {
        concat!(
            "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n",
            $matching,
            "    fields:\n",
            $lines
        )
    };
}

macro_rules! full {
    ($lines:literal) => {
        concat!(
            "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n",
            "      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n",
            "      department: \"{{target_ids source.departments}}\"\n",
            $lines
        )
    };
}

pub(super) const PAGES: &[Page] = &[
    page(
        "E0501",
        ("没有这个动作。动作写作 `连接器/动作`。", "There is no such action. Actions are written `connector/action`."),
        ("不认识的动作不知道会做什么，也无法预演。", "What is not known cannot be planned."),
        (
            "改成提示里的动作；语言参考列出了全部。",
            "Take the one that is offered; the language reference lists them all.",
        ),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/reed\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n",
    ),
    page(
        "E0502",
        ("动作没有这个参数。", "The action has no such parameter."),
        ("写错的参数若被忽略，动作就会用默认值。", "A misspelt parameter that is ignored leaves the default in force."),
        ("改成提示里的参数，或删除它。", "Take the one that is offered, or remove it."),
        read_and!("    with: {user: {where: 'user.status == \"active\"'}}\n"),
        read_and!("    with: {users: {where: 'user.status == \"active\"'}}\n"),
    ),
    page(
        "E0503",
        ("缺少动作必需的参数。", "A parameter is missing that the action needs."),
        ("没有它动作无法执行。", "The action cannot work without it."),
        ("在 `with` 里加上它。", "Add it under `with`."),
        "connections: {csv: {type: csv, ref: import}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: csv/read\n    with: {key: id, columns: {id: id}}\n",
        "connections: {csv: {type: csv, ref: import}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: csv/read\n    with: {path: people.csv, key: id, columns: {id: id}}\n",
    ),
    page(
        "E0504",
        (
            "没有连接能执行这个动作，或有好几个，而没有说用哪一个。",
            "No connection can do this, or several could and nothing says which.",
        ),
        ("写到错误的企业里，比不写更糟。", "Writing to the wrong company is worse than not writing."),
        (
            "在步骤里写 `connection: 别名`，或把默认的连接命名为与动作前缀相同。",
            "Add `connection: ALIAS` to the step, or name the usual one like the prefix of the action.",
        ),
        "connections:\n  directory: {type: directory, ref: default}\n  wecom_a: {type: wecom, ref: wecom_main}\n  wecom_b: {type: wecom, ref: wecom_sub}\n",
        "connections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: wecom_main}\n",
    ),
    page(
        "E0505",
        (
            "连接的类型不对：没有这种连接器，或它不能执行这个动作。",
            "The connection is of the wrong type: there is no such connector, or it cannot do this action.",
        ),
        ("动作和账号要属于同一个系统。", "Action and account belong to one system."),
        ("改 `type`，或换一个连接。", "Mend `type`, or name another connection."),
        "connections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wechat_work, ref: wecom_main}\n",
        "connections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: wecom_main}\n",
    ),
    at_activation(page(
        "E0506",
        (
            "这个账号连接做不到工作流需要的事，例如没有通讯录密钥，或应用没有写权限。启用工作流时检查。",
            "The account cannot do what the workflow needs: no address-book secret, or an app without the right to write. This is looked at when the workflow is activated.",
        ),
        ("否则第一次运行会在半路失败。", "Otherwise the first run would fail half-way."),
        (
            "测试这个账号连接，按结果补上密钥或权限。",
            "Test the connection and add the secret or right that the test names.",
        ),
        "connections:\n  wecom: {type: wecom, ref: wecom_read_only}   # 只有应用密钥 · an app secret only\n",
        "connections:\n  wecom: {type: wecom, ref: wecom_main}        # 有通讯录密钥 · with the address-book secret\n",
    )),
    page(
        "E0507",
        (
            "映射、动作和列表说的不是同一种对象，或这个动作不用映射。",
            "Mapping, action and list are not about the same kind of object, or the action takes no mapping.",
        ),
        ("把部门写成人员是不可能的。", "A department cannot be written as a person."),
        (
            "`from` 要与列表一致，`to` 要与动作一致；移除动作用 `removed_…` 列表。",
            "`from` fits the list, `to` fits the action; remove actions take the `removed_…` lists.",
        ),
        read_and!(
            "  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: department\n    foreach: {in: steps.read.outputs.users}\n"
        ),
        read_and!(
            "  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n"
        ),
    ),
    page(
        "E0508",
        (
            "创建对象的映射没有填目标系统必填的字段。",
            "A mapping that creates objects leaves out a field that the target demands.",
        ),
        ("目标系统会拒绝每一个对象。", "The target would refuse every single object."),
        ("加上这个字段；提示里有写法。", "Add the field; the finding shows how."),
        person!(
            "    match: [linked]\n",
            "      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n"
        ),
        full!(""),
    ),
    page(
        "E0509",
        ("目标对象没有这个字段。", "The target has no such field."),
        ("写错的字段永远不会被更新。", "A misspelt field would never be written."),
        ("改成提示里的字段。", "Take the one that is offered."),
        full!("      nickname: {value: \"{{source.nickname}}\", when_empty: omit}\n"),
        full!("      alias: {value: \"{{source.nickname}}\", when_empty: omit}\n"),
    ),
    page(
        "E0510",
        (
            "固定值不符合目标系统的规则：太长、字符不对、不是允许的词。",
            "A literal breaks a rule of the target: too long, wrong characters, none of the allowed words.",
        ),
        ("每个对象都会被拒绝。", "Every object would be refused."),
        ("改成符合规则的值。", "Write a value that follows the rule."),
        full!("      gender: mail\n"),
        full!("      gender: male\n"),
    ),
    page(
        "E0511",
        ("字段只能在创建时写入，或根本不可写。", "The field can be written on create only, or never."),
        (
            "企业微信的 `userid` 创建后不再更改；由系统给出的字段不能填。",
            "WeCom's `userid` never changes after creation, and what the system gives cannot be set.",
        ),
        ("写 `write: create`；只读字段删除。", "Write `write: create`; remove read-only fields."),
        person!(
            "    match: [linked]\n",
            "      userid: \"{{source.username}}\"\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n"
        ),
        full!(""),
    ),
    page(
        "E0512",
        ("更新动作用的映射没有 `match` 规则。", "An update uses a mapping without any `match` rule."),
        ("不知道该更新哪一个对象。", "Nobody knows which object is meant."),
        ("加上 `match: [linked]`，或再加一条比较。", "Add `match: [linked]`, or a comparison beside it."),
        concat!(
            "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n",
            "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n"
        ),
        concat!(
            "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked, source.username == target.userid]\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n",
            "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n"
        ),
    ),
    page(
        "E0513",
        ("部门的循环没有写 `order: parents_first`。", "A loop that writes departments lacks `order: parents_first`."),
        ("下级先写时，上级还不存在。", "A child that comes first has no parent yet."),
        ("加上 `order: parents_first`。", "Add `order: parents_first`."),
        read_and!(
            "  - id: create_department\n    name: {zh: 创建部门, en: Create departments}\n    uses: wecom/create_department\n    map: department\n    foreach: {in: steps.read.outputs.departments}\n"
        ),
        read_and!(
            "  - id: create_department\n    name: {zh: 创建部门, en: Create departments}\n    uses: wecom/create_department\n    map: department\n    foreach: {in: steps.read.outputs.departments, order: parents_first}\n"
        ),
    ),
    page(
        "E0514",
        ("人员在所需部门之前写入。", "People are written before the departments that they need."),
        ("企业微信会以 60123（部门不存在）拒绝。", "WeCom would refuse them with 60123, unknown department."),
        (
            "把创建部门的步骤移到上面，或写进 `needs`。",
            "Move the step that creates departments above, or name it in `needs`.",
        ),
        read_and!(
            "  - id: create_user\n    name: {zh: 创建人员, en: Create people}\n    uses: wecom/create_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n  - id: create_department\n    name: {zh: 创建部门, en: Create departments}\n    uses: wecom/create_department\n    map: department\n    foreach: {in: steps.read.outputs.departments, order: parents_first}\n"
        ),
        read_and!(
            "  - id: create_department\n    name: {zh: 创建部门, en: Create departments}\n    uses: wecom/create_department\n    map: department\n    foreach: {in: steps.read.outputs.departments, order: parents_first}\n  - id: create_user\n    name: {zh: 创建人员, en: Create people}\n    uses: wecom/create_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n"
        ),
    ),
    page(
        "E0515",
        ("循环的对象没有固定的标识。", "The objects of a loop have nothing stable to tell them apart."),
        (
            "恢复、重试失败项和历史都靠它认出同一个对象。",
            "Resume, retry of failed items and history recognise an object by it.",
        ),
        ("写 `key`，例如 `key: row.employee_no`。", "Write `key`, for example `key: row.employee_no`."),
        "connections:\n  csv: {type: csv, ref: import}\n  directory: {type: directory, ref: default}\nmappings:\n  person:\n    from: csv/row\n    to: directory/user\n    match: [linked]\n    fields: {username: \"{{source.id}}\", name: \"{{source.name}}\"}\nsteps:\n  - id: file\n    name: {zh: 文件, en: File}\n    uses: csv/read\n    with: {path: people.csv, key: id, columns: {id: id, name: name}, required: [id, name]}\n  - id: upsert\n    name: {zh: 写入, en: Upsert}\n    uses: directory/upsert_user\n    map: person\n    foreach: {in: steps.file.outputs.rows, distinct: true}\n",
        "connections:\n  csv: {type: csv, ref: import}\n  directory: {type: directory, ref: default}\nmappings:\n  person:\n    from: csv/row\n    to: directory/user\n    match: [linked]\n    fields: {username: \"{{source.id}}\", name: \"{{source.name}}\"}\nsteps:\n  - id: file\n    name: {zh: 文件, en: File}\n    uses: csv/read\n    with: {path: people.csv, key: id, columns: {id: id, name: name}, required: [id, name]}\n  - id: upsert\n    name: {zh: 写入, en: Upsert}\n    uses: directory/upsert_user\n    map: person\n    foreach: {in: steps.file.outputs.rows, as: row, key: row.id, distinct: true}\n",
    ),
];
