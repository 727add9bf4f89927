/**
 * Growth: time and memory of a training step are linear in its size, tapes may be very long, and memory does not grow
 * with the number of steps (tests/soak.ts looks on for longer).
 */
import "./setup.ts";
import { assert, assertEquals, assertLess } from "@std/assert";
import { crossEntropy, nn, optim, rand, randint, scalar, tensor } from "../mod.ts";
import { arena } from "../lib/memory/arena.ts";
import { newestSerial } from "../lib/memory/storage.ts";

/** A network of so many hidden layers, and a batch of so many samples. */
function workload(depth: number, batch: number, width = 64) {
  const layers = Array.from({ length: depth }, () => [new nn.Linear(width, width), new nn.ReLU()]).flat();
  const net = new nn.Sequential(...layers, new nn.Linear(width, 10)), x = rand([batch, width]);
  const y = randint(0, 10, [batch]), optimizer = new optim.SGD(net.parameters(), { lr: 0.01 });
  return {
    loss: () => crossEntropy(net.forward(x), y),
    step: () => {
      optimizer.zeroGrad();
      crossEntropy(net.forward(x), y).backward();
      optimizer.step();
    },
  };
}

/** The exponent e of the law y = c · xᵉ that fits best: the slope between logarithms. */
function exponent(x: readonly number[], y: readonly number[]): number {
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const u = x.map(Math.log), v = y.map(Math.log), mu = mean(u), mv = mean(v);
  return mean(u.map((a, i) => (a - mu) * (v[i] - mv))) / mean(u.map((a) => (a - mu) ** 2));
}

const sizes = [1, 4, 16, 64];
/** How networks can grow: in depth or in batch. */
const growths: [what: string, make: (size: number) => ReturnType<typeof workload>][] = [
  ["batch", (size) => workload(2, 256 * size)],
  ["depth", (size) => workload(size, 256)],
];

for (const [what, make] of growths) {
  Deno.test(`what the tape of a step keeps is linear in its ${what}`, () => {
    const bytes = sizes.map((size) => {
      const { loss, step } = make(size);
      step(); // what is allocated once
      const before = arena().inUse, y = loss(), kept = arena().inUse - before;
      y.backward();
      return kept;
    });
    const e = exponent(sizes, bytes);
    assert(0.8 < e && e < 1.1, `exponent ${e}: ${bytes.join(", ")} bytes`);
  });

  Deno.test(`how many storages a step makes is ${what === "depth" ? "linear in" : "independent of"} its ${what}`, () => {
    const counts = sizes.map((size) => {
      const { step } = make(size);
      step();
      const before = newestSerial();
      step();
      return newestSerial() - before;
    });
    const e = exponent(sizes, counts);
    if (what === "depth") assert(0.7 < e && e < 1.05, `exponent ${e}: ${counts.join(", ")} storages`);
    else assertLess(Math.max(...counts), Math.min(...counts) + 8);
  });

  Deno.test(`the time of a step is linear in its ${what}`, async () => {
    const steps = sizes.map((size) => make(size).step), best = sizes.map(() => Infinity);
    let e = Infinity;
    // other programs disturb: the fastest times of several attempts count
    for (let attempt = 0; attempt < 8 && !(e < 1.25); attempt++) {
      for (const [i, step] of steps.entries()) {
        for (let k = 0; k < 3; k++) {
          const start = performance.now();
          step();
          best[i] = Math.min(best[i], performance.now() - start);
          await new Promise((done) => setImmediate(done));
        }
      }
      e = exponent(sizes, best);
    }
    assertLess(e, 1.25, `${best.join(", ")} ms`);
  });
}

Deno.test("a tape of a million scalars runs backward", () => {
  const p = scalar(2, { requiresGrad: true }), q = scalar(0.5, { requiresGrad: true });
  let c = p;
  for (let i = 0; i < 500_000; i++) c = c.mul(q).add(p);
  c.backward();
  assertEquals([c.value, p.grad, q.grad], [4, 2, 8]); // c → p / (1 − q)
});

Deno.test("a tape of a million tensors runs backward, in less than 2 KB a node", () => {
  const used = () => Deno.memoryUsage().heapUsed + arena().inUse, before = used();
  const p = tensor(2, { requiresGrad: true }), q = tensor(0.5, { requiresGrad: true });
  let c = p;
  for (let i = 0; i < 500_000; i++) c = c.mul(q).add(p);
  const kept = used() - before;
  c.backward();
  assertEquals([c.item(), p.grad!.item(), q.grad!.item()], [4, 2, 8]);
  assertLess(kept, 2e9);
});

Deno.test("memory stays where it is, step after step", async () => {
  // in a process of its own: its size is that of all tests otherwise
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-lock", `${import.meta.dirname}/soak.ts`, "--minutes", "0.08"],
    stdout: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
});
