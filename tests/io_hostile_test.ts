/** Hostile files: whatever is wrong with a file, loading it ends soon, in an error of ours, having run and allocated little. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { io, tensor } from "../mod.ts";
import { writeDeflated, writeZip, type ZipFile } from "../lib/io/zip_writer.ts";
import { bytesOf } from "./io_files.ts";

const small: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  safetensors: await io.encode({ x: tensor([1, 2]), m: tensor([true]) }, { metadata: { a: "b" } }),
  npy: bytesOf("<f2.npy"),
  "npy in Fortran order": bytesOf("fortran.npy"),
  npz: bytesOf("stored.npz"),
  "deflated npz": bytesOf("deflated.npz"),
  "zip64 npz": bytesOf("zip64.npz"),
  pt: bytesOf("state.pt"),
  "pt with views": bytesOf("tensor.pt"),
};

/** Fails unless decoding ends in a good result or an error of ours; returns the result. */
async function survive(what: string, bytes: Uint8Array): Promise<io.NamedTensors | null> {
  try {
    const tensors = await io.decode(bytes), storages = new Set(Object.values(tensors).map((x) => x.storage));
    const taken = [...storages].reduce((sum, storage) => sum + storage.bytes, 0);
    const most = bytes[0] === 0x50 ? 1032 : 4; // deflate's best, or int8 to int32
    assert(taken <= most * bytes.length, `${what}: ${taken} bytes of tensors from ${bytes.length}`);
    return tensors;
  } catch (error) {
    const known = error instanceof SyntaxError || error instanceof RangeError;
    if (known && error.message.startsWith(`Cannot decode ${bytes.length} bytes: `)) return null;
    throw new Error(`${what}: ${error}`, { cause: error });
  }
}

/** Random whole numbers below `n`, the same each run. */
function dice(seed: number): (n: number) => number {
  return (n) => {
    seed = Math.imul(seed, 1664525) + 1013904223 >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
}

for (const [format, bytes] of Object.entries(small)) {
  Deno.test(`${format}: cut short at any length is an error`, async () => {
    for (let length = 0; length < bytes.length; length++) {
      const result = await survive(`${length} of ${bytes.length} bytes`, bytes.subarray(0, length));
      assertEquals(result, null, `${length} of ${bytes.length} bytes were read`);
    }
    assert(await survive("all bytes", bytes));
    assertEquals(await survive("a byte too many", Uint8Array.of(...bytes, 0)), null);
  });

  Deno.test(`${format}: changed bytes give a result or an error`, async () => {
    const roll = dice(bytes.length);
    for (let round = 0; round < 2000; round++) {
      const changed = bytes.slice(), places = Array.from({ length: 1 + roll(4) }, () => roll(bytes.length));
      for (const at of places) {
        changed[at] = roll(2) ? changed[at] ^ 1 << roll(8) : [0, 255, roll(256)][roll(3)];
      }
      await survive(`round ${round}, bytes ${places}`, changed);
    }
  });
}

Deno.test("arbitrary bytes are an error", async () => {
  const roll = dice(1), starts = [[], [0x80, 2], [0x50, 0x4b, 3, 4], [...bytesOf("<f4.npy").slice(0, 10)]];
  for (let round = 0; round < 500; round++) {
    const tail = Array.from({ length: roll(200) }, () => roll(256));
    assertEquals(await survive(`round ${round}`, Uint8Array.from([...starts[round % 4], ...tail])), null);
  }
});

/** A safetensors file with any header. */
function safetensors(header: unknown, data = 8, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: "F32", shape, data_offsets });

