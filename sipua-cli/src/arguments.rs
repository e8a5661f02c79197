//! From the words on the command line, and the configuration file they name, to options.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{Error as ClapError, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::config_file;
use crate::failure::Failure;
use crate::options::Cli;

/// What came of the words.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// Options to act on.
    Cli(Box<Cli>),
    /// A text was asked for and printed: help, or the version.
    Printed(ExitCode),
}

/// Reads the words, and the file of `--config`.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Parsed, Failure> {
    let command = Cli::command();
    let mut words = command_first(words.into_iter().collect(), &command);
    let mut matches = match command.clone().try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => return refused(&error),
    };
    if let Some(path) = matches.get_one::<PathBuf>("config") {
        let (name, typed) = matches.subcommand().unwrap_or(("", &matches));
        let is_typed = |id: &str| given(typed, id);
        let more = config_file::words(path, &command, name, is_typed)?;
        // Behind the program's name and the command's.
        words.splice(2..2, more);
        matches = match command.try_get_matches_from(&words) {
            Ok(matches) => matches,
            Err(error) => return refused(&error),
        };
    }
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Failure::Usage(one_line(&error)))?;
    Ok(Parsed::Cli(Box::new(cli)))
}

/// Whether an option was typed, rather than being left at its default.
fn given(matches: &ArgMatches, id: &str) -> bool {
    matches.try_contains_id(id).unwrap_or(false)
        && matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// Moves the options in front of the command behind it, where it knows them too. So a repeatable one
/// may stand on both sides.
fn command_first(mut words: Vec<OsString>, command: &clap::Command) -> Vec<OsString> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        if !word.as_encoded_bytes().starts_with(b"-") {
            words[1..=at].rotate_right(1);
            break;
        }
        at += if value_follows(word, command) { 2 } else { 1 };
    }
    words
}

fn value_follows(word: &OsStr, command: &clap::Command) -> bool {
    let Some(long) = word.to_str().and_then(|word| word.strip_prefix("--")) else { return false };
    let of_commands = command.get_subcommands().flat_map(clap::Command::get_arguments);
    command
        .get_arguments()
        .chain(of_commands)
        .any(|argument| argument.get_long() == Some(long) && argument.get_action().takes_values())
}

fn refused(error: &ClapError) -> Result<Parsed, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let printed = error.print();
            let code = if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            Ok(Parsed::Printed(code))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Ok(Parsed::Printed(ExitCode::from(2)))
        }
        _ => Err(Failure::Usage(one_line(error))),
    }
}

/// The first paragraph of clap's message, as one line.
fn one_line(error: &ClapError) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Command;

    fn cli(words: &[&str]) -> Result<Cli, String> {
        let words = ["sipua"].iter().chain(words).map(OsString::from);
        match parse(words) {
            Ok(Parsed::Cli(cli)) => Ok(*cli),
            Ok(Parsed::Printed(code)) => Err(format!("{code:?}")),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn options_stand_before_and_after_the_command() {
        let words = ["--listen", "udp::1", "--json", "call", "sip:a@b", "--listen", "udp::2"];
        let cli = cli(&words).unwrap();
        assert!(matches!(cli.command, Command::Call { uri } if uri == "sip:a@b"));
        assert!(cli.options.output.json);
        let ports = cli.options.network.listen.iter().map(|listen| listen.address.port());
        assert_eq!(ports.collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn the_options_of_load_stand_before_it_too() {
        let cli = cli(&["--rate", "50", "load", "--calls", "7", "sip:a@b"]).unwrap();
        let Command::Load(load) = cli.command else { panic!("not load") };
        assert_eq!((load.rate, load.calls, load.uri.as_str()), (50.0, 7, "sip:a@b"));
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let later = ["--srtp", "--dtls", "--ice", "--stun", "--turn", "--tls-ca", "--prack"];
        for option in later.into_iter().chain(["--session-timer", "--transfer-policy", "--colour"])
        {
            let error = cli(&[option, "answer"]).unwrap_err();
            assert!(error.contains(option) && !error.contains('\n'), "{option}: {error}");
        }
        assert!(cli(&["--codecs", "opus", "answer"]).unwrap_err().contains("pcmu"));
        assert!(cli(&["--dtmf-mode", "inband", "answer"]).unwrap_err().contains("rfc4733"));
        assert!(cli(&["call", "--rate", "1", "sip:a@b"]).unwrap_err().contains("--rate"));
    }
}
