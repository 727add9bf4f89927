/** The tape: what is recorded, how gradients flow and add up, and what is refused. */
import "./setup.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  add,
  backward,
  detectAnomaly,
  enableGrad,
  inferenceMode,
  isGradEnabled,
  noGrad,
  ones,
  scalar,
  type Tensor,
  tensor,
} from "../mod.ts";
import { grad } from "../lib/backward.ts";

function leaf(values: number[] | number): Tensor {
  return tensor(values, { requiresGrad: true });
}

function values(x: Tensor | null): unknown {
  return x?.toArray() ?? null;
}

Deno.test("backward() of a chain of 100,000 tensor ops arrives", () => {
  const x = leaf(1);
  let y: Tensor = x;
  for (let i = 0; i < 100_000; i++) y = y.add(1);
  y.backward();
  assertEquals(x.grad!.item(), 1);
});

Deno.test("backward() of a chain of 100,000 scalar ops arrives", () => {
  const x = scalar(1, { requiresGrad: true });
  let y = x;
  for (let i = 0; i < 100_000; i++) y = y.add(1);
  y.backward();
  assertEquals(x.grad, 1);
});

Deno.test("backward() through 40 diamonds visits each node once", () => {
  const x = leaf(1);
  let y: Tensor = x;
  for (let i = 0; i < 40; i++) y = y.add(y);
  y.backward();
  assertEquals(x.grad!.item(), 2 ** 40);
});

Deno.test("backward() adds up over uses and over calls", () => {
  const x = leaf([1, 2]);
  x.mul(x).add(x).sum().backward();
  assertEquals(values(x.grad), [3, 5]);
  x.mul(10).sum().backward();
  assertEquals(values(x.grad), [13, 15]);
  x.grad = null;
  x.sum().backward();
  assertEquals(values(x.grad), [1, 1]);
});

Deno.test("backward() of a leaf gives 1", () => {
  const x = leaf(5);
  x.backward();
  assertEquals(x.grad!.item(), 1);
});

Deno.test("backward() takes the weights of a vector's elements", () => {
  const x = leaf([1, 2, 3]);
  x.mul(x).backward(tensor([1, 10, 100]));
  assertEquals(values(x.grad), [2, 40, 600]);
  backward(x.mul(2), { gradient: ones([3]) });
  assertEquals(values(x.grad), [4, 42, 602]);
});

Deno.test("backward() refuses what has no single start", () => {
  assertThrows(
    () => leaf([1, 2, 3]).mul(2).backward(),
    TypeError,
    "Cannot call backward() on shape [3]: reduce it to one number first, for example y.sum().backward()",
  );
  assertThrows(
    () => leaf([1, 2]).backward(ones([3])),
    TypeError,
    "Cannot call backward() on shape [2] with a gradient of shape [3]",
  );
  assertThrows(() => tensor(1).mul(2).backward(), TypeError, "takes no gradient");
  assertThrows(
    () => leaf(1).backward(3 as unknown as Tensor),
    TypeError,
    "Cannot call backward() with gradient 3",
  );
});

Deno.test("gradients of two inputs do not share memory", () => {
  const a = leaf([1, 2]), b = leaf([3, 4]);
  a.add(b).sum().backward();
  a.grad!.mul_(5);
  assertEquals([values(a.grad), values(b.grad)], [[5, 5], [1, 1]]);
  const c = leaf([1, 2]), g = tensor([7, 8]);
  c.add(0).backward(g);
  g.mul_(0);
  c.grad!.add_(1);
  assertEquals([values(c.grad), values(g)], [[8, 9], [0, 0]]);
});

Deno.test("a gradient that was expanded is laid out in memory of its own", () => {
  const x = leaf([1, 2, 3]);
  x.sum().backward();
  assert(x.grad!.isContiguous());
  x.grad!.add_(tensor([1, 2, 3]));
  assertEquals(values(x.grad), [2, 3, 4]);
});

Deno.test("gradients have the dtype of their inputs", () => {
  const x = leaf([1, 2]), y = tensor([3, 4], { dtype: "float64", requiresGrad: true });
  x.mul(y).sum().backward();
  assertEquals([x.grad!.dtype, y.grad!.dtype], ["float32", "float64"]);
  assertThrows(
    () => tensor([1], { dtype: "int32", requiresGrad: true }),
    TypeError,
    "Cannot set requiresGrad on a tensor of dtype int32",
  );
});

