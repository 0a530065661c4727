//! Messages of the app, and reading one member.

use idflow_sdk::{Call, Error, ErrorKind, Params, ReadRequest, Value};
use idflow_wecom::{SPEC, schema::user};
use serde_json::json;

use crate::stub::{IMPATIENT, Reply, Stub, context, ok, open, open_with, refuse};

fn params(values: &[(&str, Value)]) -> Params {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Params { values, ..Params::default() }
}

async fn send(stub: &Stub, values: &[(&str, Value)]) -> Result<Vec<String>, Error> {
    let params = params(values);
    let call = Call { action: SPEC.action("send_message").expect("action"), params: &params, objects: vec![] };
    let mut answers = open_with(stub, &[IMPATIENT]).apply(&context(), call).await;
    assert_eq!(answers.len(), 1);
    let told = answers.remove(0)?;
    Ok(told.warnings.into_iter().map(|problem| problem.code.into_owned()).collect())
}

fn users(count: usize) -> Value {
    Value::list((0..count).map(|n| Value::text(format!("u{n}"))))
}

#[tokio::test]
async fn each_kind_of_message() {
    for (values, expected) in [
        (vec![("text", Value::text("你好\nx"))], json!({"msgtype": "text", "text": {"content": "你好\nx"}})),
        (vec![("markdown", Value::text("**a**"))], json!({"msgtype": "markdown", "markdown": {"content": "**a**"}})),
        (
            vec![("title", Value::text("T")), ("url", Value::text("https://a.cn/b")), ("text", Value::text("D"))],
            json!({"msgtype": "textcard", "textcard": {"title": "T", "description": "D", "url": "https://a.cn/b"}}),
        ),
    ] {
        let stub = Stub::start(|request| (request.path == "message/send").then(|| ok(json!({"msgid": "M"})))).await;
        let mut values = values;
        values.push(("to_users", Value::list([Value::text("lisi"), Value::text("wangwu")])));
        values.push(("to_departments", Value::list([Value::Int(2)])));
        assert!(send(&stub, &values).await.expect("sent").is_empty());
        let mut expected = expected;
        expected["touser"] = "lisi|wangwu".into();
        expected["toparty"] = "2".into();
        expected["agentid"] = 1_000_002.into();
        let requests = stub.requests();
        let request = requests.last().expect("request");
        assert_eq!((request.body(), request.secret(), request.method.as_str()), (expected, "app", "POST"));
        assert!(!request.raw_body.contains("\\u"));
    }
}

#[tokio::test]
async fn who_did_not_get_it_is_told() {
    let stub = Stub::start(|request| {
        (request.path == "message/send").then(|| {
            ok(json!({"invaliduser": "li|wang", "invalidparty": "", "invalidtag": ["7"], "unlicenseduser": "zhao"}))
        })
    })
    .await;
    let told = send(&stub, &[("to_users", users(3)), ("text", Value::text("x"))]).await.expect("sent");
    assert_eq!(told, ["wecom_message_no_user", "wecom_message_no_tag", "wecom_message_unlicensed"]);

    let stub = Stub::start(|request| {
        (request.path == "message/send").then(|| refuse(81013, "user & party & tag all invalid"))
    })
    .await;
    let error = send(&stub, &[("to_users", users(1)), ("text", Value::text("x"))]).await.expect_err("nobody");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Invalid, "WECOM_81013"));
}

