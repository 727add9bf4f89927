/** PNG and JPEG: the pixels that Pillow reads, the way back, and hostile files. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deflateSync } from "node:zlib";
import { encode } from "npm:fast-png@8.0.0";
import { decodeImage, encodeJpeg, encodePng, readImage, writeJpeg, writePng } from "../lib/data/images.ts";
import { arange, ones, rand, type Tensor, tensor, zeros } from "../mod.ts";
import answers from "./data/images.json" with { type: "json" };
import { crc32 } from "../lib/io/crc32.ts";
import { assertNoAccident, odd } from "./odd.ts";

const files = answers.map(({ file, ...rest }) => ({ ...rest, bytes: Uint8Array.fromBase64(file) }));
const numbers = (x: Tensor): number[] => [...x.toTypedArray()];

for (const { name, bytes, shape, elements } of files) {
  Deno.test(`${name} has the pixels that Pillow reads`, () => {
    const x = decodeImage(bytes), found = numbers(x);
    assertEquals([x.shape, x.dtype], [shape, name === "16 bits.png" ? "int32" : "uint8"] as never);
    const gap = Math.max(...elements.map((e, i) => Math.abs(e - found[i])));
    assert(gap <= (name.endsWith("jpg") ? 2 : 0), `gap ${gap}`); // cosine transforms round differently
  });

  Deno.test(`${name}, cut short at any length, is an error`, () => {
    for (const length of bytes.keys()) {
      assertThrows(
        () => decodeImage(bytes.subarray(0, length)),
        SyntaxError,
        `Cannot decode ${length} bytes: `,
      );
    }
  });

  Deno.test(`${name}, changed anywhere, gives an image or an error of ours`, () => {
    let seed = bytes.length;
    const roll = (n: number) =>
      Math.floor((seed = Math.imul(seed, 1664525) + 1013904223 >>> 0) / 2 ** 32 * n);
    for (let round = 0; round < 200; round++) {
      const changed = bytes.slice();
      for (let k = 0; k <= roll(3); k++) changed[roll(changed.length)] ^= 1 << roll(8);
      try {
        assert(decodeImage(changed).storage.bytes <= 1 << 22);
      } catch (error) {
        assert(error instanceof SyntaxError && error.message.startsWith("Cannot decode "), String(error));
      }
    }
  });
}

Deno.test("mode makes other channels of what there is", () => {
  const bytes = encodePng(tensor([[[200]], [[100]], [[50]], [[7]]], { dtype: "uint8" }));
  assertEquals(numbers(decodeImage(bytes, "rgb")), [200, 100, 50]);
  assertEquals(numbers(decodeImage(bytes, { mode: "rgba" })), [200, 100, 50, 7]);
  assertEquals(numbers(decodeImage(bytes, { mode: "gray" })), [124]); // 0.299 · 200 + 0.587 · 100 + 0.114 · 50
  const grey = encodePng(tensor([[[9]]], { dtype: "uint8" }));
  assertEquals([numbers(decodeImage(grey, "rgb")), numbers(decodeImage(grey, "rgba"))], [[9, 9, 9], [
    9,
    9,
    9,
    255,
  ]]);
  assertEquals(numbers(decodeImage(encodePng(tensor([[[9]], [[4]]], { dtype: "uint8" })), "rgba")), [
    9,
    9,
    9,
    4,
  ]);
  const deep = files.find(({ name }) => name === "16 bits.png")!.bytes;
  assertEquals(numbers(decodeImage(deep, "rgba").index(["...", 1, 1])), [9001, 9001, 9001, 65535]);
});

Deno.test("what is written is read again: PNG exactly, JPEG nearly", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dinograd-" });
  try {
    for (const channels of [1, 2, 3, 4]) {
      const image = arange(channels * 30).remainder(251).to("uint8").reshape(channels, 5, 6);
      await writePng(`${folder}/x.png`, image.permute(0, 2, 1));
      assert((await readImage(`${folder}/x.png`)).equal(image.permute(0, 2, 1)));
      if (channels % 2 === 0) continue;
      await writeJpeg(`${folder}/x.jpg`, image.narrow(0, 0, 1).expand(channels, 5, 6), { quality: 100 });
      const gap = (await readImage(`${folder}/x.jpg`, "gray")).float().sub(image.narrow(0, 0, 1).float())
        .abs();
      assert(gap.max().item() <= 3, String(gap)); // rounding of colours and cosines
    }
    await assertRejects(() => readImage(`${folder}/none.png`), Error, `Cannot load ${folder}/none.png: `);
    await Deno.writeTextFile(`${folder}/x.png`, "hello");
    await assertRejects(() => readImage(`${folder}/x.png`), SyntaxError, "x.png: it is neither PNG nor JPEG");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("interlaced PNG is read", () => {
  for (const [width, height] of [[1, 1], [3, 2], [9, 13]]) {
    const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => i * 7);
    const file = encode({ width, height, data, channels: 3, depth: 8 }, { interlace: "Adam7" });
    assertEquals(numbers(decodeImage(file).permute(1, 2, 0)), [...data]);
  }
});

/** A PNG file of the given chunks. */
function png(...chunks: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const bytes = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const long = (n: number) => [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255];
  for (const [type, body] of chunks) {
    const named = Uint8Array.of(...new TextEncoder().encode(type), ...body);
    bytes.push(...long(body.length), ...named, ...long(crc32(named)));
  }
  return Uint8Array.from(bytes);
}

