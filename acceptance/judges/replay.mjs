// Opens a package in ReplayWeb.page, in headless Chromium, and prints the visible text of the replayed page.
// Usage: node replay.mjs <file.asice or .wacz> <page url> <text to wait for>
// The file is served by HTTP Range on the loopback, as an archive would; a page in which the text does not appear
// within 90 seconds and two reloads ends with exit code 1 and what was seen.
import { createServer } from "node:http";
import { createReadStream, existsSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [file, url, wanted] = process.argv.slice(2);
const player = fileURLToPath(new URL("node_modules/replaywebpage/", import.meta.url));
const size = statSync(file).size;
const name = basename(file);
let byRange = 0;
let whole = 0;

const page = (query) => `<!doctype html><meta charset="utf-8"><script src="/ui.js"></script>
<replay-web-page source="/${name}" url="${query}" embed="replayonly" replayBase="/replay/" style="height:800px"></replay-web-page>`;

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === `/${name}`) {
    const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    let from = 0;
    let to = size - 1;
    if (match) {
      if (match[1] === "") from = Math.max(0, size - Number(match[2]));
      else {
        from = Number(match[1]);
        if (match[2] !== "") to = Math.min(to, Number(match[2]));
      }
    }
    response.writeHead(match ? 206 : 200, {
      "Accept-Ranges": "bytes",
      // Else the browser's cache may go on fetching what the player has given up.
      "Cache-Control": "no-store",
      "Content-Length": to - from + 1,
      "Content-Type": "application/octet-stream",
      ...(match ? { "Content-Range": `bytes ${from}-${to}/${size}` } : {}),
    });
    if (request.method === "HEAD") response.end();
    else {
      // The player may hang up in the middle: count what was really sent.
      const content = createReadStream(file, { start: from, end: to });
      content.on("data", (chunk) => {
        // "bytes=0-" is the player's first look: it hangs up once it has the headers.
        if (match && !(match[1] === "0" && match[2] === "")) byRange += chunk.length;
        else whole += chunk.length;
      });
      response.on("close", () => content.destroy());
      content.pipe(response);
    }
  } else if (path === "/") {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(page(url));
  } else {
    const local = player + (path.startsWith("/replay/") ? path.slice("/replay/".length) : path.slice(1));
    if (!/^[\w./-]+$/.test(path) || path.includes("..") || !existsSync(local) || !statSync(local).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const types = { ".js": "text/javascript", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml" };
    response.writeHead(200, { "Content-Type": types[extname(local)] ?? "application/octet-stream" });
    createReadStream(local).pipe(response);
  }
});

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
let seen = [];
let found = false;
try {
  const tab = await browser.newPage();
  const end = Date.now() + 90_000;
  let reload = 0;
  while (!found && Date.now() < end) {
    // A cold player sometimes asks for nothing at all; a reader would reload, so the judge does.
    if (Date.now() > reload) {
      // Service workers need a secure context: the loopback counts as one.
      await tab.goto(`http://127.0.0.1:${server.address().port}/`);
      reload = Date.now() + 25_000;
    }
    seen = [];
    for (const frame of tab.frames()) {
      seen.push(await frame.evaluate(() => document.body?.innerText ?? "").catch(() => ""));
    }
    found = seen.some((text) => text.includes(wanted));
    if (!found) await tab.waitForTimeout(250);
  }
} finally {
  await browser.close();
  server.close();
}
console.log(JSON.stringify({ found, byRange, whole, size, text: seen.join("\n") }));
process.exitCode = found ? 0 : 1;
