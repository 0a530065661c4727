//! The templates in `workflows/` compile without a finding and say what they should.

use super::*;

const FULL: &str = include_str!("../../../workflows/wecom_downstream_full.yaml");
const MIRROR: &str = include_str!("../../../workflows/wecom_downstream_mirror.yaml");
const CSV: &str = include_str!("../../../workflows/csv_to_directory.yaml");

#[test]
fn shipped_templates_have_no_findings() {
    for text in [FULL, MIRROR, CSV] {
        let outcome = compiled(text);
        assert!(outcome.diagnostics.is_empty(), "{}", shown(text, &outcome));
        assert!(outcome.workflow.is_some());
    }
}
