//! What a refused call says: the code, its text, and the tail the platform adds.
//!
//! A refusal is an [`ApiError`]: a code and a bare text. [`ApiError::full_text`] adds the trace
//! number, the caller's address and the help link the way the platform does, so that no handler has
//! to think of them. Two codes were seen without that tail: 40014 and -1.

use std::borrow::Cow;

/// A refusal by the simulated platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The platform's `errcode`.
    pub code: i64,
    /// The text before the tail.
    pub text: Cow<'static, str>,
    /// Keys of the answer beside code and text, as `message/send` gives them.
    pub extra: Vec<(&'static str, String)>,
}

impl ApiError {
    /// A refusal with a text of its own.
    pub fn new(code: i64, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, text: text.into(), extra: Vec::new() }
    }

    /// The same refusal with one more key in the answer.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((key, value.into()));
        self
    }

    /// A refusal with the usual text of its code.
    pub fn of(code: i64) -> Self {
        Self::new(code, usual_text(code))
    }

    /// 40058 for a field of the wrong JSON type.
    pub fn wrong_type(field: &str, expected: &str) -> Self {
        Self::new(40058, format!("field `{field}` expect type `{expected}`. invalid Request Parameter"))
    }

    /// 40058 for a text that is too long.
    pub fn too_long(field: &str, limit: usize) -> Self {
        Self::new(40058, format!("{field} exceed max length {limit}. invalid Request Parameter"))
    }

    /// 40058 for any other unusable value.
    pub fn unusable(field: &str) -> Self {
        Self::new(40058, format!("{field} invalid. invalid Request Parameter"))
    }

    /// The text as the caller reads it; `trace` is the number behind `hint`.
    pub fn full_text(&self, trace: u128, ip: &str) -> String {
        if matches!(self.code, 40014 | -1) {
            return self.text.clone().into_owned();
        }
        format!(
            "{}, hint: [{trace:025}], from ip: {ip}, more info at \
             https://open.work.weixin.qq.com/devtool/query?e={}",
            self.text, self.code
        )
    }
}