#[tokio::test]
async fn nobody_gets_a_message_twice() {
    let text = ("text", Value::text("x"));
    for (reply, kind) in [
        (Reply::Close, ErrorKind::Unknown),
        (Reply::Hang, ErrorKind::Unknown),
        (Reply::Raw(502, "X: y", String::new()), ErrorKind::Unknown),
        // Whoever says "busy" may have sent it.
        (refuse(-1, "system busy"), ErrorKind::Unknown),
        (refuse(48002, "api forbidden"), ErrorKind::Configuration),
    ] {
        let stub = Stub::start(move |request| (request.path == "message/send").then(|| reply.clone())).await;
        let error = send(&stub, &[("to_users", users(1)), text.clone()]).await.expect_err("lost");
        assert_eq!((error.kind, stub.count("message/send")), (kind, 1));
    }
    // Three calls, of which the second fails: the whole is not repeatable any more.
    for (reply, kind, sent) in [
        (refuse(-1, "system busy"), ErrorKind::Unexpected, 2),
        (refuse(45009, "too many"), ErrorKind::Unexpected, 2),
        (Reply::Close, ErrorKind::Unknown, 2),
    ] {
        let stub = Stub::start(move |request| {
            let second = request.raw_body.contains("u1000|");
            (request.path == "message/send").then(|| if second { reply.clone() } else { ok(json!({})) })
        })
        .await;
        let error = send(&stub, &[("to_users", users(2_001)), text.clone()]).await.expect_err("stopped");
        assert_eq!((error.kind, &*error.problem.code), (kind, "wecom_message_stopped"));
        assert_eq!((error.problem.get("sent"), error.problem.get("calls")), (Some("1"), Some("3")));
        assert_eq!(stub.count("message/send"), sent);
    }
    let stub = Stub::start(|request| {
        let second = request.raw_body.contains("u1000|");
        (request.path == "message/send").then(|| if second { refuse(81013, "all invalid") } else { ok(json!({})) })
    })
    .await;
    let told = send(&stub, &[("to_users", users(2_001)), text]).await.expect("the others got it");
    assert_eq!((told, stub.count("message/send")), (vec!["WECOM_81013".to_owned()], 3));
}

#[tokio::test]
async fn nothing_is_sent_that_makes_no_message() {
    let stub = Stub::start(|_| None).await;
    for (values, code) in [
        (vec![("to_users", users(1))], "wecom_message_empty"),
        (vec![("text", Value::text("x"))], "wecom_message_nobody"),
        (vec![("to_users", Value::text("a|b")), ("text", Value::text("x"))], "wecom_message_receiver"),
    ] {
        let error = send(&stub, &values).await.expect_err(code);
        assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Invalid, code));
    }
    let alone = open_with(&stub, &[("app_secret", "")]);
    let params = params(&[("to_users", users(1)), ("text", Value::text("x"))]);
    let call = Call { action: SPEC.action("send_message").expect("action"), params: &params, objects: vec![] };
    let error = alone.apply(&context(), call).await.remove(0).expect_err("no app");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Configuration, "wecom_app_secret_missing"));
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn one_member_is_read() {
    let stub = Stub::start(|request| {
        (request.path == "user/get").then(|| match request.query.get("userid").map(String::as_str) {
            Some("lisi") => ok(json!({"userid": "LiSi", "name": "李四", "mobile": "", "department": [2]})),
            _ => refuse(60111, "userid not found"),
        })
    })
    .await;
    let read = async |userid: &str| {
        let action = SPEC.action("read_user").expect("action");
        let request = ReadRequest { action, params: params(&[("userid", Value::text(userid))]) };
        open(&stub).read(&context(), request).await
    };
    let mut reader = read("lisi").await.expect("read");
    let page = reader.next().await.expect("page").expect("one");
    assert_eq!((page.output, page.objects.len(), &*page.objects[0].key), ("user", 1, "LiSi"));
    assert_eq!(page.objects[0].record.text(user::NAME), Some("李四"));
    assert_eq!(page.objects[0].record.get(user::MOBILE), None, "withheld");
    assert!(reader.next().await.expect("end").is_none() && reader.summary().complete);
    assert_eq!(read("nobody").await.err().map(|error| error.kind), Some(ErrorKind::NotFound));
    assert_eq!(read("a b").await.err().map(|error| error.kind), Some(ErrorKind::Invalid));
    assert_eq!(stub.count("user/get"), 2);
}
