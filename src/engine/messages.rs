//! The words of the engine's and reconcile's own problems.

use idflow_sdk::{Message, messages};

/// All of them.
pub static MESSAGES: &[Message] = messages! {
    "store_failed" Configuration Operator,
        "存储无法使用：{message}", "the store does not work: {message}",
        "检查磁盘空间、目录权限或数据库，然后重试；已受理的运行不会丢失",
        "check free space, permissions or the database, then try again; accepted runs are not lost";
    "dept_parent_unknown" Invalid Hr,
        "上级部门“{key}”不存在", "the parent department `{key}` does not exist",
        "在来源中补充上级部门，或更正上级编号；根部门的上级要留空", "add the parent department or correct the parent id; a root leaves the parent blank";
    "refused_at_import" Invalid Hr,
        "导入目录时，来源里的这些值不能用，没有写入：{values}", "when the directory was filled, these values of the source could not be used: {values}",
        "在来源中改正后重新导入", "correct them in the source and import again";
    "dept_parent_self" Invalid Hr,
        "部门的上级是它自己", "the department is its own parent",
        "在来源中更正上级编号；根部门的上级要留空", "correct the parent id; a root leaves the parent blank";
    "dept_parent_cycle" Invalid Hr,
        "部门的上级形成了环", "the parents of this department form a circle",
        "在来源中更正其中一个部门的上级", "correct the parent of one department of the circle";
    "dept_parent_rejected" Invalid Hr,
        "上级部门未能写入（{by}）", "the parent department could not be written ({by})",
        "先解决上级部门的问题", "solve the problem of the parent department first";
    "dept_name_not_free" Conflict Hr,
        "名称还属于另一个部门，它还没有让出（{by}）", "the name still belongs to another department, which has not given it up ({by})",
        "先解决那个部门的问题，再运行一次", "solve the problem of that department first, then run again";
    "dept_name_held" Conflict Operator,
        "名称还属于目标里的另一个部门（{holder}），它不在来源中，仍留在目标里", "the name still belongs to another department in the target ({holder}), which is not in the source and stays there",
        "在目标中给那个部门改名，或在它清空后将其删除，再运行一次；如果工作流有删除部门的步骤，删除后名称也会释放",
        "rename that department in the target, or delete it there once it is empty, then run again; where a step of the workflow deletes departments that are gone, the name is free once that is done";
    "department_rejected" Invalid Hr,
        "所属部门未能写入（{by}）", "the department could not be written ({by})",
        "先解决该部门的问题", "solve the problem of that department first";
    "blocked" Conflict Hr,
        "需要先处理另一项（{by?不详}）", "another item stands in the way ({by?which one is not known})",
        "先解决那一项，再重试", "solve that item first, then run again";
    "needs_removal" Conflict Operator,
        "需要先移除 {by}，而这项移除还没有人批准，或已有人决定保留", "{by} has to be removed first, and nobody has approved that, or somebody decided against it",
        "批准移除，再运行一次；若要保留 {by}，请在来源中更正与其冲突的值（如手机号、部门名称）",
        "approve the removal and run again; if {by} is to stay, correct what the two share in the source, such as a number or a name" => DecideRemoval;
    "former_holder_first" Conflict Operator,
        "这个唯一标识原来属于 {by}，要先移除 {by}", "{by} had this key before and has to be removed first",
        "那项移除完成后再运行一次", "run again once that removal is done";
    "former_holder_stays" Invalid Operator,
        "唯一标识“{key}”现在属于 {other}；此人的账号仍可使用，今后不归任何工作流管理",
        "the key `{key}` is now {other}'s; this account still works, and no workflow sees to it from now on",
        "如果此人已离开，请在目标中手工停用", "if this person has left, take the access away in the target by hand";
    "department_path_long" Invalid Hr,
        "部门路径“{path}”有 {levels} 层，太长，不能用来识别部门", "the department path `{path}` has {levels} levels and is too long to recognise a department by",
        "减少层数或缩短名称，或改用部门编号", "use fewer levels or shorter names, or ids of departments";
    "dept_too_deep" Invalid Hr,
        "部门在第 {level} 层，最多 {limit} 层", "the department is on level {level}; at most {limit} levels are possible",
        "减少上级层数", "move it up or flatten the tree above it";
    "names_hidden" Configuration ItAdmin,
        "目标里有 {number} 个同级部门的名称不可见，无法判断是否就是这个部门，因此没有新建",
        "{number|the name of one department|the names of # departments} beside this one cannot be seen, so it is unknown whether this department is there already; nothing was created",
        "为该连接配置可见范围为全公司的自建应用 Secret 后重试",
        "add the secret of an app whose visible range is the whole company to the connection";
    "root_hidden" Configuration ItAdmin,
        "看不到目标根部门的名称，无法判断来源唯一的根部门“{name}”是不是它，因此没有新建",
        "the name of the target's root department cannot be seen, so it is unknown whether {name}, the only root of the source, is that one; nothing was created",
        "把连接的 source_root 设为 company（就是它）或 department（放在它下面），然后再次运行",
        "set `source_root` of the connection to company (it is that one) or department (it is kept below that one), then run again";
    "match_hidden" Configuration ItAdmin,
        "匹配所用的字段“{field}”在 {number} 个未绑定的对象上不可见，无法判断",
        "the field `{field}` used for matching cannot be seen on {number|1 unlinked object|# unlinked objects}, so nothing is decided",
        "改用可见的字段匹配", "match by a visible field";
    "several_candidates" Conflict ItAdmin,
        "按规则“{rule}”有多个候选：{candidates}", "several objects match by `{rule}`: {candidates}",
        "在目标中更正，使只有一个符合规则", "correct the target so that only one object matches";
    "account_taken" Conflict ItAdmin,
        "账号“{value}”在目标中属于“{holder}”，已绑定到来源中的另一个人，账号不会被继承",
        "the account `{value}` is that of {holder}, who is linked to somebody else in the source; accounts are never inherited",
        "是同一个人时（例如工号改过或丢了开头的零），在账号绑定中选择“是同一个”；不是同一个人时，在来源中换一个账号；若目标系统里的账号早已改名，请先在目标系统中改过来",
        "where the two are one person (whose number was changed, or had lost its zeros), say so under account binding; else give the person another account name in the source; where the holder was renamed in the source, rename the account in the target first" => DecideMatch;
    "account_kept_apart" Conflict Hr,
        "账号“{key}”属于 {holder?另一人}，已有人决定这是另一个人", "the account `{key}` is that of {holder?somebody else}, and somebody has decided that this is another person",
        "在来源中换一个账号；若其实是同一个人，改回这项决定", "give the person another account name in the source; where the two are one person after all, take that decision back" => DecideMatch;
    "match_contested" Conflict Hr,
        "来源中还有别的对象（{rivals}）也对应目标中的“{candidate}”（规则“{rule}”），因此都没有绑定",
        "`{candidate}` is what others of the source match as well ({rivals}), by `{rule}`; none of them is linked",
        "在来源中更正，或由人决定它是哪一个", "correct the source, or decide which one it is" => ListMatching;
    "key_changed" Conflict Hr,
        "来源中新的“{new}”（{name}）与已不在来源中的“{old}”像是同一人，对应“{candidate}”（相同：{same_zh}）；由人决定之前，既不新建也不禁用",
        "the new `{new}` ({name}) looks like `{old}`, which is gone from the source and is {candidate} (same {same_en}); nobody is made or disabled until somebody decides",
        "由人决定是不是同一人，然后再次运行", "decide whether this is the same person, then run again" => DecideMatch;
    "stands_in_other_row" Conflict Hr,
        "来源中已没有“{old}”，但另一行（{row}）写着相同的{same_zh}（{candidate}）：这一行用的是别的唯一标识，或者无法使用；更正之前不会禁用或删除",
        "`{old}` is gone from the source, but another row ({row}) has the same {same_en} as {candidate}: that row is under another key, or cannot be used; nothing is disabled or removed until it is corrected",
        "更正这一行的唯一标识或格式后再次运行；“{old}”确已不在来源中时，把这一行去掉", "correct the key or the form of that row and run again; if `{old}` is gone indeed, take the row out" => CheckSource;
    "leaves_and_stays" Conflict Hr,
        "“{key}”有两行：一行写着已离职，另一行（{row}）没有；更正之前保持不变",
        "`{key}` stands in two rows: one says that this person has left, the other ({row}) does not; nothing changes until that is corrected",
        "在来源中只留下正确的一行，再次运行", "leave only the right row in the source, and run again" => CheckSource;
    "key_given_again" Conflict Hr,
        "“{key}”可能已给了另一个人：“{name}”与“{other}”姓名不同，其他能认出人的信息也不相同；由人决定之前，既不修改也不禁用",
        "`{key}` may have gone to somebody else: {name} and {other} are two names, and nothing else says that they are one; nobody is changed or disabled until somebody decides",
        "由人决定是不是同一人：是，照常同步；不是，这个账号与原来的人分开", "decide whether it is the same person: if so the change goes on; if not, the account and the former person are kept apart" => DecideMatch;
    "keys_changed" Invalid Operator,
        "{actual} 个{kind}换了唯一标识（上限 {limit}），标识列像是被改坏了", "{actual} {kind} came under another key (the limit is {limit}): the key column looks damaged",
        "核对来源的标识列（例如开头的零）；确实换了的，由人逐个决定；其余照常执行：核对来源后批准这次运行", "look at the key column of the source (lost zeros?); decide about keys that did change; to carry out the rest, approve the run once the source was checked" => CheckSource;
    "key_moved" Conflict Hr,
        "这一行的人现在用另一个唯一标识（由人决定）", "the person of this row has another key now, as somebody decided",
        "无需处理；可以从来源中去掉这一行", "nothing to do; the row can be taken out of the source";
    "decision_ignored" Invalid ItAdmin,
        "有人决定不处理这个对象", "somebody decided to leave this object alone",
        "无需处理；决定可以改变", "nothing to do; the decision can be changed" => DecideMatch;
    "decision_end_gone" NotFound ItAdmin,
        "关于“{who}”的决定已失效：选定的对象已不在目标中", "the decision about {who} is over: the object that was chosen is no longer in the target",
        "再次查看并决定", "look again and decide" => ListMatching;
    "decision_source_gone" NotFound ItAdmin,
        "关于“{who}”的决定已失效：来源中已没有这个对象", "the decision about {who} is over: the source does not have it any more",
        "再次查看并决定", "look again and decide" => ListMatching;
    "decision_linked_elsewhere" Conflict ItAdmin,
        "关于“{who}”的决定已失效：选定的对象已绑定到来源中的另一个人", "the decision about {who} is over: the object that was chosen belongs to somebody else in the source",
        "再次查看并决定", "look again and decide" => ListMatching;
    "value_held" Conflict ItAdmin,
        "“{field}”的值在目标中仍属于“{holder}”，此人不在来源中（禁用的成员仍占用它）",
        "the value of `{field}` still belongs to {holder} in the target, who is not in the source (a disabled member keeps it)",
        "在目标系统中清空此人的这一项后再次运行；如果工作流到期会删除离职成员，删除后也会释放", "clear it for that member in the target and run again; where the workflow deletes leavers after a time of grace, it is free as well once that is done";
    "value_of_other_workflow" Conflict ItAdmin,
        "“{field}”的值在目标中仍属于“{holder}”，由工作流“{workflow}”负责",
        "the value of `{field}` still belongs to {holder} in the target, which is the business of the workflow {workflow}",
        "来源里对方已换成别的值的，先运行工作流“{workflow}”，再运行这一个；两者互换的，先在来源里把其中一方的这一项留空，两个工作流都运行之后再填上",
        "where the source has another value for the holder by now, run the workflow {workflow} first and then this one; where the two swap, leave it blank for one of them in the source, run both, and fill it in again" => RunWorkflow;
    "value_waits" Conflict ItAdmin,
        "要等“{by}”换成新的值才能放出，而“{by}”要的值在目标中仍属于“{holder}”，此人不在来源中", "{by} has to take another value first, and that one still belongs to {holder} in the target, who has left",
        "在目标系统中清空“{holder}”的这一项后再次运行；如果工作流到期会删除离职成员，删除后也会释放", "clear it for {holder} in the target and run again; where the workflow deletes leavers after a time of grace, it is free as well once that is done";
    "value_given_up" Conflict Hr,
        "来源中此人已没有“{field}”，而“{taker}”要用同一个值，因此在目标中清空",
        "the source has no `{field}` for this person any more and {taker} takes the value, so it is cleared in the target",
        "无需处理", "nothing to do";
    "kept_as_made" Conflict ItAdmin,
        "来源中的“{field}”已改变；目标只在创建时接受这一项，之后不能再改，因此保持原样", "`{field}` is another one in the source now; the target takes it on creation only and keeps what it has",
        "需要一致时，请在目标系统的管理后台修改；否则无需处理", "where they have to be the same, change it in the target's own console; else nothing to do";
    "key_kept" Conflict ItAdmin,
        "来源中的账号已改为“{wanted}”，目标中的账号不能更改，仍为“{kept}”", "the account is `{wanted}` in the source now; the target cannot change it and keeps `{kept}`",
        "需要一致时，请在目标系统中改名，之后再次运行即可；否则无需处理", "where they have to be the same, rename it in the target system and run again; else nothing to do";
    "values_refused" Invalid Hr,
        "来源中有 {number} 个值不能使用，没有写入：{fields}", "{number|one value|# values} of the source could not be used and {number|was|were} not written: {fields}",
        "在运行的明细里查看是谁、为什么；在来源中更正后再次运行", "the items of the run tell whose and why; correct them in the source and run again" => ListItems;
    "managers_by_name" Invalid Hr,
        "{number} 人的上级填的是姓名，上级没有写入", "{number|one person has|# people have} a manager given by name, which was not written",
        "上级一栏请填写对方的工号，因为姓名可能重复；在运行的明细里查看是谁", "give the manager's employee number in that column, as two people may have one name; the items of the run tell who" => ListItems;
    "managers_not_made" Invalid Hr,
        "{number} 人的上级没有写入：{names} 没有建成", "{number|one person was|# people were} left without a manager: {names} could not be made",
        "先解决没有建成的人员自己的问题，之后的运行会补上上级；来源中的上级不用改", "settle what keeps those who could not be made; a later run then adds the manager; the managers in the source are right" => ListItems;
    "references_not_made" Invalid Hr,
        "{number} 项引用的对象没有写入：{names} 没有建成", "{number|one object was|# objects were} left without what {number|it refers|they refer} to: {names} could not be made",
        "先解决没有建成的对象自己的问题，之后的运行会补上引用", "settle what keeps those that could not be made; a later run then adds the reference" => ListItems;
    "keys_kept" Conflict ItAdmin,
        "{number} 人在来源中改了账号，目标中的账号不能更改", "{number|1 person has|# people have} another account in the source now, which the target cannot change",
        "在运行的明细里查看是谁", "the items of the run tell who" => ListItems;
    "swap_impossible" Conflict Hr,
        "要与 {holder?另一人} 交换唯一的联系方式，而两人都没有别的联系方式，目标系统不允许先清空", "this person and {holder?another one} exchange their only way to be reached, and the target system refuses to clear it for a moment",
        "在来源中给其中一人加上另一种联系方式（邮箱或手机号中缺少的那一种），下一次运行就会完成交换", "give one of the two the other way to be reached in the source, an e-mail address or a mobile, whichever is missing; the next run then exchanges them";
    "value_duplicate" Conflict Hr,
        "“{field}”的值已属于 {holder?另一人}", "the value of `{field}` already belongs to {holder?somebody else}",
        "在来源中更正其中一个", "correct one of the two in the source";
    "skipped_when_empty" Invalid Hr,
        "字段“{field}”为空，按规则跳过", "`{field}` is empty and the mapping leaves such objects out",
        "需要时在来源中补充该值", "fill the value in the source if the object is wanted";
    "left_unknown" Invalid Hr,
        "来源标记为离职，目录里没有此人，已跳过", "the source says that this person has left, and nobody knows them; skipped",
        "无需处理；若并未离职，请更正来源中的状态", "nothing to do; correct the status in the source if it is wrong";
    "name_hidden" Configuration ItAdmin,
        "看不到名称，因此没有新建", "its name cannot be seen, so it is not created",
        "让来源的连接看得到名称（企业微信：可见范围包括此对象的应用）；已关联的照常处理", "let the source's connection see the name (WeCom: an app whose range has it); what is linked is kept up to date all the same";
    "source_top" Invalid Operator,
        "来源的根部门就是整个来源；目标把它的下级放在最上层，因此不为它建部门", "the root department of the source stands for all of it; the target keeps what is below at its top, so no department is made for it",
        "无需处理", "nothing to do";
    "no_create_step" Configuration ItAdmin,
        "工作流没有创建步骤", "the workflow has no step that creates such objects",
        "需要时加一个创建步骤", "add a creating step if it is wanted";
    "no_update_step" Configuration ItAdmin,
        "工作流没有更新步骤", "the workflow has no step that updates such objects",
        "需要时加一个更新步骤", "add an updating step if it is wanted";
    "cannot_be_created" Configuration ItAdmin,
        "目标不能创建这类对象", "the target cannot create such objects",
        "从工作流中去掉该步骤", "take the step out of the workflow";
    "target_list_lacks" Temporary Operator,
        "目标的列表里没有“{name}”（{key}），而单独查询时仍然存在：列表不完整，不以它为准", "the target's list lacks {name} ({key}), which is there when asked for alone: the list is not complete, and nothing is done by it",
        "稍后再次运行", "run again later";
    "not_looked_for" Temporary Operator,
        "目标的列表里没有“{key}”；本次要单独查询的对象太多，没有查到它，因此保留绑定", "the target's list lacks `{key}`; too many objects had to be asked for alone in this run, so it was not, and its link is kept",
        "再次运行时会接着查询", "the next run goes on asking";
    "people_lacked" Temporary Operator,
        "目标的列表里缺少 {number} 人，而单独查询时仍然存在（{names}）：列表不完整，按仍然存在处理", "the target's list lacks {number|1 person, who is|# people, who are} there when asked for alone ({names}): the list is not complete, and {number|that person is|they are} kept up as before",
        "无需处理；经常出现时，请向目标系统反映", "nothing to do; where it happens often, tell those who run the target system";
    "was_there" Temporary Operator,
        "目标的列表里没有这个对象，新建时目标却答复已经存在：绑定和已知的值都保持不变", "the target's list lacked it, and by the target's answer it was there when it was to be made: its link and what is known of it stay as they were",
        "无需处理：下一次运行再比较", "nothing to do: the next run compares it";
    "missing_in_target" NotFound ItAdmin,
        "目标里的对象“{key}”已被他人删除，将重新创建", "`{key}` was deleted in the target by somebody else and is created again",
        "如果删除是有意的，请在来源中移除", "if that was on purpose, remove it from the source";
    "source_min" Invalid Operator,
        "来源只有 {actual} 个{kind}，少于下限 {limit}", "the source has only {actual} {kind}, fewer than {limit}",
        "核对来源；确认无误后由人批准", "look at the source; if it is right, a person approves the run" => CheckSource;
    "source_shrink" Invalid Operator,
        "来源中的{kind}比上次少了 {actual}%，上限 {limit}%", "the source has {actual} % fewer {kind} than last time; the limit is {limit} %",
        "核对来源；确认无误后由人批准", "look at the source; if it is right, a person approves the run" => CheckSource;
    "identity_shift" Invalid Operator,
        "{actual}% 的{kind}会在编号不变的情况下换成另一个人或另一个部门（上限 {limit}%）：编号列看起来错位了，或者两列互换了", "{actual} % of the {kind} would become somebody else under the same key (the limit is {limit} %): the key column looks shifted, or two columns changed places",
        "核对来源里的编号、姓名等各列，以及文件的编码；确认无误后由人批准", "look at the columns of the source, the key first, and at the encoding of a file; if they are right, a person approves the run" => CheckSource;
    "mass_clear" Invalid Operator,
        "{actual}% 的{kind}会失去字段“{field}”的值，或因空白改为默认值（上限 {limit}%）：来源里这一列看起来是空的", "{actual} % of the {kind} would lose `{field}`, or have its default for a blank (the limit is {limit} %): that column of the source looks empty",
        "核对来源里的这一列；确认无误后由人批准", "look at that column of the source; if it is right, a person approves the run" => CheckSource;
    "column_gone" Invalid Operator,
        "上次有值的列这次没有了（步骤“{step}”）：{columns}；由它们得来的值保持不变", "columns that had values last time are not there any more (step `{step}`): {columns}; what came from them is left as it is",
        "如果是无意的，请在来源中恢复这些列；如果不再需要，请从步骤的 columns 中去掉",
        "bring the columns back, or take them out of the step's `columns` if they are not wanted any more";
    "column_blank" Invalid Operator,
        "上次有值的列这次每一行都是空的（步骤“{step}”）：{columns}；空白在这里表示默认值，不当作真的，由它们得来的值保持不变",
        "columns that had values last time are blank in every row (step `{step}`): {columns}; a blank means the default there, which is not believed of everybody at once, so what came from them is left as it is",
        "核对来源，导出时可能丢失了这些列的值；如果确实都取默认值，请在每一行里写明", "look at the source: an export may have lost the values; where everybody is to have the default, write it into each row";
    "filter_column_gone" Invalid Operator,
        "步骤“{step}”的筛选条件要看的列这次没有了，或每一行都是空的：{columns}；没有它们就不知道该包括谁，因此什么都没有执行", "the filter of step `{step}` looks at columns that are not there any more, or blank in every row: {columns}; without them nobody knows who is meant, so nothing was done",
        "在来源中恢复这些列，或修改步骤的筛选条件", "bring the columns back, or change the filter of the step" => CheckSource;
    "filter_column_blank" Invalid Operator,
        "筛选条件要看的列“{field}”上次有值，这次每一行都是空的；如果值丢失了，筛选条件可能会把不该包括的{kind}也包括进来", "the column `{field}`, which a filter looks at, had values last time and is blank in every row now; if they were lost, the filter may take {kind} that it should leave out",
        "核对来源里的这一列；确认无误后由人批准", "look at that column of the source; if it is right, a person approves the run" => CheckSource;
    "leaver_keeps_access" Invalid Operator,
        "此人已不在来源中，但账号仍可使用", "this person is gone from the source and still has an account that works",
        "运行的提示里写着由哪个步骤处理", "the notes of the run say which step would change that";
    "left_behind" Invalid Operator,
        "已不在来源中，仍留在目标里", "it is gone from the source and stays in the target",
        "工作流没有删除它的步骤，需要时加一个，或在目标中手工删除", "no step of the workflow removes it: add one if it is wanted, or remove it by hand";
    "still_in_other_list" Invalid Operator,
        "已不在本来源中，但仍在账号连接“{connection}”的名单里（工作流“{workflow}”），因此不移除",
        "it is gone from this source and stays, because it is still in the list of {connection} (workflow {workflow})",
        "那份名单里也没有时才会移除；如果那份名单不再算数，请归档工作流“{workflow}”",
        "it is removed once that list drops it as well; where that list does not count any more, archive the workflow {workflow}";
    "kept_by_other_list" Invalid Operator,
        "{number} 个对象已不在本来源中，但仍在账号连接“{connection}”的名单里（工作流“{workflow}”），因此不移除：{names}",
        "{number|1 object is|# objects are} gone from this source and {number|stays|stay}, because {number|it is|they are} still in the list of {connection} (workflow {workflow}): {names}",
        "那份名单里也没有时才会移除；如果那份名单不再算数，请归档工作流“{workflow}”",
        "they are removed once that list drops them as well; where that list does not count any more, archive the workflow {workflow}";
    "read_by_other_workflow" Invalid Operator,
        "已不在本工作流读取的范围内，但工作流“{workflow}”仍在读取，因此不移除",
        "it is gone from what this workflow reads and stays, because the workflow {workflow} reads it",
        "没有任何工作流再读取到时才会移除；如果工作流“{workflow}”不再算数，请归档它",
        "what no workflow reads any more is removed; where the workflow {workflow} does not count any more, archive it";
    "kept_by_other_workflow" Invalid Operator,
        "{number} 个对象已不在本工作流读取的范围内，但工作流“{workflow}”仍在读取，因此不移除：{names}",
        "{number|1 object is|# objects are} gone from what this workflow reads and {number|stays|stay}, because the workflow {workflow} reads {number|it|them}: {names}",
        "没有任何工作流再读取到时才会移除；如果工作流“{workflow}”不再算数，请归档它",
        "what no workflow reads any more is removed; where the workflow {workflow} does not count any more, archive it";
    "other_workflow_unread" Invalid Operator,
        "已不在本工作流读取的范围内；工作流“{workflow}”是否仍在读取，现在无法确认（{code}），因此不移除",
        "it is gone from what this workflow reads; whether the workflow {workflow} reads it cannot be told now ({code}), so it stays",
        "运行工作流“{workflow}”，解决它报出的问题；如果那个工作流不再算数，请归档它",
        "run the workflow {workflow} and mend what it says; where it does not count any more, archive it";
    "kept_for_other_workflow" Invalid Operator,
        "{number} 个对象已不在本工作流读取的范围内；工作流“{workflow}”是否仍在读取，现在无法确认，因此不移除：{names}",
        "{number|1 object is|# objects are} gone from what this workflow reads and {number|stays|stay}: whether the workflow {workflow} reads {number|it|them} cannot be told now: {names}",
        "运行工作流“{workflow}”，解决它报出的问题；如果那个工作流不再算数，请归档它",
        "run the workflow {workflow} and mend what it says; where it does not count any more, archive it";
    "leavers_input" Invalid Operator,
        "{number} 人已离开来源但账号仍可使用：步骤“{step}”只在 {input}=true 时禁用他们", "{number|1 person has left the source and still has|# people have left the source and still have} an account that works: step `{step}` takes it away only with {input}=true",
        "先查看是谁，再把输入 {input} 设为 true 运行", "see who it is, then run with the input {input} set to true" => DisableLeavers;
    "leavers_step" Invalid Operator,
        "{number} 人已离开来源但账号仍可使用：步骤“{step}”这次没有执行（{condition}）", "{number|1 person has left the source and still has|# people have left the source and still have} an account that works: step `{step}` was not wanted this time ({condition})",
        "先查看是谁；让该步骤的条件成立即可处理", "see who it is; the step takes it away when its condition holds" => ListLeavers;
    "leavers_no_step" Invalid Operator,
        "{number} 人已离开来源但账号仍可使用：工作流没有禁用或删除他们的步骤", "{number|1 person has left the source and still has|# people have left the source and still have} an account that works: the workflow has no step that disables or deletes them",
        "先查看是谁，并在工作流中加一个禁用步骤", "see who it is, and add a step that disables them to the workflow" => ListLeavers;
    "links_taken_over" Invalid Operator,
        "接管了工作流“{workflow}”绑定的 {number} 个对象：它已不再处理离开来源的对象，今后由本工作流处理",
        "{number|1 object|# objects} that the workflow {workflow} had linked {number|belongs|belong} to this one now: the other one does not see to leavers any more, this one does",
        "无需处理", "nothing to do";
    "links_kept_by" Invalid Operator,
        "有 {number} 个对象由工作流“{workflow}”绑定：它们离开来源后，只有运行“{workflow}”才会移除",
        "{number|1 object is|# objects are} linked by the workflow {workflow}: once {number|it leaves|they leave} the source, {number|it is|they are} removed only when {workflow} runs",
        "要由本工作流处理，请暂停或归档“{workflow}”，再运行一次", "to have this workflow see to them, pause or archive {workflow} and run again";
    "leavers_of_other" Invalid Operator,
        "工作流“{workflow}”曾绑定的 {number} 个对象不在本工作流读到的来源中：{names}；可能已离开，也可能不在本工作流的范围内，没有人决定就不会移除",
        "{number|1 object|# objects} that the workflow {workflow} had linked {number|is|are} not in what this one reads: {names}; {number|it may have left, or be|they may have left, or be} out of its scope, and nothing is removed unless somebody decides",
        "逐个决定：批准移除或保留；数量很多而没有列出时，先核对本工作流的读取范围", "decide about each: approve its removal or keep it; where they are many and none waits, look at this workflow's scope first" => ListRemovals;
    "removal_of_other" Invalid Operator,
        "它由另一个工作流绑定，本工作流从未在来源中见过（共 {number} 项）：可能已离开，也可能不在本工作流的范围内",
        "another workflow linked it and this one never saw it in its source ({number} in all): it may have left, or be out of this workflow's scope",
        "确认已离开的，批准移除；不在范围内的，决定保留", "approve the removal of whoever has left, and keep what is only out of scope" => ListRemovals;
    "departments_left_behind" Invalid Operator,
        "{number} 个部门已不在来源中，仍留在目标里", "{number|1 department is gone from the source and stays|# departments are gone from the source and stay} in the target",
        "工作流没有删除它们的步骤；需要时加一个，或在目标中手工删除", "no step removes them; add one if it is wanted, or remove them by hand";
    "department_has_people" Conflict Operator,
        "部门里还有 {number} 人：{who}", "{number|1 person is|# people are} still in it: {who}",
        "先把他们移到别的部门：只有空部门才能删除", "move them to another department first: only an empty one can be deleted";
    "department_has_leavers" Invalid Operator,
        "部门里还有 {number} 名已离开的人：{who}；企业微信等系统只能删除空部门，因此暂不删除", "{number|1 person who has left is|# people who have left are} still in it: {who}; only an empty department can be deleted, so it waits",
        "工作流到期删除他们之后，再删除部门；工作流不删除离职成员时，在目标中把他们移出或删除，再运行一次", "it is deleted after the workflow has deleted them when the time of grace is over; where the workflow deletes no leavers, move them out or delete them in the target, then run again";
    "department_has_departments" Conflict Operator,
        "下面还有 {number} 个部门：{who}", "{number|1 department is|# departments are} still below it: {who}",
        "先移动或删除它们：只有空部门才能删除", "move or delete them first: only an empty department can be deleted";
    "target_missing" Invalid Operator,
        "目标的名单里缺少 {actual}% 已绑定的{kind}（上限 {limit}%），名单可能不完整", "the target's list lacks {actual} % of the linked {kind}; the limit is {limit} %, and the list may be incomplete",
        "在目标系统中核对；确认无误后由人批准", "look into the target system; if they are really gone, a person approves the run" => CheckSource;
    "adopt" Invalid Operator,
        "目标里已有对象：{actual} 个{kind}与来源相像，首次同步需要有人确认", "the target is in use: {actual} {kind} look like those of the source, and a person has to confirm the first run",
        "查看预演里哪些会被绑定、哪些保持不动、哪些会在旁边新建，确认后批准", "look in the plan at what would be linked, what stays apart and what would be made beside it, then approve it" => ApproveRun;
    "adopt_linked" Invalid Operator,
        "来源与目标里已有的 {number} 个{kind}是同一个，予以绑定（{names}），不新建、不删除", "{number|1 object|# objects} ({kind}) {number|is|are} there already and linked ({names}); none is made or deleted for them",
        "在运行的明细里查看每一对", "the items of the run show each pair" => ListItems;
    "adopt_apart" Invalid Operator,
        "目标里另有 {number} 个{kind}在来源里没有对应，保持不动：{names}", "{number|1 object|# objects} ({kind}) in the target without a counterpart in the source {number|is|are} left alone: {names}",
        "无需处理；若是同一个对象，请在来源里更正姓名、部门或手机号后重新预演", "nothing to do; where one of them is the same, correct name, department or number in the source and plan again";
    "adopt_beside" Invalid Operator,
        "{number} 个{kind}与已有的对象同名但无法确定是同一个，将在旁边新建或等待确定：{names}", "{number|1 object bears|# objects bear} ({kind}) the name of one that is there without being surely the same; they would be made beside it or stay undecided: {names}",
        "若是同一个对象，先由人决定或直接绑定，再重新预演；不要删除在用的成员", "where they are the same, decide about them or link them first and plan again; do not delete a member in use" => ListMatching;
    "made_beside" Conflict Operator,
        "目标里已有同名的{kind}：{names}；会在旁边新建一个", "the target has of this name ({kind}): {names}; another one would be made beside it",
        "若是同一个，先决定或绑定，再重新预演；不要删除在用的成员", "where it is the same, decide so or link them first and plan again; do not delete a member in use" => ListMatching;
    "adopt_renamed" Invalid Operator,
        "其中 {number} 个{kind}账号相同但姓名不同，绑定后会改成来源里的姓名：{names}", "{number|1 of them has|# of them have} ({kind}) the same account and another name, and would be renamed: {names}",
        "请逐一核对是不是同一个人；不是的，先更正来源里的账号，再重新预演", "make sure that each is the same person; where it is another, correct the account in the source and plan again" => ListItems;
    "adopt_doubted" Invalid Operator,
        "{number} 个{kind}的账号、手机号或邮箱属于另一个姓名或已禁用的成员，不会自动绑定，等人决定：{names}", "{number|1 object has|# objects have} ({kind}) the account, number or address of somebody of another name, or of a disabled account; {number|it is|they are} not linked and {number|waits|wait} for a decision: {names}",
        "号码可能是离职的人留下的：查看每一项，决定是同一个人还是另一个人", "the number may be one that a leaver had: look at each and decide whether it is the same person or another" => ListMatching;
    "proposed" Conflict Operator,
        "可能是其中一个（分数越高越像）：{names}", "it may be one of these, the higher the score the likelier: {names}",
        "由人查看并决定是哪一个，或是另一个人", "look at them and decide which one it is, or that it is another" => ListMatching;
    "account_of_other_name" Conflict Operator,
        "规则“{rule}”相符，但两边姓名不同：来源是“{name}”，目标是“{other}”", "`{rule}` fits, but the names are two: `{name}` in the source, `{other}` in the target",
        "由人决定是不是同一个人；改过姓名的人选“是”", "decide whether it is the same person; somebody who has changed the name is" => ListMatching;
    "account_switched_off" Conflict Operator,
        "规则“{rule}”找到的“{other}”已被禁用，绑定会重新启用这个账号并交给“{name}”", "`{rule}` finds `{other}`, a disabled account; a link would enable it again and give it to `{name}`",
        "由人决定：回来的同一个人选“是”；号码转给了别人的选“不是”，并先让被禁用的成员放出号码", "decide: somebody who came back is the same person; where the number went to somebody else, say that it is another, and free the number of the disabled account first" => ListMatching;
    "review_begins" Invalid Operator,
        "此人此前已离职或被禁用，现在又在来源中出现：状态改为待审核，不会自动恢复访问", "he had left or was disabled, and the source has him again: he waits for a review and gets no access by this run",
        "由审批者在待审核队列中通过或拒绝", "an approver lets him in or does not, in the review queue" => SearchDirectory;
    "namesake_left" Conflict Operator,
        "目录里有同名的人，已经离开（分数越高越像）：{names}", "somebody of this name is there and has left, the higher the score the likelier: {names}",
        "由人决定：回来的同一个人选“是”，再按需恢复；另一个人选“新建”", "decide: somebody who came back is the same person, and is let in again where that is wanted; for another person, decide to create one" => ListMatching;
    "nobody_proposed" Conflict Operator,
        "没有找到可能的对象", "there is nobody it could be",
        "由人搜索并指定，或选择新建、忽略", "look for the right one and name it, or decide to create or to ignore it" => ListMatching;
    "unmatched_skipped" Invalid Operator,
        "没有找到对应的对象，按 `unmatched: skip` 不处理", "nobody corresponds to it, and `unmatched: skip` leaves it out",
        "需要时由人绑定，或改为 `unmatched: ask`", "link it by hand where that is wanted, or write `unmatched: ask`";
    "looks_like" Conflict ItAdmin,
        "目标里有看起来相同的对象：{names}", "the target has objects that look the same: {names}",
        "很可能是同一个人：由人查看并决定；不要删除在用的成员", "this is probably the same person: look at them and decide. Do not delete a member in use" => ListMatching;
    "source_root" Invalid Operator,
        "来源的根部门“{name}”就是目标的根部门（{key}），它的下级直接放在根部门下面", "the root department of the source, {name}, is the target's own root ({key}); what is below the one is kept below the other",
        "若应放在根部门下面，请把连接的 source_root 设为 department", "if it is to be a department below the root, set `source_root` of the connection to department";
    "list_is_gone" Invalid Operator,
        "工作流“{workflow}”导入过一份上传的全部名单，那个文件已经不在：名单里有没有，无法判断，移除需要批准",
        "the workflow {workflow} took a whole list that was uploaded, and the file is not there any more: nobody can tell whether it had this one, so its removal needs an approval",
        "确实离开的批准移除，其余的保留", "approve the removal of who really left, and keep the others" => ListRemovals;
    "limit_count" Invalid Operator,
        "{kind}的{rule}为 {actual}，上限 {limit}", "{kind}: {actual} {rule}, the limit is {limit}",
        "查看预演，确认后批准", "look at the plan and approve it" => ApproveRun;
    "limit_percent" Invalid Operator,
        "{kind}的{rule}为 {actual}%，上限 {limit}%", "{kind}: {actual} % would be {rule}, the limit is {limit} %",
        "查看预演，确认后批准", "look at the plan and approve it" => ApproveRun;
    "approval_needed" Invalid Operator,
        "步骤“{step}”的 {number} 项需要批准", "{number|# item|# items} of step `{step}` {number|needs|need} an approval",
        "查看预演，确认后批准", "look at the plan and approve it" => ApproveRun;
    "range_shrunk" Invalid Operator,
        "步骤“{step}”的连接能看到的范围变小了，少了：{lost}；{number} 项移除需要批准", "the connection of step `{step}` sees less than last time; lost: {lost}. {number|# removal needs|# removals need} an approval",
        "如果不是有意的，请在来源系统里恢复范围（企业微信：应用的可见范围）；确实不再同步的，查看后批准移除", "give the range back in the source's system (WeCom: the app's visible range) unless it was meant; else look at the removals and approve them" => ApproveRun;
    "scope_changed" Invalid Operator,
        "同步范围或匹配规则与上次不同，{number} 项移除需要批准", "the scope or the match rules differ from last time; {number|# removal needs|# removals need} an approval",
        "查看要移除的对象，确认后批准", "look at what would be removed, and approve it" => ApproveRun;
    "department_in_use" Conflict Hr,
        "部门里还有人：{who}（共 {number} 处），因此没有移除", "still in use by {who} ({number} in all), so it is not removed",
        "来源中已把他们移走的，先解决他们各自未执行的原因；否则在来源中把他们移到别的部门，或补回这个部门", "where the source has moved them already, first solve why that was not carried out; else move them to another department in the source, or put this department back";
    "department_not_judged" Invalid Operator,
        "目录里还有人在这个部门：{who}（共 {number} 处）；本次只读取了变更，没有读到他们，因此暂不移除", "{who} ({number} in all) may still be in it: only changes were read this time, and not these people, so it is not removed yet",
        "无需处理：下一次完整读取时判断", "nothing to do: the next full read decides";
    "removal_waiting" Invalid Operator,
        "这项移除在等人决定，本次未执行", "this removal waits for a decision and is not carried out",
        "批准移除，或决定保留", "approve the removal, or keep the object" => DecideRemoval;
    "removal_undecided" Invalid Operator,
        "此前已经询问过，还没有人决定", "it was asked about before, and nobody has decided",
        "查看后批准或决定保留", "look at it, then approve the removal or keep the object" => ListRemovals;
    "removal_after" Invalid Operator,
        "要先移除 {by}，而这项移除还没有人批准，或已有人决定保留：本次未执行", "{by} has to be removed first, and nobody has approved that, or somebody decided against it: it is not carried out",
        "批准先做的那一项移除，再运行一次", "approve the removal that comes first and run again" => DecideRemoval;
    "removal_kept" Invalid Operator,
        "{by} 决定保留，不移除", "{by} decided to keep this object: it is not removed",
        "要改变决定，可以批准移除", "to change that, approve the removal" => DecideRemoval;
    "removals_waiting" Invalid Operator,
        "{number} 项移除在等人决定，其余照常执行", "{number|1 removal waits|# removals wait} for a decision; everything else goes on",
        "查看后批准或决定保留", "look at them, then approve the removals or keep the objects" => ListRemovals;
    "removals_decided" Invalid Operator,
        "当时等人决定的移除中，有 {number} 项已经处理", "of the removals that waited for a decision then, {number|1 is|# are} settled by now",
        "无需处理", "nothing to do" => ListRemovals;
    "removals_kept" Invalid Operator,
        "{number} 项移除按人的决定不执行", "{number|1 removal is|# removals are} not carried out because somebody decided to keep the {number|object|objects}",
        "可以查看是哪些", "look at which they are" => ListKeptRemovals;
    "removals_approved" Invalid Operator,
        "执行了 {by} 批准的移除", "removals that {by} approved are carried out",
        "无需处理", "nothing to do";
    "not_approved" Invalid Operator,
        "数据在批准之后变了，这项变更不是当时批准的那一项", "the data changed after the approval; this is not the change that was approved",
        "它会出现在下一次运行的预演里", "it will be part of the next run's plan";
    "changed_since_approval" Invalid Operator,
        "数据在批准之后变了：{number} 项与批准时看到的不同，本次未执行", "the data changed after the approval: {number|1 change differs|# changes differ} from what was approved and {number|was|were} not carried out",
        "再运行一次，按最新的数据重新预演", "run again: it is planned anew from what is there now";
    "events_maybe_missed" Invalid Operator,
        "此前可能有事件没有收到（服务没有运行，或事件保存不了），所以本次完整读取，补上遗漏的变更", "events may have been missed before (the server was not running, or could not store them), so everything was read to make up for them",
        "无需处理", "nothing to do";
    "events_not_told" Invalid Operator,
        "完整核对发现 {number} 项变更，此前没有由事件带来（对方不通知的变更，或事件丢失），本次补上", "this full look found {number|1 change|# changes} that no event had brought (the system does not tell of such changes, or events were lost)",
        "经常出现时，检查回调地址能否从外面访问", "if this happens often, see whether the callback address can be reached from outside";
    "last_line_doubtful" Invalid Operator,
        "步骤 {step} 的文件最后一行没有换行符，其中的值有问题：文件可能在这一行被截断", "the last line of the file that step {step} reads has no line end, and something in it cannot be used: the file may be cut short there",
        "重新上传完整的文件；如果文件是完整的，修正这一行，或在其后加一个换行", "deliver the whole file again; if it is whole, correct that line or end it with a line break";
    "read_incomplete" Invalid Operator,
        "来源没有读完整，本次不移除任何对象", "the source was not read completely, so nothing is removed",
        "按旁边列出的原因处理后再运行；来源是文件时，更正无法识别的行", "settle the reason that is told beside this and run again; in a file, correct the rows that could not be read";
    "caller_approved" Invalid Operator,
        "调用者已批准此预演", "the caller approved the plan as computed",
        "无需处理", "nothing to do";
    "items_failed" Invalid Operator,
        "{all} 项中有 {number} 项没有同步成功，{done|本次没有写入任何内容|其余 1 项已完成|其余 # 项已完成}",
        "{number} of {all} {all|object|objects} failed; {done|nothing was done|the other one is done|the other # are done}",
        "在运行的明细里查看每一项的原因", "the items of the run tell why, one by one" => ListItems;
    "items_failed_in_part" Invalid Operator,
        "{all} 项中有 {number} 项没有同步成功，其中 {part} 项只写入了一部分；{done|没有其他写入|其余 1 项已完成|其余 # 项已完成}",
        "{number} of {all} {all|object|objects} failed, {part|1 of them|# of them} after a part was written; {done|nothing else was done|the other one is done|the other # are done}",
        "在运行的明细里查看每一项的原因", "the items of the run tell why, one by one" => ListItems;
    "items_failed_and_lacking" Invalid Operator,
        "{all} 项中有 {number} 项没有同步成功，{part||其中 1 项只写入了一部分，|其中 # 项只写入了一部分，}另有 {lacking} 项写入时缺少没有建成的上级或部门；{done|没有其他写入|其余 1 项已完成|其余 # 项已完成}",
        "{number} of {all} {all|object|objects} failed, {part||1 of them after a part was written, |# of them after a part was written, }{lacking|1 more was|# more were} written without a manager or department that could not be made; {done|nothing else was done|the other one is done|the other # are done}",
        "在运行的明细里查看每一项的原因", "the items of the run tell why, one by one" => ListItems;
    "items_undecided" Conflict Operator,
        "{number} 项在等人决定", "{number|1 object waits|# objects wait} for a decision",
        "由人查看并决定，再运行一次", "look at them and decide, then run again" => ListMatching;
    "step_failed" Configuration Operator,
        "步骤“{step}”无法执行", "step `{step}` could not be carried out",
        "解决原因后重新运行", "solve the cause and run again";
    "too_many_failures" Invalid Operator,
        "步骤“{step}”有 {number} 项失败，超过上限，已停止", "step `{step}` stopped: {number|# item|# items} failed, more than allowed",
        "先处理失败的项，再重新运行", "look at the failed items first, then run again";
    "earlier_step_failed" Invalid Operator,
        "前面的步骤没有完成", "an earlier step did not finish",
        "解决前面步骤的问题后重新运行", "solve the problem of the earlier step and run again";
    "cancelled" Invalid Operator,
        "运行已被 {by} 取消", "the run was cancelled by {by}",
        "需要时重新运行", "run again if it is still wanted";
    "rejected" Invalid Operator,
        "预演已被 {by} 拒绝", "the plan was rejected by {by}",
        "需要时重新运行", "run again if it is still wanted";
    "group_busy" Temporary Operator,
        "同一并发组的另一个运行尚未结束", "another run of the same concurrency group is not over",
        "等它结束后再运行", "run again when it is over";
    "run_timeout" Temporary Operator,
        "运行超过了时间上限", "the run took longer than its timeout",
        "提高 timeout 或缩小范围", "raise `timeout` or narrow the scope";
    "connection_unknown" Configuration ItAdmin,
        "没有名为“{name}”的账号连接", "there is no connection called `{name}`",
        "添加这个连接，或改用已有的连接", "add it, or name one that is there" => AddConnection;
    "connection_other_type" Configuration ItAdmin,
        "账号连接“{name}”的类型是 {found}，需要 {wanted}", "the connection `{name}` is of type {found}; {wanted} is needed",
        "选择类型相符的连接", "choose a connection of the right type";
    "secret_unreadable" Configuration Operator,
        "连接“{name}”的密钥无法解密", "the secrets of connection `{name}` cannot be unsealed",
        "恢复原来的主密钥，或重新填写密钥", "restore the master key, or enter the secrets again";
    "lost_answer" Unknown Operator,
        "没有收到应答，也无法确认是否已执行", "no answer arrived and it could not be found out whether it was done",
        "重新运行，系统会先核对再处理", "run again; what was done is looked up first";
    "lost_answer_unconfirmed" Unknown Operator,
        "没有收到应答，核对时也没有得到看得懂的应答（{cause}）：可能已经执行", "no answer arrived, and the look at what became of it was not answered well either ({cause}): it may have been done",
        "重新运行，系统会先核对再处理", "run again; what was done is looked up first";
    "workflow_invalid" Configuration Operator,
        "工作流定义有错误：{message}", "the workflow has errors: {message}",
        "检查并修正工作流", "check the workflow and correct it" => ValidateWorkflow;
    "means_another" Conflict Operator,
        "这次运行期间升级了 idflow：预演由 {before} 版得出，而 {now} 版对工作流“{workflow}”第 {version} 版的解读不同，所以不再继续",
        "idflow was upgraded while this run was under way: its plan is of version {before}, and version {now} reads version {version} of workflow `{workflow}` differently, so it does not go on",
        "重新运行这个工作流，会得到新的预演", "run the workflow again; it makes a new plan" => RunWorkflow;
    "read_anew" Invalid Operator,
        "接受这次运行之后升级了 idflow：预演由 {now} 版得出，它对工作流“{workflow}”第 {version} 版的解读与 {before} 版不同",
        "idflow was upgraded after this run was accepted: the plan is of version {now}, which reads version {version} of workflow `{workflow}` differently from version {before}",
        "查看这次运行的明细", "look at the items of the run" => ListItems;
    "leads_elsewhere" Conflict Operator,
        "账号连接“{connection}”现在对应 {now}，之前的变更预览是按 {before} 得出的：那份预览和对它的审批都不再有效",
        "connection `{connection}` leads to {now} now, and the plan before was made for {before}: neither that plan nor what was approved of it counts any more",
        "查看新的预演；没有新的预演时，重新运行这个工作流", "look at the new plan; where there is none, run the workflow again" => RunWorkflow;
    "plan_only" Invalid Operator,
        "只做预演，没有写入", "only planned, nothing was written",
        "需要执行时，运行这个工作流", "run the workflow to carry it out" => ApplyPlan;
    "paused" Invalid Operator,
        "运行已被 {by} 暂停", "the run was paused by {by}",
        "需要时让它继续", "let it go on when it is wanted" => ResumeRun;
    "step_timeout" Temporary Operator,
        "步骤“{step}”超过了时间上限", "step `{step}` took longer than its timeout",
        "提高该步骤的 timeout 或缩小范围", "raise the step's `timeout` or narrow the scope";
    "approval_expired" Invalid Operator,
        "没有人在期限内批准", "nobody approved the plan in time",
        "需要时重新运行", "run again if it is still wanted";
    "not_retried" Invalid Operator,
        "不属于这次重试的失败项", "not one of the items that this run repeats",
        "它会在下一次普通运行中处理", "the next ordinary run takes care of it";
    "not_for_removals" Invalid Operator,
        "再次读取这个文件只为执行已批准的移除：这一项不在其中，或与批准时不同，已批准的也不需要它", "the file was read once more only for the removals that were approved: this is none of them as it was approved, and none of them needs it",
        "仍然需要时，再次导入这个文件，或重试当初导入它的运行", "if it is still wanted, import the file again or repeat the run that imported it";
    "message_unknown" Unknown Operator,
        "消息发出后没有收到应答，可能已经送达，不再重发", "no answer arrived after the message was sent; it may have been delivered and is not sent again",
        "向接收人确认；需要自动重发时在步骤中写 `on_unknown: resend`", "ask a receiver; write `on_unknown: resend` in the step to send again in such cases";
    "plan_old" Temporary Operator,
        "运行停顿太久，或期间有别的运行写入过，没有再按旧的预演执行这一项", "the run stood still for too long, or others wrote meanwhile; this was not carried out by the old plan",
        "再次运行：会按最新的数据重新预演", "run again: it is planned anew from what is there now";
    "key_taken" Conflict Operator,
        "打算使用的“{key}”已经属于别的对象", "the key `{key}` that was meant for this object belongs to another one by now",
        "再次运行：会按目标系统的现状重新匹配", "run again: it is matched anew with what the target has";
    "verify_missing" Unknown Vendor,
        "按目标系统的应答，“{key}”已经存在，但名单里没有", "by the answers of the target `{key}` is there, and its list does not have it",
        "稍后重新运行：会先核对再补建", "run again later: it is looked for first and made if it is missing";
    "verify_still_there" Unknown Vendor,
        "目标系统报告已删除“{key}”，但名单里还有", "the target said that `{key}` was deleted, and its list still has it",
        "稍后重新运行：会先核对再删除", "run again later: it is looked for first and deleted if it is there";
    "verify_differs" Unknown Vendor,
        "目标系统报告已写入“{key}”，但名单里的值不同（写入的 → 显示的）：{fields}", "the target said that `{key}` was written, and its list shows other values (written → shown): {fields}",
        "看看是否有别的程序同时在改；再次运行会重新写入。如果目标系统总是自行改写这个值，在来源里改成它显示的写法", "see whether another program changes it at the same time; the next run writes it again. Where the target itself always changes the value, write it in the source as it is shown";
    "verify_keeps_access" Unknown Vendor,
        "目标系统报告已禁用“{key}”，但账号仍然可用", "the target said that `{key}` was disabled, and the account still works",
        "立即在目标系统的管理后台禁用；再次运行会重新禁用", "disable it in the target's own console now; the next run disables it again";
    "verify_failed" Temporary Operator,
        "写入后未能复核（{kind}）：{why}", "what was written could not be looked at afterwards ({kind}): {why}",
        "下一次运行会核对", "the next run compares again";
    "called_run_failed" Invalid Operator,
        "被调用的工作流没有全部完成", "a called workflow did not do all it should",
        "查看被调用的运行", "look at the run that it started";
    "called_run_held" Invalid Operator,
        "被调用的运行 {run} 在等待批准", "the called run {run} waits for an approval",
        "查看它的预演，确认后批准", "look at its plan and approve it" => ApproveRun;
    "calls_itself" Configuration ItAdmin,
        "工作流“{workflow}”在这条调用链里已经运行过", "workflow `{workflow}` is part of this chain of calls already",
        "去掉其中一个调用", "take one of the calls out";
    "call_same_group" Configuration ItAdmin,
        "被调用的工作流“{workflow}”与调用者属于同一并发组“{group}”，会互相等待", "the called workflow `{workflow}` has the same concurrency group `{group}` as its caller and would wait for it",
        "给其中一个设置不同的 concurrency.group", "give one of them another `concurrency.group`";
    "call_refused" Configuration ItAdmin,
        "无法启动被调用的工作流：{why_zh}", "the called workflow cannot be started: {why_en}",
        "启用该工作流并检查输入", "activate that workflow and check its inputs";
    "start_input_missing" Configuration ItAdmin,
        "没有启动：必填的输入“{input}”没有值", "not started: the required input `{input}` has no value",
        "在触发器里写 `inputs`，或给这个输入写 `default`，再启用工作流", "write `inputs` in the trigger or give the input a `default`, then activate the workflow";
    "input_needed" Invalid Operator,
        "没有启动：必填的输入“{input}”没有值", "not started: the required input `{input}` has no value",
        "给出它的值，或在工作流里给它写 `default`", "give it a value, or write a `default` for it in the workflow";
    "until_unknown" Invalid ItAdmin,
        "没有步骤“{step}”", "there is no step `{step}`",
        "可用的步骤：{names}", "steps: {names}";
    "until_of_plans" Invalid ItAdmin,
        "只有预演可以停在某个步骤", "only a plan can stop at a step",
        "去掉 until，或只做预演", "leave `until` out, or only plan";
    "start_refused" Configuration ItAdmin,
        "没有启动：{why_zh}", "not started: {why_en}",
        "解决这个原因；下一次到时会再启动", "remove that cause; the next time starts again";
    "start_too_late" Temporary Operator,
        "没有启动：前一个工作流在一天多以前就结束了", "not started: the workflow before it ended more than a day ago",
        "需要时手动运行", "run it by hand if it is still wanted";
    "due_missed" Temporary Operator,
        "到时没有运行的服务，按 `catchup: skip` 跳过", "nothing ran when it was due, and `catchup: skip` leaves it out",
        "需要时手动运行", "run it by hand if it is still wanted";
    "due_older" Temporary Operator,
        "到时没有运行的服务；按 `catchup: latest` 只补最近的一次", "nothing ran when they were due; `catchup: latest` makes up for the newest alone",
        "需要时手动运行", "run it by hand if more is wanted";
    "due_too_many" Temporary Operator,
        "错过的时间太多，只补最近的 {most} 次", "too many times were missed; the newest {most} are made up for",
        "需要时手动运行", "run it by hand if more is wanted";
    "due_waits" Configuration Operator,
        "到时间了，还不能启动：{why_zh}", "due, and it cannot start yet: {why_en}",
        "解决这个原因，然后会自动启动", "remove that cause; it starts by itself then";
    "run_broken" Bug Bug,
        "运行无法继续：{message}", "the run cannot be carried on: {message}",
        "检查数据目录后重新运行；如反复出现，请报告此问题", "look at the data folder, then run again; report this if it happens again";
    "message_withdrawn" Temporary Operator,
        "运行在发出消息之前停下，消息没有发出", "the run stopped before the message was sent",
        "无需处理：运行继续后会发出", "nothing to do: it is sent when the run goes on";
    "nobody_told" Temporary Operator,
        "本次运行的 {number} 条通知都没有发出，没有人得到通知", "{number|the message of this run was not sent|none of the # messages of this run was sent}: nobody was told",
        "查看运行的提示了解原因，并自行告知相关人员", "see the notices of the run for the reason, and tell the people yourself";
    "more_notices" Temporary Operator,
        "另有 {number} 条“{code}”提示未列出", "{number|1 more notice|# more notices} of the sort `{code}` that {number|is|are} not listed here",
        "先解决已列出的；完整情况见各项目", "solve those that are listed first; the items say the rest";
    "connection_rests" Temporary ItAdmin,
        "账号连接“{name}”接连失败，暂停自动运行到 {until}", "the connection `{name}` failed several times; runs that start by themselves rest until {until}",
        "先解决下面的原因，再手动运行一次；成功后自动恢复", "solve the cause below and run once by hand; after a success it is used again";
    "workflow_unknown" NotFound Operator,
        "没有工作流“{workflow}”", "there is no workflow `{workflow}`",
        "查看有哪些工作流，或创建一个", "look at the workflows that there are, or make one" => ListWorkflows;
    "run_unknown" NotFound Operator,
        "没有运行“{run}”", "there is no run `{run}`",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "tenant_archived" Conflict Operator,
        "租户“{tenant}”已归档，不会启动任何运行", "tenant `{tenant}` is archived: nothing is started in it",
        "需要时请管理者恢复这个租户", "where it is needed again, ask whoever runs this installation to restore it" => ListTenants;
    "workflow_not_active" Conflict Operator,
        "工作流“{workflow}”没有启用", "workflow `{workflow}` is not active",
        "先启用它", "activate it first" => ActivateWorkflow;
    "manual_trigger_missing" Conflict ItAdmin,
        "工作流“{workflow}”不能手动启动：没有 `on.manual`", "workflow `{workflow}` cannot be started by hand: it has no `on.manual`",
        "在工作流里加上 `on.manual`", "add `on.manual` to the workflow";
    "input_unknown" Invalid Operator,
        "输入“{input}”：没有这个输入；工作流的输入：{names}", "input `{input}`: there is no such input; the workflow has: {names}",
        "去掉它，或改用工作流里的名字", "leave it out, or use a name of the workflow";
    "input_not_boolean" Invalid Operator,
        "输入“{input}”：{value} 既不是 true 也不是 false", "input `{input}`: {value} is neither true nor false",
        "写 true 或 false", "give `true` or `false`";
    "input_not_integer" Invalid Operator,
        "输入“{input}”：{value} 不是整数", "input `{input}`: {value} is not a whole number",
        "写一个整数", "give a whole number";
    "input_not_duration" Invalid Operator,
        "输入“{input}”：{value} 不是 `30d`、`0d` 这样的时长", "input `{input}`: {value} is not a time span such as `30d` or `0d`",
        "写数字加单位：s、m、h、d", "give a number with a unit: s, m, h, d";
    "input_not_listed" Invalid Operator,
        "输入“{input}”：{value} 不在可选的值中：{words}", "input `{input}`: {value} is none of {words}",
        "从可选的值中选一个", "choose one of them";
    "run_not_held" Conflict Operator,
        "运行 {run} 的状态是{status_zh}，不在待审批", "run {run} is not held for an approval: it is {status_en}",
        "查看这次运行的明细", "look at what became of it" => ListItems;
    "run_only_planned" Conflict Operator,
        "{run} 只是一次预演，没有什么可以批准", "{run} is only a plan, and there is nothing to approve",
        "运行工作流，再批准那次运行", "run the workflow, then approve that run" => RunWorkflow;
    "run_not_over" Conflict Operator,
        "运行 {run} 的状态是{status_zh}；只有已结束并且有过预演的运行才能重试", "run {run} cannot be retried: it is {status_en}, and only a run that is over and had a plan can be",
        "等它结束，或重新运行工作流", "wait until it is over, or run the workflow anew" => ListRuns;
    "items_forgotten" Conflict Operator,
        "运行 {run} 的明细已不再保留", "the items of run {run} are not kept any more",
        "重新运行工作流：会全部重新比较", "run the workflow again: everything is compared anew" => RunWorkflow;
    "run_not_paused" Conflict Operator,
        "运行 {run} 的状态是{status_zh}，没有暂停", "run {run} is not paused: it is {status_en}",
        "查看这次运行的明细", "look at what became of it" => ListItems;
    "run_over" Conflict Operator,
        "运行 {run} 已是{status_zh}", "run {run} is {status_en} already",
        "无需处理", "nothing to do";
    "approval_too_late" Conflict Operator,
        "运行 {run} 等待批准的时间已过，已经结束", "run {run} waited too long for an approval and has ended",
        "重新运行工作流", "run the workflow again" => RunWorkflow;
    "approval_clock_doubted" Conflict Operator,
        "按本机的时钟，运行 {run} 等待批准的时间已过；但时钟比最近一次看到的快了四天以上，所以运行仍在待审批",
        "by the clock of this machine run {run} waited too long for an approval; the clock is more than four days ahead of what was seen last, so the run is still held",
        "核对本机的时间：不对就改正，再批准；没有错就重新运行工作流",
        "look at the clock of this machine: where it is wrong, put it right and approve again; where it is right, run the workflow again" => RunWorkflow;
    "plan_other" Conflict Operator,
        "运行 {run} 的预演是 {plan}，而批准的是 {named}", "run {run} has the plan {plan}; the approval names {named}",
        "再次查看预演，再批准它", "look at the plan again and approve that one" => ApproveRun;
    "disk_full" Configuration Operator,
        "数据目录所在的磁盘只剩 {free} MB，新的运行至少需要 {floor} MB", "the disk of the data folder has only {free} MB left, and at least {floor} MB must be free for a new run",
        "清理旧的运行并收回空间，或调低磁盘下限", "forget old runs and give the room back, or lower the floor of free space" => PruneStore;
};

/// What a problem of this table, or a shared one, says: in Chinese and in English. For texts that quote another problem.
#[must_use]
pub fn reason(problem: &idflow_sdk::Problem) -> (String, String) {
    let tables = MESSAGES.iter().chain(idflow_sdk::shared::MESSAGES);
    let found = tables.clone().find(|message| message.code == problem.code);
    let text = |pick: fn(idflow_sdk::Text) -> &'static str| {
        found.map_or_else(|| problem.code.to_string(), |message| problem.fill(pick(message.reason)))
    };
    (text(|text| text.zh), text(|text| text.en))
}
