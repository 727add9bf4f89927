/** Checkpoints: training goes on bit for bit, and files that are not as they should be change nothing. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  data,
  Generator,
  getRngState,
  io,
  manualSeed,
  nn,
  optim,
  rand,
  randn,
  Tensor,
  tensor,
} from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";
import "./setup.ts";

const folder = await Deno.makeTempDir({ prefix: "dinograd-checkpoint-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

let files = 0;
/** A path that nothing is at. */
function fresh(): string {
  return `${folder}/${files++}`;
}

/** What makes two values equal: all bits of tensors and bytes, and everything else as it is. */
function bits(value: unknown): unknown {
  if (value instanceof Tensor) return [value.dtype, value.shape, [...value.toTypedArray()]];
  if (value instanceof Uint8Array) return value.toBase64();
  if (Array.isArray(value)) return value.map(bits);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bits(item)]));
}

/** The states of a training's parts, and of the default generator. */
function stateOf(parts: Readonly<Record<string, io.Restorable | Generator>>): unknown {
  const states = Object.entries(parts).map((
    [name, part],
  ) => [name, part instanceof Generator ? part.getState() : part.stateDict()]);
  return bits([states, getRngState()]);
}

/** Pictures of ten classes: a pattern for each, and noise that is drawn anew at each look. */
class Pictures implements data.Dataset<[Tensor, number]> {
  readonly length = 40;
  readonly #patterns = randn([10, 1, 6, 6], { generator: new Generator(1) });

  get(i: number): [Tensor, number] {
    return [this.#patterns.select(0, i % 10).add(randn([1, 6, 6])), i % 10];
  }
}
const pictures = new Pictures();

function makeTraining(prefetch = 2) {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.Dropout(0.3),
    new nn.Flatten(),
    new nn.Linear(64, 10),
  );
  const optimizer = new optim.Adam([
    { params: model[0].parameters() },
    { params: [...model[1].parameters(), ...model[5].parameters()], lr: 3e-3, weightDecay: 0.01 },
  ], { amsgrad: true });
  const generator = new Generator(7);
  return {
    model,
    optimizer,
    generator,
    scheduler: new optim.lrScheduler.CosineAnnealingWarmRestarts(optimizer, { T0: 5 }),
    loader: new data.DataLoader(pictures, { batchSize: 8, shuffle: true, generator, prefetch }),
    average: new optim.swaUtils.AveragedModel(model, { avgFn: optim.swaUtils.getEmaAvgFn(0.9) }),
  };
}
type Training = ReturnType<typeof makeTraining>;

/** Trains from `epoch` until `stop` steps are done, or three passes; gives the losses and the epoch. */
async function train(training: Training, epoch = 0, stop = Infinity) {
  const { model, optimizer, scheduler, loader, average } = training, losses: number[] = [];
  for (; epoch < 3; epoch++) {
    for await (const [x, y] of loader) {
      const loss = model.forward(x.add(rand(1).mul(0.1))).crossEntropy(y.int());
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      scheduler.step();
      average.updateParameters(model);
      losses.push(loss.item());
      if (losses.length === stop) return { losses, epoch };
    }
  }
  return { losses, epoch };
}

for (const prefetch of [0, 2]) {
  Deno.test(`resumed training equals uninterrupted training bit for bit, prefetch ${prefetch}`, async () => {
    manualSeed(5);
    const whole = makeTraining(prefetch), { losses } = await train(whole), expected = stateOf(whole);
    assertEquals(losses.length, 15);
    for (const stop of [1, 7, 10, 14]) { // 5 batches a pass: in the middle, and after the last of one
      manualSeed(5);
      const first = makeTraining(prefetch), before = await train(first, 0, stop), path = fresh();
      await io.saveCheckpoint(path, { ...first, epoch: before.epoch, best: Infinity });
      manualSeed(99); // another run: other weights, other random numbers
      const second = makeTraining(prefetch), parts = { ...second, epoch: 0, best: 0 };
      const { epoch, best, model } = await io.loadCheckpoint(path, parts);
      assertEquals([epoch, best], [before.epoch, Infinity]);
      assert(model === second.model);
      const after = await train(second, epoch);
      assertEquals([...before.losses, ...after.losses], losses);
      assertEquals(stateOf(second), expected);
    }
  });
}

