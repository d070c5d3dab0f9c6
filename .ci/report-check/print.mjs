// Prints pages, and checks how full they are.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const run = (command, words) => execFileSync(command, words, { encoding: "utf8" });

/** Prints a page on A4. Returns the pictures of the printed pages, and their texts. */
export async function print(page, path) {
  await page.pdf({ path: path(".pdf"), preferCSSPageSize: true });
  const information = run("pdfinfo", [path(".pdf")]);
  assert.match(information, /Page size:\s+59[45]\S* x 84[12]\S* pts/);
  const count = Number(information.match(/Pages:\s+(\d+)/)[1]);
  run("pdftoppm", ["-r", "60", "-png", path(".pdf"), path("-page")]);
  const folder = dirname(path(".pdf"));
  const start = basename(path("-page-"));
  const images = readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith(".png")).sort();
  assert.equal(images.length, count);
  const text = run("pdftotext", [path(".pdf"), "-"]);
  const texts = Array.from({ length: count }, (_, at) =>
    run("pdftotext", ["-layout", "-f", String(at + 1), "-l", String(at + 1), path(".pdf"), "-"]));
  return { images: images.map((name) => join(folder, name)), text, texts };
}

/** Asserts that there are at most `most` pages, that no page before the last one has a blank third, and that the last
 *  one is not nearly blank. */
export function checkPages({ images }, pdf, where, most) {
  assert.ok(images.length <= most, `${where}: ${images.length} pages`);
  const start = `${pdf}-grey`;
  run("pdftoppm", ["-r", "36", "-gray", pdf, start]);
  const folder = dirname(pdf);
  const pages = readdirSync(folder).filter((name) => name.startsWith(basename(start))).sort();
  for (const [at, name] of pages.entries()) {
    const blank = longestBlank(readFileSync(join(folder, name)));
    const limit = at + 1 < pages.length ? 1 / 3 : 4 / 5;
    assert.ok(blank < limit, `${where}: ${Math.round(blank * 100)} % of page ${at + 1} are blank`);
    rmSync(join(folder, name));
  }
}

/** The height of the longest stretch without ink, as a share of the page. The page number does not count as ink. */
function longestBlank(image) {
  // A PGM file: P5, width, height and the largest value, each followed by one whitespace character.
  const [head, width, height] = image.toString("latin1", 0, 40).match(/^P5\s(\d+)\s(\d+)\s\d+\s/);
  const isBlank = (row) => {
    const begin = head.length + row * width;
    return image.subarray(begin, begin + Number(width)).every((pixel) => pixel > 245);
  };
  const end = Math.floor(height * 0.955);
  let [longest, current] = [0, 0];
  for (let row = 0; row < end; row++) {
    current = isBlank(row) ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest / height;
}
