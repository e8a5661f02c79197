//! The C side: both examples built against both libraries, the header in both languages, a call between them, valgrind.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::Peer;
use crate::report::Outcome;
use crate::workspace::{Profile, build, root, scratch};
use crate::{Result, ports, process};

/// What the header and the examples are compiled with.
const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
/// What a Rust static library needs from the system.
const SYSTEM: [&str; 5] = ["-lpthread", "-ldl", "-lm", "-lrt", "-lgcc_s"];
/// How long a call of the examples may take; under valgrind everything is twenty times slower.
const LIMIT: Duration = Duration::from_secs(60);

/// How an example is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linking {
    Shared,
    Static,
}

struct Libraries {
    shared: PathBuf,
    archive: PathBuf,
}

/// Builds and runs everything.
pub(crate) fn run() -> Result<Outcome> {
    let libraries = libraries()?;
    let directory = scratch("c")?;
    header_in_cpp(&directory)?;
    readme_example(&directory)?;
    for linking in [Linking::Shared, Linking::Static] {
        let call = compile("call", linking, &libraries, &directory)?;
        let answer = compile("answer", linking, &libraries, &directory)?;
        converse(&directory, linking, [&call, &answer], false)?;
    }
    let [call, answer] = ["call", "answer"].map(|name| directory.join(format!("{name}-shared")));
    converse(&directory, Linking::Shared, [&call, &answer], true)?;
    Ok(Outcome::many(9, "C99 and C++17, shared and static, a call each, valgrind finds nothing"))
}

fn libraries() -> Result<Libraries> {
    let files = build(Profile::Test, &["--package", "sipua-ffi"])?;
    let find = |extension: &str| {
        let found =
            files.iter().rfind(|file| file.extension().is_some_and(|other| other == extension));
        found.cloned().ok_or_else(|| format!("sipua-ffi built no .{extension} file"))
    };
    Ok(Libraries { shared: find("so")?, archive: find("a")? })
}

fn header_in_cpp(directory: &Path) -> Result<()> {
    let source = directory.join("header.cpp");
    std::fs::write(
        &source,
        "#include <sipua.h>\nint main() { return sipua_version() == nullptr; }\n",
    )?;
    let mut command = Command::new("g++");
    command
        .args(["-std=c++17", "-fsyntax-only"])
        .args(STRICT)
        .arg("-I")
        .arg(root().join("include"));
    process::capture(command.arg(source)).map(drop)
}

/// What the README shows has to compile as it stands.
fn readme_example(directory: &Path) -> Result<()> {
    let text = std::fs::read_to_string(root().join("README.md"))?;
    let block = text.split("```c\n").nth(1).and_then(|rest| rest.split("```").next());
    let source = directory.join("readme.c");
    std::fs::write(&source, block.ok_or("the README has no C example")?)?;
    let mut command = Command::new("gcc");
    command.args(["-std=c99", "-fsyntax-only"]).args(STRICT).arg("-I").arg(root().join("include"));
    process::capture(command.arg(source)).map(drop)
}

fn compile(
    example: &str,
    linking: Linking,
    libraries: &Libraries,
    directory: &Path,
) -> Result<PathBuf> {
    let program = directory.join(format!("{example}-{}", format!("{linking:?}").to_lowercase()));
    let mut command = Command::new("gcc");
    command.args(["-std=c99", "-g"]).args(STRICT).arg("-I").arg(root().join("include"));
    command.arg(root().join(format!("examples/c/{example}.c"))).arg("-o").arg(&program);
    match linking {
        Linking::Shared => {
            let folder = installed(&libraries.shared, directory)?;
            command.arg(&libraries.shared).arg(format!("-Wl,-rpath,{}", folder.display()));
        }
        Linking::Static => {
            command.arg(&libraries.archive).args(SYSTEM);
        }
    }
    process::capture(&mut command)?;
    Ok(program)
}

/// A folder with the shared library under its SONAME, as an installation has it.
fn installed(library: &Path, directory: &Path) -> Result<PathBuf> {
    let folder = directory.join("lib");
    std::fs::create_dir_all(&folder)?;
    let link = folder.join(concat!("libsipua.so.", env!("CARGO_PKG_VERSION_MAJOR")));
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(library, link)?;
    Ok(folder)
}

/// One example answers, the other calls it; both have to end with exit status 0.
fn converse(
    directory: &Path,
    linking: Linking,
    [call, answer]: [&Path; 2],
    checked: bool,
) -> Result<()> {
    let port = ports::free(1)?.to_string();
    let name = |side: &str| {
        directory.join(format!("{side}-{linking:?}{}.log", if checked { "-valgrind" } else { "" }))
    };
    let mut answering = Peer::start(command(answer, checked).arg(&port), &name("answer"))?;
    answering.wait_for_log("listening", LIMIT)?;
    let mut calling = Peer::start(
        command(call, checked).arg(format!("sip:answer@127.0.0.1:{port}")),
        &name("call"),
    )?;
    calling.succeed(LIMIT)?;
    answering.succeed(LIMIT)
}

fn command(program: &Path, checked: bool) -> Command {
    if !checked {
        return Command::new(program);
    }
    let mut command = Command::new("valgrind");
    command.args([
        "--quiet",
        "--error-exitcode=99",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect,possible",
    ]);
    command.args(["--errors-for-leak-kinds=definite,indirect,possible", "--"]).arg(program);
    command
}
