use super::*;

#[test]
fn positions_count_lines_and_characters_from_one() {
    let source = Source::new("a.yaml", "id: x\n名称: 活跃 y\n");
    assert_eq!(source.position(0), (1, 1));
    assert_eq!(source.position(4), (1, 5));
    let y = source.text.find('y').unwrap();
    assert_eq!(source.position(y), (2, 8));
    assert_eq!(source.position(10_000), (3, 1));
    assert_eq!(source.slice(Span::new(6, 12)), "名称");
}

#[test]
fn units_are_counted_from_the_beginning_of_the_text() {
    for text in ["", "a", "a\n", "\n\n", "id: x\n名称: 活跃 y\n🙂 b\r\nlast"] {
        let source = Source::new("a.yaml", text);
        for byte in 0..=text.len() + 2 {
            let before = source.slice(Span::new(0, byte)).encode_utf16().count();
            assert_eq!(source.units(byte), before, "{text:?} {byte}");
        }
    }
}

#[test]
fn carets_stand_under_chinese() {
    let text = "id: x\nname: {zh: 停用离职成员, en: A}\n";
    let source = Source::new("a.yaml", text);
    let start = text.find('停').unwrap();
    let shown = Diagnostic::new("E0203", Span::new(start, start + 18), "类型不对", "wrong kind of value")
        .label("这里", "here")
        .help("改掉", "change it")
        .render(&source, Language::En, false);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("error[E0203]: wrong kind of value"), "{shown}");
    let caret = lines.iter().find(|line| line.contains("^^^")).unwrap();
    assert!(caret.contains("^^^^^^^^^^^^ here"), "six characters are twelve columns wide: {shown}");
    assert!(shown.contains("= help: change it"), "{shown}");
    let zh = Diagnostic::new("W0803", Span::new(0, 2), "没有用到", "unused").render(&source, Language::Zh, false);
    assert!(zh.starts_with("警告[W0803]"), "{zh}");
}

#[test]
fn spans_outside_the_text_do_not_panic() {
    let source = Source::new("a.yaml", "名");
    for (start, end) in [(0, 1), (1, 2), (5, 9), (3, 1)] {
        let finding = Diagnostic::new("E0101", Span::new(start, end), "坏", "bad\u{1b}[31m");
        let shown = finding.render(&source, Language::En, false);
        assert!(!shown.contains('\u{1b}'));
        for byte in [finding.span.start, finding.span.end] {
            let (line, column) = source.position(byte);
            assert!(line > 0 && column > 0);
        }
    }
}
