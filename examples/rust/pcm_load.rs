//! How many calls a core carries: two-way G.711 on real sockets, every sample read and written by the application.
//!
//! ```text
//! cargo run --release --example pcm_load -- [CALLS [SECONDS]]
//! ```
//! It starts itself a second time as the called side, so that only this side's processor time is counted. The result is
//! one JSON object.
#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sipua::{Audio, AudioFormat, Config, DialOptions, UserAgent};

/// How often the application serves its calls: every frame.
const FRAME: Duration = Duration::from_millis(20);
const RATE: u32 = 8_000;
/// Written ahead, so that a late turn is not heard.
const AHEAD: usize = 3 * 160;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["answer"] => answer().await,
        [] => measure(400, 10).await,
        [calls] => measure(calls.parse()?, 10).await,
        [calls, seconds, ..] => measure(calls.parse()?, seconds.parse()?).await,
    }
}

/// The called side: takes every call and sends back what it hears, until its standard input closes.
async fn answer() -> Result<(), Failure> {
    let config = Config { rtp_ports: (40_000, 49_999), ..Config::default() };
    let ua = UserAgent::start(config.listen("udp:127.0.0.1:0")?)?;
    println!("{}", ua.bound().first().ok_or("nothing was bound")?.address.port());
    ua.serve(|call| async move {
        call.answer()?;
        let mut audio = call.audio(AudioFormat::new(RATE))?;
        let mut samples = [0; 160];
        while audio.read_all(&mut samples).await == samples.len() {
            audio.write_all(&samples).await;
        }
        Ok(())
    })
    .await;
    Ok(())
}

/// The calling side.
async fn measure(calls: usize, seconds: u64) -> Result<(), Failure> {
    let (_peer, port) = start_peer()?;
    let config = Config { rtp_ports: (30_000, 39_999), ..Config::default() };
    let ua = UserAgent::start(config.listen("udp:127.0.0.1:0")?)?;
    let target = format!("sip:echo@127.0.0.1:{port}");
    let (mut live, mut audios) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        let call = ua.dial(&target, DialOptions::default())?;
        call.answered().await?;
        audios.push(call.audio(AudioFormat::new(RATE))?);
        live.push(call);
    }
    let application = std::thread::spawn(move || serve(&mut audios, seconds));
    let report = tokio::task::spawn_blocking(move || application.join());
    let Served { cpu, elapsed, read, underruns } =
        report.await?.map_err(|_| "the application's thread panicked")??;
    let each = cpu.as_secs_f64() * 1e6 / (calls as f64 * elapsed.as_secs_f64());
    println!(
        r#"{{"event":"pcm_load","calls":{calls},"seconds":{:.1},"samples_read":{read},"underruns":{underruns},"microseconds_a_second":{each:.1},"calls_a_core":{:.0}}}"#,
        elapsed.as_secs_f64(),
        1e6 / each
    );
    ua.shutdown().await;
    Ok(())
}

/// What the application's thread saw.
struct Served {
    cpu: Duration,
    elapsed: Duration,
    read: usize,
    underruns: u64,
}

/// Serves all calls from one thread, once a frame, and measures the process after a second of settling.
fn serve(audios: &mut [Audio], seconds: u64) -> Result<Served, std::io::Error> {
    let tone: Vec<i16> =
        (0..AHEAD).map(|at| ((at as f32 * 0.345).sin() * 8_000.0) as i16).collect();
    let mut samples = vec![0; 4 * AHEAD];
    let mut turn = |read: &mut usize| {
        for audio in audios.iter_mut() {
            *read += audio.read(&mut samples);
            let missing = AHEAD.saturating_sub(audio.buffered());
            audio.write(&tone[..missing]);
        }
    };
    let (start, mut read, mut due) = (Instant::now(), 0, Instant::now());
    let mut run_until = |end: Instant, read: &mut usize| {
        while Instant::now() < end {
            turn(read);
            due += FRAME;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    };
    run_until(start + Duration::from_secs(1), &mut read);
    let (begin, before) = (Instant::now(), cpu()?);
    read = 0;
    run_until(begin + Duration::from_secs(seconds), &mut read);
    let (elapsed, cpu) = (begin.elapsed(), cpu()?.saturating_sub(before));
    let underruns = audios.iter().map(Audio::underruns).sum();
    Ok(Served { cpu, elapsed, read, underruns })
}

/// Processor time of this process, the kernel's for it included: proc(5), in hundredths of a second.
fn cpu() -> Result<Duration, std::io::Error> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields = text.rsplit(')').next().unwrap_or("").split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// The called side, which ends with its handle.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_peer() -> Result<(Peer, u16), Failure> {
    let program = std::env::current_exe()?;
    let mut child =
        Command::new(program).arg("answer").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("the peer has no output")?;
    let peer = Peer(child);
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok((peer, line.trim().parse()?))
}
