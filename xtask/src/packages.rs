//! The system packages the tests stand on, installed when they are missing and we may.

use std::process::Command;

use crate::report::Outcome;
use crate::terminal::say;
use crate::{Result, process};

/// A file or program that proves a Debian package is there.
struct Need {
    package: &'static str,
    program: &'static str,
}

/// What `cargo xtask demo` needs beside Rust.
const DEMO: &[Need] = &[];

/// What `cargo xtask test` and `cargo xtask bench` need beside Rust.
const TEST: &[Need] = &[
    Need { package: "gcc", program: "gcc" },
    Need { package: "g++", program: "g++" },
    Need { package: "valgrind", program: "valgrind" },
    Need { package: "sip-tester", program: "sipp" },
    Need { package: "baresip-core", program: "baresip" },
    Need { package: "kamailio", program: "kamailio" },
    Need { package: "tshark", program: "tshark" },
];

/// Makes sure of what the demo needs.
pub(crate) fn for_demo() -> Result<Outcome> {
    ensure(DEMO)
}

/// Makes sure of what the tests need.
pub(crate) fn for_tests() -> Result<Outcome> {
    ensure(TEST)
}

fn ensure(needs: &[Need]) -> Result<Outcome> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(Outcome::one(format!("{} packages are there", needs.len())));
    }
    let names = missing.join(" ");
    let Some(prefix) = privilege() else {
        return Err(format!(
            "missing system packages, and neither root nor sudo here: apt-get install {names}"
        )
        .into());
    };
    say(&format!("installing {names}"));
    let apt = |arguments: &[&str]| {
        let words =
            [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"], arguments]
                .concat();
        let (program, rest) = words.split_first().ok_or("no command")?;
        process::capture(Command::new(program).args(rest))
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat())?;
    match self::missing(needs).as_slice() {
        [] => Ok(Outcome::one(format!("installed {names}"))),
        still => Err(format!("still missing after the installation: {}", still.join(" ")).into()),
    }
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    needs
        .iter()
        .filter(|need| !process::is_installed(need.program))
        .map(|need| need.package)
        .collect()
}

/// How to become root: not at all, by sudo without a question, or no way.
fn privilege() -> Option<&'static [&'static str]> {
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    let allowed = process::capture(Command::new("sudo").args(["-n", "true"])).is_ok();
    allowed.then_some(&["sudo", "-n"])
}
