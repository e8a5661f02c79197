//! Prints the C header of `sipua-ffi`, as `sipua-ffi/cbindgen.toml` shapes it.

use std::io::{Error, stdout};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or_else(|| Error::other("no repository"))?;
    let package = root.join("sipua-ffi");
    let config = cbindgen::Config::from_file(package.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new().with_crate(package).with_config(config).generate()?;
    bindings.write(stdout().lock());
    Ok(())
}