const optimizers: Readonly<Record<string, (params: Iterable<Tensor>) => optim.Optimizer>> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
  "SGD without momentum": (p) => new optim.SGD(p, { lr: 0.1 }),
  Adam: (p) => new optim.Adam(p),
  AdamW: (p) => new optim.AdamW(p, { amsgrad: true }),
  Adamax: (p) => new optim.Adamax(p),
  NAdam: (p) => new optim.NAdam(p),
  RAdam: (p) => new optim.RAdam(p),
  SparseAdam: (p) => new optim.SparseAdam(p),
  Adagrad: (p) => new optim.Adagrad(p),
  AdagradDA: (p) => new optim.AdagradDA(p),
  Adadelta: (p) => new optim.Adadelta(p),
  RMSprop: (p) => new optim.RMSprop(p, { momentum: 0.5, centered: true }),
  Rprop: (p) => new optim.Rprop(p),
  ASGD: (p) => new optim.ASGD(p),
  LBFGS: (p) => new optim.LBFGS(p, { maxIter: 3, lineSearchFn: "strong_wolfe" }),
};
const { lrScheduler, swaUtils } = optim;
const schedulers: readonly ((o: optim.Optimizer) => { step(loss?: number): void } & io.Restorable)[] = [
  (o) => new lrScheduler.StepLR(o, 2),
  (o) => new lrScheduler.MultiStepLR(o, [2, 5]),
  (o) => new lrScheduler.ReduceLROnPlateau(o, { patience: 1 }),
  (o) => new lrScheduler.OneCycleLR(o, 0.1, { totalSteps: 20, cycleMomentum: false }),
  (o) => new lrScheduler.CyclicLR(o, 0.01, 0.1, { stepSizeUp: 3, cycleMomentum: false }),
  (o) => new lrScheduler.LambdaLR(o, (epoch) => 1 / (1 + epoch)),
  (o) =>
    new lrScheduler.SequentialLR(o, [
      new lrScheduler.LinearLR(o),
      new lrScheduler.ExponentialLR(o, 0.9),
    ], [4]),
  (o) =>
    new lrScheduler.ChainedScheduler([new lrScheduler.ConstantLR(o), new lrScheduler.ExponentialLR(o, 0.9)]),
  (o) => new swaUtils.SWALR(o, 0.05, { annealEpochs: 6 }),
];

for (const [i, [name, make]] of Object.entries(optimizers).entries()) {
  Deno.test(`${name} goes on bit for bit from a checkpoint`, async () => {
    const x = rand([16, 4], { generator: new Generator(3) });
    const set = () => {
      const model = new nn.Linear(4, 2), optimizer = make(model.parameters());
      return { model, optimizer, scheduler: schedulers[i % schedulers.length](optimizer) };
    };
    const run = ({ model, optimizer, scheduler }: ReturnType<typeof set>, steps: number) => {
      for (let i = 0; i < steps; i++) {
        const loss = optimizer.step(() => {
          optimizer.zeroGrad();
          const loss = model.forward(x).sub(1).square().mean();
          loss.backward();
          return loss;
        });
        scheduler.step(loss.item());
      }
    };
    const first = set(), second = set(), path = fresh();
    run(first, 4);
    await io.saveCheckpoint(path, first);
    await io.loadCheckpoint(path, second);
    assertEquals(stateOf(second), stateOf(first));
    run(first, 5);
    run(second, 5);
    assertEquals(stateOf(second), stateOf(first));
  });
}

Deno.test("a checkpoint is a safetensors file: names are PyTorch's, plain data is JSON", async () => {
  const path = fresh(), model = new nn.Sequential(new nn.Linear(2, 1), new nn.BatchNorm1d(1));
  const optimizer = new optim.Adam(model.parameters());
  model[0].forward(rand([1, 2])).sum().backward();
  optimizer.step();
  await io.saveCheckpoint(path, { model, optimizer, epoch: 3, note: "a" });
  const { format, metadata, tensors } = await io.inspect(path);
  assertEquals([format, metadata.epoch, metadata.note], ["safetensors", "3", '"a"']);
  assertEquals(Object.keys(tensors), [
    ...Object.keys(model.stateDict()).map((name) => `model.${name}`),
    ...["optimizer.state.0.expAvg", "optimizer.state.0.expAvgSq"],
    ...["optimizer.state.1.expAvg", "optimizer.state.1.expAvgSq"],
  ]);
  const loaded = await io.load(path, { names: ["model.0.weight"] });
  assertEquals(bits(loaded["model.0.weight"]), bits(model.stateDict()["0.weight"]));
});

