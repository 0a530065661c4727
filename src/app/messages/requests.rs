//! Refusals about requests as such: routes, bodies, parameters, repeats, tenants.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "route_unknown" NotFound Operator,
        "没有这个地址", "there is no such route",
        "查看接口文档 /api/openapi.json", "the document of the API is /api/openapi.json";
    "method_unknown" Invalid Operator,
        "这个地址不接受这种请求方法", "this route does not take this method",
        "查看接口文档 /api/openapi.json", "the document of the API is /api/openapi.json";
    "body_invalid" Invalid Operator,
        "请求内容无法读取：{what_zh}", "the body cannot be read: {what_en}",
        "按接口文档更正请求", "correct the request by the document of the API";
    "body_too_large" Invalid Operator,
        "请求内容不完整，或超过 {most} KB", "the body is broken off, or larger than {most} KB",
        "减少内容后重试", "send less";
    "query_invalid" Invalid Operator,
        "参数无法读取：{what_zh}", "a parameter cannot be read: {what_en}",
        "按接口文档更正请求", "correct the request by the document of the API";
    "parameter_unknown" Invalid Operator,
        "没有参数“{name}”", "there is no parameter `{name}`",
        "按接口文档检查参数名称", "check the name by the document of the API";
    "if_match_unused" Invalid Operator,
        "这个操作不看 `If-Match`", "this operation does not look at `If-Match`",
        "去掉这个请求头再试", "send it without this header";
    "limit_too_high" Invalid Operator,
        "一次最多 {most} 项", "at most {most} are given at once",
        "用答复里的 next 取下一页", "take the next page by `next` of the answer";
    "limit_too_low" Invalid Operator,
        "一次至少 1 项", "at least 1 is given at once",
        "limit 写 1 到 {most} 之间的数", "give a number from 1 to {most}";
    "cursor_invalid" Invalid Operator,
        "cursor 不是这个列表给出的", "the cursor is not one that this list gave",
        "从第一页重新开始", "begin again with the first page";
    "idempotency_key_long" Invalid ItAdmin,
        "`Idempotency-Key` 最多 {most} 个字符", "`Idempotency-Key` has at most {most} characters",
        "缩短它", "make it shorter";
    "idempotency_key_reused" Conflict ItAdmin,
        "这个 `Idempotency-Key` 之前用于另一个操作，或随另一份正文来过", "this `Idempotency-Key` came with another operation or another body before",
        "每次调用用自己的名字，只有重发才用同一个", "give every call a name of its own; only a repetition has the same one";
    "idempotency_under_way" Conflict ItAdmin,
        "带这个 `Idempotency-Key` 的调用还在进行", "the call with this `Idempotency-Key` is still at work",
        "稍后用同一个名字再调用一次，就能得到它的结果", "call again a little later with the same one: it is answered as that call is";
    "idempotency_end_unknown" Conflict ItAdmin,
        "带这个 `Idempotency-Key` 的调用没有做完，进程就停止了，是否已经生效无从得知", "the process stopped in the middle of the call with this `Idempotency-Key`: nobody knows whether it was carried out",
        "先查看是否已经生效；没有时，换一个名字再调用", "look whether it was; if not, call again with another one";
    "idempotency_answer_gone" Conflict ItAdmin,
        "带这个 `Idempotency-Key` 的调用已经完成，当时的答复没有保存", "the call with this `Idempotency-Key` was carried out, and its answer is not kept",
        "查看现在的状态", "look at how things are now";
    "too_many_calls" Temporary ItAdmin,
        "调用太频繁", "too many calls",
        "稍后再试", "call again later";
    "host_unknown" Configuration Operator,
        "请求的地址是别的主机；这里只应答 {names}", "the request names another host; here {names} are answered only",
        "用其中一个地址打开，本机地址的端口见数据目录中的 server.json；前面有代理时，让代理原样转发 `Host`", "open it by one of these, on this machine with the port in server.json of the data folder; a proxy in front hands on `Host` as it came";
    "body_slow" Temporary Operator,
        "请求内容没有及时到达", "the body did not come in time",
        "检查网络后重试", "look at the network and try again";
    "text_too_large" Invalid Operator,
        "内容超过 {most} KB", "the text is larger than {most} KB",
        "把它拆成几个工作流", "make several workflows of it";
    "tenant_unknown" NotFound Operator,
        "没有租户“{id}”", "there is no tenant `{id}`",
        "查看有哪些租户", "look at the tenants that there are" => ListTenants;
    "tenant_taken" Conflict Operator,
        "租户“{id}”已存在", "there is a tenant `{id}` already",
        "换一个 ID", "choose another id";
    "tenant_id_invalid" Invalid Operator,
        "“{id}”不能作为租户的 ID", "`{id}` cannot be the id of a tenant",
        "以小写字母开头，只用小写字母、数字和 _，最多 64 个字符", "use lower-case letters, digits and `_`, a letter first, at most 64 characters";
    "tenant_name_invalid" Invalid Operator,
        "租户的名称要有 1 到 {most} 个字符", "the name of a tenant has 1 to {most} characters",
        "换一个名称", "choose another name";
    "tenant_from_the_start" Conflict Operator,
        "租户“{id}”自安装起就有，不能归档", "tenant `{id}` is there from the start and cannot be archived",
        "暂停其中的工作流，它就不会再启动任何运行", "pause its workflows, and it starts nothing by itself";
};
