/** Files: those that NumPy and PyTorch wrote are read, those written here are theirs, and a save is whole or not at all. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { arange, io, nn, rand, slice, type Tensor, tensor, zeros } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";
import { bytesOf, expected, facts, factsWithin, type Fixture, fixtures } from "./io_files.ts";

const refused = /^(evil|module|objects|structured|complex|text|large|old)\./;
const readable = [...fixtures.values()].filter(({ name }) => !refused.test(name));
const specials = [0.1, -2.5, 65504, 1e-7, Infinity, NaN, 1e9, -0];
const mixed: Record<string, Tensor> = {
  matrix: tensor([[1, 2, 3], [4, 5, 6]]),
  transposed: tensor([[1, 2, 3], [4, 5, 6]]).T,
  sliced: arange(10).index([slice(3, 7)]).to("float64"),
  ints: tensor([1, -2, 2 ** 31 - 1], { dtype: "int32" }),
  bytes: tensor([0, 255, 7], { dtype: "uint8" }),
  mask: tensor([true, false, true]),
  double: tensor(specials, { dtype: "float64" }),
  number: tensor(5),
  empty: zeros(0, 3),
  "größe.0/x": rand(700),
};

/** Runs `use` with a folder that is removed afterwards. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dinograd-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function allFacts(tensors: io.NamedTensors): [string, unknown[]][] {
  return Object.entries(tensors).map(([name, x]) => [name, facts(x)]);
}

function expectedOf({ tensors }: Fixture): [string, unknown[]][] {
  return Object.entries(tensors).map(([name, described]) => [name, expected(described)]);
}

for (const file of readable) {
  Deno.test(`${file.name} of NumPy's or PyTorch's is read`, async () => {
    assertEquals(allFacts(await io.decode(file.bytes)), expectedOf(file));
    const { metadata, tensors } = await io.inspect(file.bytes);
    assertEquals(metadata, file.metadata);
    assertEquals(
      Object.entries(tensors).map(([name, { stored, shape }]) => [name, stored, shape]),
      Object.entries(file.tensors).map(([name, [stored, shape]]) => [name, stored, shape]),
    );
  });
}

Deno.test("loadTorch() gives what is in a checkpoint, as it was nested", async () => {
  const { bytes, value } = fixtures.get("checkpoint.pt")!;
  const found = await io.loadTorch(bytes) as { loss: unknown[] };
  assertEquals(found.loss[7], 2n ** 70n);
  found.loss[7] = String(found.loss[7]);
  const described = JSON.stringify(value).replace(
    /\["(\w+)",(\[[\d,]*\]),(\[[^\]]*\])\]/g,
    (_, stored, shape, values) => JSON.stringify(expected([stored, JSON.parse(shape), JSON.parse(values)])),
  );
  assertEquals(factsWithin(found as io.TorchValue), JSON.parse(described));
});

Deno.test("tensors that shared memory in a .pt file share it again", async () => {
  const { transposed, sliced } = await io.decode(bytesOf("mixed.pt"));
  assert(transposed.storage === sliced.storage);
  transposed.fill_(7);
  assertEquals(sliced.toArray(), [[7, 7], [7, 7]]);
});

Deno.test("a layer takes the weights of a .pt file by name", async () => {
  const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
  const state = await io.decode(bytesOf("state.pt"));
  model.loadStateDict(state);
  assertEquals(model.stateDict()["0.weight"].toArray(), state["0.weight"].toArray());
});

Deno.test("names: only those are read, in the order asked for", async () => {
  for (const name of ["stored.npz", "deflated.npz"]) {
    const found = await io.decode(bytesOf(name), { names: ["mask", "weight"] });
    assertEquals(Object.keys(found), ["mask", "weight"]);
    await assertRejects(
      () => io.decode(bytesOf(name), { names: ["nope"] }),
      RangeError,
      '"nope" is not one of weight, größe, mask',
    );
  }
  assertEquals(Object.keys(await io.decode(bytesOf("all.safetensors"), ["int8"])), ["int8"]);
  assertEquals(Object.keys(await io.decode(bytesOf("state.pt"), ["0.bias"])), ["0.bias"]);
});

Deno.test("save() and load() give the same tensors in every format", () =>
  inFolder(async (folder) => {
    const named = new Map(Object.entries(mixed));
    for (const options of [{ format: "safetensors" }, { format: "npz" }, { format: "npz", compress: true }]) {
      const path = `${folder}/mixed.${options.format}`;
      for (const tensors of [mixed, named]) {
        await io.save(path, tensors, options as io.SaveOptions);
        assertEquals(allFacts(await io.load(path)), allFacts(mixed));
      }
      assertEquals(await io.encode(mixed, options as io.SaveOptions), await Deno.readFile(path));
    }
    for (const [name, x] of Object.entries(mixed)) {
      const path = new URL(`file://${folder}/one.npy`);
      await io.save(path, x);
      assertEquals([name, ...facts(await io.loadTensor(path))], [name, ...facts(x)]);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "mixed.npz",
      "mixed.safetensors",
      "one.npy",
    ]);
  }));

Deno.test("entries of a compressed file can be looked at and left", () =>
  inFolder(async (folder) => {
    const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, rand(20_000)]));
    await io.save(`${folder}/x.npz`, many, { compress: true });
    for (let round = 0; round < 20; round++) { // what is left may still be reading ahead
      const { tensors } = await io.inspect(`${folder}/x.npz`);
      assertEquals(Object.values(tensors).map(({ shape }) => shape), Array(8).fill([20_000]));
    }
    assertEquals(allFacts(await io.load(`${folder}/x.npz`)), allFacts(many));
  }));

Deno.test(".npy files are NumPy's, byte for byte", async () => {
  for (const code of ["<f4", "<f8", "<i4", "<u1", "<b1"]) {
    const bytes = bytesOf(`${code}.npy`);
    assertEquals(await io.encode(await io.decode(bytes), { format: "npy" }), bytes);
  }
  for (
    const [dtype, stored, code] of [
      ["float32", "float16", "<f2"],
      ["int32", "int64", "<i8"],
      ["int32", "int16", "<i2"],
      ["int32", "int8", "<i1"],
    ]
  ) {
    const bytes = bytesOf(`${code}.npy`), storeAs = { [dtype]: stored };
    assertEquals(await io.encode(await io.decode(bytes), { format: "npy", storeAs }), bytes);
  }
  assertEquals(
    await io.encode(tensor(5, { dtype: "int32" }), { format: "npy" }),
    bytesOf("scalar.npy"),
  );
});

Deno.test("safetensors are laid out as published, elements aligned", async () => {
  const bytes = await io.encode({ a: tensor([true]), b: tensor([2, 3]) }, { metadata: { k: "v" } });
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  assertEquals(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), {
    __metadata__: { k: "v" },
    a: { dtype: "BOOL", shape: [1], data_offsets: [8, 9] },
    b: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
  });
  assertEquals([...bytes.subarray(8 + length)], [0, 0, 0, 64, 0, 0, 64, 64, 1]);
});

Deno.test("storeAs rounds halves to nearest even, as PyTorch does", async () => {
  const file = fixtures.get("all.safetensors")!;
  const { float64, float32 } = await io.decode(file.bytes);
  for (const stored of ["float16", "bfloat16"] as const) {
    const [, values] = [stored, expected(file.tensors[stored])];
    const bytes = await io.encode({ x: float32 }, { storeAs: { float32: stored } });
    assertEquals((await io.inspect(bytes)).tensors.x.stored, stored);
    assertEquals(facts((await io.decode(bytes)).x), values);
    const wide = await io.encode({ x: float64 }, { storeAs: { float64: stored } });
    assertEquals(facts((await io.decode(wide)).x)[2], values[2]);
  }
  // 1 + 2^-8 is a tie between 1 and 1 + 2^-7, 1 + 3 * 2^-8 one between 1 + 2^-7 and 1 + 2^-6; 3.4e38 rounds up
  const ties = tensor([1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8, 3.4e38, NaN, -Infinity]);
  const { x } = await io.decode(await io.encode({ x: ties }, { storeAs: { float32: "bfloat16" } }));
  assertEquals([...x.toTypedArray()], [1, 1 + 2 ** -6, -1, Infinity, NaN, -Infinity]);
});

Deno.test("whole numbers are stored as any type that holds them, else refused", async () => {
  const x = tensor([1, 2, 127], { dtype: "int32" });
  for (
    const stored of ["int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"] as const
  ) {
    for (const format of ["safetensors", "npz"] as const) {
      const bytes = await io.encode({ x }, { format, storeAs: { int32: stored } });
      assertEquals((await io.inspect(bytes)).tensors.x.stored, stored);
      assertEquals((await io.decode(bytes)).x.toArray(), [1, 2, 127]);
    }
  }
  const negative = { x: tensor([5, -300], { dtype: "int32" }) };
  for (const stored of ["int8", "uint64", "uint32", "uint16", "uint8"] as const) {
    await assertRejects(
      () => io.encode(negative, { storeAs: { int32: stored } }),
      RangeError,
      `Cannot encode the tensors: "x" holds -300, which does not fit ${stored}`,
    );
  }
  await assertRejects(
    () => io.decode(bytesOf("large.npy")),
    RangeError,
    'Cannot decode 144 bytes: "arr_0" holds 3000000000 (int64), which does not fit int32',
  );
});

Deno.test("a save takes the tensors as they are when it is called", () =>
  inFolder(async (folder) => {
    for (const options of [{ format: "safetensors" }, { format: "npz" }, { format: "npz", compress: true }]) {
      const x = arange(5000), path = `${folder}/x`;
      const saved = io.save(path, { x }, options as io.SaveOptions);
      x.fill_(-1);
      await saved;
      assertEquals((await io.load(path)).x.toArray(), arange(5000).toArray());
    }
  }));

Deno.test("a save that fails leaves the old file and nothing else", () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.safetensors`, x = tensor([1, 300], { dtype: "int32" });
    await io.save(path, { x });
    await assertRejects(() => io.save(path, { x }, { storeAs: { int32: "int8" } }), RangeError, "300");
    assertEquals((await io.load(path)).x.toArray(), [1, 300]);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  }));

Deno.test("a process killed while saving leaves the old or the new file whole", () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.safetensors`, size = 1 << 20;
    await io.save(path, { x: zeros(size), epoch: tensor(0) });
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { full, io, tensor } from ${JSON.stringify(new URL("../mod.ts", import.meta.url).href)};
       for (let i = 1;; i++) {
         await io.save(${JSON.stringify(path)}, { x: full([${size}], i), epoch: tensor(i) });
         if (i === 1) console.log("saving");
       }`,
    );
    let newest = 0;
    for (let kill = 0; kill < 12; kill++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--no-lock", "--allow-read", "--allow-write", `${folder}/main.ts`],
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read(); // it has begun
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
      const { x, epoch } = await io.load(path), values = x.toTypedArray();
      assertEquals(values.length, size);
      assert(values.every((value) => value === epoch.item()), "a mixture of two saves");
      newest = Math.max(newest, epoch.item());
    }
    assert(newest > 0);
  }));

Deno.test("load() and save() name what is missing", async () => {
  await assertRejects(() => io.load("/nowhere/x.npy"), Error, "Cannot load /nowhere/x.npy: No such file");
  await assertRejects(
    () => io.save("/nowhere/x.npy", tensor(1)),
    Error,
    "Cannot save /nowhere/x.npy: No such",
  );
  await assertRejects(() => io.save("x.pt", {}), RangeError, "must end in .safetensors, .npz or .npy");
  await assertRejects(() => io.save("x.npy", {}), RangeError, "holds one tensor, got 0");
  await assertRejects(
    () => io.save("x.npz", {}, { metadata: {} }),
    TypeError,
    "an .npz file has none",
  );
  await assertRejects(() => io.save("x.npy", tensor(1), { compress: true }), TypeError, "only .npz");
  await assertRejects(
    () => io.encode(tensor(1), { format: "npz", storeAs: { float32: "bfloat16" } }),
    TypeError,
    '"arr_0" is "bfloat16", which NumPy does not have',
  );
  await assertRejects(() => io.loadTensor(bytesOf("stored.npz")), RangeError, "it holds 3");
  await assertRejects(() => io.loadTorch(bytesOf("stored.npz")), SyntaxError, "it is a file of npz");
});

Deno.test({
  name: "load() and save() without permission say which to give",
  permissions: { read: false, write: false },
  async fn() {
    await assertRejects(() => io.load("x.npy"), Error, "permission is missing; run with --allow-read");
    await assertRejects(
      () => io.save("x.npy", tensor(1)),
      Error,
      "permission is missing; run with --allow-write --allow-read",
    );
    assertEquals((await io.decode(await io.encode({ x: tensor(1) }))).x.item(), 1);
  },
});

Deno.test("odd arguments fail with errors of ours", async () => {
  const calls: Record<string, (value: never) => Promise<unknown>> = {
    load: (value) => io.load(value),
    "load names": (value) => io.load("/nowhere", { names: value }),
    decode: (value) => io.decode(value),
    "decode names": (value) => io.decode(bytesOf("stored.npz"), { names: value }),
    "decode names by position": (value) => io.decode(bytesOf("stored.npz"), value),
    loadTensor: (value) => io.loadTensor(value),
    loadTorch: (value) => io.loadTorch(value),
    inspect: (value) => io.inspect(value),
    "save path": (value) => io.save(value, {}),
    "save tensors": (value) => io.save("/nowhere/x.npz", value),
    "save options": (value) => io.save("/nowhere/x.npz", {}, value),
    encode: (value) => io.encode(value),
    "encode a value": (value) => io.encode({ value }),
    "encode a Map": (value) => io.encode(new Map([[value, value]])),
    "encode options": (value) => io.encode({}, value),
    ...Object.fromEntries(
      ["format", "storeAs", "metadata", "compress"].map((option) => [
        `encode ${option}`,
        (value) => io.encode({ x: tensor(1) }, { [option]: value }),
      ]),
    ),
    "encode storeAs float32": (value) => io.encode({}, { storeAs: { float32: value } }),
    "encode metadata's value": (value) => io.encode({}, { metadata: { value } }),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const [title, value] of odd) {
      const error = await call(value as never).then(() => null, (error) => error);
      assertNoAccident(`${name}: ${title}`, () => {
        if (error) throw error;
      });
    }
  }
});

const python = "/usr/bin/python3";
const hasNumpy = await new Deno.Command(python, { args: ["-c", "import numpy"] }).output().then(
  ({ success }) => success,
  () => false,
);

Deno.test({
  name: "NumPy reads what save() wrote",
  ignore: !hasNumpy,
  fn: () =>
    inFolder(async (folder) => {
      const paths: string[] = [];
      for (const [i, compress] of [false, true].entries()) {
        paths.push(`${folder}/${i}.npz`);
        await io.save(paths[i], mixed, { compress });
      }
      const script = `
import json, sys, zipfile, numpy
for path in sys.argv[1:]:
    assert zipfile.ZipFile(path).testzip() is None
    arrays = numpy.load(path)
    print(json.dumps([[n, str(arrays[n].dtype), arrays[n].shape, [str(float(v)) for v in arrays[n].flat]] for n in arrays]))
`;
      const { stdout, stderr } = await new Deno.Command(python, { args: ["-c", script, ...paths] }).output();
      const [stored, deflated] = new TextDecoder().decode(stdout).trim().split("\n");
      assert(deflated, new TextDecoder().decode(stderr));
      assertEquals(stored, deflated);
      const number = (text: string) => Number(text.replace("inf", "Infinity"));
      assertEquals(
        (JSON.parse(stored) as [string, string, number[], string[]][]).map((
          [name, dtype, shape, values],
        ): [string, unknown[]] => [name, [dtype, shape, values.map(number)]]),
        allFacts(mixed),
      );
    }),
});

Deno.test("the checksum is the same without node:zlib", async () => {
  const { process } = globalThis as unknown as { process: { getBuiltinModule?: unknown } };
  const { getBuiltinModule } = process, bytes = new TextEncoder().encode("123456789");
  const sums: number[] = [];
  for (const [query, builtin] of Object.entries({ native: getBuiltinModule, own: undefined })) {
    process.getBuiltinModule = builtin;
    try {
      const { crc32 } = await import(new URL(`../lib/io/crc32.ts?${query}`, import.meta.url).href);
      sums.push(crc32(bytes), crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4))));
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  }
  assertEquals(sums, Array(4).fill(0xcbf43926)); // the check value of the standard
});

Deno.test("the text of an error names the file", async () => {
  const path = await Deno.makeTempFile({ prefix: "dinograd-" });
  try {
    const error = await assertRejects(() => io.load(path), SyntaxError) as Error;
    assertStringIncludes(error.message, `Cannot load ${path}: it is not one of safetensors`);
  } finally {
    await Deno.remove(path);
  }
});
