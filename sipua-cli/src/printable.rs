//! What a peer wrote, made harmless for a terminal.

use std::fmt::{self, Display, Formatter, Write};

/// Text of a peer, without the characters that a terminal would obey.
pub(crate) struct Printable<T>(pub(crate) T);

impl<T: AsRef<str>> Display for Printable<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.as_ref().chars() {
            match character {
                '\t' => formatter.write_char(' ')?,
                control if control.is_control() => {
                    write!(formatter, "{}", control.escape_default())?;
                }
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Printable;

    #[test]
    fn an_escape_sequence_does_not_reach_the_terminal() {
        assert_eq!(Printable("a\u{1b}[2Jb\tc\r\nÄ").to_string(), "a\\u{1b}[2Jb c\\r\\nÄ");
    }
}
