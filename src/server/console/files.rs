//! Where the files of the console are: in the program, or in a folder for whoever works on them.

use std::{borrow::Cow, io::Read, path::PathBuf};

use rust_embed::RustEmbed;

/// What `cargo xtask build` made. A development build reads the folder when it is asked, so that a change of the console needs
/// no new program.
#[derive(RustEmbed)]
#[folder = "console/dist"]
#[allow_missing = true]
struct Embedded;

/// The largest file that is unpacked for a browser which cannot do it itself, in bytes.
const MOST_UNPACKED: u64 = 32 << 20;

/// A console that was built.
#[derive(Debug, Clone, Default)]
pub enum Site {
    /// With the program.
    #[default]
    Embedded,
    /// Into this folder.
    Folder(PathBuf),
}

/// What is sent of a file.
pub(super) struct File {
    pub bytes: Cow<'static, [u8]>,
    /// Whether the bytes are packed by gzip.
    pub zipped: bool,
}

impl Site {
    /// A file by its path. Large ones are kept packed only (`NAME.gz`), and unpacked for a browser that wants no gzip.
    pub(super) fn file(&self, path: &str, gzip: bool) -> Option<File> {
        if let Some(bytes) = self.bytes(path) {
            return Some(File { bytes, zipped: false });
        }
        let packed = self.bytes(&format!("{path}.gz"))?;
        if gzip {
            return Some(File { bytes: packed, zipped: true });
        }
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).take(MOST_UNPACKED).read_to_end(&mut bytes).ok()?;
        Some(File { bytes: bytes.into(), zipped: false })
    }

    fn bytes(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        // Names as a build makes them: nothing hidden, no way out of the folder, nothing that needs decoding.
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !path.split('/').all(plain) {
            return None;
        }
        match self {
            Self::Embedded => Embedded::get(path).map(|file| file.data),
            Self::Folder(folder) => std::fs::read(folder.join(path)).ok().map(Cow::from),
        }
    }
}

/// The media type of a file, by its name.
pub(super) fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
