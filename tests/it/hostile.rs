//! Files made to hurt: each is answered with a finding and nothing else, on the stack of a worker thread. Times are printed.

use std::time::Instant;

use idflow::{
    connectors,
    workflow::{
        Environment, compile,
        diagnostic::{Language, Severity, Source},
    },
};

/// The stack of a worker of the runtime.
const STACK: usize = 2 << 20;
const TEN_MB: usize = 10 << 20;
/// Just below the limit on files, where everything that grows faster than the file shows.
const ALMOST: usize = (2 << 20) - 4_096;

/// The codes of the errors, in order.
fn codes(name: &str, text: String) -> Vec<&'static str> {
    let name = name.to_string();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let connectors = connectors::ALL.to_vec();
        let start = Instant::now();
        let outcome = compile(&name, &text, &Environment::new(&connectors));
        let compiled = start.elapsed();
        let source = Source::new(&name, &text);
        for finding in &outcome.diagnostics {
            let _ = (source.position(finding.span.start), source.utf16(finding.span.end));
        }
        if let Some(finding) = outcome.diagnostics.first() {
            let shown = finding.render(&source, Language::En, false);
            assert!(shown.len() < 20_000, "{name}: {} bytes to show one finding", shown.len());
        }
        eprintln!(
            "{name}: {} bytes, {} findings, compiled in {compiled:?}, told in {:?}",
            text.len(),
            outcome.diagnostics.len(),
            start.elapsed() - compiled
        );
        let errors = outcome.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.code).collect::<Vec<_>>()
    });
    worker.expect("a thread").join().expect("no panic and no overflow")
}

/// A workflow with something in the place of its parts.
fn file(vars: &str, condition: &str, title: &str) -> String {
    format!(
        "dsl: 1\nid: x\non: {{manual: {{inputs: {{flag: {{type: boolean}}}}}}}}\nvars: {vars}\n\
         connections: {{directory: {{type: directory, ref: default}}, wecom: {{type: wecom, ref: main}}}}\n\
         mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n      \
         userid: {{value: \"{{{{source.username}}}}\", write: create}}\n      name: {title}\n      department: \
         \"{{{{target_ids source.departments}}}}\"\nsteps:\n  - {{id: read, name: {{zh: r, en: r}}, uses: directory/read}}\n  \
         - {{id: write, name: {{zh: w, en: w}}, if: {condition}, uses: wecom/create_user, map: user, foreach: \
         steps.read.outputs.users}}\n"
    )
}

#[test]
fn ten_megabytes_of_anything() {
    for (name, text) in [
        ("one line", "x".repeat(TEN_MB)),
        ("one scalar", format!("dsl: 1\nid: x\ndescription: \"{}\"\n", "长".repeat(TEN_MB / 3))),
        ("brackets", "[".repeat(TEN_MB)),
        ("braces", "{".repeat(TEN_MB)),
        ("dashes", "- ".repeat(TEN_MB / 2)),
        ("questions", "? ".repeat(TEN_MB / 2)),
        ("keys", (0..TEN_MB / 12).map(|number| format!("k{number}: 1\n")).collect()),
        ("the same key", "key: 1\n".repeat(TEN_MB / 7)),
        ("lines", "\n".repeat(TEN_MB)),
        ("tabs", "\t".repeat(TEN_MB)),
        ("null bytes", "\0".repeat(TEN_MB)),
        ("templates", "{{".repeat(TEN_MB / 2)),
        ("comments", "# comment\n".repeat(TEN_MB / 10)),
        ("documents", "---\n".repeat(TEN_MB / 4)),
    ] {
        assert_eq!(codes(name, text), ["E0106"], "{name}");
    }
}

