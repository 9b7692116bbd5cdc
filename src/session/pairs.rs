//! Sessions that the unit tests open, and what these look at.

use core::ops::Add;

use crate::codec::{KEY, encode_header, unmask};
use crate::handshake::{Header, Lines};
use crate::session::{
    Action, BufferType, Config, Context, ExtensionFrame, Queue, Region, Role, Session, Teller,
};

pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// They end with a NUL.
pub fn headers(session: &mut Session, lines: &Lines) -> Headers {
    let bare = |text: &[u8]| text[..text.len() - 1].to_vec();
    let (strings, _) = session.headers().parts(lines);
    strings.map(|(name, value)| (bare(name), bare(value))).collect()
}

pub fn as_headers(headers: &Headers) -> impl Iterator<Item = Header<'_>> + Clone {
    headers.iter().map(|(name, value)| Header { name, value })
}

/// A client and a server after their handshake, in which the extensions were offered and selected.
pub fn open(client: Config, server: Config, extensions: &[&[u8]]) -> (Session, Session) {
    let (mut client, mut server) = (Session::new(client), Session::new(server));
    let lines = client.begin_client([].into_iter(), extensions.iter().copied()).unwrap();
    let mut request = headers(&mut client, &lines);
    request.push((b"Host".to_vec(), b"h".to_vec()));
    let lines = server.begin_server(as_headers(&request), None, extensions.iter().copied());
    let answer = headers(&mut server, &lines.unwrap());
    client.end_client(as_headers(&answer), None).unwrap();
    server.end_server().unwrap();
    (client, server)
}

/// The same with the usual settings.
pub fn open_usual(extensions: &[&[u8]]) -> (Session, Session) {
    open(Config::new(Role::Client), Config::new(Role::Server), extensions)
}

/// What tells one operation from another.
pub fn context(number: usize) -> Context {
    Context(core::ptr::without_provenance_mut(number))
}

/// The octets that an action shows.
pub fn shown(action: &Action) -> Vec<u8> {
    action.octets[..action.count].iter().flat_map(Region::read).collect()
}

/// The type of an extension's frame that begins with that octet.
pub fn typed(first: u8) -> BufferType {
    BufferType::Extension(ExtensionFrame::new(first, false))
}

/// The shortest ways of the receive track: a read that is known to be due, or a whole message. Not for a message
/// that has to be moved: see [`crate::session::Connection::next_message`].
pub fn next_whole(session: &mut Session) -> Option<Action> {
    match session.next_read(Queue::All) {
        Ok(read) => Some(read),
        Err(Teller::Message) => session.next_message(),
        Err(Teller::Short) => session.next_short().or_else(|| session.next_message()),
        Err(_) => None,
    }
}

/// All short ways of the receive track, as the C border tries them.
pub fn next_part(session: &mut Session) -> Option<Action> {
    next_part_counted(session, Queue::All, &mut Found::default())
}

/// How often the functions of a session found something that are for some messages alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    pub next_short: usize,
    pub begin_message: usize,
    pub next_of_begun: usize,
}

impl Add for Found {
    type Output = Found;

    fn add(self, other: Found) -> Found {
        Found {
            next_short: self.next_short + other.next_short,
            begin_message: self.begin_message + other.begin_message,
            next_of_begun: self.next_of_begun + other.next_of_begun,
        }
    }
}

/// The same for one of the two queues that have receives; counts what was found.
pub fn next_part_counted(session: &mut Session, queue: Queue, found: &mut Found) -> Option<Action> {
    let teller = match session.next_read(queue) {
        Ok(read) => return Some(read),
        Err(teller) => teller,
    };
    if teller == Teller::Short
        && let Some(message) = session.next_short()
    {
        found.next_short += 1;
        return Some(message);
    }
    let teller = match teller {
        Teller::Message | Teller::Short => match session.next_message() {
            Some(message) => return Some(message),
            None => session.behind_message(),
        },
        _ => teller,
    };
    match teller {
        Teller::Fragment => session.next_fragment().or_else(|| session.next_piece()),
        Teller::NewMessage => session
            .begin_message()
            .inspect(|_| found.begin_message += 1)
            .or_else(|| session.next_piece()),
        Teller::Begun => session
            .next_of_begun()
            .inspect(|_| found.next_of_begun += 1)
            .or_else(|| session.next_piece()),
        Teller::Piece => session.next_piece(),
        Teller::Any | Teller::Message | Teller::Short => None,
    }
}

/// All short ways of the send track, likewise.
pub fn next_of_sends(session: &mut Session) -> Option<Action> {
    session.next_last_sent().or_else(|| {
        let teller = session.send_teller();
        session.next_send(teller)
    })
}

/// A frame with that first octet; masked by the key, if there is one.
pub fn frame(first: u8, payload: &[u8], key: Option<[u8; KEY]>) -> Vec<u8> {
    let (header, len) = encode_header(first, payload.len() as u64, key);
    let mut octets = header[..len].to_vec();
    octets.extend_from_slice(payload);
    unmask(&mut octets[len..], key.unwrap_or_default(), 0);
    octets
}
