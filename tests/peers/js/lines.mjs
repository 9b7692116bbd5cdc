// Lines of JSON in, lines of JSON out.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

export function tell(event, fields = {}) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");
}

// Runs the handler of each command that arrives on standard input; ends with it.
export function obey(handlers) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const { do: name, ...fields } = JSON.parse(line);
    handlers[name](fields);
  });
  lines.on("close", () => process.exit(0));
}

// A command carries text as it is and octets in base64.
export function payload({ text, base64 }) {
  return text === undefined ? Buffer.from(base64, "base64") : text;
}

export function description(data, binary) {
  const sha256 = createHash("sha256").update(data).digest("hex");
  return { binary, length: data.length, sha256 };
}
