//! Any bytes to the compiler: it ends, every finding lies inside the file and can be shown, and every edit can be applied.
//! Each input has the stack of a worker thread.
#![no_main]

use idflow::{
    connectors,
    workflow::{
        Environment, compile,
        diagnostic::{Language, Source},
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || check(&text));
    worker.expect("a thread").join().expect("no panic");
});

fn check(text: &str) {
    let connectors = connectors::ALL.to_vec();
    let outcome = compile("fuzz.yaml", text, &Environment { connectors: &connectors });
    let source = Source::new("fuzz.yaml", text);
    for finding in outcome.diagnostics.iter().take(40) {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len(), "{finding:?}");
        let _ = finding.render(&source, Language::Zh, false);
        let _ = finding.to_json(&source);
        let mut fixes = finding.fixes.clone();
        fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
        let mut mended = text.to_string();
        for fix in fixes {
            assert!(mended.get(fix.span.range()).is_some(), "{finding:?}");
            mended.replace_range(fix.span.range(), &fix.text);
        }
    }
}