Deno.test("plain data of every kind comes back as it was", async () => {
  const path = fresh();
  const values = {
    numbers: [0, -0, 0.1, -1e-300, 2 ** 53, Infinity, -Infinity, NaN],
    words: ["", "ü\u0000\ud800", "$tensor", null, true, false],
    $tensor: { $tensor: "x", $$: [{ $number: "NaN" }], ["__proto__"]: 1, "": {} },
    $checkpoint: { ["__proto__"]: { polluted: true } },
    bytes: Uint8Array.of(0, 255, 7),
    deep: { list: [[], [{ a: [tensor([1.5], { dtype: "float64" })] }]] },
    tensors: [
      tensor([true, false]),
      tensor([[1], [-2]], { dtype: "int32" }),
      tensor(new Uint8Array([9]), { dtype: "uint8" }),
      rand([2, 3]).t(),
      tensor(NaN),
    ],
  };
  const first = new Generator(4), second = new Generator(5);
  const nested = { a: { b: [new nn.Linear(1, 1), { generator: first }] } };
  await io.saveCheckpoint(path, { ...values, nested });
  const target = new nn.Linear(1, 1), like = { a: { b: [target, { generator: second }] } };
  const read = await io.loadCheckpoint(path, {
    ...{ numbers: [], words: [], $tensor: {}, $checkpoint: {}, bytes: new Uint8Array(), deep: {} },
    ...{ tensors: [], nested: like },
  });
  assertEquals(bits({ ...read, nested: null }), bits({ ...values, nested: null }));
  assert(Object.is((read.numbers as unknown as number[])[1], -0));
  assertEquals(bits(target.stateDict()), bits((nested.a.b[0] as nn.Linear).stateDict()));
  assert(read.nested.a.b[0] === target);
  assertEquals(second.getState(), first.getState());
  assertEquals(Reflect.get({}, "polluted"), undefined);
});

Deno.test("some of the parts can be loaded, or a state looked at as it is", async () => {
  const path = fresh(),
    model = new nn.Linear(2, 1),
    optimizer = new optim.SGD(model.parameters(), { lr: 0.5 });
  await io.saveCheckpoint(path, { model, optimizer, metrics: { loss: [3, 2], best: 2 } });
  const other = new nn.Linear(2, 1);
  const loaded = await io.loadCheckpoint(path, { model: other, optimizer: null, metrics: { best: 0 } });
  assertEquals(bits(other.stateDict()), bits(model.stateDict()));
  assertEquals(bits(loaded.optimizer), bits(optimizer.stateDict()));
  assertEquals(loaded.metrics, { loss: [3, 2], best: 2 } as never);
});

Deno.test("what is saved is what there is when saveCheckpoint() is called", async () => {
  const path = fresh(), model = new nn.Linear(2, 1), before = bits(model.stateDict());
  const saving = io.saveCheckpoint(path, { model });
  nn.init.zeros_(model.weight);
  await saving;
  const other = await io.loadCheckpoint(path, { model: new nn.Linear(2, 1) });
  assertEquals(bits(other.model.stateDict()), before);
});