Deno.test("safetensors: headers that lie are refused", async () => {
  const cases: [string, Uint8Array][] = [
    ["fewer than its header needs", safetensors({}, 0, 50_000_000n)],
    ["not one of safetensors", safetensors({}, 0, 2n ** 63n)],
    ["not JSON", safetensors("{".repeat(1_000_000))],
    ["not JSON", safetensors(`{"a":${"[".repeat(1_000_000)}`)],
    ["must begin at 4", safetensors({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) })], // the same bytes twice
    ["must begin at 4", safetensors({ a: f32([1], [0, 4]), b: f32([1], [2, 6]) })], // overlapping
    ["must begin at 0", safetensors({ a: f32([1], [4, 8]) })], // a hole
    ["take 4 bytes, it has 8", safetensors({ a: f32([1], [0, 4]) })],
    ["take 16 bytes, it has 8", safetensors({ a: f32([4], [0, 16]) })],
    ["takes 4000000000000 bytes", safetensors({ a: f32([1e6, 1e6], [0, 8]) })],
    ["malformed", safetensors({ a: f32([2 ** 40, 2 ** 40], [0, 8]) })],
    ["malformed", safetensors({ a: f32([-2], [0, 8]) })],
    ["malformed", safetensors({ a: f32([0.5], [0, 8]) })],
    ["malformed", safetensors({ a: f32([2], [0, 8, 8]) })],
    ["malformed", safetensors({ a: f32("2", [0, 8]) })],
    ["malformed", safetensors({ a: f32(Array(65).fill(1), [0, 4]) })],
    ["takes 8 bytes, its place is 8 to 0", safetensors({ a: f32([2], [8, 0]) })],
    ['dtype "F8_E4M3"', safetensors({ a: { ...f32([8], [0, 8]), dtype: "F8_E4M3" } })],
    ["dtype undefined", safetensors({ a: null })],
    ["__metadata__ is not", safetensors({ __metadata__: { a: 1 } }, 0)],
  ];
  for (const [text, bytes] of cases) await assertRejects(() => io.decode(bytes), SyntaxError, text);
  const named = await io.decode(
    safetensors('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
  );
  assertEquals(Object.keys(named), ["__proto__"]);
});

/** An .npy file with any header. */
function npy(header: string, data = 8): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header), bytes = new Uint8Array(10 + text.length + data);
  bytes.set(bytesOf("<f4.npy").subarray(0, 8));
  new DataView(bytes.buffer).setUint16(8, text.length, true);
  bytes.set(text, 10);
  return bytes;
}

Deno.test("npy: headers that lie are refused", async () => {
  const cases: [string, string][] = [
    [
      "takes 4000000000000 bytes, there are 8",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}",
    ],
    ["malformed", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"],
    ["malformed", "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}"],
    ["malformed", `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1,".repeat(65)})}`],
    ["malformed", "{'descr': '<f4', 'fortran_order': exec('1'), 'shape': (2,)}"],
    ["malformed", "{'descr': '<f4', 'shape': (2,)}"],
    ["malformed", "[]"],
    ["malformed", "{".repeat(60000)],
    ["malformed", " ".repeat(60000)],
    ["type '<f3'", "{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}"],
  ];
  for (const [text, header] of cases) await assertRejects(() => io.decode(npy(header)), SyntaxError, text);
  const long = bytesOf("version2.npy").slice();
  new DataView(long.buffer).setUint32(8, 0xffffffff, true);
  await assertRejects(() => io.decode(long), SyntaxError, "has 4294967295 bytes");
  for (const name of ["objects.npy", "structured.npy", "complex.npy", "text.npy"]) {
    await assertRejects(
      () => io.decode(bytesOf(name)),
      SyntaxError,
      "not numbers of a type that tensors have",
    );
  }
  await assertRejects(() => io.decode(bytesOf("objects.npy")), SyntaxError, "which may be any code");
});

function joined(pieces: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Array.from(pieces, (piece) => [...piece]).flat());
}

function fileOf(name: string, bytes: Uint8Array, times = 1): ZipFile {
  return { name, size: bytes.length * times, pieces: () => Array.from({ length: times }, () => bytes) };
}

/** Changes a 4-byte number of the only entry in the directory (and checks that it was there). */
function forge(archive: Uint8Array<ArrayBuffer>, offset: number, value: number): Uint8Array<ArrayBuffer> {
  const forged = archive.slice(), view = new DataView(forged.buffer);
  const at = view.getUint32(forged.length - 6, true); // of the directory
  assertEquals(view.getUint32(at, true), 0x02014b50);
  view.setUint32(at + offset, value, true);
  return forged;
}

