use std::thread;

use super::*;

fn pair(mode: RecordMode) -> (Recorder, RecordReader) {
    recorder(&RecordSettings::new(8_000, mode), 8_000).unwrap()
}

fn read_all(reader: &mut RecordReader) -> Vec<i16> {
    let (mut all, mut block) = (Vec::new(), [0; 511]);
    loop {
        let count = reader.read(&mut block);
        if count == 0 {
            return all;
        }
        all.extend_from_slice(&block[..count]);
    }
}

#[test]
fn each_mode_records_what_it_says() {
    for (mode, expected) in [
        (RecordMode::Mixed, vec![11, 22, 3, 4]),
        (RecordMode::Received, vec![1, 2, 3, 4]),
        (RecordMode::Stereo, vec![1, 10, 2, 20, 3, 0, 4, 0]),
    ] {
        let (mut engine, mut reader) = pair(mode);
        engine.record(&[1, 2], &[10, 20]);
        engine.record(&[3, 4], &[]);
        assert_eq!(read_all(&mut reader), expected, "{mode:?}");
        assert_eq!((reader.rate(), reader.channels()), (8_000, mode.channels()));
    }
}

#[test]
fn a_mix_clips() {
    let (mut engine, mut reader) = pair(RecordMode::Mixed);
    engine.record(&[30_000, -30_000], &[30_000, -30_000]);
    assert_eq!(read_all(&mut reader), [i16::MAX, i16::MIN]);
}

#[test]
fn the_shorter_side_is_silent_to_the_end_of_the_tick() {
    let (mut engine, mut reader) = pair(RecordMode::Stereo);
    engine.record(&[], &[5; 3]);
    engine.record(&[7; 2], &[8; 3]);
    engine.record(&[], &[]);
    assert_eq!(read_all(&mut reader), [0, 5, 0, 5, 0, 5, 7, 8, 7, 8, 0, 8]);
}

#[test]
fn blocks_longer_than_usual_are_recorded_whole() {
    let (mut engine, mut reader) = pair(RecordMode::Stereo);
    let received: Vec<i16> = (0..1_900).collect();
    let sent: Vec<i16> = received.iter().map(|sample| -sample).collect();
    engine.record(&received, &sent);
    let expected: Vec<i16> = received.iter().flat_map(|sample| [*sample, -sample]).collect();
    assert_eq!(read_all(&mut reader), expected);
}

#[test]
fn what_a_slow_reader_misses_is_silence_of_the_same_length() {
    let settings =
        RecordSettings { buffer_ms: 100, ..RecordSettings::new(8_000, RecordMode::Stereo) };
    let (mut engine, mut reader) = recorder(&settings, 8_000).unwrap();
    for tick in 1..=10 {
        engine.record(&[tick; 160], &[-tick; 160]);
    }
    assert_eq!((engine.dropped(), reader.dropped()), (5 * 160, 5 * 160));
    let mut recording = read_all(&mut reader);
    assert_eq!(recording.len(), 2 * 5 * 160);
    for tick in 11..=16 {
        engine.record(&[tick; 160], &[-tick; 160]);
        recording.extend(read_all(&mut reader));
    }
    let expected: Vec<i16> = (1..=16)
        .map(|tick| if (6..=11).contains(&tick) { 0 } else { tick })
        .flat_map(|tick| [tick, -tick].repeat(160))
        .collect();
    assert_eq!(recording, expected, "time and channels stay in place");
    assert_eq!(reader.dropped(), 6 * 160);
}

#[test]
fn the_recording_keeps_its_rate_when_the_stream_changes_its() {
    let settings = RecordSettings::new(16_000, RecordMode::Stereo);
    let (mut engine, mut reader) = recorder(&settings, 8_000).unwrap();
    let mut recording = Vec::new();
    for rate in [8_000, 16_000, 48_000, 24_000] {
        engine.set_stream_rate(rate).unwrap();
        for _ in 0..50 {
            engine.record(&vec![6_000; rate as usize / 50], &vec![-3_000; rate as usize / 50]);
            recording.extend(read_all(&mut reader));
        }
        let second = recording.split_off(0);
        assert_eq!(second.len(), 2 * 16_000, "{rate}");
        for frame in second[1_000..].chunks(2) {
            assert!((frame[0] - 6_000).abs() <= 1 && (frame[1] + 3_000).abs() <= 1, "{rate}");
        }
    }
    assert!(engine.set_stream_rate(0).is_err());
    assert_eq!(reader.dropped(), 0);
}

#[test]
fn each_half_sees_the_other_leave() {
    let (mut engine, mut reader) = pair(RecordMode::Mixed);
    engine.record(&[1; 160], &[]);
    assert!(!reader.is_finished() && !engine.reader_gone());
    drop(engine);
    assert!(!reader.is_finished(), "there is something to read");
    assert_eq!(read_all(&mut reader).len(), 160);
    assert!(reader.is_finished());

    let (mut engine, reader) = pair(RecordMode::Mixed);
    drop(reader);
    engine.record(&[1; 160], &[]);
    assert!(engine.reader_gone());
}

#[test]
fn a_small_buffer_still_takes_a_block_and_reads_give_whole_frames() {
    let settings =
        RecordSettings { buffer_ms: 0, ..RecordSettings::new(8_000, RecordMode::Stereo) };
    let (mut engine, mut reader) = recorder(&settings, 8_000).unwrap();
    engine.record(&[1; 320], &[2; 320]);
    let mut block = [0; 7];
    assert_eq!((reader.read(&mut block), block), (6, [1, 2, 1, 2, 1, 2, 0]));
}

#[test]
fn nothing_is_lost_between_threads() {
    let settings =
        RecordSettings { buffer_ms: 60_000, ..RecordSettings::new(8_000, RecordMode::Stereo) };
    let (mut engine, mut reader) = recorder(&settings, 8_000).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the other half has its own thread")]
    let recording = thread::scope(|scope| {
        scope.spawn(move || {
            for tick in 0..2_000 {
                engine.record(&[tick; 160], &[-tick; 160]);
            }
        });
        let mut recording = Vec::new();
        while !reader.is_finished() {
            recording.extend(read_all(&mut reader));
        }
        recording
    });
    let expected: Vec<i16> = (0..2_000).flat_map(|tick| [tick, -tick].repeat(160)).collect();
    assert_eq!(recording, expected);
}
