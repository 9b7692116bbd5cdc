//! Opening handshakes.

use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config, client_async_with_config};

use crate::words::Options;

const PROTOCOL: &str = "Sec-WebSocket-Protocol";

fn without_limits() -> Option<WebSocketConfig> {
    Some(WebSocketConfig::default().max_message_size(None).max_frame_size(None))
}

fn header_of(headers: &HeaderMap) -> String {
    let value = headers.get(PROTOCOL).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// A connection and its subprotocol.
pub async fn connect(
    url: &str,
    options: &Options,
) -> Result<(WebSocketStream<TcpStream>, String), Error> {
    let mut request = url.into_client_request()?;
    if !options.protocols.is_empty() {
        let offered = HeaderValue::from_str(&options.protocols.join(", "))?;
        request.headers_mut().insert(PROTOCOL, offered);
    }
    let authority = request.uri().authority().expect("an address has a host");
    let stream = TcpStream::connect(authority.as_str()).await?;
    let (socket, response) = client_async_with_config(request, stream, without_limits()).await?;
    Ok((socket, header_of(response.headers())))
}

pub async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await
}

/// A connection and its subprotocol.
pub async fn accept(
    stream: TcpStream,
    options: &Options,
) -> Result<(WebSocketStream<TcpStream>, String), Error> {
    let mut selected = String::new();
    #[expect(clippy::result_large_err, reason = "tungstenite's type")]
    let answer = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        if let Some(status) = options.refuse {
            let mut refusal = ErrorResponse::new(Some("not for you\n".into()));
            *refusal.status_mut() = StatusCode::from_u16(status).expect("a status");
            return Err(refusal);
        }
        let offered = header_of(request.headers());
        let is_offered = |name: &&String| offered.split(", ").any(|other| other == *name);
        if let Some(name) = options.protocols.iter().find(is_offered) {
            selected.clone_from(name);
            let value = HeaderValue::from_str(name).expect("the name of a protocol");
            response.headers_mut().insert(PROTOCOL, value);
        }
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(stream, answer, without_limits()).await?;
    Ok((socket, selected))
}
