// Makes a page a peer: one WebSocket connection by the browser. Evaluated in the page, which is then
// told what to do by calls of `peer` and asked for what happened by `peer.next`.
globalThis.peer = (() => {
  const events = [];
  let socket;
  let opened = false;
  let asked;
  // Events in the order in which they happened, though a digest takes its time.
  let told = Promise.resolve();

  const tell = (event) => {
    told = told.then(async () => {
      events.push(await event);
      asked?.();
    });
  };

  const encode = (text) => new TextEncoder().encode(text);

  const describe = async (data) => {
    const binary = typeof data !== "string";
    const octets = binary ? new Uint8Array(data) : encode(data);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
    const sha256 = [...digest].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    return { event: "message", binary, length: octets.length, sha256 };
  };

  const ending = ({ code, reason, wasClean }) => {
    if (wasClean) return { event: "close", code, reason };
    return { event: opened ? "lost" : "failed", why: `code ${code}` };
  };

  return {
    open([url, { protocols }]) {
      socket = new WebSocket(url, protocols ?? []);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        opened = true;
        tell({ event: "open", protocol: socket.protocol, extensions: socket.extensions });
      };
      socket.onmessage = ({ data }) => tell(describe(data));
      socket.onclose = (close) => tell(ending(close));
    },
    send({ text, base64 }) {
      if (base64 === undefined) socket.send(text);
      else socket.send(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
    },
    close: ({ code, reason }) => socket.close(code, reason),
    async next() {
      if (events.length === 0) await new Promise((resolve) => (asked = resolve));
      return events.shift();
    },
  };
})();
