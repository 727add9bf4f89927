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

const { DataLoader, defaultCollate, randomSplit, Subset, TensorDataset } = data;
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
    () => new DataLoader([1, 2] as never),
    TypeError,
    "it must have a length and a method get(index)",
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
