//! What /proc says of a running program.

use crate::Result;

/// Clock ticks a second; Linux reports this number to programs on every architecture.
const TICKS: f64 = 100.0;

/// CPU seconds used so far, by the program and by the kernel for it.
pub(super) fn cpu_seconds(id: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field is the name in parentheses, which may hold anything.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).ok_or("/proc/PID/stat is not as proc(5) says")?;
    Ok((user + system) / TICKS)
}

/// Memory that only this program holds, in kilobytes.
pub(super) fn private_kilobytes(id: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    let private = text.lines().filter(|line| line.starts_with("Private_"));
    let sum = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum();
    Ok(sum)
}