Deno.test("what cannot be saved is refused by name, and no file is written", async () => {
  const model = new nn.Linear(1, 1), circle: unknown[] = [];
  circle.push(circle);
  const what = "it must be plain data, a tensor or an object with stateDict() and loadStateDict()";
  const wrong: readonly [parts: unknown, message: string][] = [
    [{ model, when: new Date(0) }, `when is a Date, ${what}`],
    [{ run: { log: [1, () => {}] } }, `run.log.1 is a function, ${what}`],
    [{ scheduler: undefined }, `scheduler is undefined, ${what}`],
    [{ big: 1n }, `big is the bigint 1n, ${what}`],
    [{ map: new Map() }, `map is a Map, ${what}`],
    [{ array: new Float64Array(1) }, `array is a Float64Array, ${what}`],
    [{ half: { stateDict: () => ({}) } }, `half.stateDict is a function (stateDict), ${what}`],
    [{ late: { stateDict: () => Promise.resolve(), loadStateDict() {} } }, `late is a Promise, ${what}`],
    [{ circle }, "is more than 64 levels deep"],
    [{ a: { b: tensor(1) }, "a.b": tensor(2) }, "there are two tensors of the name a.b"],
    [model, "of a Linear: parts must be an object with a name for each, as { model, epoch }"],
    [[model], "of an array of 1 items: parts must be an object"],
    [null, "of null: parts must be an object"],
  ];
  for (const [parts, message] of wrong) {
    const path = fresh();
    const error = await assertRejects(() => io.saveCheckpoint(path, parts as never), Error);
    assert(error.message.startsWith(`Cannot save ${path}`) && error.message.includes(message), `${error}`);
    await assertRejects(() => Deno.stat(path));
  }
  for (const [label, value] of odd) {
    for (
      const call of [
        () => io.saveCheckpoint(typeof value === "string" ? "" : value as never, { model }),
        () => io.saveCheckpoint(fresh(), value as never),
        () => io.loadCheckpoint(value as never, { model }),
        () => io.loadCheckpoint(new Uint8Array(3), value as never),
      ]
    ) {
      const error: unknown = await call().catch((error) => error);
      assertNoAccident(`a checkpoint of ${label}`, () => {
        if (error) throw error;
      });
    }
  }
});

/** A small training whose checkpoint has every kind of part, as bytes. */
async function makeSmall() {
  const make = () => {
    const model = new nn.Sequential(new nn.Linear(2, 1), new nn.BatchNorm1d(1));
    const optimizer = new optim.Adam(model.parameters()), { lrScheduler } = optim;
    const scheduler = new lrScheduler.ExponentialLR(optimizer, 0.9);
    const plateau = new lrScheduler.ReduceLROnPlateau(optimizer);
    const loader = new data.DataLoader(["a", "b", "c"], { shuffle: true });
    return { model, optimizer, scheduler, plateau, loader };
  };
  const step = ({ model, optimizer, scheduler, plateau, loader }: ReturnType<typeof make>) => {
    model.forward(rand([3, 2])).sum().backward();
    optimizer.step();
    scheduler.step();
    plateau.step(1);
    for (const _ of loader) break;
  };
  const training = make(), path = fresh();
  step(training);
  await io.saveCheckpoint(path, { ...training, epoch: 1 });
  return { make, step, path, bytes: await Deno.readFile(path) };
}
const small = await makeSmall();

/** Loads into new objects: either well, and a step can be made, or with an error of ours, and nothing has changed. */
async function survive(what: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const parts = small.make();
  small.step(parts);
  const before = stateOf(parts), start = `Cannot decode ${bytes.length} bytes`;
  try {
    await io.loadCheckpoint(bytes, { ...parts, epoch: 0 });
  } catch (error) {
    assert(error instanceof Error && error.message.startsWith(start), `${what}: ${error}`);
    assertEquals(stateOf(parts), before, `${what}: a failed load changed something (${error.message})`);
    return false;
  }
  assertNoAccident(what, () => small.step(parts));
  return true;
}

/** The small checkpoint with other metadata. */
function withMetadata(change: (metadata: Record<string, string>) => void): Uint8Array<ArrayBuffer> {
  const { bytes } = small, view = new DataView(bytes.buffer), end = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end)));
  change(header.__metadata__);
  const json = new TextEncoder().encode(JSON.stringify(header)), length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.of(...length, ...json, ...bytes.subarray(end));
}

/** Every JSON value that differs from `json` by one replaced node. */
function* variants(json: unknown, others: readonly unknown[]): Iterable<unknown> {
  yield* others;
  if (typeof json !== "object" || json === null) return;
  for (const [key, item] of Object.entries(json)) {
    for (const other of variants(item, others)) {
      yield Array.isArray(json) ? json.with(Number(key), other) : { ...json, [key]: other };
    }
    if (!Array.isArray(json)) yield Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
  }
}

