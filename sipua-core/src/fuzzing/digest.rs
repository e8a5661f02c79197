//! Challenges and the answers to them.

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::auth::{Authorization, Challenge, ClientAuth, Credentials, MAX_CHALLENGES};
use crate::message::{HeaderName, Method, Request, Response, StatusCode, Uri};

/// The bytes as challenge and as authorization; what we answer, we would accept.
pub fn digest(data: &[u8]) {
    let credentials = Credentials::password("alice", "secret");
    let mut response = Response::new(StatusCode::UNAUTHORIZED, None);
    response.headers.push(&HeaderName::WwwAuthenticate, data);
    response.headers.push(&HeaderName::Authorization, data);
    let challenges = Challenge::all(&response.headers, &HeaderName::WwwAuthenticate);
    assert!(challenges.count() <= MAX_CHALLENGES);
    for authorization in Authorization::all(&response.headers, &HeaderName::Authorization) {
        let _ = (authorization.count(), authorization.verify(&credentials, &Method::Register));
    }
    let mut auth = ClientAuth::new();
    if auth.challenged(&response, &credentials).is_err() {
        return;
    }
    let Ok(uri) = Uri::parse("sip:example.com") else { return };
    let mut request = Request::new(Method::Register, &uri);
    auth.authorize(&mut request, &credentials, &mut StdRng::seed_from_u64(1));
    let name = HeaderName::Authorization;
    for authorization in Authorization::all(&request.headers, &name) {
        assert!(authorization.verify(&credentials, &Method::Register), "{authorization:?}");
    }
}
