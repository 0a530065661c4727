//! Refusals about departments and people, their numbers, reviews, links and decisions.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "directory_object_missing" NotFound Operator,
        "目录里没有 `{key}`", "the directory has no `{key}`",
        "查看部门和人员列表", "look at the departments and people";
    "directory_field_unknown" Invalid Operator,
        "目录没有字段“{field}”", "the directory has no field `{field}`",
        "检查字段名称", "check the name of the field";
    "directory_field_read_only" Invalid Operator,
        "“{field}”不能手工修改", "`{field}` is not changed by hand",
        "去掉该字段", "leave it out";
    "directory_value_wrong" Invalid Operator,
        "“{field}”的值不能使用：{what_zh}", "the value of `{field}` cannot be used: {what_en}",
        "更正后重试", "correct it and try again";
    "directory_taken" Conflict Operator,
        "“{field}”已被 {who} 使用", "`{field}` already belongs to {who}",
        "换一个值，或先在那里改掉", "take another value, or change it there first";
    "directory_mastered" Conflict Operator,
        "“{title_zh}”由工作流“{name_zh}”（{workflow}）从来源填写，不能手工修改", "{title_en}: the workflow “{name_en}” ({workflow}) fills it from its source, so it is not changed by hand",
        "在来源里修改；要改为手工维护，请归档该工作流或解除绑定", "change it in the source; to look after it by hand, archive the workflow or remove the link";
    "directory_not_empty" Conflict Operator,
        "部门里还有 {departments} 个下级部门、{people} 人，不能移除", "the department still has {departments|1 department|# departments} below it and {people|1 person|# people} in it",
        "先移走或移除它们", "move or remove those first";
    "review_waiting" Conflict Operator,
        "此人在等待审核", "this person waits for a review",
        "由管理员在待审核队列中通过或不通过", "an administrator approves or rejects them in the queue of reviews";
    "review_not_waiting" Conflict Operator,
        "{name} 不在等待审核，可能刚被别人处理", "{name} does not wait for a review; somebody else may have decided",
        "刷新列表后重试", "look at the list again";
    "review_nobody" Invalid Operator,
        "没有写明是哪些人", "nobody is named",
        "给出 ids", "give their ids";
    "house_number_invalid" Invalid Operator,
        "“{number}”不能作为门牌号", "`{number}` is not a house number",
        "4 至 8 位字母和数字；格式中 # 表示一位数字，例如 0### 或 SH###", "4 to 8 letters and digits; in a pattern # stands for a digit, as in 0### or SH###";
    "house_number_taken" Conflict Operator,
        "门牌号 {number} 已被使用，或以前属于别的租户", "the house number {number} is taken, or was that of another tenant",
        "换一个号码；或不写号码，由系统分配下一个", "take another one, or none: then the next free one is given";
    "house_numbers_out" Conflict Operator,
        "格式 {pattern} 已没有空号", "no number is free in the pattern {pattern}",
        "用位数更多的格式", "take a pattern with more digits";
    "directory_left" Conflict Operator,
        "此人已离开，不能禁用", "this person has left, so there is nobody to disable",
        "要恢复此人，请启用", "to bring the person back, enable them";
    "directory_one_parent" Invalid Operator,
        "部门只有一个上级部门", "a department has one department above it",
        "只给出一个", "name one";
    "directory_verb_wrong" Invalid Operator,
        "不能对它执行 {verb}", "`{verb}` is not done with this",
        "部门可以启用、移除、移动；人员还可以禁用", "departments are enabled, removed and moved; people are disabled as well";
    "directory_busy" Conflict Operator,
        "有运行正在写入目录，现在不能手工修改", "a run is writing to the directory right now",
        "运行结束后重试", "try again when it is over";
    "directory_count_differs" Conflict Operator,
        "现在符合条件的有 {found} 个，而不是 {expected} 个，没有改动任何内容", "the filter finds {found} now, not {expected}; nothing was changed",
        "重新查看列表后再试", "look at the list again, then try again";
    "directory_too_many" Invalid Operator,
        "一次最多处理 {most} 个", "at most {most} are changed at once",
        "缩小筛选范围，分几次进行", "narrow the filter, and do it in parts";
    "person_ambiguous" Conflict Operator,
        "“{key}”可能是几个人：{names}", "{key} may be several people: {names}",
        "用工号、账号或目录编号再查一次", "ask again by number, account or id";
    "matching_filter_unknown" Invalid Operator,
        "“{word}”不是筛选条件", "`{word}` is not a filter",
        "可用的条件：all、open、decided、proposed、ambiguous、alone、beside", "filters: all, open, decided, proposed, ambiguous, alone, beside";
    "kind_unknown" Invalid Operator,
        "“{word}”既不是 department 也不是 user", "`{word}` is neither `department` nor `user`",
        "写 department 或 user", "write `department` or `user`";
    "mapping_unknown" NotFound ItAdmin,
        "没有映射“{mapping}”", "there is no mapping `{mapping}`",
        "可用的映射：{names}", "mappings: {names}";
    "preview_source" Conflict ItAdmin,
        "映射“{mapping}”读取 {source}，只有目录里的对象可以预览", "mapping `{mapping}` reads {source}; only objects of the directory can be shown here",
        "改为预演，查看结果", "plan the workflow to see what comes of it";
    "preview_nobody" NotFound ItAdmin,
        "目录里没有“{key}”", "the directory has no `{key}`",
        "换一个账号或工号，或先导入目录", "choose another account or employee number, or fill the directory first";
    "set_stale" Conflict Operator,
        "在你查看之后，工作流或文件有了变化，没有改动", "workflows or files have changed since the differences were shown; nothing was changed",
        "重新查看差异，再应用", "look at the differences again, then apply them";
    "set_has_errors" Invalid ItAdmin,
        "{number} 个文件有错误，没有改动", "{number|1 file has|# files have} errors; nothing was changed",
        "更正这些文件", "correct these files";
    "set_twice" Conflict ItAdmin,
        "{other} 也是工作流“{id}”", "{other} is workflow `{id}`, too",
        "给其中一个换一个 id", "give one of them another id";
    "set_empty" Invalid Operator,
        "没有工作流文件", "there are no workflow files",
        "给出至少一个 .yaml 文件；要归档全部工作流，请逐个归档", "give at least one .yaml file; to archive all workflows, archive each";
    "nothing_undecided" NotFound ItAdmin,
        "连接“{connection}”中没有关于“{key}”的待决定事项", "nothing about `{key}` of `{connection}` waits for a decision",
        "查看在等决定的对象", "look at what waits for a decision" => ListMatching;
    "decided_already" Conflict ItAdmin,
        "{who} 已决定是“{other}”，同一个人不能再是另一个账号", "{who} was decided to be `{other}`: nobody has two accounts of one connection",
        "先更改关于“{other}”的决定，或指明另一个人", "change what was decided about `{other}` first, or name another person" => ListMatching;
    "account_decided" Conflict ItAdmin,
        "账号“{who}”已决定是“{other}”，还没有由运行执行", "the account `{who}` was decided to be {other}; no run has carried it out yet",
        "先更改这项决定", "change that decision first" => ListMatching;
    "several_meant" Invalid ItAdmin,
        "可能是其中任何一个：{names}", "several could be meant: {names}",
        "用账号或姓名指明候选", "name one of the candidates, by its account or name";
    "link_missing" NotFound ItAdmin,
        "连接“{connection}”中的“{key}”没有绑定", "`{key}` of `{connection}` has no link",
        "查看有哪些绑定", "look at the links that there are" => ListLinks;
    "link_key_missing" Invalid ItAdmin,
        "没有给出新的标识，或与原来相同", "the new key is missing or the same",
        "给出新的标识", "give the new key";
    "link_taken" Conflict ItAdmin,
        "连接“{connection}”中的“{key}”已经是 {who}", "`{key}` of `{connection}` is {who} already",
        "需要时先解除这个绑定", "take that link away first where it is wrong" => RemoveLink;
    "nobody_called" NotFound ItAdmin,
        "目录里没有叫“{text}”的", "nobody in the directory is called `{text}`",
        "在目录里查找", "look who is there" => SearchDirectory;
    "several_called" Invalid ItAdmin,
        "目录里有几个叫“{text}”的", "several in the directory are called `{text}`",
        "给出账号或 ID", "give the account or the id" => SearchDirectory;
};