#[test]
fn files_just_below_the_limit() {
    let repeat = |part: &str| part.repeat(ALMOST / part.len());
    let steps = |step: &dyn Fn(usize) -> String, count| {
        let list: String = (0..count).map(step).collect();
        format!(
            "dsl: 1\nid: x\non: {{manual: {{}}}}\nconnections: {{directory: {{type: directory, ref: default}}}}\nsteps:\n{list}"
        )
    };
    let name = "name: {zh: a, en: a}, uses: directory/read";
    for (title, text) in [
        ("one line", repeat("x")),
        ("brackets", repeat("[")),
        ("braces", repeat("{")),
        ("dashes", repeat("- ")),
        ("questions", repeat("? ")),
        ("colons", repeat(": ")),
        ("tabs", repeat("\t")),
        ("null bytes", repeat("\0")),
        ("quotes", repeat("\"")),
        ("quoted lines", repeat("\"\n")),
        ("percents", repeat("%")),
        ("bangs", repeat("!")),
        ("ampersands", repeat("&a ")),
        ("stars", repeat("*a ")),
        ("pipes", repeat("|\n")),
        ("templates", repeat("{{")),
        ("unquoted templates", format!("a: {}", repeat("{{a}} "))),
        ("documents", repeat("---\n")),
        ("keys", (0..ALMOST / 14).map(|number| format!("k{number}: 1\n")).collect()),
        (
            "keys of one map",
            format!("vars: {{{}}}", (0..ALMOST / 14).map(|number| format!("k{number}: 1, ")).collect::<String>()),
        ),
        ("the same key", repeat("key: 1\n")),
        ("two keys", repeat("key: 1\nyek: 2\n")),
        ("items", format!("steps:\n{}", repeat("- a\n"))),
        ("steps without anything", steps(&|_| "- {}\n".into(), 30_000)),
        ("the same step", steps(&|_| format!("- {{id: a, {name}}}\n"), 7_000)),
        ("unknown needs", steps(&|number| format!("- {{id: a{number}, {name}, needs: [b{number}]}}\n"), 5_000)),
        (
            "needs of all",
            steps(
                &|number| {
                    format!(
                        "- {{id: a{number}, {name}, needs: [{}]}}\n",
                        (0..number).map(|n| format!("a{n},")).collect::<String>()
                    )
                },
                350,
            ),
        ),
        (
            "one large circle",
            steps(
                &|number| format!("- {{id: a{number}, {name}{}}}\n", if number == 0 { ", needs: [a5999]" } else { "" }),
                20_000,
            ),
        ),
        ("small circles", steps(&|number| format!("- {{id: a{number}, {name}, needs: [a{number}]}}\n"), 5_000)),
        (
            "unknown steps read",
            steps(&|number| format!("- {{id: a{number}, {name}, if: steps.b{number}.outputs.x > 0}}\n"), 5_000),
        ),
        (
            "steps read far away",
            steps(&|number| format!("- {{id: a{number}, {name}, if: 'steps.a0.status == \"failed\"'}}\n"), 5_000),
        ),
        (
            "unknown variables",
            format!(
                "dsl: 1\nid: x\nvars: {{{}}}\nsteps:\n{}",
                (0..3_000).map(|number| format!("v{number}: 1, ")).collect::<String>(),
                (0..3_000)
                    .map(|number| format!("- {{id: a{number}, {name}, if: vars.w{number} == 1}}\n"))
                    .collect::<String>()
            ),
        ),
        (
            "unknown keys",
            format!(
                "dsl: 1\nid: x\nsteps:\n- {{id: a, {name}, {}}}\n",
                (0..ALMOST / 16).map(|number| format!("kez{number}: 1, ")).collect::<String>()
            ),
        ),
        ("long key", format!("{}: 1\n", "k".repeat(1_000))),
        ("long id", format!("dsl: 1\nid: {}\nsteps: []\n", "i".repeat(ALMOST / 2))),
        ("long word", file("{}", "'true'", "x").replace("uses: wecom", &format!("uses: {}", "w".repeat(ALMOST / 2)))),
        ("empty schedules", format!("dsl: 1\nid: x\non: {{schedule: [{}]}}\nsteps: []\n", repeat("{cron: x},"))),
        (
            "labels",
            format!(
                "dsl: 1\nid: x\nlabels: {{{}}}\nsteps: []\n",
                (0..ALMOST / 14).map(|number| format!("l{number}: x, ")).collect::<String>()
            ),
        ),
        (
            "secrets",
            format!("dsl: 1\nid: x\nvars: {{a: [{}]}}\nsteps: []\n", repeat("kJ7vQ2mX9rB4nR7wL1pY6sD3fH5jK0aC, ")),
        ),
    ] {
        let codes = codes(title, text);
        assert!(
            !codes.is_empty() || ["steps read far away", "needs of all"].contains(&title),
            "{title} is no workflow"
        );
        assert!(codes.len() <= 501, "{title}: {} findings", codes.len());
    }
}

#[test]
fn aliases_that_multiply() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for level in 1..30 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        laughs.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let long = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(6_000), "*a, ".repeat(20_000));
    let merged = format!(
        "vars:\n  a: &a {{{}}}\n{}",
        (0..2_000).map(|n| format!("k{n}: 1, ")).collect::<String>(),
        "  b: {<<: *a, <<: *a}\n".repeat(90)
    );
    let chained = (1..90).fold("a0: &a0 {k0: 1}\n".to_string(), |text, level| {
        text + &format!("a{level}: &a{level} {{<<: [*a{0}, *a{0}], k{level}: 1}}\n", level - 1)
    });
    let own = "a: &a [*a]\n".to_string();
    for (name, text) in [("laughs", laughs), ("long", long), ("merged", merged), ("chained", chained), ("own", own)] {
        let codes = codes(name, text);
        assert!(codes.iter().any(|code| ["E0106", "E0101", "E0103", "E0201"].contains(code)), "{name}: {codes:?}");
    }
}

