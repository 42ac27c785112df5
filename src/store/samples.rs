//! Samples as plain CSV, zstd-compressed when large: `DuckDB`, pandas and polars read both as they are.

use std::fs;
use std::path::Path;

use super::Error;
use crate::model::record::Sample;

/// A CSV larger than this is compressed.
const LARGE: usize = 256 * 1024;

/// The file's ending and content.
pub(super) fn bytes(samples: &[Sample]) -> (&'static str, Vec<u8>) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for sample in samples {
        writer.serialize(sample).expect("samples are flat and memory does not fail");
    }
    let text = writer.into_inner().expect("memory does not fail");
    if text.len() > LARGE {
        ("csv.zst", zstd::encode_all(text.as_slice(), 3).expect("memory does not fail"))
    } else {
        ("csv", text)
    }
}

/// Reads either form.
pub(super) fn read(path: &Path) -> Result<Vec<Sample>, Error> {
    let bytes = fs::read(path).map_err(|source| Error::read(path, source))?;
    let malformed = |why: String| Error::Malformed { path: path.to_owned(), why };
    let text = if path.extension().is_some_and(|ending| ending == "zst") {
        zstd::decode_all(bytes.as_slice()).map_err(|error| malformed(error.to_string()))?
    } else {
        bytes
    };
    csv::Reader::from_reader(text.as_slice())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| malformed(error.to_string()))
}
