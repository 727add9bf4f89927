/** Datasets and the loader: order (PyTorch's after the same seed), batches, collation, yielding. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  arange,
  data,
  Generator,
  manualSeed,
  nn,
  optim,
  rand,
  randint,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";

const { ChainDataset, ConcatDataset, DataLoader, defaultCollate, randomSplit, Subset, TensorDataset } = data;
const { BatchSampler, RandomSampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler } = data;
const numbers = (x: Tensor) => [...x.toTypedArray()];
const ten = new TensorDataset(arange(10));

/** The samples of one pass, batch by batch. */
function pass(loader: Iterable<readonly Tensor[]>): number[][] {
  return Array.from(loader, ([x]) => numbers(x));
}

Deno.test("DataLoader shuffles as PyTorch does after the same seed, anew each pass", () => {
  manualSeed(3);
  const loader = new DataLoader(ten, { batchSize: 4, shuffle: true });
  assertEquals(pass(loader), [[6, 2, 0, 1], [8, 3, 5, 4], [7, 9]]);
  assertEquals(pass(loader), [[3, 4, 0, 9], [6, 7, 1, 2], [5, 8]]);
  assertEquals(numbers(rand(1)), [0.5944212079048157]);
});

Deno.test("DataLoader with a generator of its own leaves the default one alone", () => {
  manualSeed(3);
  const loader = new DataLoader(ten, { batchSize: 4, shuffle: true, generator: new Generator(5) });
  assertEquals(pass(loader), [[7, 4, 8, 1], [2, 3, 6, 5], [9, 0]]);
  assertEquals(pass(loader), [[2, 1, 6, 3], [5, 9, 4, 7], [8, 0]]);
  manualSeed(3);
  const expected = numbers(rand(2));
  manualSeed(3);
  pass(loader);
  assertEquals(numbers(rand(2)), expected);
});

