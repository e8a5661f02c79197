//! `sipua`: a phone, an answering machine and a load tool for the terminal.
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod config_file;
mod console;
mod failure;
mod log;
mod options;
mod output;
mod phone;
mod plan;
mod printable;
mod settings;

use std::io::Write;
use std::process::ExitCode;

use arguments::Parsed;
use commands::{Answer, Ask, Load, PlaceCall, Register};
use failure::Failure;
use options::{Cli, Command};
use phone::Phone;

fn main() -> ExitCode {
    let outcome = match arguments::parse(std::env::args_os()) {
        Ok(Parsed::Printed(code)) => return code,
        Ok(Parsed::Cli(cli)) => run(*cli),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(line) = failure.line() {
                complain(line);
            }
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { command, mut options } = cli;
    if let Command::Parse { files } = command {
        return commands::parse(&files);
    }
    if matches!(command, Command::Register) {
        options.account.headers = std::mem::take(&mut options.calls.header);
    }
    log::start(options.output.log);
    // One thread for everything but media: a wake from one task to another costs next to nothing.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        let phone = Phone::start(&options)?;
        match command {
            Command::Call { uri } => phone.run(&mut PlaceCall::new(uri, &options)).await,
            Command::Answer => phone.run(&mut Answer::new(&options)).await,
            Command::Register => phone.run(&mut Register).await,
            Command::Options { uri } => {
                let headers = options.calls.header.clone();
                phone.run(&mut Ask::new(uri, headers)).await
            }
            Command::Load(load) => phone.run(&mut Load::new(load, &options)).await,
            Command::Parse { .. } => Ok(()),
        }
    });
    // A lookup may still hang in the system's resolver; nobody waits for it.
    runtime.shutdown_background();
    outcome
}

/// One line on standard error.
fn complain(text: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "sipua: {text}");
}