Deno.test("broadcast gradients sum back to the shape of their inputs", () => {
  const x = tensor([[1], [2]], { requiresGrad: true }), y = leaf([10, 20, 30]), z = leaf(2);
  x.mul(y).mul(z).sum().backward();
  assertEquals([values(x.grad), values(y.grad), values(z.grad)], [[[120], [120]], [6, 6, 6], 180]);
});

Deno.test("a second backward() needs retainGraph", () => {
  const x = leaf(3), y = x.mul(x);
  y.backward({ retainGraph: true });
  y.backward();
  assertEquals(x.grad!.item(), 12);
  assertThrows(
    () => y.backward(),
    Error,
    "Cannot call backward() again: the first call freed the tape; pass { retainGraph: true } to the first",
  );
  assertThrows(() => y.mul(2).backward(), Error, "Cannot call backward() again");
});

Deno.test("createGraph gives derivatives of every order", () => {
  const x = tensor([0.5, 2], { dtype: "float64", requiresGrad: true });
  const y = x.mul(x).mul(x).mul(x);
  let g: Tensor = y;
  const orders = [[0.5, 32], [3, 48], [12, 48], [24, 24]];
  for (const expected of orders) {
    [g] = grad(g.sum(), x, { createGraph: true, allowUnused: true }) as [Tensor];
    assertEquals(values(g), expected);
  }
});

Deno.test("backward({ createGraph }) leaves a gradient that can be differentiated", () => {
  const x = leaf(3);
  x.mul(x).mul(x).backward({ createGraph: true });
  assertEquals(x.grad!.item(), 27);
  const [second] = grad(x.grad!, x);
  assertEquals(second!.item(), 18);
});

Deno.test("grad() leaves every grad alone and takes intermediates", () => {
  const x = leaf([1, 2]), y = x.mul(x), z = y.mul(3).sum();
  const [gy, gx] = grad(z, [y, x]);
  assertEquals([values(gy), values(gx), x.grad], [[3, 3], [6, 12], null]);
});

Deno.test("grad() of several outputs is the sum of theirs", () => {
  const x = leaf([1, 2]), y = x.mul(2);
  const [g] = grad([y, y, x.mul(x)], x, { gradOutputs: [tensor([1, 0]), tensor([0, 1]), tensor([1, 1])] });
  assertEquals(values(g), [4, 6]);
});

Deno.test("grad() of an unused input is an error, or null", () => {
  const x = leaf(1), unused = leaf([1, 2]);
  const f = () => x.mul(2);
  assertThrows(
    () => grad(f(), [x, unused]),
    TypeError,
    "Cannot differentiate with respect to input 1 of shape [2]: the outputs were not computed from it; pass { allowUnused: true } to get null instead",
  );
  const [g, none] = grad(f(), [x, unused], { allowUnused: true });
  assertEquals([values(g), none], [2, null]);
  assertThrows(
    () => grad(f(), tensor(1)),
    TypeError,
    "Cannot differentiate with respect to input 0: it does not have requiresGrad set",
  );
});

Deno.test("detach() and noGrad() cut the tape", () => {
  const x = leaf([2]);
  assert(!x.detach().mul(2).requiresGrad);
  assert(!noGrad(() => x.mul(2)).requiresGrad);
  assert(!inferenceMode(() => x.mul(2)).requiresGrad);
  assert(noGrad(() => enableGrad(() => x.mul(2))).requiresGrad);
  x.mul(x.detach()).sum().backward();
  assertEquals(values(x.grad), [2]);
});

Deno.test("noGrad() and enableGrad() end with their block, also after an error", () => {
  {
    using _off = noGrad();
    assert(!isGradEnabled());
    {
      using _on = enableGrad();
      assert(isGradEnabled());
    }
    assert(!isGradEnabled());
  }
  assert(isGradEnabled());
  assertThrows(
    () =>
      noGrad(() => {
        throw new Error("inside");
      }),
    Error,
    "inside",
  );
  assert(isGradEnabled());
  assertThrows(() => noGrad(async () => {}), TypeError, "Cannot call noGrad() with an async function");
  assertThrows(() => noGrad(3 as never), TypeError, "Cannot call noGrad() with 3");
  assert(isGradEnabled());
});

