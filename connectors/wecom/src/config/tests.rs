use super::{checks::*, *};

fn code(result: Result<(), Problem>) -> String {
    result.map_or_else(|problem| problem.code.into_owned(), |()| "ok".into())
}

#[test]
fn each_setting_is_checked() {
    for (check, text, expected) in [
        (check_corp_id as idflow_sdk::SettingCheck, "ww8c2f41d7b09e63a5", "ok"),
        (check_corp_id, "wpAbcDEF_-12", "ok"),
        (check_corp_id, "1000002", "wecom_corp_id_is_agent_id"),
        (check_corp_id, "ww8c2f 41d7", "wecom_setting_blank"),
        (check_corp_id, "ww8c2f\u{200b}41d7", "wecom_setting_blank"),
        (check_corp_id, "acme", "wecom_corp_id_shape"),
        (check_agent_id, "1000002", "ok"),
        (check_agent_id, "ww8c2f41d7b09e63a5", "wecom_agent_id_shape"),
        (check_secret, "abc def", "wecom_setting_blank"),
        (check_timeout, "100", "ok"),
        (check_timeout, "120000", "ok"),
        (check_timeout, "99", "wecom_timeout_range"),
        (check_timeout, "10s", "wecom_timeout_range"),
        (check_base_url, "https://qyapi.weixin.qq.com", "ok"),
        (check_base_url, "http://127.0.0.1:8080", "ok"),
        (check_base_url, "http://[::1]:8080/", "ok"),
        (check_base_url, "http://localhost:1", "ok"),
        (check_base_url, "http://qyapi.weixin.qq.com", "wecom_base_url_plain_http"),
        (check_base_url, "http://127.0.0.1.example.com", "wecom_base_url_plain_http"),
        (check_base_url, "https://user:pass@example.com", "wecom_base_url_shape"),
        (check_base_url, "https://example.com/?corpsecret=x", "wecom_base_url_shape"),
        (check_base_url, "qyapi.weixin.qq.com", "wecom_base_url_shape"),
        (check_base_url, "ftp://example.com", "wecom_base_url_shape"),
        (check_root_department, "1", "ok"),
        (check_root_department, "0", "wecom_root_department_shape"),
        (check_root_department, "-1", "wecom_root_department_shape"),
        (check_source_root, "company", "ok"),
        (check_source_root, "root", "wecom_source_root_word"),
        (check_direct_leaders, "5", "ok"),
        (check_direct_leaders, "0", "wecom_direct_leaders_range"),
        (check_direct_leaders, "6", "wecom_direct_leaders_range"),
        (check_app_kind, "customized", "ok"),
        (check_app_kind, "own", "wecom_app_kind_word"),
        (check_auth_mode, "provider", "ok"),
        (check_auth_mode, "isv", "wecom_auth_mode_word"),
        (check_member_read, "full", "ok"),
        (check_member_read, "all", "wecom_member_read_word"),
        (check_limits, "max_parallel=8", "ok"),
        (check_limits, "max_parallel=0", "wecom_limits_shape"),
        (check_limits, "per_minute=600, per_hour=9000，max_parallel=2", "ok"),
        (check_limits, "per_minute=0", "wecom_limits_shape"),
        (check_limits, "per_day=5", "wecom_limits_shape"),
        (check_limits, "fast", "wecom_limits_shape"),
        (check_import_jobs, "off", "ok"),
        (check_import_jobs, "always", "ok"),
        (check_import_jobs, "on", "wecom_import_jobs_word"),
    ] {
        assert_eq!(code(check(text)), expected, "{text}");
    }
}
