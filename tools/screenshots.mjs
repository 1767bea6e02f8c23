// Takes the pictures of docs/page.md:  node screenshots.mjs BROWSER PAGES OUT  (see screenshots.py)
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { chromium } from "playwright-core";

const [executablePath, pages, out] = process.argv.slice(2);
const JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'";
const wanted = JSON.parse(fs.readFileSync(path.join(pages, "wanted.json"), "utf8"));
const server = http.createServer((request, response) => {
  const policy = request.url.includes("jenkins") ? { "content-security-policy": JENKINS } : {};
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...policy });
  response.end(fs.readFileSync(path.join(pages, path.basename(request.url.split("?")[0]))));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const { name, page: file, width, height, scheme, media, query, hash, scroll } of wanted) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/${file}.html?${query}#${hash}`);
  if (media) await page.emulateMedia({ media });
  if (scroll) await page.evaluate((selector) => document.querySelector(selector).scrollIntoView(), scroll);
  await page.screenshot({ path: path.join(out, `${name}.png`) });
  await context.close();
}
await browser.close();
server.close();
