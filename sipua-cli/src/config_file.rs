//! Options from a TOML file: the names of the command line, without the dashes.

use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use crate::failure::Failure;

/// The file's options as words of the command line, but for those that were typed.
pub(crate) fn words(
    path: &Path,
    command: &Command,
    subcommand: &str,
    is_typed: impl Fn(&str) -> bool,
) -> Result<Vec<OsString>, Failure> {
    let wrong = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| wrong(one_line(&error)))?;
    let mut words = Vec::new();
    for (name, value) in &table {
        let here = command.get_arguments().chain(arguments_of(command, subcommand));
        let Some(argument) = find(here, name) else {
            // One file may serve several commands.
            if command.get_subcommands().any(|other| find(other.get_arguments(), name).is_some()) {
                continue;
            }
            return Err(wrong(format!("there is no option '{name}'")));
        };
        if !is_typed(argument.get_id().as_str()) {
            words.extend(option(argument, name, value).map_err(wrong)?);
        }
    }
    Ok(words)
}

fn arguments_of<'a>(command: &'a Command, name: &str) -> impl Iterator<Item = &'a Arg> {
    command.find_subcommand(name).into_iter().flat_map(Command::get_arguments)
}

fn find<'a>(mut arguments: impl Iterator<Item = &'a Arg>, name: &str) -> Option<&'a Arg> {
    arguments.find(|argument| argument.get_long() == Some(name) && name != "config")
}

fn option(argument: &Arg, name: &str, value: &Value) -> Result<Vec<OsString>, String> {
    let with = |value: &Value| scalar(name, value).map(|text| format!("--{name}={text}").into());
    match (argument.get_action(), value) {
        (ArgAction::SetTrue, Value::Boolean(true)) => Ok(vec![format!("--{name}").into()]),
        (ArgAction::SetTrue, Value::Boolean(false)) => Ok(Vec::new()),
        (ArgAction::SetTrue, _) => Err(format!("'{name}' is true or false")),
        (ArgAction::Append, Value::Array(values)) => values.iter().map(with).collect(),
        _ => Ok(vec![with(value)?]),
    }
}

fn scalar(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        _ => Err(format!("'{name}' is a text or a number")),
    }
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}
