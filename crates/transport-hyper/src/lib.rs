//! The client transport over hyper and rustls: HTTP/1.1 and HTTP/2, pooled connections.