Deno.test("whatever stands in a checkpoint's metadata, loading it restores all or nothing", async () => {
  const deep = JSON.parse("[".repeat(200) + "]".repeat(200));
  const others = [
    ...[null, -1, 1.5, "x", [], {}, { step: 1 }, deep, { $tensor: "model.0.weight" }, { $tensor: "nowhere" }],
    ...[{ $bytes: "****" }, { $bytes: "AAAA" }, { $number: "NaN" }, { $number: "1" }, { $state: {} }],
  ];
  const { metadata } = await io.inspect(small.path);
  let refused = 0, count = 0;
  for (const [name, text] of Object.entries(metadata)) {
    for (const json of variants(JSON.parse(text), others)) {
      const bytes = withMetadata((all) => all[name] = JSON.stringify(json));
      count++;
      if (!await survive(`${name}: ${JSON.stringify(json).slice(0, 200)}`, bytes)) refused++;
    }
  }
  assert(await survive("as it is", small.bytes));
  assert(refused > 0.8 * count, `${refused} of ${count} refused`);
});

Deno.test("a checkpoint that is cut short or has changed bytes restores all or nothing", async () => {
  const { bytes } = small;
  for (let length = 0; length < bytes.length; length += length < 40 || length > bytes.length - 40 ? 1 : 97) {
    assert(!await survive(`${length} bytes`, bytes.slice(0, length)), `${length} bytes were read`);
  }
  const random = new Generator(1);
  for (let round = 0; round < 500; round++) {
    const changed = bytes.slice();
    for (let i = 0; i < 3; i++) changed[random.random() % bytes.length] ^= 1 << random.random() % 8;
    await survive(`round ${round}`, changed);
  }
});

Deno.test("what does not fit is named, and all objects are left as they were", async () => {
  const { path, make } = small, it = `Cannot load ${path}`;
  const failing = {
    stateDict: () => ({}),
    loadStateDict: () => {
      throw new Error("no");
    },
  }; // deno-fmt-ignore
  const otherPath = fresh();
  await io.saveCheckpoint(otherPath, { ...make(), failing, list: [new Generator()], metrics: { a: 1 } });
  const wrong: readonly [path: string, parts: Record<string, unknown>, message: string][] = [
    [
      path,
      { metrics: [] },
      `${it}: it has no metrics; it has model, optimizer, scheduler, plateau, loader, epoch`,
    ],
    [path, { epoch: "1" }, `${it}: epoch is 1, it must be like "1"`],
    [path, { epoch: new nn.Linear(1, 1) }, `${it}: epoch is not a state, it must be the state of a Linear`],
    [
      path,
      { ...make(), model: new nn.Linear(2, 1) },
      `${it} into model: Cannot load a state dict into Linear:\n  weight is missing`,
    ],
    [
      path,
      { ...make(), optimizer: new optim.SGD([tensor(1), tensor(2), tensor(3), tensor(4)], { lr: 1 }) },
      `${it} into optimizer: Cannot make SGD with option betas`,
    ],
    [
      path,
      { ...make(), scheduler: make().model },
      `${it} into scheduler: Cannot load a state dict into Sequential: lastEpoch is 1, it must be a tensor`,
    ],
    [otherPath, { ...make(), failing }, `Cannot load ${otherPath} into failing: no`],
    [otherPath, { list: [] }, ""],
    [otherPath, { list: [new Generator(), 1] }, `list is an array of 1 items, it must be like an array of 2`],
    [otherPath, { metrics: { b: 1 } }, `it has no metrics.b; it has a`],
  ];
  for (const [path, parts, message] of wrong) {
    const restorables = Object.entries(parts).filter(([, part]) =>
      typeof part === "object" && part !== null && "loadStateDict" in part
    );
    const objects = Object.fromEntries(restorables) as Record<string, io.Restorable>;
    const before = stateOf(objects), loading = io.loadCheckpoint(path, parts);
    if (message === "") {
      await loading; // an empty array takes anything
      continue;
    }
    const error = await assertRejects(() => loading, Error);
    assert(error.message.includes(message), `${error}`);
    assertEquals(stateOf(objects), before, message);
  }
  await io.save(`${path}.safetensors`, { x: tensor(1) });
  await assertRejects(
    () => io.loadCheckpoint(`${path}.safetensors`, {}),
    SyntaxError,
    "it is no checkpoint; use io.load()",
  );
  await assertRejects(
    () => io.loadCheckpoint(withMetadata((all) => all.$checkpoint = '{"version":2}'), {}),
    SyntaxError,
    "it is a checkpoint of version 2, it must be 1",
  );
});