Deno.test("PNG: absurd sizes and bombs end early; what says nothing of pixels is passed over", () => {
  const header = (width: number, height: number) =>
    Uint8Array.of(
      ...[width, height].flatMap((n) => [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255]),
      8,
      0,
      0,
      0,
      0,
    );
  const end = ["IEND", new Uint8Array()] as const,
    bomb = new Uint8Array(deflateSync(new Uint8Array(20_000_000)));
  assertThrows(
    () => decodeImage(png(["IHDR", header(1, 1)], ["IDAT", bomb], end)),
    SyntaxError,
    "Cannot decode",
  );
  assertThrows(
    () => decodeImage(png(["IHDR", header(2 ** 31, 2 ** 31)], end)),
    SyntaxError,
    "2147483648 x 2147483648",
  );
  assertThrows(
    () => decodeImage(png(["IHDR", header(16384, 16384)], ["IDAT", bomb], end)),
    SyntaxError,
    "of pixels",
  );
  const profile = Uint8Array.of(97, 0, 0, ...bomb), dot = new Uint8Array(deflateSync(Uint8Array.of(0, 77)));
  const file = png(
    ["IHDR", header(1, 1)],
    ["iCCP", profile],
    ["tRNS", Uint8Array.of(0, 1)],
    ["IDAT", dot],
    end,
  );
  assertEquals(numbers(decodeImage(file)), [77]);
  const jpeg = files.find(({ name }) => name === "rgb.jpg")!.bytes.slice(),
    frame = jpeg.findIndex((b, i) => b === 0xff && jpeg[i + 1] === 0xc0);
  jpeg.set([255, 255, 255, 255], frame + 5);
  assertThrows(() => decodeImage(jpeg), SyntaxError, "maxResolutionInMP");
});

Deno.test("wrong arguments of the functions of images are named", () => {
  assertThrows(
    () => encodePng(rand(3, 2, 2)),
    TypeError,
    'use data.transforms.convertImageDtype("uint8") before',
  );
  assertThrows(
    () => encodePng(zeros(2, 2, { dtype: "uint8" })),
    TypeError,
    "Cannot call encodePng() on [2, 2]",
  );
  assertThrows(() => encodeJpeg(zeros(4, 2, 2, { dtype: "uint8" })), TypeError, "with 1 or 3 channels");
  const dot = ones(1, 1, 1, { dtype: "uint8" }), file = encodePng(dot);
  for (const [what, value] of odd) {
    const v = value as never;
    assertNoAccident(`decodeImage() of ${what}`, () => decodeImage(v));
    assertNoAccident(`decodeImage()'s mode ${what}`, () => decodeImage(file, v));
    assertNoAccident(`encodePng() of ${what}`, () => encodePng(v));
    assertNoAccident(`encodeJpeg() of ${what}`, () => encodeJpeg(v));
    assertNoAccident(`encodeJpeg()'s quality ${what}`, () => encodeJpeg(dot, v));
  }
});