Deno.test("npz: bombs are refused before they are inflated", async () => {
  const honest = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", mebi = new Uint8Array(1 << 20);
  const bomb = [npy(honest, 0), ...Array(64).fill(mebi)];
  const file = { name: "x.npy", size: bomb.reduce((sum, { length }) => sum + length, 0), pieces: () => bomb };
  const archive = joined(await writeDeflated([file])),
    before = Deno.memoryUsage().rss,
    start = performance.now();
  assert(archive.length < 100_000);
  const cases: [string, Uint8Array][] = [
    ["takes 8 bytes, there are 67108864", archive],
    ["more bytes than the archive says", forge(archive, 24, bomb[0].length + 8)],
    ["cannot have 4000000000 bytes", forge(archive, 24, 4_000_000_000)],
    ["overlaps what follows", forge(archive, 20, 4_000_000_000)],
    ['the header of "x.npy" in the archive is damaged', forge(archive, 42, 3)],
    ["method 12", forge(archive, 10, 12)],
    ["encrypted", forge(archive, 8, 1)],
  ];
  for (const [text, bytes] of cases) await assertRejects(() => io.decode(bytes), SyntaxError, text);
  assert(Deno.memoryUsage().rss - before < 300e6, "much memory was taken");
  assert(performance.now() - start < 10_000, "it took long");
});

Deno.test("npz: damage that keeps the structure is noticed by the checksum", async () => {
  for (const name of ["stored.npz", "zip64.npz"]) {
    const bytes = bytesOf(name).slice(), at = bytes.indexOf(0x93) + 128; // the first element of the first array
    bytes[at] ^= 1;
    await assertRejects(() => io.decode(bytes), SyntaxError, '"weight.npy" is damaged: its checksum differs');
  }
});

Deno.test("npz: entries that overlap, repeat or are no arrays are refused", async () => {
  const array = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}");
  const twice = joined(writeZip([fileOf("x.npy", array), fileOf("x.npy", array)]));
  await assertRejects(() => io.decode(twice), SyntaxError, '"x.npy" is twice in the archive');
  const other = joined(writeZip([fileOf("readme.txt", array)]));
  await assertRejects(() => io.decode(other), SyntaxError, '"readme.txt", which is not an array of NumPy');
  const two = joined(writeZip([fileOf("x.npy", array), fileOf("y.npy", array)]));
  const view = new DataView(two.buffer), directory = view.getUint32(two.length - 6, true);
  view.setUint32(directory + 46 + 5 + 42, 0, true); // the second is where the first is
  await assertRejects(() => io.decode(two), SyntaxError, "overlaps what follows");
});

/** Little-endian bytes of a whole number. */
function little(value: number | bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(BigInt(value) >> BigInt(8 * i) & 255n));
}

const text = (value: string) => [0x58, ...little(value.length, 4), ...new TextEncoder().encode(value)];
const global = (module: string, name: string) => [...new TextEncoder().encode(`c${module}\n${name}\n`)];
const [MARK, STOP, LIST, TUPLE, REDUCE] = [0x28, 0x2e, 0x5d, 0x74, 0x52];

/** A .pt file with any pickle, and a storage "0" of 8 bytes. */
function pt(...pickle: (number | number[])[]): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from([0x80, 2, ...pickle.flat()]);
  return joined(writeZip([fileOf("a/data.pkl", bytes), fileOf("a/data/0", new Uint8Array(8))]));
}

const storage = (key = "0", type = global("torch", "FloatStorage"), length: number[] = [0x4b, 2]) => [
  ...[MARK, ...text("storage"), ...type, ...text(key), ...text("cpu"), ...length, TUPLE, 0x51],
];
const rebuilt = (bytes: number[], offset: number, shape: number[], strides: number[]) => [
  ...[...global("torch._utils", "_rebuild_tensor_v2"), MARK, ...bytes, 0x4b, offset, MARK],
  ...[...shape.flatMap((n) => [0x4b, n]), TUPLE, MARK, ...strides.flatMap((n) => [0x4b, n]), TUPLE],
  ...[0x89, 0x4e, TUPLE, REDUCE],
];

