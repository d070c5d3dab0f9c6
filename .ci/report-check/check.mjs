// Asserts on reports and notices in a real browser, and takes screenshots: node check.mjs FOLDER [--bless].
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import Ajv from "ajv/dist/2020.js";
import axe from "axe-core";
import { chromium } from "playwright-core";

import { Pictures, freeze } from "./pictures.mjs";
import { checkPages, print } from "./print.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2]);
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

const VIEWS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true },
  forced: { viewport: { width: 1280, height: 900 }, colorScheme: "dark", forcedColors: "active" },
};

const validate = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(
  json(join(here, "../../docs/report.schema.json")),
);

/** The views that are compared with stored pictures. */
const PICTURED = { "large-de": ["light", "dark", "phone"], "example-de": ["light"] };

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const pictures = new Pictures(browser, join(here, "pictures"), process.argv[3] === "--bless");
const pagesIn = (folder) =>
  readdirSync(folder).filter((name) => name.endsWith(".html")).map((name) => name.slice(0, -".html".length));
try {
  const [reports, notices] = [pagesIn(folder), pagesIn(join(folder, "notices"))];
  assert.ok(reports.length >= 5 && notices.length >= 3, `${reports.length} reports, ${notices.length} notices`);
  for (const name of reports) await checkReport(name);
  for (const name of notices) await checkNotice(name);
  await checkLetters();
  pictures.conclude();
} finally {
  await browser.close();
}

async function checkReport(name) {
  const path = (ending) => join(folder, `${name}${ending}`);
  const [report, summary] = [json(path(".json")), json(path(".summary.json"))];
  assert.ok(validate(report), `${name}: ${JSON.stringify(validate.errors)}`);

  // The pages differ only in words and numbers, so only two of them are checked in every view.
  const isSeenInAll = name === "example-de" || name === "large-de";
  const views = Object.entries(VIEWS).filter(([view]) => isSeenInAll || view === "light" || view === "phone");
  for (const [view, options] of views) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const [messages, requests] = [[], []];
    page.on("console", (message) => messages.push(message.text()));
    page.on("pageerror", (error) => messages.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    const url = pathToFileURL(path(".html")).href;
    await page.goto(url);
    await checkLayout(page, `${name}, ${view}`, options.viewport.width);
    await checkAccess(page, `${name}, ${view}`);
    if (view === "light") await checkContent(page, name, report, summary);
    await freeze(page);
    await page.screenshot({ path: path(`-${view}.png`), fullPage: true });
    if (PICTURED[name]?.includes(view)) await pictures.compare(`${name}-${view}`, [path(`-${view}.png`)], view === "phone" ? 100 : 240);
    if (view === "light") {
      const pages = await print(page, path);
      // A printed report is short, however many lists and breaches there are.
      checkPages(pages, path(".pdf"), name, 5);
      assert.match(pages.text, new RegExp(`^${pages.images.length}\\s*/\\s*${pages.images.length}$`, "m"), "pages are numbered");
      await checkHeadings(page, pages, name);
      if (PICTURED[name]) await pictures.compare(`${name}-print`, pages.images, 240);
    }
    assert.deepEqual(messages, [], `${name}, ${view}: the console is not empty`);
    assert.deepEqual(requests, [url], `${name}, ${view}: the page makes other requests`);
    await context.close();
  }
  console.log(`${name}: ${summary.persons.checked} persons, ${summary.persons.confirmed} confirmed, ${views.length} views as they should be`);
}

