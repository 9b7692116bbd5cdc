// A peer by the library ws.
// Usage: node ws_peer.mjs client URL OPTIONS
//        node ws_peer.mjs server OPTIONS
import { WebSocket, WebSocketServer } from "ws";
import { description, obey, payload, tell } from "./lines.mjs";

let socket;
let opened = false;

function watch(options) {
  socket.on("message", (data, binary) => {
    tell("message", description(data, binary));
    if (options.echo) socket.send(data, { binary });
  });
  socket.on("ping", (data) => tell("ping", { payload: data.toString() }));
  socket.on("pong", (data) => tell("pong", { payload: data.toString() }));
  // A "close" follows each of them.
  let why = "";
  socket.on("error", (error) => (why = error.message));
  socket.on("close", (code, reason) => {
    if (!opened) tell("failed", { why });
    else if (code === 1006) tell("lost", { why });
    else tell("close", { code, reason: reason.toString() });
  });
}

function tellOpen() {
  opened = true;
  const { protocol, extensions } = socket;
  tell("open", { protocol, extensions });
}

function client(url, options) {
  socket = new WebSocket(url, options.protocols ?? [], {
    perMessageDeflate: options.deflate ?? false,
    maxPayload: 0,
  });
  watch(options);
  socket.on("open", tellOpen);
}

function server(options) {
  const refused = options.refuse;
  const spoken = options.protocols ?? [];
  const listener = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    maxPayload: 0,
    perMessageDeflate: options.deflate ?? false,
    verifyClient: (_info, answer) => answer(refused === undefined, refused),
    handleProtocols: (offered) => spoken.find((name) => offered.has(name)) ?? false,
  });
  listener.on("listening", () => tell("listening", { port: listener.address().port }));
  listener.on("connection", (connection) => {
    socket = connection;
    watch(options);
    tellOpen();
  });
}

obey({
  send: (command) => socket.send(payload(command)),
  // The parts as frames of one message, with a ping behind each but the last.
  fragments: ({ parts }) => {
    parts.forEach((part, index) => {
      const last = index === parts.length - 1;
      socket.send(payload(part), { fin: last });
      if (!last) socket.ping(`between ${index}`);
    });
  },
  ping: ({ text }) => socket.ping(text),
  pong: ({ text }) => socket.pong(text),
  close: ({ code, reason }) => socket.close(code, reason),
  terminate: () => socket.terminate(),
});

const [role, ...rest] = process.argv.slice(2);
if (role === "client") client(rest[0], JSON.parse(rest[1]));
else server(JSON.parse(rest[0]));
