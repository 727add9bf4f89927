/** The loader's work ahead, and how it goes on in the middle of a pass, bit for bit. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  data,
  Generator,
  getRngState,
  manualSeed,
  nn,
  optim,
  rand,
  setRngState,
  type Tensor,
} from "../mod.ts";

const { DataLoader } = data;
const letters = [..."abcdefghij"];

/** Samples with a random part, as augmented images have. */
const noisy: data.Dataset<number> = { length: 10, get: (i) => i + rand(1, { dtype: "float64" }).item() };
/** The same, in turn. */
const stream: data.IterableDataset<number> = {
  *[Symbol.iterator]() {
    for (let i = 0; i < 10; i++) yield noisy.get(i);
  },
};
/** The same, slowly. */
const slow: data.Dataset<Promise<number>> = {
  length: 10,
  async get(i) {
    const x = noisy.get(i);
    await wait(i % 3);
    return x;
  },
};

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function collect<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const lists = (batches: readonly Tensor[]): unknown[] => batches.map((x) => x.toArray());

Deno.test("prefetch makes batches while the program waits, so many and no more", async () => {
  const made: number[] = [], dataset = { length: 8, get: (i: number) => made.push(i) };
  for await (const _ of new DataLoader(dataset, { prefetch: 3 })) {
    await wait(5);
    break;
  }
  assertEquals(made, [0, 1, 2, 3]);
  made.length = 0;
  for await (const _ of new DataLoader(dataset)) {
    await wait(5);
    break;
  }
  assertEquals(made, [0]);
});

Deno.test("prefetch reads files at the same time, and keeps their order", async () => {
  let reading = 0, most = 0;
  const files: data.Dataset<Promise<string>> = {
    length: 10,
    async get(i) {
      most = Math.max(most, ++reading);
      await wait(10 - i);
      reading--;
      return letters[i];
    },
  };
  const batches = await collect(new DataLoader(files, { batchSize: 2, prefetch: 4 }));
  assertEquals(batches.flat(), letters);
  assert(most > 4, `${most} at once`);
  assertThrows(() => [...new DataLoader(files)], TypeError, "use for await");
});

Deno.test("random samples are the same however far ahead they are made, for and for await", async () => {
  for (const dataset of [noisy, stream]) {
    const options = { batchSize: 3, shuffle: dataset === noisy };
    manualSeed(1);
    const expected = lists([...new DataLoader<number>(dataset, { ...options, prefetch: 1 })]);
    for (const prefetch of [1, 2, 50]) {
      manualSeed(1);
      const found: unknown[] = [];
      for await (const x of new DataLoader<number>(dataset, { ...options, prefetch })) {
        found.push(x.toArray());
        rand(5); // as a step with dropout does
        await wait(prefetch);
      }
      assertEquals(found, expected);
    }
  }
});

Deno.test("an error comes when its batch is due, not before", async () => {
  const dataset = {
    length: 5,
    get(i: number) {
      if (i === 3) throw new Error("disk full");
      return i;
    },
  };
  for (const prefetch of [0, 1, 9]) {
    const seen: unknown[] = [];
    await assertRejects(
      async () => {
        for await (const x of new DataLoader(dataset, { prefetch })) {
          seen.push(x.item());
          await wait(1);
        }
      },
      Error,
      "disk full",
    );
    assertEquals(seen, [0, 1, 2]);
  }
});

Deno.test("leaving a pass closes the dataset's iterator", async () => {
  for (const prefetch of [0, 2]) {
    let closed = 0;
    const dataset = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield 1;
        } finally {
          closed++;
        }
      },
    };
    for (const _ of new DataLoader(dataset, { prefetch })) break;
    for await (const _ of new DataLoader(dataset, { prefetch })) break;
    assertEquals(closed, 2);
  }
});

const shuffled = { batchSize: 3, shuffle: true } as const;
/** Loaders whose passes must go on as if never interrupted. */
const loaders: Record<string, () => data.DataLoader<unknown, Tensor>> = {
  "in order": () => new DataLoader<unknown, Tensor>(noisy, { batchSize: 3 }),
  shuffled: () => new DataLoader<unknown, Tensor>(noisy, shuffled),
  "with a generator": () =>
    new DataLoader<unknown, Tensor>(noisy, { ...shuffled, generator: new Generator(4) }),
  "with a sampler's generator": () =>
    new DataLoader<unknown, Tensor>(noisy, {
      batchSize: 3,
      sampler: new data.WeightedRandomSampler(Array(10).fill(1), 10, true, new Generator(4)),
    }),
  "with a sampler of the default generator": () =>
    new DataLoader<unknown, Tensor>(noisy, {
      batchSampler: new data.BatchSampler(new data.SubsetRandomSampler(letters.map((_, i) => i)), 3),
    }),
  "with prefetch": () => new DataLoader<unknown, Tensor>(noisy, { ...shuffled, prefetch: 2 }),
  "of slow samples": () => new DataLoader<unknown, Tensor>(slow, { ...shuffled, prefetch: 2 }),
  "of a stream": () => new DataLoader<unknown, Tensor>(stream, { batchSize: 3, prefetch: 1 }),
};

