//! Messages a second: the 739-byte INVITE with SDP of a desk phone.
//!
//! `cargo bench --bench message`; what is compared with other engines is in `docs/performance.md`.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::auth::{Algorithm, Challenge, ClientAuth, Credentials};
use sipua_core::message::{
    HeaderError, HeaderName, Message, Method, Request, Response, StatusCode, StreamFramer, Uri,
    UriRef,
};

static INVITE: &[u8] = include_bytes!("../sipua-core/tests/messages/invite.sip");

fn parse() -> Message {
    Message::parse_datagram(Bytes::from_static(INVITE)).unwrap()
}

/// The nine headers every INVITE has; the sum keeps the compiler from leaving any out.
fn type_nine(message: &Message) -> Result<usize, HeaderError> {
    let headers = message.headers();
    let via = headers.via()?;
    let (from, to, contact) = (headers.from()?, headers.to()?, headers.contact()?);
    let tags = [via.branch(), from.tag(), to.tag()].into_iter().flatten().map(str::len);
    let uris = [from.uri, to.uri, contact.uri];
    let users = uris.iter().filter_map(UriRef::user).map(str::len);
    let numbers =
        [headers.max_forwards()?, headers.content_length()?, Some(headers.cseq()?.number)];
    let numbers = numbers.into_iter().flatten().map(|number| number as usize);
    let media = headers.content_type()?.map_or(0, |media| media.subtype.len());
    Ok(tags.chain(users).chain(numbers).sum::<usize>() + media + headers.call_id()?.len())
}

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    group.throughput(Throughput::Elements(1));
    group.bench_function("parse", |bencher| bencher.iter(|| black_box(parse())));
    group.bench_function("parse_received", |bencher| {
        // As the driver does it: the bytes come out of a receive buffer and own their memory.
        bencher.iter(|| black_box(Message::parse_datagram(Bytes::copy_from_slice(INVITE))));
    });
    group.bench_function("parse_type_write", |bencher| {
        let mut out = Vec::with_capacity(2_048);
        bencher.iter(|| {
            let message = parse();
            let sum = type_nine(&message);
            out.clear();
            message.write(&mut out);
            black_box((sum, out.len()))
        });
    });
    let message = parse();
    group.bench_function("type_nine", |bencher| bencher.iter(|| black_box(type_nine(&message))));
    group.bench_function("validate", |bencher| bencher.iter(|| black_box(message.validate())));
    group.bench_function("write", |bencher| {
        let mut out = Vec::with_capacity(2_048);
        bencher.iter(|| {
            out.clear();
            message.write(&mut out);
            black_box(out.len())
        });
    });
    let uri = Uri::parse("sip:bob@example.com").unwrap();
    let mut request = Request::new(Method::Invite, &uri);
    request.headers.clone_from(message.headers());
    group.bench_function("respond", |bencher| {
        bencher.iter(|| {
            let tag = Some("a6c85cf");
            black_box(Response::for_request(&request, StatusCode::OK, None, tag).to_bytes())
        });
    });
    group.bench_function("stream", |bencher| {
        let mut framer = StreamFramer::new();
        bencher.iter(|| {
            framer.push(INVITE);
            black_box(framer.next_frame())
        });
    });
    group.finish();
}

fn digest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest");
    group.throughput(Throughput::Elements(1));
    let uri = Uri::parse("sip:example.com").unwrap();
    let credentials = Credentials::password("alice", "secret");
    for algorithm in [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512_256] {
        let mut response = Response::new(StatusCode::UNAUTHORIZED, None);
        let challenge =
            Challenge::new("example.com", "84a4cc6f3082121f32b42a2187831a9e", algorithm);
        response.headers.push_display(&HeaderName::WwwAuthenticate, challenge);
        let mut auth = ClientAuth::new();
        auth.challenged(&response, &credentials).unwrap();
        let mut rng: StdRng = SeedableRng::seed_from_u64(1);
        group.bench_function(algorithm.as_str(), |bencher| {
            let mut request = Request::new(Method::Register, &uri);
            bencher.iter(|| {
                auth.authorize(&mut request, &credentials, &mut rng);
                black_box(request.headers.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, messages, digest);
criterion_main!(benches);
