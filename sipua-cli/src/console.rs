//! Standard input: one command a line, about the newest call or the one named first by its id.

use std::io::BufRead;

use sipua::CallId;
use tokio::sync::mpsc;

/// Lines that wait to be obeyed; then the writer waits.
const LINES: usize = 64;
/// The longest line that is read.
const LONGEST: usize = 8_192;
/// The digits of a call's id.
const ID_DIGITS: usize = 16;

/// What a line asks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Something with a call: the named one, or the newest.
    Call(Option<CallId>, Verb),
    /// Place a call.
    Dial(String),
    /// Hang up, unregister, end.
    Quit,
}

/// What is to be done with a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Answer(u16),
    Hangup(Option<u16>),
    Hold,
    Resume,
    Mute,
    Unmute,
    Dtmf(String),
    Redirect(String),
    Reinvite,
    Play(String),
    Record(String),
    RecordStop,
    Info { content_type: String, body: String },
    Stats,
}

/// Reads standard input in a thread of its own, because reading it cannot be interrupted. The end of
/// the input is no command.
pub(crate) fn start() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(LINES);
    // Without the thread there are no commands, and nothing else changes.
    let _ = std::thread::Builder::new().name("sipua-stdin".to_owned()).spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Some(line) = read_line(&mut input) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The next line, cut where it is too long; [`None`] at the end.
fn read_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let mut read_any = false;
    loop {
        let available = input.fill_buf().ok().filter(|bytes| !bytes.is_empty());
        let Some(bytes) = available else { break };
        read_any = true;
        let (taken, ended) = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (bytes.len(), false),
        };
        let room = LONGEST.saturating_sub(line.len());
        line.extend_from_slice(&bytes[..taken.min(room)]);
        input.consume(taken);
        if ended {
            break;
        }
    }
    read_any.then(|| String::from_utf8_lossy(&line).trim().to_owned())
}

impl Line {
    /// What a line asks; [`None`] for an empty one.
    pub(crate) fn parse(line: &str) -> Result<Option<Self>, String> {
        let (first, rest) = word(line);
        if first.is_empty() {
            return Ok(None);
        }
        let (call, verb, rest) = match call_id(first) {
            Some(id) => {
                let (verb, rest) = word(rest);
                (Some(id), verb, rest)
            }
            None => (None, first, rest),
        };
        match (call, verb) {
            (None, "dial") => Ok(Some(Self::Dial(argument(verb, "URI", rest)?))),
            (None, "quit") if rest.is_empty() => Ok(Some(Self::Quit)),
            _ => Ok(Some(Self::Call(call, Verb::parse(verb, rest)?))),
        }
    }
}

impl Verb {
    fn parse(verb: &str, rest: &str) -> Result<Self, String> {
        let plain = |parsed: Self| match rest {
            "" => Ok(parsed),
            _ => Err(format!("'{verb}' takes nothing more")),
        };
        match verb {
            "answer" => Ok(Self::Answer(code(verb, rest)?.unwrap_or(200))),
            "hangup" => Ok(Self::Hangup(code(verb, rest)?)),
            "hold" => plain(Self::Hold),
            "resume" => plain(Self::Resume),
            "mute" => plain(Self::Mute),
            "unmute" => plain(Self::Unmute),
            "dtmf" => Ok(Self::Dtmf(argument(verb, "DIGITS", rest)?)),
            "redirect" => Ok(Self::Redirect(argument(verb, "URI", rest)?)),
            "reinvite" => plain(Self::Reinvite),
            "play" => Ok(Self::Play(argument(verb, "FILE", rest)?)),
            "record" => Ok(Self::Record(argument(verb, "FILE", rest)?)),
            "record-stop" => plain(Self::RecordStop),
            "info" => {
                let (content_type, body) = word(rest);
                let content_type = argument(verb, "TYPE BODY", content_type)?;
                Ok(Self::Info { content_type, body: body.to_owned() })
            }
            "stats" => plain(Self::Stats),
            _ => Err(format!("there is no command '{verb}'")),
        }
    }
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim())
}

fn call_id(word: &str) -> Option<CallId> {
    let digits = word.len() == ID_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u64::from_str_radix(word, 16).ok().map(CallId)).flatten()
}

fn argument(verb: &str, what: &str, rest: &str) -> Result<String, String> {
    if rest.is_empty() { Err(format!("'{verb}' needs {what}")) } else { Ok(rest.to_owned()) }
}

fn code(verb: &str, rest: &str) -> Result<Option<u16>, String> {
    if rest.is_empty() {
        return Ok(None);
    }
    let code = rest.parse().ok().filter(|code| (200..700).contains(code));
    code.map(Some).ok_or_else(|| format!("'{verb} {rest}': a code is 200 to 699"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verb(line: &str) -> Verb {
        match Line::parse(line) {
            Ok(Some(Line::Call(None, verb))) => verb,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_line_is_a_verb_and_its_argument() {
        assert_eq!(verb("answer"), Verb::Answer(200));
        assert_eq!(verb("answer 486"), Verb::Answer(486));
        assert_eq!(verb(" hangup "), Verb::Hangup(None));
        assert_eq!(verb("dtmf 12 3#"), Verb::Dtmf("12 3#".to_owned()));
        assert_eq!(verb("record-stop"), Verb::RecordStop);
        let info = Verb::Info { content_type: "text/plain".to_owned(), body: "a b".to_owned() };
        assert_eq!(verb("info text/plain a b"), info);
        assert_eq!(Line::parse("quit"), Ok(Some(Line::Quit)));
        assert_eq!(Line::parse("dial sip:a@b"), Ok(Some(Line::Dial("sip:a@b".to_owned()))));
        assert_eq!(Line::parse("  "), Ok(None));
    }

    #[test]
    fn a_call_is_named_first() {
        let expected = Line::Call(Some(CallId(0x1000_0000_0003)), Verb::Hold);
        assert_eq!(Line::parse("0000100000000003 hold"), Ok(Some(expected)));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (line, named) in [
            ("dance", "'dance'"),
            ("hold on", "'hold'"),
            ("hangup now", "'hangup now'"),
            ("play", "'play'"),
            ("info", "'info'"),
            ("transfer sip:a@b", "'transfer'"),
            ("0000100000000003 quit", "'quit'"),
        ] {
            let error = Line::parse(line).unwrap_err();
            assert!(error.contains(named), "{line}: {error}");
        }
    }

    #[test]
    fn a_line_is_cut_where_it_is_too_long() {
        let long = "x".repeat(LONGEST * 3);
        let text = format!("{long}\nnext\nlast");
        let mut input = std::io::BufReader::with_capacity(100, text.as_bytes());
        assert_eq!(read_line(&mut input).unwrap().len(), LONGEST);
        assert_eq!(read_line(&mut input).unwrap(), "next");
        assert_eq!(read_line(&mut input).unwrap(), "last");
        assert_eq!(read_line(&mut input), None);
    }
}