for (const [name, make] of Object.entries(loaders)) {
  Deno.test(`a loader ${name} goes on where its state was taken, between any two batches`, async () => {
    type Saved = readonly [data.DataLoaderState, Uint8Array, number, number];
    const found: unknown[] = [], saved: Saved[] = [];
    /** Two passes with other draws between the batches, saving after each batch and each pass. */
    const train = async (loader: data.DataLoader<unknown, Tensor>, epochs: number): Promise<void> => {
      for (let epoch = 0; epoch < epochs; epoch++) {
        for await (const x of loader) {
          found.push([x.toArray(), rand(2).toArray()]);
          saved.push([loader.stateDict(), getRngState(), epoch, found.length]);
        }
        saved.push([loader.stateDict(), getRngState(), epoch + 1, found.length]);
      }
    };
    manualSeed(9);
    await train(make(), 2);
    const expected = [...found], states = [...saved];
    assertEquals(expected.length, 8);
    for (const [state, rng, epoch, done] of states) {
      manualSeed(1234); // whatever happened since
      const loader = make();
      loader.loadStateDict(structuredClone(state)); // as from a file
      assertEquals(loader.stateDict(), state);
      setRngState(rng);
      found.length = 0;
      await train(loader, 2 - epoch);
      assertEquals(found, expected.slice(done));
    }
  });
}

Deno.test("numbered samples that are done are not read again", () => {
  const read: number[] = [], loader = new DataLoader({ length: 10, get: (i) => (read.push(i), i) }, 2);
  loader.loadStateDict({ position: 3, generators: [getRngState()] });
  assertEquals([...loader].map((x) => x.toArray()), [[6, 7], [8, 9]]);
  assertEquals(read, [6, 7, 8, 9]);
  assertEquals([...loader].length, 5, "the next pass is whole");
  assertEquals(loader.stateDict().position, 0);
});

Deno.test("a state of another kind of loader is refused", () => {
  const own = new DataLoader(letters, { generator: new Generator(1) });
  assertThrows(
    () => own.loadStateDict(new DataLoader(letters).stateDict()),
    TypeError,
    "Cannot load an Object into a DataLoader: it must be what stateDict() of a loader like this gives, with the states of 2",
  );
  const loader = new DataLoader(letters);
  assertThrows(
    () => loader.loadStateDict({ position: 1, generators: [new Uint8Array(7)] }),
    TypeError,
    "Cannot set the state of a generator",
  );
  loader.loadStateDict({ position: 99, generators: [getRngState()] });
  assertEquals([...loader], [], "more than the pass has: nothing is left of it");
});

Deno.test("training goes on bit for bit from the middle of a pass", async () => {
  const dataset = new data.TensorDataset(rand(40, 4), rand(40, 1));
  const setUp = () => {
    const model = new nn.Sequential(new nn.Linear(4, 8), new nn.Dropout(0.3), new nn.Linear(8, 1));
    const optimizer = new optim.Adam(model.parameters());
    return {
      model,
      optimizer,
      loader: new DataLoader(dataset, { batchSize: 8, shuffle: true, prefetch: 1 }),
    };
  };
  const train = async ({ model, optimizer, loader }: ReturnType<typeof setUp>, stop = Infinity) => {
    let step = 0;
    for await (const [x, y] of loader) {
      optimizer.zeroGrad();
      model.forward(x).sub(y).square().mean().backward();
      optimizer.step();
      if (++step === stop) break;
    }
    return model.stateDict();
  };
  manualSeed(2);
  const expected = await train(setUp());
  manualSeed(2);
  const first = setUp();
  await train(first, 2);
  const saved = [first.model, first.optimizer, first.loader].map((part) => part.stateDict()),
    rng = getRngState();
  const second = setUp();
  second.model.loadStateDict(saved[0] as never);
  second.optimizer.loadStateDict(saved[1] as never);
  second.loader.loadStateDict(saved[2] as never);
  setRngState(rng);
  const found: Record<string, Tensor> = await train(second);
  for (const [name, x] of Object.entries<Tensor>(expected)) assert(x.equal(found[name]), name);
});