Deno.test("pt: what is not data is refused by its name, and not run", async () => {
  assertEquals((await io.decode(pt(rebuilt(storage(), 0, [2], [1]), STOP))).arr_0.toArray(), [0, 0]);
  const cases: [string, Uint8Array][] = [
    ["it asks for __builtin__.exec, which is not allowed", bytesOf("evil.pt")],
    ["it asks for torch.nn.modules.container.Sequential, which is not", bytesOf("module.pt")],
    ["it asks for os.system", pt(global("os", "system"), text("true"), 0x85, REDUCE, STOP)],
    ["it asks for os.system", pt(text("os"), text("system"), 0x93, text("true"), 0x85, REDUCE, STOP)],
    ["it asks for __proto__.constructor", pt(global("__proto__", "constructor"), STOP)],
    ["opcode 0x69", pt(MARK, [...new TextEncoder().encode("ios\nsystem\n")], STOP)], // INST
    ["opcode 0x6f", pt(MARK, 0x6f, STOP)], // OBJ
    ["opcode 0x81", pt(global("collections", "OrderedDict"), 0x29, 0x81, STOP)], // NEWOBJ
    ["opcode 0x92", pt(0x92, STOP)], // NEWOBJ_EX
    ["opcode 0x82", pt(0x82, 1, STOP)], // EXT1
    ["opcode 0x50", pt([...new TextEncoder().encode("P1\n")], STOP)], // PERSID
    ['it calls "x"', pt(text("x"), 0x29, REDUCE, STOP)],
    ["a function (makeOrderedDict), which is not data", pt(global("collections", "OrderedDict"), STOP)],
    ["which is not data", pt(global("torch", "FloatStorage"), STOP)],
    ["it sets attributes of []", pt(LIST, LIST, 0x62, STOP)],
    ["it is a bare pickle", bytesOf("old.pth")],
    ["it ends too early", pt(0x8d, little(2n ** 60n, 8), STOP)],
    ["a whole number of 4294967295 bytes", pt(0x8b, little(0xffffffff, 4), STOP)],
    ["it recalls value 7", pt(0x68, 7, STOP)],
    ["empty stack", pt(STOP)],
    ["up to a mark", pt(TUPLE, STOP)],
    ["appends to null", pt(0x4e, 0x4e, 0x61, STOP)],
    ["a key of a dictionary is []", pt(0x7d, LIST, 0x4e, 0x73, STOP)],
  ];
  for (const [text, bytes] of cases) {
    await assertRejects(() => io.decode(bytes), SyntaxError, text);
    await assertRejects(() => io.loadTorch(bytes), SyntaxError, text);
  }
  await assertRejects(() => Deno.stat("/tmp/executed"), Deno.errors.NotFound);
});

Deno.test("pt: tensors outside their storages are refused", async () => {
  const huge = [0x8a, 6, ...little(2 ** 40, 6)];
  const cases: [string, Uint8Array][] = [
    ["of shape [3] reaches out of the 2", pt(rebuilt(storage(), 0, [3], [1]), STOP)],
    ["of shape [2] reaches out of the 2", pt(rebuilt(storage(), 1, [2], [1]), STOP)],
    ["of shape [2, 2] reaches out", pt(rebuilt(storage(), 0, [2, 2], [1, 1]), STOP)],
    ["of shape [1, 1] reaches out", pt(rebuilt(storage(), 0, [1, 1], [1]), STOP)],
    ["storage 7 is missing", pt(rebuilt(storage("7"), 0, [2], [1]), STOP)],
    [
      "has 8 bytes, its 2 elements take 16",
      pt(rebuilt(storage("0", global("torch", "LongStorage")), 0, [1], [1]), STOP),
    ],
    ["its 1099511627776 elements take", pt(rebuilt(storage("0", undefined, huge), 0, [1], [1]), STOP)],
    ["not that of a storage", pt(rebuilt(storage("0", text("float32")), 0, [2], [1]), STOP)],
    ["described in two ways", pt(MARK, storage(), storage("0", global("torch", "IntStorage")), TUPLE, STOP)],
    ["not a storage", pt(rebuilt([0x4e], 0, [2], [1]), STOP)],
  ];
  for (const [text, bytes] of cases) await assertRejects(() => io.decode(bytes), SyntaxError, text);
});

Deno.test("pt: nesting without end is refused", async () => {
  const deep = "more than 100 deep", start = performance.now();
  const nested = pt(Array(100_000).fill(LIST), Array(99_999).fill(0x61), STOP);
  const itself = pt(LIST, 0x71, 0, 0x68, 0, 0x61, STOP); // a list that holds itself
  const doubling = Array.from({ length: 60 }, () => [0x32, 0x86]).flat(); // DUP, TUPLE2
  for (const bytes of [nested, itself]) await assertRejects(() => io.decode(bytes), SyntaxError, deep);
  await assertRejects(() => io.decode(pt(LIST, doubling, STOP)), SyntaxError, "more than 1000000 values");
  assert(performance.now() - start < 10_000, "it took long");
});