Deno.test("registerHook() sees the whole gradient once, and may replace it", () => {
  const x = leaf([1, 2]), y = x.mul(2), seen: unknown[] = [];
  const handle = y.registerHook((g) => {
    seen.push(values(g));
    return g.mul(10);
  });
  y.add(y).sum().backward({ retainGraph: true });
  assertEquals([seen, values(x.grad)], [[[2, 2]], [40, 40]]);
  handle.remove();
  x.grad = null;
  y.add(y).sum().backward();
  assertEquals([seen.length, values(x.grad)], [1, [4, 4]]);
});

Deno.test("registerHook() works on leaves and checks what is returned", () => {
  const x = leaf([1, 2]);
  {
    using _handle = x.registerHook((g) => g.neg());
    x.mul(3).sum().backward();
    assertEquals(values(x.grad), [-3, -3]);
  }
  x.sum().backward();
  assertEquals(values(x.grad), [-2, -2]);
  x.registerHook(() => tensor([1]));
  assertThrows(
    () => x.sum().backward(),
    TypeError,
    "Cannot replace a gradient by what the hook returned: it must be a tensor of shape [2]",
  );
  assertThrows(
    () => tensor(1).registerHook(() => {}),
    TypeError,
    "Cannot call registerHook() on a tensor that takes no gradient",
  );
});

Deno.test("a gradient kept by a hook outlives the sweep", () => {
  const x = tensor(new Float32Array(5000).fill(1), { requiresGrad: true }), kept: Tensor[] = [];
  const y = x.mul(2);
  y.registerHook((g) => void kept.push(g));
  y.mul(3).mul(4).sum().backward();
  assert(kept[0].toTypedArray().every((v) => v === 12));
  assert(x.grad!.toTypedArray().every((v) => v === 24));
});

Deno.test("a hook may run a backward of its own", () => {
  const x = leaf(2), w = leaf(3), y = x.mul(5);
  y.registerHook(() => enableGrad(() => w.mul(w).backward()));
  y.mul(y).backward();
  assertEquals([x.grad!.item(), w.grad!.item()], [100, 6]);
});

Deno.test("retainGrad() keeps the gradient of a result", () => {
  const x = leaf([1, 2]), y = x.mul(2);
  y.retainGrad();
  y.mul(y).sum().backward();
  assertEquals(values(y.grad), [4, 8]);
});

Deno.test("detectAnomaly() names the operation and where it was called", () => {
  const x = leaf([0, 1]);
  const error = assertThrows(() => detectAnomaly(() => x.div(x).sum().backward()), Error);
  assertStringIncludes(error.message, "Cannot go on with backward: the gradient of input 1 of Div has NaN");
  assertStringIncludes(error.message, "tape_test.ts");
  {
    using _on = detectAnomaly();
    assertThrows(() => x.div(x).sum().backward(), Error, "has NaN");
  }
  x.div(x).sum().backward();
});

Deno.test("scalars mix with tensors, and gradients find their way back", () => {
  const s = scalar(3, { requiresGrad: true }), x = leaf([1, 2]);
  add(x.mul(s), s).sum().backward();
  assertEquals([s.grad, values(x.grad)], [5, [3, 3]]);
  const t = scalar(2, { requiresGrad: true });
  t.mul(tensor([1, 2, 3])).sum().mul(t).backward();
  assertEquals(t.grad, 24);
});

Deno.test("second derivatives pass between scalars and tensors", () => {
  const s = scalar(3, { requiresGrad: true }), x = tensor([1, 2], { dtype: "float64" });
  const y = x.mul(s).mul(s).mul(s).sum(); // 3 s³
  const [first] = grad(y, s, { createGraph: true });
  const [second] = grad(first!, s);
  assertEquals([first!.item(), second!.item()], [81, 54]);
});

Deno.test("scalars hold their own derivatives", () => {
  const x = scalar(2, { requiresGrad: true }), y = x.mul(x).mul(x);
  const [g] = grad(y, x, { createGraph: true });
  const [h] = grad(g!, x);
  assertEquals([g!.item(), h!.item()], [12, 12]);
  y.backward();
  assertEquals(x.grad, 12);
});

Deno.test("an error inside a gradient leaves the tape as it was", () => {
  const x = leaf(1), y = x.mul(2);
  y.registerHook(() => {
    throw new Error("from the hook");
  });
  assertThrows(() => y.mul(3).backward(), Error, "from the hook");
  assert(isGradEnabled());
  x.mul(4).backward();
  assertEquals(x.grad!.item(), 4);
});
