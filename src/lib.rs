//! sipua: a complete SIP phone engine as a library.
