// A headless Chromium, driven by lines of JSON; each command is answered by one line.
// Usage: node browser.mjs EXECUTABLE
// A tab is named by the command "open" and has cookies and storage of its own.
import { chromium } from "playwright-core";
import { obey, tell } from "./lines.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Nothing but this machine is there for it.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

const DEADLINE = 30_000;
const tabs = new Map();

async function open({ tab, url }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  tabs.set(tab, { page, context, complaints });
  await page.goto(url);
}

const commands = {
  open,
  fill: ({ tab, selector, text }) => tabs.get(tab).page.fill(selector, text),
  click: ({ tab, selector }) => tabs.get(tab).page.click(selector),
  choose: ({ tab, selector, option }) => tabs.get(tab).page.selectOption(selector, option),
  upload: ({ tab, selector, base64, name }) =>
    tabs.get(tab).page.setInputFiles(selector, {
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(base64, "base64"),
    }),
  evaluate: ({ tab, script }) => tabs.get(tab).page.evaluate(script),
  read: ({ tab, selector }) => tabs.get(tab).page.textContent(selector),
  // Waits until the element's text matches the regular expression.
  wait: ({ tab, selector, pattern }) =>
    tabs
      .get(tab)
      .page.locator(selector)
      .filter({ hasText: new RegExp(pattern) })
      .waitFor(),
  complaints: ({ tab }) => tabs.get(tab).complaints,
  close: async ({ tab }) => {
    await tabs.get(tab).context.close();
    tabs.delete(tab);
  },
};

async function answer(name, command) {
  try {
    tell("done", { value: (await commands[name](command)) ?? null });
  } catch (error) {
    tell("failed", { message: error.message });
  }
}

const browser = await chromium.launch({
  executablePath: process.argv[2],
  headless: true,
  args: FLAGS,
});
tell("ready", { version: browser.version() });
obey(Object.fromEntries(Object.keys(commands).map((name) => [name, (command) => answer(name, command)])));
