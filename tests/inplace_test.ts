/** Changing tensors in place: versions, views and their bases, and what is refused. As PyTorch unless noted. */
import "./setup.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { enableGrad, noGrad, ones, slice, type Tensor, tensor, zeros } from "../mod.ts";
import { gradcheck, gradgradcheck } from "../lib/gradcheck.ts";

function leaf(values: number[] | number[][]): Tensor {
  return tensor(values, { requiresGrad: true });
}

function values(x: Tensor | null): unknown {
  return x?.toArray() ?? null;
}

Deno.test("backward() refuses an output changed in place, with both versions", () => {
  const y = leaf([1, 2, 3]).exp();
  y.mul_(2);
  assertThrows(
    () => y.sum().backward(),
    Error,
    "Cannot run backward of exp: its output [3] was changed in place afterwards (version 1, recorded at 0)",
  );
});

Deno.test("backward() refuses an input changed in place", () => {
  const x = leaf([1, 2]), w = tensor([3, 4]), y = x.mul(w);
  w.add_(1);
  w.add_(1);
  assertThrows(
    () => y.sum().backward(),
    Error,
    "Cannot run backward of mul: its input 1 [2] was changed in place afterwards (version 2, recorded at 0)",
  );
});

Deno.test("backward() notices a change through a view, and of a view's base", () => {
  const x = leaf([1, 2, 3]), w = tensor([1, 2, 3]), y = x.mul(w);
  w.narrow(0, 1, 1).zero_();
  assertThrows(() => y.sum().backward(), Error, "was changed in place");
  const v = tensor([1, 2, 3]), z = x.narrow(0, 0, 2).mul(v.narrow(0, 0, 2));
  v.add_(1);
  assertThrows(() => z.sum().backward(), Error, "was changed in place");
});

Deno.test("backward() allows changing what no gradient reads", () => {
  const x = leaf([1, 2]), w = tensor([3, 4]), y = x.add(w);
  w.mul_(0);
  y.mul_(3);
  y.sum().backward();
  assertEquals(values(x.grad), [3, 3]);
});

Deno.test("an in-place op on a result becomes its history", () => {
  const x = leaf([1, 2]), y = x.mul(3);
  assertEquals(y.add_(1).mul_(x).requiresGrad, true);
  y.sum().backward(); // (3x + 1) x
  assertEquals([values(y), values(x.grad)], [[4, 14], [7, 13]]);
});

Deno.test("an in-place op makes a plain tensor a recorded one", () => {
  const x = leaf([1, 2]), y = zeros([2]);
  y.add_(x);
  assert(y.requiresGrad && !y.isLeaf);
  y.mul(y).sum().backward();
  assertEquals(values(x.grad), [2, 4]);
});

Deno.test("an in-place op on a view is seen by its base", () => {
  const x = leaf([1, 2, 3]), y = x.mul(1);
  y.select(0, 1).mul_(10);
  y.sum().backward();
  assertEquals([values(y), values(x.grad)], [[1, 20, 3], [1, 10, 1]]);
});

Deno.test("an in-place op on a base is seen by views made before", () => {
  const x = leaf([1, 2, 3]), y = x.mul(1), v = y.narrow(0, 1, 2);
  y.mul_(10);
  v.sum().backward();
  assertEquals([values(v), values(x.grad)], [[20, 30], [0, 10, 10]]);
});

Deno.test("an in-place op on a view is seen by its siblings and by views of views", () => {
  const x = leaf([[1, 2], [3, 4]]), y = x.mul(1);
  const row = y.select(0, 0), column = y.select(1, 1), corner = row.narrow(0, 1, 1), t = y.t();
  corner.mul_(10);
  assertEquals([values(column), values(t)], [[20, 4], [[1, 3], [20, 4]]]);
  column.sum().backward({ retainGraph: true });
  assertEquals(values(x.grad), [[0, 10], [0, 1]]);
  x.grad = null;
  t.select(0, 1).mul(tensor([1, 100])).sum().backward();
  assertEquals(values(x.grad), [[0, 10], [0, 100]]);
});

