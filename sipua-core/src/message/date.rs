//! The Date header (RFC 3261 20.17).

/// Whether `text` is an RFC 1123 date in GMT: `Sat, 13 Nov 2010 23:29:00 GMT`.
pub(super) fn is_date(text: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    const MONTHS: [&[u8]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let is_one_of =
        |word: &[u8], known: &[&[u8]]| known.iter().any(|k| k.eq_ignore_ascii_case(word));
    let within = |digits: &[u8], length: usize, max: u32| {
        digits.len() == length && super::scan::number(digits, max).is_some()
    };
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut next = || words.next().unwrap_or_default();
    let day = next();
    if !day.strip_suffix(b",").is_some_and(|day| is_one_of(day, &DAYS)) {
        return false;
    }
    if !within(next(), 2, 31) || !is_one_of(next(), &MONTHS) || !within(next(), 4, 9999) {
        return false;
    }
    let time = next();
    let mut clock = time.split(|&b| b == b':');
    let limits = [23, 59, 60];
    if !limits.iter().all(|&max| clock.next().is_some_and(|part| within(part, 2, max))) {
        return false;
    }
    clock.next().is_none() && next().eq_ignore_ascii_case(b"GMT") && next().is_empty()
}
