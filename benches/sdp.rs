//! Offers and answers a second, and the arithmetic of the PCM plane.
//!
//! `cargo bench --bench sdp`

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use sipua_media::audio::{PortSettings, port};
use sipua_media::dsp::Resampler;
use sipua_media::sdp::{Capabilities, LocalAddress, Negotiator, check_offer, parse};

fn negotiator(capabilities: &Arc<Capabilities>) -> Negotiator {
    let local = LocalAddress { ip: [192, 0, 2, 1].into(), rtp_port: 4000, rtcp_port: 4001 };
    Negotiator::new(Arc::clone(capabilities), 1, local)
}

fn negotiation(criterion: &mut Criterion) {
    let capabilities = Arc::new(Capabilities::default());
    let offer = negotiator(&capabilities).offer();
    let mut group = criterion.benchmark_group("sdp");
    group.bench_function("parse", |bench| bench.iter(|| parse(black_box(&offer))));
    group.bench_function("check an offer", |bench| {
        bench.iter(|| check_offer(&capabilities, black_box(&offer)));
    });
    group.bench_function("offer", |bench| bench.iter(|| negotiator(&capabilities).offer()));
    group.bench_function("answer", |bench| {
        bench.iter(|| negotiator(&capabilities).answer(black_box(&offer)));
    });
    group.finish();
}

/// One tick of 20 ms at the application's rate over a stream of 8 kHz, all four movements.
fn pcm(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pcm");
    for rate in [8_000u32, 16_000, 48_000] {
        let Ok((mut application, mut engine)) = port(&PortSettings::new(rate), None) else {
            return;
        };
        if engine.set_stream_rate(8_000).is_err() {
            return;
        }
        let mut chunk = vec![1_000; rate as usize / 50];
        let mut frame = [0; 160];
        group.bench_function(format!("tick at {rate}"), |bench| {
            bench.iter(|| {
                let taken = application.write(&chunk);
                let audio = engine.pull(&mut frame);
                engine.push_received(&frame);
                taken + audio + application.read(&mut chunk)
            });
        });
    }
    if let Ok(mut resampler) = Resampler::new(8_000, 16_000) {
        let mut doubled = [0; 320];
        group.bench_function("resample 20 ms from 8 to 16 kHz", |bench| {
            bench.iter(|| resampler.process(black_box(&[1_000; 160]), &mut doubled));
        });
    }
    group.finish();
}

criterion_group!(benches, negotiation, pcm);
criterion_main!(benches);
