// A headless Chromium, driven by lines of JSON; each command is answered by one line.
// Usage: node browser.mjs EXECUTABLE [FLAG...]
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

// Below that of the tests, so that they hear what was missing.
const DEADLINE = 20_000;
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

// Waits until an element that the selector finds has exactly this text.
async function wait({ tab, selector, text }) {
  const { page } = tabs.get(tab);
  const found = ([selector, text]) =>
    [...document.querySelectorAll(selector)].some((element) => element.textContent === text);
  try {
    await page.waitForFunction(found, [selector, text], { polling: 20 });
  } catch (error) {
    const shown = await page.innerText("body");
    throw new Error(`no ${selector} with "${text}": ${error.message}\nThe page:\n${shown}`);
  }
}

const commands = {
  open,
  wait,
  fill: ({ tab, selector, text }) => tabs.get(tab).page.fill(selector, text),
  click: ({ tab, selector }) => tabs.get(tab).page.click(selector),
  read: ({ tab, selector }) => tabs.get(tab).page.textContent(selector),
  evaluate: ({ tab, script }) => tabs.get(tab).page.evaluate(script),
  complaints: ({ tab }) => tabs.get(tab).complaints,
  close: async ({ tab }) => {
    await tabs.get(tab).context.close();
    tabs.delete(tab);
  },
};

async function answer(command, fields) {
  try {
    tell("done", { value: (await command(fields)) ?? null });
  } catch (error) {
    tell("failed", { message: error.message });
  }
}

const browser = await chromium.launch({
  executablePath: process.argv[2],
  headless: true,
  args: [...FLAGS, ...process.argv.slice(3)],
});
tell("ready", { version: browser.version() });

const answered = {};
for (const [name, command] of Object.entries(commands)) {
  answered[name] = (fields) => answer(command, fields);
}
obey(answered);
