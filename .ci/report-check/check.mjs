// Asserts on reports in a real browser, and takes screenshots: node check.mjs FOLDER.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import Ajv from "ajv/dist/2020.js";
import axe from "axe-core";
import { chromium } from "playwright-core";

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

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
try {
  const names = readdirSync(folder).filter((name) => name.endsWith(".html"));
  assert.ok(names.length >= 5, `${names.length} reports`);
  for (const name of names) await checkReport(name.slice(0, -".html".length));
} finally {
  await browser.close();
}

async function checkReport(name) {
  const path = (ending) => join(folder, `${name}${ending}`);
  const [report, summary] = [json(path(".json")), json(path(".summary.json"))];
  assert.ok(validate(report), `${name}: ${JSON.stringify(validate.errors)}`);

  // The pages differ in their words and numbers only, so that two of them are looked at in every view.
  const isSeenInAll = name === "example-de" || name === "large-de";
  const views = Object.entries(VIEWS).filter(([view]) => isSeenInAll || view === "light" || view === "phone");
  for (const [view, options] of views) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const [said, asked] = [[], []];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => asked.push(request.url()));
    const url = pathToFileURL(path(".html")).href;
    await page.goto(url);
    await checkLayout(page, `${name}, ${view}`, options.viewport.width);
    await checkAccess(page, `${name}, ${view}`);
    if (view === "light") {
      await checkContent(page, name, report, summary);
      await checkPrint(page, path);
    }
    await page.screenshot({ path: path(`-${view}.png`), fullPage: true });
    assert.deepEqual(said, [], `${name}, ${view}: the console has something to say`);
    assert.deepEqual(asked, [url], `${name}, ${view}: the page asks for something`);
    await context.close();
  }
  console.log(`${name}: ${summary.rows} persons, ${summary.affected} affected, ${views.length} views as they should be`);
}

/** Nothing is wider than the window, no text of a chart is cut off, and no two cover each other. */
async function checkLayout(page, where, width) {
  const { wide, cut, covered } = await page.evaluate((width) => {
    const texts = [...document.querySelectorAll("svg text")];
    const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
    const covered = boxes.flatMap(([one, a], at) =>
      boxes.slice(at + 1, at + 6)
        .filter(([, b]) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom - 3 && b.top + 3 < a.bottom - 3)
        .map(([other]) => `${one} | ${other}`),
    );
    return {
      wide: document.documentElement.scrollWidth,
      cut: boxes.filter(([, box]) => box.right > width).map(([text]) => text),
      covered,
    };
  }, width);
  assert.ok(wide <= width, `${where}: the page is ${wide} wide`);
  assert.deepEqual(cut, [], `${where}: texts of charts are cut off`);
  assert.deepEqual(covered, [], `${where}: texts of charts cover each other`);
}

