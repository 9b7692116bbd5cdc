//! The opening handshake of those that leave HTTP to hyper.

use std::cell::Cell;
use std::convert::Infallible;

use futures::channel::oneshot;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use crate::memory_stream::MemoryStream;

/// Answers the request on the stream and waits for the connection. `upgrade`: gives the answer and
/// what becomes the connection.
pub async fn accept<B, U, T, E>(
    stream: MemoryStream,
    upgrade: impl Fn(&mut Request<Incoming>) -> (Response<B>, U),
) where
    B: Body<Data: Send, Error: std::error::Error + Send + Sync> + 'static,
    U: Future<Output = Result<T, E>>,
    E: std::fmt::Debug,
{
    let (open, opening) = oneshot::channel();
    let open = Cell::new(Some(open));
    let service = service_fn(|mut request: Request<Incoming>| {
        let (answer, upgraded) = upgrade(&mut request);
        let open = open.take().expect("one request");
        assert!(open.send(upgraded).is_ok());
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await
        .expect("a good request");
    opening.await.expect("a request").await.expect("a connection");
}
