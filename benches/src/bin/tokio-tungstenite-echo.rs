//! An echo server on tungstenite, in the form that it usually has where connections are many: by
//! tokio-tungstenite, a task for each connection; a thread for each would be too many. There is one
//! thread, as the other servers have.

use std::io;

use futures::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

fn main() -> io::Result<()> {
    let buffer = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let buffer = buffer.ok_or_else(|| io::Error::other("usage: tokio-tungstenite-echo BUFFER"))?;
    // It has 128 KiB otherwise, which every read clears first.
    let config = WebSocketConfig::default().read_buffer_size(buffer);
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(serve(config))
}

async fn serve(config: WebSocketConfig) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}/", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            // The client sees how a connection ends.
            let _ = echo(stream, config).await;
        });
    }
}

async fn echo(stream: TcpStream, config: WebSocketConfig) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_binary() || message.is_text() {
            socket.send(message).await?;
        }
    }
    Ok(())
}