/** Faults that axe-core finds for people with assistive technology, best practices included. */
async function checkAccess(page, where) {
  // Evaluated by the browser's debugger, since the page's policy lets no script run.
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
  assert.deepEqual(told, [], where);
  for (const rule of ["svg-img-alt", "heading-order", "landmark-one-main", "color-contrast"]) {
    const wasChecked = passes.some(({ id }) => id === rule);
    // In forced colours, contrast is the system's.
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

  // Whatever a name holds, it is shown as it is and makes no element.
  const titles = report.checked_against.flatMap((base) => base.breaches).map((one) => one.Title ?? one.Name);
  for (const title of titles) assert.ok((await text(".breach"))[0].includes(title), title);
  assert.equal(await page.$$eval("der", (all) => all.length), 0);

  const figures = {
    checked: summary.rows,
    affected: summary.affected,
    "not-affected": summary.not_affected - summary.partially_checked,
    "partially-checked": summary.partially_checked,
    indeterminate: summary.indeterminate,
  };
  for (const [figure, number] of Object.entries(figures)) {
    assert.deepEqual(await text(`[data-figure="${figure}"]`), [write(number)], `${name}: ${figure}`);
  }
  const headline = (await text(".headline"))[0];
  assert.ok(headline.includes(write(summary.rows)), headline);
  const isOpen = summary.indeterminate + summary.partially_checked > 0;
  if (isOpen) assert.equal((await text(".box.warning")).length, 1, "the page names the open members");
  if (isOpen && summary.affected === 0) assert.match(headline, /keine Entwarnung|no all-clear/);
  if (summary.affected > 0) {
    for (const number of [summary.affected, summary.matched_records]) {
      assert.ok(headline.includes(write(number)), headline);
    }
  }

  // Each table has the numbers of its map, and each bar is as long as its number.
  const maps = summary.affected === 0 ? {} : {
    "data-class": "by_data_class", strength: "by_strength", kind: "by_kind", breach: "by_breach",
    institution: "by_institution",
  };
  for (const [id, map] of Object.entries(maps)) {
    if (Object.keys(summary[map]).length === 0) continue;
    const expected = Object.entries(summary[map]).map(([slug, persons]) => [persons, summary.records[map][slug]]);
    if (map === "by_institution" && report.persons.without_institution > 0) {
      expected.push([report.persons.without_institution, report.records.without_institution]);
    }
    const section = `section[aria-labelledby="${id}"]`;
    const rows = await page.$$eval(`${section} tbody tr`, (all) =>
      all.map((row) => [row.cells[1].textContent, row.cells[3].textContent]));
    const sorted = (pairs) => pairs.map((pair) => pair.join(" ")).sort();
    assert.deepEqual(sorted(rows), sorted(expected.map((pair) => pair.map(write))), `${name}: ${id}`);
    if (rows.length > 1) await checkBars(page, section, `${name}: ${id}`);
  }
  const gaps = { indeterminate: "indeterminate_by_reason", "partially-checked": "partially_checked_by_reason" };
  for (const [id, map] of Object.entries(gaps)) {
    const rows = await page.$$eval(`section[aria-labelledby="${id}"] tbody tr`, (all) =>
      all.map((row) => row.cells[1].textContent));
    assert.deepEqual(rows.sort(), Object.values(summary[map]).map(write).sort(), `${name}: ${map}`);
  }
  const rejects = await page.$$eval('section[aria-labelledby="rejects"] tbody tr', (all) =>
    all.map((row) => row.cells[2].textContent));
  const counts = Object.values(summary.rejects_by_field).flatMap((reasons) => Object.values(reasons));
  assert.deepEqual(rejects.sort(), counts.map(write).sort(), `${name}: rejects`);
}

async function checkBars(page, section, where) {
  const bars = await page.$$eval(`${section} svg.bars`, ([svg]) => {
    const texts = [...svg.querySelectorAll("text.value")];
    const widths = [...svg.querySelectorAll("rect")].map((bar) => bar.getBoundingClientRect().width);
    return texts.map((text, at) => [Number(text.textContent.replace(/[.,]/g, "")), widths[at]]);
  });
  assert.ok(bars.length > 0, where);
  const [most, longest] = bars.reduce((one, other) => (other[0] > one[0] ? other : one));
  for (const [number, width] of bars) {
    const right = (longest * number) / most;
    assert.ok(Math.abs(width - right) < 1 || (width > right && width < longest * 0.012), `${where}: ${number} is ${width}`);
  }
}

/** A4, a few pages, with the figures as text. */
async function checkPrint(page, path) {
  await page.pdf({ path: path(".pdf"), preferCSSPageSize: true });
  const information = execFileSync("pdfinfo", [path(".pdf")], { encoding: "utf8" });
  assert.match(information, /Page size:\s+59[45]\S* x 84[12]\S* pts/);
  const pages = Number(information.match(/Pages:\s+(\d+)/)[1]);
  assert.ok(pages >= 2 && pages <= 20, `${pages} pages`);
  execFileSync("pdftoppm", ["-r", "60", "-png", path(".pdf"), path("-page")]);
  const printed = execFileSync("pdftotext", [path(".pdf"), "-"], { encoding: "utf8" });
  assert.match(printed, new RegExp(`^${pages}\\s*/\\s*${pages}$`, "m"), "pages are numbered");
}