/** A notice prints on one page, and its page makes no network request. */
async function checkNotice(name) {
  const path = (ending) => join(folder, "notices", `${name}${ending}`);
  const summary = json(path(".summary.json"));
  const language = name.slice(-2);
  const write = (number) => new Intl.NumberFormat(language).format(number);
  for (const view of ["light", "phone"]) {
    const context = await browser.newContext(VIEWS[view]);
    const page = await context.newPage();
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    const url = pathToFileURL(path(".html")).href;
    await page.goto(url);
    const where = `notice ${name}, ${view}`;
    await checkLayout(page, where, VIEWS[view].viewport.width);
    await checkAccess(page, where, []);
    const text = await page.innerText("main");
    const { confirmed, to_decide, open, checked } = summary.persons;
    const { records } = summary;
    for (const number of [confirmed, to_decide, open, checked, records.confirmed, records.concerned - records.confirmed]) {
      assert.ok(number === 0 || text.includes(write(number)), `${where}: ${number}`);
    }
    for (const [dataClass, persons] of Object.entries(summary.by_data_class)) {
      const sure = summary.persons.confirmed_by_data_class[dataClass] ?? 0;
      const shown = persons > sure ? `(${write(sure)} + ${write(persons - sure)})` : `(${write(sure)})`;
      assert.ok(text.includes(shown), `${where}: ${dataClass}`);
    }
    assert.equal((await page.$$("mark")).length > 0, !name.startsWith("full"), where);
    await freeze(page);
    await page.screenshot({ path: path(`-${view}.png`), fullPage: true });
    if (view === "light") {
      const pages = await print(page, path);
      assert.equal(pages.images.length, 1, `${where}: pages`);
      if (name === "full-de") await pictures.compare("notice-print", pages.images, 240);
    }
    assert.deepEqual(requests, [url], `${where}: the page makes other requests`);
    await context.close();
  }
  console.log(`notice ${name}: one page, as it should be`);
}

/** No page of a letter begins or ends with a lone line of a paragraph, or ends with a heading. */
async function checkLetters() {
  const MOST = 120;
  const path = (ending) => join(folder, `letters${ending}`);
  const page = await (await browser.newContext(VIEWS.light)).newPage();
  await page.goto(pathToFileURL(join(path(""), "letters-0001.html")).href);
  const letters = await page.$$eval(".letter", (all, most) => {
    all.slice(most).forEach((letter) => letter.parentElement.remove());
    // The first page of each letter ends at a different line. The heading may overlap with the text below it.
    all.slice(0, most).forEach((letter, at) => (letter.querySelector("h1").style.marginBottom = `${(at % 60) - 25}mm`));
    return Math.min(all.length, most);
  }, MOST);
  const words = (text) => text.replace(/\s+/g, " ").trim();
  const blocks = (await page.$$eval(".text :is(p, li, h1, h2)", (all) => all.map((one) => one.innerText))).map(words);
  const { texts } = await print(page, path);
  assert.ok(letters > 100 && texts.length >= letters, `${letters} letters, ${texts.length} pages`);
  for (const [at, text] of texts.entries()) {
    const lines = text.split("\n").map((line) => words(line.replace("•", ""))).filter((line) => line && !/^Seite \d+$/.test(line));
    const isWhole = (line) => blocks.some((block) => block === line);
    const [first, second] = lines;
    const [before, last] = lines.slice(-2);
    const starts = isWhole(first) || blocks.some((block) => block.startsWith(first) || block.includes(`${first} ${second}`));
    // The first page of a letter begins with the insurer and the address window, and the last one ends with
    // the signature.
    const isHead = text.includes("Unser Zeichen: ") && text.includes("Sehr geehrte");
    assert.ok(isHead || starts, `letters, page ${at + 1} begins with a lone line: ${first}`);
    const ends = isWhole(last) || blocks.some((block) => block.endsWith(last) || block.includes(`${before} ${last}`));
    assert.ok(ends, `letters, page ${at + 1} ends with a lone line: ${last}`);
    assert.ok(!/^\d\. /.test(last), `letters, page ${at + 1} ends with the heading ${last}`);
  }
  await page.context().close();
  console.log(`letters: ${letters} on ${texts.length} pages, none with a lone line`);
}

