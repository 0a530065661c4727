//! Under which licences are the packages that ship with the console? Those that only build and test it do not ship.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::folder;

/// Of each package that ships its name, version and licence.
pub fn shipped() -> Result<Vec<(String, String, Option<String>)>> {
    let lock = folder().join("package-lock.json");
    let text = std::fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
    read(&text)
}

fn read(lock: &str) -> Result<Vec<(String, String, Option<String>)>> {
    let lock: Value = serde_json::from_str(lock).context("package-lock.json is not understood")?;
    let Some(packages) = lock["packages"].as_object() else { bail!("package-lock.json names no packages") };
    let ships = |told: &Value| {
        ["dev", "devOptional"].iter().all(|mark| told[mark] != true)
            // An alternative for another machine's tools; what runs in a browser has none.
            && told["optional"] != true
    };
    let named = packages.iter().filter_map(|(path, told)| Some((path.rsplit_once("node_modules/")?.1, told)));
    let text = |told: &Value| told.as_str().map(ToString::to_string);
    let shipped = named
        .filter(|(_, told)| ships(told))
        .map(|(name, told)| (name.to_string(), text(&told["version"]).unwrap_or_default(), text(&told["license"])));
    Ok(shipped.collect())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn tools_do_not_ship() {
        let lock = r#"{"packages": {
            "": {"license": "Apache-2.0"},
            "node_modules/react": {"version": "19.3.1", "license": "MIT"},
            "node_modules/a/node_modules/@x/b": {"version": "1.0.0"},
            "node_modules/vite": {"version": "8.4.0", "license": "MIT", "dev": true}
        }}"#;
        let shipped = read(lock).unwrap();
        let react = ("react".to_string(), "19.3.1".to_string(), Some("MIT".to_string()));
        assert_eq!(shipped, [("@x/b".to_string(), "1.0.0".to_string(), None), react]);
        assert!(read("{}").is_err());
    }
}
