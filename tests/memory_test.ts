/** Memory: freed blocks are poisoned and reused, scopes end, nobody runs out in a loop that never yields. */
import "./setup.ts";
import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { noGrad, ones, scope, type Tensor, tensor } from "../mod.ts";
import { arena } from "../lib/memory/arena.ts";

const BIG = 100_000; // elements: large enough for blocks of their own

function bytesInUse(run: () => unknown): number {
  const before = arena().inUse;
  run();
  return arena().inUse - before;
}

Deno.test("a block that is given back is filled with NaN and used again", () => {
  const x = ones([BIG]), { address } = x.storage, view = x.storage.view("float32");
  x.storage.release();
  assert(Number.isNaN(view[0]) && Number.isNaN(view[BIG - 1]));
  assertThrows(
    () => x.toTypedArray(),
    Error,
    "Cannot read a tensor whose memory was given back: its scope() has ended",
  );
  assertEquals(ones([BIG]).storage.address, address);
});

Deno.test("scope() gives back what was made in it, except what is kept, gradients and parameters", () => {
  const x = tensor(new Float32Array(BIG).fill(2), { requiresGrad: true });
  let lost: Tensor, kept: Tensor, parameter: Tensor;
  {
    using s = scope();
    lost = x.mul(3);
    kept = s.keep(x.add(1));
    parameter = ones([BIG], { requiresGrad: true });
    x.mul(parameter).sum().backward();
  }
  assertThrows(() => lost.toTypedArray(), Error, "its scope() has ended");
  assertEquals([kept, x.grad!, parameter, parameter.grad!].map((t) => t.toTypedArray()[BIG - 1]), [
    3,
    1,
    1,
    2,
  ]);
});

Deno.test("nested scopes give back at their own ends what they were not told to keep", () => {
  let lost: Tensor, passed: Tensor, kept: Tensor;
  {
    using outer = scope();
    {
      using inner = scope();
      lost = ones([BIG]);
      passed = inner.keep(ones([BIG]));
      kept = outer.keep(inner.keep(ones([BIG])));
    }
    assertEquals([lost, passed, kept].map((t) => t.storage.released), [true, false, false]);
  }
  assertEquals([lost, passed, kept].map((t) => t.storage.released), [true, true, false]);
});

Deno.test("a backward pass gives back its temporaries at once", () => {
  const x = tensor(new Float32Array(BIG).fill(0.5), { requiresGrad: true });
  const y = x.tanh().exp().mul(x).sigmoid().sum();
  const size = BIG * 4;
  assertLess(bytesInUse(() => y.backward()), 2 * size, "only x.grad stays");
  assert(x.grad!.toTypedArray().every(Number.isFinite));
});

Deno.test("gradients of several passes stay whole while memory is reused", () => {
  const x = tensor(new Float64Array(BIG).fill(0.5), { requiresGrad: true });
  for (let i = 1; i <= 5; i++) {
    x.mul(x).mul(2).add(x).sum().backward();
    assertEquals(x.grad!.toTypedArray()[BIG >> 1], 3 * i);
  }
});

Deno.test("in-place ops allocate nothing for their result", () => {
  const x = ones([BIG]), y = ones([BIG]);
  assertEquals(bytesInUse(() => noGrad(() => x.add_(y).mul_(2).sub_(1))), 0);
});

Deno.test("a pooled block is faster to take than a fresh array", () => {
  const time = (run: () => void): number => {
    const start = performance.now();
    for (let i = 0; i < 200; i++) run();
    return performance.now() - start;
  };
  const bytes = 2 ** 20, a = arena();
  const pooled = time(() => a.release(a.allocate(bytes)!)),
    fresh = time(() => new Float32Array(bytes / 4).fill(1));
  // poisoning fills the block as the array is filled: without it the pool is 500 times faster
  assertLess(pooled, 3 * fresh);
});

/** Runs `code` in a program of its own, which reports its peak in MiB. */
async function peakOf(code: string): Promise<number> {
  const url = new URL("../mod.ts", import.meta.url).href;
  const program = `import * as ad from ${JSON.stringify(url)};
    let peak = 0;
    const look = () => peak = Math.max(peak, Deno.memoryUsage().rss / 2 ** 20);
    ${code}
    console.log(peak);`;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-lock", `data:application/typescript,${encodeURIComponent(program)}`],
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

const garbage = (steps: number, end: string) => `
  const x = ad.ones([2 ** 20]);
  for (let i = 0; i < ${steps}; i++) {
    x.neg();
    if (i % 16 === 0) look();
    ${end}
  }`;

Deno.test("a synchronous loop of 3 GB of garbage stays under 2 GB", async () => {
  assertLess(await peakOf(garbage(768, "")), 2000);
});

Deno.test("a yielding loop of 3 GB of garbage stays under 1 GB", async () => {
  assertLess(await peakOf(garbage(768, "if (i % 8 === 0) await new Promise((r) => setImmediate(r));")), 1000);
});

Deno.test("a yielding training loop stays where it is", async () => {
  const peak = await peakOf(`
    const x = ad.ones([256, 256]), w = ad.ones([256, 256], { requiresGrad: true });
    for (let i = 0; i < 300; i++) {
      x.matmul(w).mul(1e-3).tanh().mean().backward();
      w.grad = null;
      look();
      await new Promise((r) => setImmediate(r));
    }`);
  assertLess(peak, 600);
});
