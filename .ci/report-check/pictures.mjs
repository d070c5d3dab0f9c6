// Compares screenshots with stored pictures. Another version of the browser or of a font changes a few shades;
// a lost or moved section changes many cells.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The side of a cell, in pixels of a stored picture. The mean shades of cells are compared. */
const CELL = 8;

/** A cell differs if its mean shade differs by more than this, of 255. */
const SHADE = 26;

/** How many of the cells may differ. */
const SHARE = 0.03;

/** Replaces the texts of a page that differ between runs: times, and names of indexes and keys. */
export async function freeze(page) {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const times = /\d{1,2}\.? \p{L}+ \d{4}, \d\d:\d\d (Uhr )?\p{Lu}+/gu;
    const days = /, \d{1,2}\.? (Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember) \d{4}$/u;
    for (let node; (node = walker.nextNode()); ) {
      node.data = node.data.replace(times, "1. Januar 2026, 08:00 Uhr MEZ").replace(days, ", 1. Januar 2026");
    }
    for (const code of document.querySelectorAll("code")) code.textContent = code.textContent.replace(/\w/g, "0");
  });
}

export class Pictures {
  constructor(browser, folder, isBlessing) {
    Object.assign(this, { browser, folder, isBlessing, seen: new Set() });
  }

  /** Compares pictures, placed side by side and each scaled to `width`, with the stored one. */
  async compare(name, files, width) {
    this.seen.add(`${name}.png`);
    this.page ??= await (await this.browser.newContext()).newPage();
    const stored = join(this.folder, `${name}.png`);
    const images = files.map((file) => readFileSync(file).toString("base64"));
    const small = await this.page.evaluate(shrink, { images, width });
    if (this.isBlessing) {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(stored, Buffer.from(small, "base64"));
      return;
    }
    assert.ok(existsSync(stored), `${name}: no stored picture; make it with .ci/report --bless`);
    const old = readFileSync(stored).toString("base64");
    const share = await this.page.evaluate(difference, { old, small, cell: CELL, shade: SHADE });
    const how = `${name}: ${(share * 100).toFixed(1)} % of the picture differ from .ci/report-check/pictures/${name}.png`;
    assert.ok(share <= SHARE, `${how}; if this is intended, run: .ci/report --bless`);
    console.log(`${name}: ${(share * 100).toFixed(1)} % of the picture differ`);
  }

  /** Asserts that each stored picture was compared, and that all together are small. */
  conclude() {
    const stored = readdirSync(this.folder);
    assert.deepEqual(stored.filter((name) => !this.seen.has(name)), [], "pictures that nothing compares");
    const bytes = stored.reduce((sum, name) => sum + readFileSync(join(this.folder, name)).length, 0);
    assert.ok(bytes < 1_000_000, `the pictures have ${bytes} bytes`);
  }
}

/** Runs in the browser: joins the images to one small picture with 16 levels in each colour channel. */
async function shrink({ images, width }) {
  const load = async (data) => createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
  const all = await Promise.all(images.map(load));
  const heights = all.map((image) => Math.round((image.height * width) / image.width));
  const canvas = new OffscreenCanvas(width * all.length, Math.max(...heights));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  for (const [at, image] of all.entries()) context.drawImage(image, at * width, 0, width, heights[at]);
  // Few shades keep the file small.
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < pixels.data.length; at++) if (at % 4 !== 3) pixels.data[at] = Math.round(pixels.data[at] / 17) * 17;
  context.putImageData(pixels, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Runs in the browser: the share of cells that differ in any colour channel. */
async function difference({ old, small, cell, shade }) {
  const pixels = async (data) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [one, other] = await Promise.all([pixels(old), pixels(small)]);
  const mean = ({ data, width, height }, left, top, colour) => {
    let [sum, count] = [0, 0];
    for (let y = top; y < Math.min(top + cell, height); y++) {
      for (let x = left; x < Math.min(left + cell, width); x++) {
        sum += data[(y * width + x) * 4 + colour];
        count++;
      }
    }
    // An area in only one of the pictures counts as a difference.
    return count === 0 ? -255 : sum / count;
  };
  let [cells, different] = [0, 0];
  for (let top = 0; top < Math.max(one.height, other.height); top += cell) {
    for (let left = 0; left < Math.max(one.width, other.width); left += cell) {
      cells++;
      const differs = [0, 1, 2].some((colour) => Math.abs(mean(one, left, top, colour) - mean(other, left, top, colour)) > shade);
      if (differs) different++;
    }
  }
  return different / cells;
}
