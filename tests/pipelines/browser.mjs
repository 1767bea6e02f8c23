// Opens pages in a browser as people do, from a file and under Jenkins' header, and prints what
// happened as JSON:  node browser.mjs BROWSER FOLDER
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const [executablePath, folder] = process.argv.slice(2);
const JENKINS = "default-src 'none'; img-src 'self'; style-src 'self'"; // without `sandbox`, to look inside
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function open(name, { width = 1280, colorScheme = "light", hash = "", from } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const address = from ?? pathToFileURL(path.join(folder, name)).href;
  const seen = { console: [], errors: [], requests: [], dialogs: 0 };
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("request", (request) => request.url().split("#")[0] === address || seen.requests.push(request.url()));
  page.on("dialog", (dialog) => { seen.dialogs += 1; return dialog.dismiss(); });
  const began = performance.now();
  await page.goto(address + hash);
  seen.seconds = (performance.now() - began) / 1000;
  return { page, seen };
}

const shownRows = (page) => page.$$eval(".nodes tbody tr", (rows) => rows.filter((row) => !row.hidden).map((row) => row.cells[1].textContent));
const drawnRows = (page) => page.$$eval(".row", (rows) => rows.filter((row) => row.style.display !== "none").length);
const lane = (page) => page.$eval(".lane", (each) => [each.getAttribute("x"), each.getAttribute("width")]);

const facts = { pages: {}, axe: {} };

for (const name of fs.readdirSync(folder).filter((each) => each.endsWith(".html")).sort()) {
  const { page, seen } = await open(name, { width: 360 });
  seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  seen.executed = await page.evaluate(() => globalThis.executed ?? null);
  facts.pages[name] = seen;
  await page.context().close();
}

for (const colorScheme of ["light", "dark"]) {
  for (const name of ["failing.html", "several.html"]) {
    const { page } = await open(name, { colorScheme });
    await page.$$eval("details", (all) => all.forEach((each) => { each.open = true; }));
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => globalThis.axe.run());
    facts.axe[`${name} ${colorScheme}`] = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`);
    await page.context().close();
  }
}

{
  const { page } = await open("failing.html");
  const all = await shownRows(page);
  await page.click(".counters a[href='#s:failed']");
  facts.failed = { rows: await shownRows(page), drawn: await drawnRows(page), address: new URL(page.url()).hash, count: await page.textContent("#count") };
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  facts.cleared = (await shownRows(page)).length === all.length;
  await page.keyboard.type("unit d:1");
  await page.waitForFunction(() => location.hash.includes("n:unit"));
  facts.typed = { rows: await shownRows(page), address: decodeURIComponent(new URL(page.url()).hash) };
  await page.context().close();
  const shared = await open("failing.html", { hash: "#t:lint" });
  facts.shared = await shownRows(shared.page);
  await shared.page.context().close();
}

{
  const { page } = await open("failing.html");
  const button = page.locator("th[data-sort=d] button");
  await button.focus();
  await page.keyboard.press("Enter");
  const slowest = await shownRows(page);
  const aria = await page.getAttribute("th[data-sort=d]", "aria-sort");
  await page.keyboard.press("Enter");
  facts.sorted = { slowest, aria, fastest: await shownRows(page) };
  await page.context().close();
}

{
  const { page } = await open("failing.html");
  const zoom = {};
  await page.focus(".chart");
  await page.keyboard.press("+");
  zoom.plus = await lane(page);
  await page.keyboard.press("ArrowRight");
  zoom.right = await lane(page);
  zoom.said = await page.textContent(".tools [role=status]");
  await page.keyboard.press("0");
  zoom.whole = await lane(page);
  const box = await page.locator(".chart").boundingBox();
  await page.mouse.move(box.x + box.width * 0.65, box.y + 40);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  await page.waitForFunction(() => document.querySelector(".chart").dataset.zoom !== "1");
  zoom.wheel = await lane(page);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.45, box.y + 40);
  await page.mouse.up();
  zoom.dragged = await lane(page);
  await page.click(".tools button[aria-label='Whole timeline']");
  zoom.again = await lane(page);
  zoom.ticks = await page.$$eval(".axis text", (all) => all.map((each) => each.textContent));
  facts.zoom = zoom;
  await page.context().close();
}

{
  const { page } = await open("failing.html");
  const reached = [];
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim().slice(0, 30)));
  }
  facts.reached = reached;
  await page.emulateMedia({ media: "print" });
  facts.printed = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"));
    const open = document.querySelectorAll("details:not([open])").length;
    dispatchEvent(new Event("afterprint"));
    return [open, document.querySelectorAll("details:not([open])").length > 0];
  });
  await page.context().close();
}

{
  const server = http.createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": JENKINS });
    response.end(fs.readFileSync(path.join(folder, path.basename(request.url))));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { page } = await open("", { from: `http://127.0.0.1:${server.address().port}/failing.html` });
  facts.jenkins = await page.evaluate(() => ({
    styled: getComputedStyle(document.body).maxWidth !== "none",
    scripted: Boolean(document.querySelector(".filter")),
    bars: [...document.querySelectorAll(".row rect")].map((each) => [each.getBoundingClientRect().width > 0, getComputedStyle(each).fill]),
    badge: getComputedStyle(document.querySelector(".badge circle")).fill,
    words: document.body.innerText,
  }));
  await page.context().close();
  server.close();
}

await browser.close();
console.log(JSON.stringify(facts));