Deno.test("filling a plain tensor part by part collects all gradients", () => {
  const a = leaf([1, 2]), b = leaf([3, 4]), y = zeros([2, 2]);
  y.select(0, 0).copy_(a);
  y.select(0, 1).copy_(b.mul(b));
  y.mul(tensor([[1, 2], [3, 4]])).sum().backward();
  assertEquals([values(a.grad), values(b.grad)], [[1, 2], [18, 32]]);
});

Deno.test("what is overwritten takes no gradient", () => {
  const x = leaf([1, 2, 3]), y = x.mul(2);
  y.narrow(0, 0, 2).copy_(tensor([5, 6]));
  y.sum().backward();
  assertEquals([values(y), values(x.grad)], [[5, 6, 6], [0, 0, 2]]);
});

Deno.test("in-place ops under noGrad change the numbers only", () => {
  const x = leaf([1, 2]);
  noGrad(() => x.sub_(tensor([0.5, 0.5])));
  assertEquals([values(x), x.isLeaf], [[0.5, 1.5], true]);
  x.mul(x).sum().backward();
  assertEquals(values(x.grad), [1, 3]);
});

Deno.test("in-place ops on a leaf that takes a gradient are refused, on views of it too", () => {
  const x = leaf([1, 2]);
  assertThrows(() => x.mul_(2), Error, "Cannot call mul_() on a leaf that takes a gradient");
  assertThrows(
    () => x.select(0, 0).mul_(2),
    Error,
    "Cannot call mul_() on a view of a leaf that takes a gradient",
  );
  assertEquals([values(x), x.isLeaf], [[1, 2], true]);
});

Deno.test("in-place ops refuse results of another shape or kind, and change nothing", () => {
  const x = ones([2]), n = tensor([1, 2], { dtype: "int32" });
  assertThrows(() => x.add_(ones([3, 2])), TypeError, "Cannot");
  assertThrows(() => n.mul_(0.5), TypeError, "Cannot call mul_() on dtype int32: the result is float32");
  assertEquals([values(x), values(n)], [[1, 1], [1, 2]]);
});

for (const [where, run] of [["on the tape", enableGrad], ["under noGrad", noGrad]] as const) {
  Deno.test(`in-place ops read their own tensor before they write it, ${where}`, () => {
    run(() => {
      const x = tensor([[1, 2], [3, 4]]);
      assertEquals(values(x.add_(x.t())), [[2, 5], [5, 8]]);
      assertEquals(values(x.copy_(x.t().mul(1)).copy_(x.select(0, 1))), [[5, 8], [5, 8]]);
      const y = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      y.narrow(0, 1, 8).add_(y.narrow(0, 0, 8));
      assertEquals(values(y), [1, 3, 5, 7, 9, 11, 13, 15, 17]);
      y.narrow(0, 1, 8).copy_(y.narrow(0, 0, 8));
      assertEquals(values(y), [1, 1, 3, 5, 7, 9, 11, 13, 15]);
      const z = tensor([2, 3, 4, 5, 6]);
      assertEquals(values(z.mul_(z.select(0, 0))), [4, 6, 8, 10, 12]);
    });
  });

  Deno.test(`in-place ops refuse tensors whose elements share memory, ${where}`, () => {
    run(() => {
      const x = tensor([1]).expand([3]);
      const says = "() on an expanded tensor of shape [3]: its elements share memory; use .clone()";
      assertThrows(() => x.add_(1), Error, `Cannot call add_${says}`);
      assertThrows(() => x.copy_(tensor([1, 2, 3])), Error, `Cannot call copy_${says}`);
    });
  });
}

Deno.test("in-place ops on views of a transposed tensor reach the right gradients", () => {
  const w = leaf([10, 100]), y = tensor([[1, 2], [3, 4]]).t().detach(), before = y.select(1, 1);
  y.select(0, 0).mul_(w);
  assertEquals([values(y), values(before)], [[[10, 300], [2, 4]], [300, 4]]);
  y.mul(tensor([[1, 10], [100, 1000]])).sum().backward({ retainGraph: true });
  assertEquals(values(w.grad), [1, 30]);
  before.sum().backward();
  assertEquals(values(w.grad), [1, 33]);
});

