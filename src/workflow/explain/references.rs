//! E03: steps, references and order.

use super::page::{Page, page};

const READ: &str = "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n";

pub(super) const PAGES: &[Page] = &[
    page(
        "E0301",
        ("`needs` 里的 id 不是任何步骤的 id。", "An id in `needs` belongs to no step."),
        ("步骤会等一个永远不会来的东西。", "The step would wait for something that never comes."),
        ("改成已有步骤的 id。", "Name a step that is there."),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: read_again\n    name: {zh: 再读, en: Read again}\n    uses: directory/read\n    needs: [raed]\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: read_again\n    name: {zh: 再读, en: Read again}\n    uses: directory/read\n    needs: [read]\n",
    ),
    page(
        "E0302",
        (
            "步骤互相等待，成了一个圈。读取另一个步骤的输出也算等待。",
            "Steps wait for each other in a circle. Reading a step's output counts as waiting for it.",
        ),
        ("谁也无法开始。", "None of them could ever start."),
        (
            "去掉其中一处 `needs` 或读取；通常人员等部门，而不是反过来。",
            "Remove one of the waits; usually people wait for departments, not the other way round.",
        ),
        "steps:\n  - id: a\n    name: {zh: 甲, en: A}\n    uses: directory/read\n    needs: [b]\n  - id: b\n    name: {zh: 乙, en: B}\n    uses: directory/read\n    needs: [a]\n",
        "steps:\n  - id: a\n    name: {zh: 甲, en: A}\n    uses: directory/read\n    needs: []\n  - id: b\n    name: {zh: 乙, en: B}\n    uses: directory/read\n    needs: [a]\n",
    ),
    page(
        "E0303",
        (
            "步骤读取了另一个步骤，而那个步骤不一定在它之前完成。",
            "A step reads another one that need not have finished before it.",
        ),
        ("有时读得到，有时读不到。", "It would work on some days and not on others."),
        (
            "删除 `needs: []`，或把被读取的步骤写进 `needs`。",
            "Remove `needs: []`, or name the step that is read in `needs`.",
        ),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    needs: []\n    foreach: {in: steps.read.outputs.users}\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    needs: [read]\n    foreach: {in: steps.read.outputs.users}\n",
    ),
    page(
        "E0304",
        ("步骤没有这个输出，或者没有这个步骤。", "The step has no such output, or there is no such step."),
        ("列表为空和列表不存在是两回事。", "An empty list and a list that does not exist are two things."),
        (
            "改成动作提供的输出；`idflow lsp` 会列出它们。",
            "Name an output that the action gives; the language reference lists them.",
        ),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.people}\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n",
    ),
    page(
        "E0305",
        (
            "读取的步骤有 `if`，可能被跳过，而没有说明那时用什么值。",
            "The step that is read has an `if` and may be skipped, and nothing says what to take then.",
        ),
        (
            "跳过的步骤没有输出；用空列表代替会被当成“全都没了”。",
            "A skipped step has no outputs; an empty list in their place would look like everything being gone.",
        ),
        (
            "在条件里先写 `has(…) &&`，在模板里用 `default` 写明缺省值，或给读取的步骤写同样的 `if`。",
            "Write `has(…) &&` before it in a condition, state a value with `default` in a template, or give the reading step the same `if`.",
        ),
        "on: {manual: {inputs: {full: {type: boolean, default: false}}}}\nconnections:\n  csv: {type: csv, ref: import}\n  directory: {type: directory, ref: default}\nsteps:\n  - id: file\n    name: {zh: 文件, en: File}\n    uses: csv/read\n    if: inputs.full\n    with: {path: people.csv, key: id, columns: {id: id}}\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    if: steps.file.outputs.row_count > 0\n",
        "on: {manual: {inputs: {full: {type: boolean, default: false}}}}\nconnections:\n  csv: {type: csv, ref: import}\n  directory: {type: directory, ref: default}\nsteps:\n  - id: file\n    name: {zh: 文件, en: File}\n    uses: csv/read\n    if: inputs.full\n    with: {path: people.csv, key: id, columns: {id: id}}\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    if: has(steps.file.outputs.row_count) && steps.file.outputs.row_count > 0\n",
    ),
    page(
        "E0306",
        (
            "步骤永远不会执行：它的条件恒为假，或它等待的步骤永远不会执行。",
            "The step can never run: its condition is always false, or what it waits for never runs.",
        ),
        ("看起来有人负责的事，实际上没有人做。", "It looks as if something were taken care of, and it never is."),
        ("改条件，或删除这个步骤。", "Mend the condition, or remove the step."),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    if: 'false'\n",
        READ,
    ),
    page(
        "E0307",
        ("`steps` 里的步骤读取了 `finally` 里的步骤。", "A step of `steps` reads one of `finally`."),
        ("`finally` 在其他步骤都结束之后才执行。", "Steps of `finally` run when all others have ended."),
        (
            "反过来：让 `finally` 读取前面的步骤，或把那个步骤移到 `steps`。",
            "Turn it around: let `finally` read the others, or move that step to `steps`.",
        ),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    if: steps.last.outputs.users.size() > 0\nfinally:\n  - id: last\n    name: {zh: 最后, en: Last}\n    uses: directory/read\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\nfinally:\n  - id: last\n    name: {zh: 最后, en: Last}\n    uses: directory/read\n    if: steps.read.status == \"failed\"\n",
    ),
    page(
        "E0308",
        ("工作流用 `uses: workflow/…` 调用了自己。", "A workflow calls itself by `uses: workflow/…`."),
        ("每次运行都会再启动一次运行。", "Every run would start another one."),
        ("调用另一个工作流，或用 `on.schedule` 重复运行。", "Call another workflow, or repeat it with `on.schedule`."),
        "id: example\nsteps:\n  - id: again\n    name: {zh: 再来, en: Again}\n    uses: workflow/example\n",
        "id: example\nsteps:\n  - id: next_one\n    name: {zh: 下一个, en: Next}\n    uses: workflow/another\n",
    ),
    page(
        "E0309",
        (
            "循环变量（`as` 的名字）用在了循环之外。",
            "A loop's variable (the name given by `as`) is used outside its loop.",
        ),
        ("循环之外没有“当前对象”。", "Outside the loop there is no object at hand."),
        (
            "只在这个步骤的 `with` 里使用它；固定的值放进 `vars`。",
            "Use it in the `with` of its own step; fixed values go to `vars`.",
        ),
        "connections:\n  directory: {type: directory, ref: default}\n  csv: {type: csv, ref: import}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: offboard\n    name: {zh: 离职, en: Offboard}\n    uses: directory/offboard_user\n    foreach: {in: steps.read.outputs.removed_users, as: leaver}\n  - id: file\n    name: {zh: 文件, en: File}\n    uses: csv/read\n    with: {path: \"{{leaver.username}}.csv\", key: id, columns: {id: id}}\n",
        "connections:\n  directory: {type: directory, ref: default}\n  csv: {type: csv, ref: import}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: offboard\n    name: {zh: 离职, en: Offboard}\n    uses: directory/offboard_user\n    foreach: {in: steps.read.outputs.removed_users, as: leaver}\n  - id: file\n    name: {zh: 文件, en: File}\n    uses: csv/read\n    with: {path: \"leavers.csv\", key: id, columns: {id: id}}\n",
    ),
    page(
        "E0310",
        (
            "步骤读取的东西，要等同一次运行里前面的步骤写入之后才有。",
            "A step reads what an earlier step of the same run still has to write.",
        ),
        (
            "所有读取都在预演阶段完成，那时还什么都没有写；批准的就是预演看到的。",
            "All reads happen while the run is planned, when nothing is written yet; what is approved is what the plan saw.",
        ),
        (
            "拆成两个工作流：用 `uses: workflow/…` 调用第二个，它有自己的预演。",
            "Make two workflows: call the second one by `uses: workflow/…`, which has a plan of its own.",
        ),
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n  - id: disable_leaver\n    name: {zh: 禁用, en: Disable}\n    uses: wecom/disable_user\n    foreach: {in: steps.read.outputs.removed_users}\n    if: changes(steps.update_user) > 0\n",
        "steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n  - id: update_user\n    name: {zh: 更新, en: Update}\n    uses: wecom/update_user\n    map: user\n    foreach: {in: steps.read.outputs.users}\n  - id: disable_leaver\n    name: {zh: 禁用, en: Disable}\n    uses: wecom/disable_user\n    foreach: {in: steps.read.outputs.removed_users}\n",
    ),
];