/// The usual text of a code the simulator can produce, or that a fault may ask for.
pub(crate) fn usual_text(code: i64) -> &'static str {
    match code {
        -1 => "system busy",
        0 => "ok",
        6000 => "data version conflict",
        40001 => "invalid credential",
        40003 => "invalid UserID",
        40004 => "invalid media type",
        40005 => "invalid type",
        40006 => "invalid media size",
        40007 => "invalid media_id",
        40008 => "invalid message type",
        40009 => "invalid image size",
        40013 => "invalid corpid",
        40014 => "invalid access_token",
        40029 => "invalid code",
        40031 => "invalid userid list",
        40032 => "invalid userid list length",
        40033 => "invalid request character, not support \\uxxxx",
        40035 => "invalid args size",
        40056 => "invalid agentid",
        40058 => "invalid Request Parameter",
        40059 => "invalid report_location_flag",
        40063 => "some parameters are empty",
        40066 => "invalid party list",
        40068 => "invalid tagid",
        40070 => "all list invalid ",
        40071 => "UserTag Name Already Exist",
        40072 => "invalid tag name length",
        40073 => "invalid openid",
        40077 => "invalid pre_auth_code",
        40078 => "invalid auth_code",
        40080 => "invalid suite_secret",
        40082 => "invalid suite_token",
        40083 => "invalid suite_id",
        40084 => "invalid permanent_code",
        40085 => "invalid suite ticket",
        40088 => "jobid not found",
        40089 => "batch result has been cleared",
        40091 => "secret is invalid",
        40092 => "invalid import file",
        40094 => "invalid url",
        40126 => "tag count out of limit",
        40206 => "request body too large",
        40207 => "invalid tfa_code",
        41001 => "access_token missing",
        41002 => "corpid missing",
        41004 => "corpsecret missing",
        41006 => "media_id missing",
        41008 => "auth_code missing",
        41009 => "userid missing",
        41010 => "url missing",
        41011 => "agentid missing",
        41017 => "tagid missing",
        41018 => "tagname missing",
        41019 => "department missing or not a list of numbers",
        41021 => "suite_id missing",
        41022 => "suite_token missing",
        41023 => "suite_ticket missing",
        41024 => "suite_secret missing",
        41025 => "permanent_code missing",
        41033 => "description missing",
        41036 => "external_corp_name is not a verified short name",
        42001 => "access_token expired",
        42007 => "pre_auth_code expired",
        42009 => "suite_token expired",
        42014 => "task id invalid",
        42031 => "template card type invalid",
        42045 => "template card action missing",
        42052 => "msgid expired",
        43004 => "require subscribe",
        44001 => "empty media data",
        44004 => "empty content",
        45001 => "media size out of limit",
        45002 => "message content size out of limit",
        45004 => "invalid description length",
        45008 => "article size out of limit",
        45009 => "api freq out of limit",
        45022 => "invalid app name length",
        45024 => "account count out of limit",
        45026 => "import would delete too many members",
        45029 => "response too large",
        45033 => "api concurrent out of limit",
        45034 => "url has no scheme",
        46004 => "user no exist",
        48002 => "api forbidden",
        48004 => "no authorization relation",
        48008 => "api forbidden for contact edit authorization",
        48009 => "api forbidden for contact assistant",
        50001 => "redirect_uri is not in the trusted domain",
        50003 => "app disabled",
        50100 => "invalid cursor",
        60001 => "department invalid length",
        60003 => "department not found",
        60004 => "parent department not found",
        60005 => "department contains user",
        60006 => "department contains sub-department",
        60007 => "can't delete root department",
        60008 => "department existed",
        60009 => "department name include invalid char",
        60010 => "department cycle",
        60011 => "no privilege to access/modify contact/party/agent",
        60020 => "not allow to access from your ip",
        60102 => "userid existed",
        60103 => "invalid mobile",
        60104 => "mobile existed",
        60105 => "invalid email",
        60106 => "email existed",
        60110 => "user's department count exceed limit",
        60111 => "userid not found",
        60112 => "invalid name length",
        60123 => "invalid party id",
        60124 => "invalid parent party id",
        60127 => "department missing",
        60129 => "missing mobile or email",
        60132 => "is_leader_in_dept and department's size not match",
        60140 => "response_code invalid or expired",
        60143 => "invalid biz mail",
        60144 => "biz mail can not be changed",
        60145 => "biz mail existed",
        60257 => "direct leader count exceed limit",
        80001 => "invalid trusted domain",
        81001 => "department node count exceed limit",
        81002 => "department level exceed limit",
        81003 => "tag node count exceed limit",
        81013 => "user & party & tag all invalid",
        82001 => "no receiver given",
        82002 => "invalid party list length",
        82003 => "invalid tag list length",
        84014 => "user_ticket expired",
        84015 => "invalid user_ticket",
        85004 => "trusted domain settings out of limit",
        90100 => "external_attr type invalid",
        90101 => "external_attr text too long",
        90102 => "external_attr web title too long",
        90103 => "external_attr web url invalid",
        90104 => "external_attr miniprogram title too long",
        90105 => "external_attr miniprogram pagepath invalid",
        90106 => "external_attr parameters invalid",
        301002 => "not allow operate another agent with this accesstoken",
        301005 => "not allow to delete creator",
        301007 => "corp unavailable",
        301012 => "invalid position",
        301013 => "invalid telephone",
        301021 => "some userid not exist",
        301036 => "not allow to update userid",
        302003 => "userid repeated in the import file",
        302004 => "import file is not a tree",
        302005 => "import job failed",
        302006 => "partyid repeated in the import file",
        302007 => "department name repeated under one parent in the import file",
        302008 => "another import job is running",
        _ => "error",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Write;

    use super::*;

    /// The code table lives beside the repository; without it the test says so and passes.
    #[test]
    fn every_code_is_in_the_official_table() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/wecom-fixtures/errcodes.json");
        let Ok(text) = std::fs::read_to_string(file) else {
            let _ = writeln!(std::io::stderr(), "skipped: the code table is not beside the repository");
            return;
        };
        let table: serde_json::Value = serde_json::from_str(&text).expect("the table is JSON");
        let rows = table["codes"].as_array().expect("a list of codes");
        let official: BTreeSet<i64> = rows.iter().filter_map(|row| row["code"].as_i64()).collect();
        // 41036 stands only on the pages of external_profile, not in the table.
        let ours = (-1..310_000).filter(|code| usual_text(*code) != "error" && *code != 41036);
        let unknown: Vec<i64> = ours.filter(|code| !official.contains(code)).collect();
        assert_eq!(unknown, Vec::<i64>::new());
    }

    #[test]
    fn the_tail_names_trace_address_and_code() {
        let text = ApiError::of(60123).full_text(17, "10.0.0.1");
        let expected = "invalid party id, hint: [0000000000000000000000017], from ip: 10.0.0.1, \
                        more info at https://open.work.weixin.qq.com/devtool/query?e=60123";
        assert_eq!(text, expected);
        assert_eq!(ApiError::of(40014).full_text(17, "10.0.0.1"), "invalid access_token");
    }
}
