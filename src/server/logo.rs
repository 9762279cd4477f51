//! The operator's logo: a small picture that is read once, at the start.

use std::path::Path;

use crate::flows::first_start::StartError;
use crate::http::Logo;

/// The largest, in bytes: 64 KiB.
const MAX_BYTES: usize = 64 * 1024;
/// How a PNG begins (ISO/IEC 15948 §5.2).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Reads it.
///
/// # Errors
/// What is wrong with the file, and what it has to be.
pub(super) fn read(path: &Path) -> Result<Logo, StartError> {
    let doing = || format!("reading the logo {}", path.display());
    let body = std::fs::read(path).map_err(|source| StartError::Io { doing: doing(), source })?;
    let refused = |reason: &str| StartError::Refused(format!("logo_file ({}): {reason}", path.display()));
    if body.len() > MAX_BYTES {
        return Err(refused("the file is larger than 64 KiB: make the picture smaller"));
    }
    let content_type =
        kind(&body).ok_or_else(|| refused("it is neither PNG nor SVG: save it as one of them"))?;
    Ok(Logo { content_type, body })
}

fn kind(body: &[u8]) -> Option<&'static str> {
    if body.starts_with(PNG) {
        return Some("image/png");
    }
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim_start();
    let is_svg = text.starts_with("<svg")
        || (text.starts_with("<?xml") || text.starts_with("<!--")) && text.contains("<svg");
    is_svg.then_some("image/svg+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_a_small_png_or_svg() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo");
        let mut png = PNG.to_vec();
        png.resize(100, 0);
        let mut large = PNG.to_vec();
        large.resize(MAX_BYTES + 1, 0);
        for (body, content_type) in [
            (png, Some("image/png")),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), Some("image/svg+xml")),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<svg/>".to_vec(), Some("image/svg+xml")),
            (b"<html><svg/></html>".to_vec(), None),
            (b"GIF89a".to_vec(), None),
            (Vec::new(), None),
            (large, None),
        ] {
            std::fs::write(&path, &body).unwrap();
            assert_eq!(read(&path).map(|logo| logo.content_type).ok(), content_type);
        }
        assert!(read(&folder.path().join("none")).is_err());
    }
}