Deno.test("in-place ops on views of several layouts hit the right elements", () => {
  const x = zeros([2, 3, 2]);
  x.permute([2, 0, 1]).select(0, 1).add_(tensor([[1, 2, 3], [4, 5, 6]]));
  x.sliceDim(1, 0, null, 2).mul_(10);
  assertEquals(values(x), [[[0, 10], [0, 2], [0, 30]], [[0, 40], [0, 5], [0, 60]]]);
});

/** Every way to look at a part of a [3, 4] tensor. */
const views: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  select: (x) => x.select(1, 2),
  narrow: (x) => x.narrow(0, 1, 2),
  sliceDim: (x) => x.sliceDim(1, 0, null, 2),
  transpose: (x) => x.transpose(0, 1),
  permute: (x) => x.permute([1, 0]),
  view: (x) => x.view([2, 6]),
  reshape: (x) => x.reshape([12]),
  flatten: (x) => x.flatten(),
  unsqueeze: (x) => x.unsqueeze(1),
  squeeze: (x) => x.unsqueeze(0).squeeze(0),
  asStrided: (x) => x.asStrided([2, 2], [4, 2], 1),
  "index with numbers and slices": (x) => x.index([slice(0, 2), 1]),
  diagonal: (x) => x.diagonal(1),
  unbind: (x) => x.unbind(0)[1],
  split: (x) => x.split(2)[0],
  chunk: (x) => x.chunk(2, 1)[1],
  "a view of a view": (x) => x.t().narrow(0, 1, 2).select(1, 0),
  iteration: (x) => [...x][2],
};

for (const [name, view] of Object.entries(views)) {
  Deno.test(`an in-place op through ${name} changes the base and its gradients`, () => {
    const x = tensor(Float64Array.from({ length: 12 }, (_, i) => i + 1), {
      shape: [3, 4],
      requiresGrad: true,
    });
    const w = tensor(0.5, { dtype: "float64", requiresGrad: true });
    const f = (x: Tensor, w: Tensor) => {
      const y = x.mul(1), other = y.narrow(1, 1, 2);
      view(y).mul_(w);
      return [y.mul(y), other];
    };
    const chosen = view(tensor(Int32Array.from({ length: 12 }, (_, i) => i), { shape: [3, 4] }))
      .toTypedArray();
    const expected = Array.from({ length: 12 }, (_, i) => (chosen.includes(i) ? 0.5 : 1) * (i + 1));
    const [square, part] = f(x, w);
    assertEquals([...square.toTypedArray()], expected.map((v) => v * v));
    assertEquals([...part.toTypedArray()], [1, 2, 5, 6, 9, 10].map((i) => expected[i]));
    gradcheck(f, [x, w], { rtol: 1e-6, atol: 1e-6 });
    gradgradcheck(f, [x, w], { rtol: 1e-6, atol: 1e-6 });
  });
}

Deno.test("a view made inside noGrad() of a recorded tensor cannot be changed on the tape", () => {
  const w = tensor([1, 10], { requiresGrad: true }), y = w.mul(1), view = noGrad(() => y.narrow(0, 0, 1));
  assertThrows(
    () => view.mul_(w.narrow(0, 1, 1)),
    Error,
    "Cannot call mul_() on a view made inside noGrad()",
  );
  assertThrows(() => view.select(0, 0).mul_(w.select(0, 1)), Error, "on a view made inside noGrad()");
  const plain = tensor([1, 2, 3]);
  noGrad(() => plain.narrow(0, 0, 2)).mul_(2);
  assertEquals(plain.toArray(), [2, 4, 3]);
});

Deno.test("maskedFill_() refuses an expanded tensor", () => {
  const x = tensor([[1], [2]]).expand([2, 2]);
  assertThrows(() => x.maskedFill_(tensor([[true, false], [true, true]]), 0), Error, "expanded tensor");
});

Deno.test("a view whose base changed keeps its history when first used inside noGrad()", () => {
  const x = leaf([1, 2]), y = x.mul(1), view = y.narrow(0, 0, 1);
  y.mul_(3);
  noGrad(() => view.add(1));
  view.sum().backward();
  assertEquals(values(x.grad), [3, 0]);
});