Deno.test("DataLoader in order; dropLast; length", () => {
  assertEquals(pass(new DataLoader(ten, 4)), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  const full = new DataLoader(ten, { batchSize: 4, dropLast: true });
  assertEquals(pass(full), [[0, 1, 2, 3], [4, 5, 6, 7]]);
  assertEquals([full.length, new DataLoader(ten, { batchSize: 4 }).length, new DataLoader(ten).length], [
    2,
    3,
    10,
  ]);
  assertEquals(pass(new DataLoader(new TensorDataset(zeros(0, 2)), 4)), []);
});

Deno.test("DataLoader's batches are copies: changing one leaves the dataset alone", () => {
  const x = zeros(4, 2);
  for (const [batch] of new DataLoader(new TensorDataset(x), 4)) batch.add_(1);
  assertEquals(numbers(x), [0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("for await lets the event loop turn after each batch", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0), seen: number[] = [];
  for await (const [x] of new DataLoader(ten, { batchSize: 5 })) {
    seen.push(x.numel());
    const until = performance.now() + 5; // so that the interval is due
    while (performance.now() < until);
  }
  clearInterval(timer);
  assertEquals(seen, [5, 5]);
  assert(turns >= 1);
});

Deno.test("a class of the user's own is a dataset; samples are collated by kind", () => {
  const dataset: data.Dataset<{ x: Tensor; pair: [number, boolean]; name: string; raw: Uint8Array }> = {
    length: 3,
    get: (i) => ({ x: tensor([i, i]), pair: [i / 2, i > 1], name: `s${i}`, raw: Uint8Array.of(i, 7) }),
  };
  const [batch] = new DataLoader(dataset, { batchSize: 3 });
  assertEquals(batch.x.toArray(), [[0, 0], [1, 1], [2, 2]]);
  const [half, big] = batch.pair;
  assertEquals([half.dtype, half.toArray(), big.toArray()], ["float32", [0, 0.5, 1], [false, false, true]]);
  assertEquals([batch.name, batch.raw.dtype, batch.raw.toArray()], [["s0", "s1", "s2"], "uint8", [[0, 7], [
    1,
    7,
  ], [2, 7]]]);
});

Deno.test("DataLoader with collateFn gets the samples themselves", () => {
  const loader = new DataLoader(ten, {
    batchSize: 4,
    collateFn: (samples) => samples.map(([x]) => x.item()),
  });
  assertEquals([...loader], [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
});

Deno.test("defaultCollate() names what does not stack", () => {
  assertThrows(() => defaultCollate([zeros(2), zeros(3)]), TypeError, "Cannot make a batch of [2] and [3]");
  assertThrows(() => defaultCollate([1, "a"] as unknown[]), TypeError, `Cannot make a batch of 1 and "a"`);
  assertThrows(
    () => defaultCollate([[1], [1, 2]]),
    TypeError,
    "Cannot make a batch of arrays of different lengths",
  );
  assertThrows(() => defaultCollate([null]), TypeError, "Cannot make a batch of samples like null");
  assertThrows(
    () => defaultCollate([{ x: 1 }, null]),
    TypeError,
    "Cannot make a batch of an object and null",
  );
  assertThrows(() => defaultCollate([1n]), TypeError, "Cannot make a batch of samples like the bigint 1n");
});

Deno.test("TensorDataset gives rows, and wants equally many", () => {
  const dataset = new TensorDataset(tensor([[1, 2], [3, 4]]), tensor([5, 6]));
  const [x, y] = dataset.get(1);
  assertEquals([x.toArray(), y.item(), dataset.length], [[3, 4], 6, 2]);
  assertThrows(
    () => new TensorDataset(zeros(2), zeros(3)),
    TypeError,
    "Cannot make a TensorDataset of [2] and [3]",
  );
  assertThrows(() => new TensorDataset(), TypeError, "Cannot make a TensorDataset of nothing");
});

Deno.test("randomSplit() splits as PyTorch does, by lengths and by shares", () => {
  const [a, b] = randomSplit(ten, [7, 3], { generator: new Generator(42) });
  assertEquals([[...a.indices], [...b.indices]], [[2, 6, 1, 8, 4, 5, 0], [9, 3, 7]]);
  assertEquals(pass(new DataLoader(a, { batchSize: 4 })), [[2, 6, 1, 8], [4, 5, 0]]);
  assertEquals(b.get(0)[0].item(), 9);
  assertEquals(randomSplit(ten, [0.5, 0.25, 0.25]).map((part) => part.length), [6, 2, 2]);
  assertThrows(() => randomSplit(ten, [7, 4]), RangeError, "Cannot split 10 samples into [7, 4]");
  assertThrows(() => new Subset(ten, [10]), RangeError, "Cannot make a Subset with index 10");
});

Deno.test("wrong arguments of DataLoader are named", async () => {
  assertThrows(
    () => new DataLoader({ length: 2 } as never),
    TypeError,
    "it must be an array or have a length and a method get(index)",
  );
  assertThrows(
    () => new DataLoader(ten, { batchSize: 0 }),
    RangeError,
    "Cannot call DataLoader() with batchSize 0",
  );
  assertThrows(() => new DataLoader(ten, { shufle: true } as never), TypeError, "with option shufle");
  assertThrows(() => new DataLoader(ten, { collateFn: 1 } as never), TypeError, "it must be a function");
  const broken: data.Dataset<number> = {
    length: 1,
    get: () => {
      throw new Error("disk full");
    },
  };
  await assertRejects(
    async () => {
      for await (const _ of new DataLoader(broken));
    },
    Error,
    "disk full",
  );
});

Deno.test("an array is a dataset; datasets concatenate", () => {
  assertEquals([...new DataLoader(["a", "b", "c"], 2)], [["a", "b"], ["c"]]);
  const all = new ConcatDataset<number>([[1, 2], new Subset([7, 8, 9], [2, 0]), [], [5]]);
  assertEquals(Array.from({ length: all.length }, (_, i) => all.get(i)), [1, 2, 9, 7, 5]);
  assertEquals([...all.cumulativeSizes], [2, 4, 4, 5]);
  assertThrows(() => all.get(5), RangeError, "Cannot get sample 5 of a ConcatDataset: it has 5 samples");
  assertThrows(() => all.get(-1), RangeError, "Cannot get sample -1");
});

Deno.test("samplers draw what PyTorch's draw after the same seed", () => {
  const draw = (sampler: Iterable<unknown>) => (manualSeed(3), [...sampler]), five = [1, 2, 3, 0, 4.5];
  const then = () => Number(rand(1).item().toFixed(6)), length = (n: number) => ({ length: n });
  assertEquals(draw(new RandomSampler(length(10))), [7, 0, 9, 1, 6, 4, 5, 3, 2, 8]);
  assertEquals(draw(new RandomSampler(length(10), { numSamples: 3 })), [7, 0, 9]);
  assertEquals(draw(new RandomSampler(length(5), { numSamples: 13 })), [
    2,
    1,
    0,
    4,
    3,
    3,
    0,
    1,
    2,
    4,
    3,
    4,
    0,
  ]);
  assertEquals(
    draw(new RandomSampler(length(10), true, 40)).slice(28),
    [7, 4, 2, 1, 1, 5, 3, 3, 7, 4, 3, 6, 0, 9].slice(2),
  );
  const generator = new Generator(5);
  assertEquals(draw(new RandomSampler(length(7), { generator })), [1, 0, 4, 2, 6, 5, 3]);
  assertEquals(draw(new RandomSampler(length(7), true, 5, generator)), [4, 2, 3, 2, 4]);
  assertEquals([draw(new SubsetRandomSampler([3, 1, 4, 15, 9])), then()], [[1, 3, 15, 9, 4], 0.471614]);
  assertEquals([draw(new WeightedRandomSampler(five, 12)), then()], [
    [0, 2, 4, 1, 4, 4, 1, 2, 2, 4, 1, 4],
    0.180877,
  ]);
  assertEquals([draw(new WeightedRandomSampler(tensor(five), 4, false)), then()], [[0, 1, 4, 2], 0.451031]);
  const own = new WeightedRandomSampler(Float32Array.of(0.1, 0.2, 0.3), 5, true, new Generator(8));
  assertEquals(draw(own), [2, 2, 0, 1, 2]);
  assertEquals(draw(new BatchSampler(new RandomSampler(length(7)), 3)), [[5, 1, 2], [6, 3, 0], [4]]);
});

Deno.test("DataLoader with samplers draws what PyTorch's draws", () => {
  const run = (loader: Iterable<Tensor[]> & { length: number }) => {
    manualSeed(3);
    return [pass(loader), Number(rand(1).item().toFixed(6)), loader.length];
  };
  const weighted = new WeightedRandomSampler(new Array(10).fill(1), 7);
  const inPairs = new BatchSampler(new SubsetRandomSampler([0, 1, 2, 3, 4]), 2, true);
  const again = new RandomSampler(ten, true, 6);
  assertEquals(run(new DataLoader(ten, { batchSize: 4, sampler: weighted })), [
    [[2, 7, 1, 7], [6, 1, 4]],
    0.175605,
    2,
  ]);
  assertEquals(run(new DataLoader(ten, { batchSampler: inPairs })), [[[2, 4], [3, 0]], 0.771866, 2]);
  assertEquals(run(new DataLoader(ten, { batchSize: 4, sampler: again, dropLast: true })), [
    [[6, 3, 8, 7]],
    0.471614,
    1,
  ]);
  assertThrows(
    () => [...new DataLoader(ten, { sampler: [99] })],
    RangeError,
    "Cannot load sample 99: the dataset has 10",
  );
  assertThrows(
    () => [...new DataLoader(ten, { sampler: ["x"] as never })],
    TypeError,
    "Cannot load a batch with indices",
  );
});

Deno.test("DataLoader takes an iterable dataset, whose draws are PyTorch's", async () => {
  const noisy = {
    *[Symbol.iterator]() {
      for (let i = 0; i < 5; i++) yield i + rand(1).item();
    },
  };
  manualSeed(3);
  const expected = [[0.285842, 1.026955], [2.471614, 3.060116], [4.771866]];
  const loader = new DataLoader(noisy, 2);
  assertEquals(Array.from(loader, (x) => numbers(x).map((n) => Number(n.toFixed(6)))), expected);
  assertEquals(rand(1).item(), 0.7436993718147278);
  assertThrows(() => loader.length, TypeError, "Cannot tell the length of a DataLoader");
  assertEquals([...new DataLoader(new Set([1, 2, 3]), { batchSize: 2, dropLast: true })].map(numbers), [[
    1,
    2,
  ]]);
  const letters = (async function* () {
    yield "a";
    yield "b";
  })();
  const chain = new ChainDataset<string>([["x"], letters]), found: unknown[] = [];
  assertThrows(() => [...chain], TypeError, "use for await");
  for await (
    const batch of data.tqdm(new DataLoader(new ChainDataset<string>([["x"], letters]), 2), { disable: true })
  ) found.push(batch);
  assertEquals(found, [["x", "a"], ["b"]]);
});

Deno.test("odd arguments of datasets, samplers and loaders end in errors of ours", () => {
  const run = (x: unknown) => Array.from(x as Iterable<unknown>).length;
  for (const [what, value] of odd) {
    const v = value as never,
      calls: Record<string, () => unknown> = {
        TensorDataset: () => new TensorDataset(v),
        Subset: () => run(new DataLoader(new Subset(v, [0]))),
        "Subset's indices": () => run(new DataLoader(new Subset(ten, v))),
        ConcatDataset: () => run(new DataLoader(new ConcatDataset(v))),
        "a part of ConcatDataset": () => run(new DataLoader(new ConcatDataset([ten, v]))),
        ChainDataset: () => run(new ChainDataset(v)),
        "a part of ChainDataset": () => run(new ChainDataset([v])),
        randomSplit: () => randomSplit(v, [0.5, 0.5]),
        "randomSplit's lengths": () => randomSplit(ten, v),
        "randomSplit's options": () => randomSplit(ten, [5, 5], v),
        SequentialSampler: () => new SequentialSampler(v),
        RandomSampler: () => run(new RandomSampler(v)),
        "RandomSampler's options": () => run(new RandomSampler(ten, v)),
        "RandomSampler's numSamples": () => new RandomSampler(ten, true, v),
        "RandomSampler's generator": () => new RandomSampler(ten, { generator: v }),
        SubsetRandomSampler: () => run(new SubsetRandomSampler(v)),
        WeightedRandomSampler: () => run(new WeightedRandomSampler(v, 1)),
        "WeightedRandomSampler's numSamples": () => new WeightedRandomSampler([1], v),
        BatchSampler: () => new BatchSampler(v, 2),
        "BatchSampler's batchSize": () => new BatchSampler([1], v),
        DataLoader: () => run(new DataLoader(v)),
        ...Object.fromEntries(
          [
            "batchSize",
            "shuffle",
            "sampler",
            "batchSampler",
            "dropLast",
            "collateFn",
            "generator",
            "prefetch",
          ].map((name) => [
            `DataLoader's ${name}`,
            () => run(new DataLoader(ten, { [name]: v } as never)),
          ]),
        ),
        loadStateDict: () => new DataLoader(ten).loadStateDict(v),
        "loadStateDict's position": () =>
          new DataLoader(ten).loadStateDict({ position: v, generators: [new Generator().getState()] }),
        "loadStateDict's generators": () =>
          new DataLoader(ten).loadStateDict({ position: 1, generators: [v] }),
        defaultCollate: () => defaultCollate(v),
        "a sample of defaultCollate": () => defaultCollate([v, v]),
        "another sample of defaultCollate": () => defaultCollate([{ x: tensor([1]) }, v]),
      };
    for (const [name, call] of Object.entries(calls)) assertNoAccident(`${name} of ${what}`, call);
  }
});

Deno.test("a training run is PyTorch's: data, initial weights, order of samples, dropout and steps", () => {
  manualSeed(0);
  const dataset = new TensorDataset(rand(64, 8), randint(3, [64]));
  const model = new nn.Sequential(
    new nn.Linear(8, 16),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(16, 3),
  );
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
  const loader = new DataLoader(dataset, { batchSize: 16, shuffle: true }), loss = new nn.CrossEntropyLoss();
  for (const expected of [1.130204677581787, 1.1034076809883118, 1.0880125761032104]) {
    let total = 0;
    for (const [x, y] of loader) {
      optimizer.zeroGrad();
      const l = loss.forward(model.forward(x), y);
      l.backward();
      optimizer.step();
      total += l.item();
    }
    assertAlmostEquals(total / loader.length, expected, 1e-5); // float32, summed in another order
  }
});