/** Nothing is wider than the window, and no text is wider than its cell or heading. */
async function checkLayout(page, where, width) {
  const { wide, cut } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    cut: [...document.querySelectorAll("th, td, dd, dt, h1, h2, h3, h4")]
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      .map((element) => element.textContent),
  }));
  assert.ok(wide <= width, `${where}: the page is ${wide} wide`);
  assert.deepEqual(cut, [], `${where}: texts are cut off`);
}

/** No heading is the last on a page. */
async function checkHeadings(page, pages, where) {
  const headings = await page.$$eval("h2, h3, h4", (all) => all.map((one) => one.textContent.trim()));
  for (const [at, text] of pages.texts.entries()) {
    const lines = text.split("\n").map((line) => line.trim()).filter((line) => line && !/^\d+ \/ \d+$/.test(line));
    const last = lines.at(-1) ?? "";
    const isOrphan = headings.some((heading) => last === heading || last.split(/\s{3,}/).includes(heading));
    assert.ok(!isOrphan, `${where}: page ${at + 1} ends with the heading ${last}`);
  }
}

/** axe-core finds no fault for people with assistive technology, best practices included. */
async function checkAccess(page, where, rules = ["svg-img-alt", "heading-order", "landmark-one-main", "color-contrast"]) {
  // The browser's debugger evaluates this, since the page's policy allows no script.
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
  assert.deepEqual(faults, [], where);
  for (const rule of rules) {
    const wasChecked = passes.some(({ id }) => id === rule);
    // With forced colours, the system determines the contrast.
    assert.ok(wasChecked || rule === "color-contrast", `${where}: ${rule} was not checked`);
  }
}

