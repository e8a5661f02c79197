use super::*;

fn samples(samples: &[i16], rate: u32, repeat: bool) -> Source {
    Source::Samples { samples: samples.into(), rate, repeat }
}

fn pull(player: &mut Player, count: usize) -> Vec<i16> {
    let mut frame = vec![-1; count];
    let got = player.pull(&mut frame);
    assert!(frame[got..].iter().all(|sample| *sample == 0), "silence follows the source");
    frame.truncate(got);
    frame
}

#[test]
fn samples_are_played_once_and_then_it_has_finished() {
    let all: Vec<i16> = (1..=350).collect();
    let mut player = Player::new(samples(&all, 8_000, false), 8_000).unwrap();
    assert_eq!(pull(&mut player, 160), all[..160]);
    assert!(!player.is_finished());
    assert_eq!(pull(&mut player, 160), all[160..320]);
    assert_eq!(pull(&mut player, 160), all[320..]);
    assert!(player.is_finished());
    assert_eq!(pull(&mut player, 160), []);
}

#[test]
fn an_end_on_the_edge_of_a_frame_is_an_end() {
    let mut player = Player::new(samples(&[7; 160], 8_000, false), 8_000).unwrap();
    assert_eq!(pull(&mut player, 160), [7; 160]);
    assert!(player.is_finished());
}

#[test]
fn what_repeats_goes_on_without_a_gap() {
    let mut player = Player::new(samples(&[1, 2, 3], 8_000, true), 8_000).unwrap();
    assert_eq!(pull(&mut player, 8), [1, 2, 3, 1, 2, 3, 1, 2]);
    assert_eq!(pull(&mut player, 2), [3, 1]);
    assert!(!player.is_finished());
}

#[test]
fn nothing_to_play_finishes_at_once_even_if_it_repeats() {
    for repeat in [false, true] {
        let mut player = Player::new(samples(&[], 8_000, repeat), 8_000).unwrap();
        assert!(player.is_finished());
        assert_eq!(pull(&mut player, 160), []);
    }
}

#[test]
fn samples_of_another_rate_last_as_long_and_come_out_whole() {
    for rate in [8_000, 16_000, 24_000, 44_100, 48_000] {
        for stream in [8_000, 16_000, 48_000] {
            let second = vec![5_000; rate as usize];
            let mut player = Player::new(samples(&second, rate, false), stream).unwrap();
            let mut heard = Vec::new();
            while !player.is_finished() {
                heard.extend(pull(&mut player, stream as usize / 50));
            }
            let seconds = heard.len() as f64 / f64::from(stream);
            assert!((1.0..1.01).contains(&seconds), "{rate} to {stream}: {seconds} s");
            let middle = &heard[heard.len() / 4..heard.len() / 2];
            assert!(middle.iter().all(|s| (s - 5_000).abs() <= 1), "{rate} to {stream}");
        }
    }
}

#[test]
fn a_repeated_source_of_another_rate_has_no_seam() {
    // 1 kHz in a whole number of periods.
    let mut period = [0; 480];
    Tone::new(1_000.0, 48_000, 10_000).fill(&mut period);
    let mut player = Player::new(samples(&period, 48_000, true), 8_000).unwrap();
    let heard = pull(&mut player, 8_000);
    let steady = &heard[100..];
    for (now, next) in steady.iter().zip(&steady[8..]) {
        assert!((now - next).abs() <= 2, "a period differs from the next");
    }
}

#[test]
fn a_tone_and_silence_never_end() {
    let mut tone = Player::new(Source::Tone { hz: 425.0, amplitude: 9_000 }, 8_000).unwrap();
    let mut expected = [0; 320];
    Tone::new(425.0, 8_000, 9_000).fill(&mut expected);
    assert_eq!([pull(&mut tone, 160), pull(&mut tone, 160)].concat(), expected);
    let mut silence = Player::new(Source::Silence, 8_000).unwrap();
    assert_eq!(pull(&mut silence, 160), [0; 160]);
    assert!(!tone.is_finished() && !silence.is_finished());
}

#[test]
fn the_streams_rate_may_change_on_the_way() {
    let mut player = Player::new(samples(&[4_000; 16_000], 8_000, false), 8_000).unwrap();
    assert_eq!(pull(&mut player, 8_000).len(), 8_000);
    player.set_stream_rate(16_000).unwrap();
    let rest = pull(&mut player, 32_000);
    assert!((16_000..16_100).contains(&rest.len()), "{} samples", rest.len());
    assert!(player.set_stream_rate(0).is_err());

    let mut tone = Player::new(Source::Tone { hz: 1_000.0, amplitude: 9_000 }, 8_000).unwrap();
    tone.set_stream_rate(16_000).unwrap();
    let rising = pull(&mut tone, 16_000).windows(2).filter(|p| p[0] < 0 && p[1] >= 0).count();
    assert!((999..=1_000).contains(&rising), "{rising} periods in a second");
}

#[test]
fn a_rate_that_cannot_be_converted_is_refused() {
    assert!(Player::new(samples(&[1], 0, false), 8_000).is_err());
    assert!(Player::new(samples(&[1], 7, false), 8_000).is_err());
}
