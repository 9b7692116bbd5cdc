//! A peer by tungstenite, which has no compression.
//!
//! Usage: websocket-peer client URL OPTIONS
//!        websocket-peer server OPTIONS

mod opening;
mod talk;
mod words;

use std::error::Error;

use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

use crate::words::{Event, Options, tell};

pub type Failure = Box<dyn Error>;
pub type Commands = Lines<BufReader<Stdin>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut commands = BufReader::new(stdin()).lines();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["client", url, options] => {
            client(url, serde_json::from_str(options)?, &mut commands).await?
        }
        ["server", options] => server(serde_json::from_str(options)?, &mut commands).await?,
        _ => return Err("usage: websocket-peer client URL OPTIONS | server OPTIONS".into()),
    }
    // The end of the commands is the end of the program.
    while commands.next_line().await?.is_some() {}
    Ok(())
}

async fn client(url: &str, options: Options, commands: &mut Commands) -> Result<(), Failure> {
    match opening::connect(url, &options).await {
        Ok((socket, protocol)) => {
            tell(&Event::open(&protocol));
            talk::talk(socket, options.echo, commands).await
        }
        Err(error) => {
            tell(&Event::Failed { why: error.to_string() });
            Ok(())
        }
    }
}

async fn server(options: Options, commands: &mut Commands) -> Result<(), Failure> {
    let listener = opening::listen().await?;
    tell(&Event::Listening { port: listener.local_addr()?.port() });
    let (stream, _) = listener.accept().await?;
    match opening::accept(stream, &options).await {
        Ok((socket, protocol)) => {
            tell(&Event::open(&protocol));
            talk::talk(socket, options.echo, commands).await
        }
        // It was refused, which is no event.
        Err(_) => Ok(()),
    }
}