async function checkContent(page, name, report, summary) {
  const language = name.slice(-2);
  const write = (number) => new Intl.NumberFormat(language).format(number);
  const text = (selector) => page.locator(selector).allTextContents();

  assert.equal(await page.getAttribute("html", "lang"), language);
  assert.equal(await page.evaluate(() => document.scripts.length), 0);
  assert.equal((await text("h1")).length, 1);
  const levels = await page.$$eval("h1, h2, h3, h4, h5, h6", (all) => all.map((one) => Number(one.tagName[1])));
  levels.forEach((level, at) => assert.ok(at === 0 ? level === 1 : level <= levels[at - 1] + 1, `heading ${at}`));
  assert.equal(await page.$$eval("table", (all) => all.filter((one) => !one.caption).length), 0);

  // Any name is shown unchanged and creates no element.
  const titles = report.checked_against.flatMap((base) => base.breaches).map((one) => one.Title ?? one.Name);
  for (const title of titles) assert.ok((await text(".breach"))[0].includes(title), title);
  assert.equal(await page.$$eval("der", (all) => all.length), 0);

  const { persons } = summary;
  const figures = {
    checked: persons.checked,
    confirmed: persons.confirmed,
    "to-decide": persons.to_decide,
    open: persons.open,
    dismissed: persons.dismissed,
    "not-affected": persons.not_affected - persons.partially_checked,
    "partially-checked": persons.partially_checked,
  };
  for (const [figure, number] of Object.entries(figures)) {
    assert.deepEqual(await text(`[data-figure="${figure}"]`), [write(number)], `${name}: ${figure}`);
  }
  for (const tile of ["confirmed", "to-decide", "open"]) {
    assert.deepEqual(await text(`[data-tile="${tile}"]`), [write(figures[tile])], `${name}: ${tile}`);
  }
  const headline = (await text(".headline"))[0];
  assert.ok(headline.includes(write(persons.checked)), headline);
  const isOpen = persons.open + persons.partially_checked > 0;
  if (isOpen) assert.equal((await text(".box.warning")).length, 1, "the page names the open members");
  const found = persons.confirmed + persons.to_decide;
  if (isOpen && found === 0) assert.match(headline, /keine Entwarnung|no all-clear/);
  if (persons.confirmed > 0) {
    for (const number of [persons.confirmed, summary.records.concerned]) {
      assert.ok(headline.includes(write(number)), headline);
    }
  }

  // The page shows the decisions of the run.
  const decided = report.decisions === null ? [] : [report.decisions.affected, report.decisions.not_affected, report.decisions.later];
  const shown = (await text(".decisions p")).slice(0, 1).flatMap((line) => line.match(/\d+/g).map(Number));
  assert.deepEqual(shown, decided, `${name}: decisions`);
  if (name.startsWith("decided")) assert.deepEqual(decided, [1, 1, 1], name);

  // Each table has the numbers of its map, and the length of each bar matches its number.
  const maps = found === 0 ? {} : {
    "data-class": "by_data_class", strength: "by_strength", breach: "by_breach", institution: "by_institution",
  };
  const rowsOf = (id) => page.$$eval(`section[aria-labelledby="${id}"] tbody tr`, (all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  const sorted = (pairs) => pairs.map((pair) => pair.join(" ")).sort();
  for (const [id, map] of Object.entries(maps)) {
    if (Object.keys(summary[map]).length === 0) continue;
    const expected = Object.entries(summary[map]).map(([slug, persons]) => [persons, summary.records[map][slug]]);
    if (map === "by_institution" && persons.without_institution > 0) {
      expected.push([persons.without_institution, summary.records.without_institution]);
    }
    const rows = (await rowsOf(id)).map((cells) => [cells[1], cells[3]]);
    assert.deepEqual(sorted(rows), sorted(expected.map((pair) => pair.map(write))), `${name}: ${id}`);
    if (rows.length > 1) await checkBars(page, id, `${name}: ${id}`);
  }
  if (found > 0) {
    // Kinds are in order of strength, and no match appears under two names: the match keys are one
    // row.
    const rows = await rowsOf("kind");
    const kinds = summary.by_kind;
    const numbers = Object.entries(kinds).filter(([kind]) => !/^(birth|starts|ends|sound|name|first)-|alias/.test(kind));
    assert.ok(rows.length - numbers.length <= 2, `${name}: kinds`);
    for (const [, persons] of numbers) assert.ok(rows.some((cells) => cells[1] === write(persons)), `${name}: ${persons}`);
    if (kinds.kvnr && rows.length > 1) assert.match(rows[0][0], /KVNR/, `${name}: the surest kind comes first`);
  }
  const causes = summary.partial.by_cause.map(({ persons }) => persons);
  const open = Object.values(persons.open_by_reason);
  const defective = (await rowsOf("partially-checked")).map((cells) => cells[1]);
  const caveats = (await rowsOf("with-caveats")).map((cells) => cells[1]);
  assert.deepEqual([...defective, ...caveats].sort(), causes.map(write).sort(), `${name}: causes`);
  assert.deepEqual((await rowsOf("indeterminate")).map((cells) => cells[1]).sort(), open.map(write).sort(), `${name}: open`);
  const rejects = (await rowsOf("rejects")).map((cells) => cells[2]);
  const counts = Object.values(summary.rejects_by_field).flatMap((reasons) => Object.values(reasons));
  assert.deepEqual(rejects.sort(), counts.map(write).sort(), `${name}: rejects`);
}

/** The length of each bar is proportional to its number. */
async function checkBars(page, id, where) {
  // Collapsed elements have no size.
  await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
  const bars = await page.$$eval(`section[aria-labelledby="${id}"] tbody tr`, (rows) =>
    rows.map((row) => {
      const [ground, bar] = [...row.querySelectorAll("svg.bar rect")].map((rect) => rect.getBoundingClientRect().width);
      return [Number(row.cells[1].textContent.replace(/[.,]/g, "")), bar / ground];
    }));
  await page.$$eval("details", (all) => all.forEach((one) => (one.open = false)));
  const most = Math.max(...bars.map(([number]) => number));
  assert.ok(most > 0, where);
  for (const [number, share] of bars) {
    const expected = number / most;
    assert.ok(Math.abs(share - expected) < 0.01, `${where}: ${number} is ${share}`);
  }
}