#[test]
fn values_that_nest_or_run_on() {
    let title = |text: &str| file("{}", "'true'", text);
    let condition = |text: &str| file("{}", &format!("'{text}'"), "x");
    for (name, text, code) in [
        ("opened templates", title(&format!("\"{}\"", "{{".repeat(100_000))), "E0404"),
        ("closed templates", title(&format!("\"{}\"", "}}".repeat(100_000))), "E0510"),
        ("many templates", title(&format!("\"{}\"", "{{source.name}}".repeat(50_000))), "E0404"),
        ("blocks", title(&format!("\"{}{}\"", "{{#if a}}".repeat(6_000), "{{/if}}".repeat(20_000))), "E0404"),
        ("raw blocks", title(&format!("\"{}\"", "{{{{raw}}}} ".repeat(10))), "E0404"),
        (
            "helpers in helpers",
            title(&format!("\"{{{{lower {}source.name{}}}}}\"", "(lower ".repeat(5_000), ")".repeat(5_000))),
            "E0404",
        ),
        ("a long path", title(&format!("\"{{{{source{}}}}}\"", ".name".repeat(3_000))), "E0401"),
        ("a long text", title(&format!("\"{{{{source.name}}}}{}\"", "x".repeat(1_000_000))), "E0404"),
        ("brackets in templates", title(&format!("\"{{{{{}}}}}\"", "[".repeat(10_000))), "E0404"),
        ("brackets in conditions", condition(&format!("{}true{}", "(".repeat(100_000), ")".repeat(100_000))), "E0407"),
        ("lists in lists", condition(&format!("{}1{} == 1", "[".repeat(10_000), "]".repeat(10_000))), "E0407"),
        ("not not", condition(&format!("{}true", "!".repeat(100_000))), "E0407"),
        ("minus minus", condition(&format!("{}1 == 1", "- ".repeat(100_000))), "E0407"),
        ("sums", condition(&vec!["1"; 100_000].join(" + ")), "E0407"),
        ("ands", condition(&vec!["inputs.flag"; 50_000].join(" && ")), "E0407"),
        ("questions", condition(&vec!["true ? true"; 10_000].join(" : ")), "E0407"),
        ("dots", condition(&format!("a{}", ".b".repeat(100_000))), "E0407"),
        ("indexes", condition(&format!("vars{}", "[0]".repeat(10_000))), "E0407"),
        ("loops in loops", condition("[1].exists(a, [1].exists(b, [1].exists(c, [1].exists(d, true))))"), "E0407"),
        ("a large number", condition(&format!("{} > 1", "9".repeat(4_000))), "E0407"),
        ("a large pattern", condition("\"a\".matches(\"(a{1000}){1000}\")"), "E0407"),
        (
            "a deep pattern",
            condition(&format!("\"a\".matches(\"{}a{}\")", "(".repeat(1_500), ")".repeat(1_500))),
            "E0407",
        ),
        ("a wide pattern", condition("\"a\".matches(\"\\\\w{1000}\\\\w{1000}\\\\w{1000}\")"), "E0407"),
        (
            "large numbers",
            title("99999999999999999999999999999999").replace("dsl: 1", "dsl: 99999999999999999999999"),
            "E0208",
        ),
        ("large durations", title("x").replace("dsl: 1\n", "dsl: 1\ntimeout: 99999999999999999999d\n"), "E0207"),
        (
            "large cron",
            title("x").replace("on: {", "on: {schedule: {cron: \"*/99999999999 * * * *\", timezone: UTC}, "),
            "E0601",
        ),
        (
            "many cron values",
            title("x").replace(
                "on: {",
                &format!("on: {{schedule: {{cron: \"{} * * * *\", timezone: UTC}}, ", "1,".repeat(100_000)),
            ),
            "E0601",
        ),
    ] {
        let codes = codes(name, text);
        assert!(codes.contains(&code), "{name}: {codes:?}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    for (name, bytes) in [
        ("nothing", &b""[..]),
        ("a mark", b"\xef\xbb\xbf"),
        ("utf-16", b"\xff\xfed\0s\0l\0:\0 \x001\0\n\0"),
        ("utf-16, big", b"\xfe\xff\x00d\x00s\x00l\x00:\x00 \x001\x00\n"),
        ("no utf-8", b"dsl: 1\nid: \xff\xfe\x80\n"),
        ("null bytes", b"dsl: 1\nid: a\0b\nsteps: []\n"),
        ("controls", b"dsl: 1\nid: \x01\x02\x7f\nsteps: []\n"),
        ("carriage returns", b"dsl: 1\rid: x\rsteps: []\r"),
        ("other line ends", "dsl: 1\u{2028}id: x\u{85}steps: []".as_bytes()),
        ("right to left", "dsl: 1\nid: \u{202e}x\nsteps: []\n".as_bytes()),
    ] {
        let codes = codes(name, String::from_utf8_lossy(bytes).into_owned());
        assert!(!codes.is_empty(), "{name} is no workflow");
    }
}
