/** Tests of the tester: a gradient off by one part in two thousand must be caught and located. */
import "./setup.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type Tensor, tensor } from "../mod.ts";
import { gradcheck, gradgradcheck } from "../lib/gradcheck.ts";
import { defineOp, type GradientRule, registry } from "../lib/op.ts";

/** x² with a gradient of our choosing. */
function square(rule: GradientRule<void>): (x: Tensor) => Tensor {
  const run = defineOp({ name: "broken", forward: ([x]) => x.mul(x), grad: [rule] });
  registry.delete("broken");
  return (x) => run([x], undefined);
}

const right = square((g, [x]) => g.mul(x).mul(2)), wrong = square((g, [x]) => g.mul(x).mul(2.001));

function leaf(values: number[] = [0.3, -1.2, 0.7]): Tensor {
  return tensor(values, { dtype: "float64", requiresGrad: true });
}

Deno.test("gradcheck() accepts a right gradient, and gradgradcheck() the second", () => {
  assert(gradcheck(right, leaf()));
  assert(gradgradcheck(right, [leaf()]));
  assert(gradcheck((x, y) => [x.mul(y), x.add(y)], [leaf(), leaf([1, 2, 3])]));
});

Deno.test("gradcheck() names the input, the element and both values of a wrong gradient", () => {
  const error = assertThrows(() => gradcheck(wrong, [leaf()], { rtol: 1e-4 }), Error);
  assertMatch(
    error.message,
    /^Gradient is wrong: input 0 \[3\], element 1: backward says -2\.40\d*, differences say -2\.(4|39)\d* for output 0 \[3\], element 1$/,
  );
});

Deno.test("gradcheck() counts inputs that take no gradient, and finds the one element that is wrong", () => {
  const skewed = square((g, [x]) => g.mul(x).mul(2).add(g.mul(tensor([0, 0, 0.1], { dtype: "float64" }))));
  const constant = tensor([1, 1, 1], { dtype: "float64" });
  const error = assertThrows(() => gradcheck((c, x) => skewed(x).mul(c), [constant, leaf()]), Error);
  assertMatch(error.message, /^Gradient is wrong: input 1 \[3\], element 2: backward says 1\.5/);
});

Deno.test("gradcheck() with raiseException false returns false", () => {
  assertEquals(gradcheck(wrong, leaf(), { rtol: 1e-4, raiseException: false }), false);
});

Deno.test("gradcheck() has PyTorch's tolerances unless told otherwise", () => {
  assert(gradcheck(square((g, [x]) => g.mul(x).mul(2 * 1.0009)), leaf()));
  assertThrows(
    () => gradcheck(square((g, [x]) => g.mul(x).mul(2 * 1.002)), leaf()),
    Error,
    "Gradient is wrong",
  );
});

Deno.test("gradgradcheck() catches a gradient that is right but not differentiable", () => {
  const f = square((g, [x]) => g.mul(x.detach()).mul(2));
  assert(gradcheck(f, leaf()));
  const error = assertThrows(() => gradgradcheck(f, leaf()), Error);
  assertMatch(
    error.message,
    /^Gradient of the gradient is wrong: input 0 \[3\], element \d: backward says 0, /,
  );
});

Deno.test("gradcheck() takes NaN for wrong", () => {
  assertThrows(() => gradcheck(square((g) => g.mul(NaN)), leaf()), Error, "backward says NaN");
});

Deno.test("gradcheck() sees a gradient that never arrives, and inputs that matter through a closure", () => {
  assertThrows(
    () => gradcheck((x) => x.detach().mul(2), leaf()),
    Error,
    "backward says 0, differences say ",
  );
  const w = leaf();
  assert(gradcheck(() => w.mul(w).sum(), w));
  assertThrows(() => gradcheck(() => wrong(w), w, { rtol: 1e-4 }), Error, "Gradient is wrong");
});

Deno.test("gradcheck() leaves the inputs, their grad and their versions as they were", () => {
  const x = leaf(), y = x.mul(x);
  gradcheck(right, x);
  assertEquals([...x.toTypedArray(), x.grad], [0.3, -1.2, 0.7, null]);
  y.sum().backward();
  assertEquals([...x.grad!.toTypedArray()], [0.6, -2.4, 1.4]);
});

Deno.test("gradcheck() of views checks the elements that they show", () => {
  const base = tensor([[1, 2], [3, 4]], { dtype: "float64" }), x = base.t().select(0, 1).requiresGrad_();
  assert(gradcheck((x) => x.mul(x), x));
  assertEquals(base.toArray(), [[1, 2], [3, 4]]);
});

Deno.test("gradcheck() refuses what it cannot check", () => {
  const single = tensor([1, 2], { requiresGrad: true }), x = leaf();
  const calls: [() => unknown, string][] = [
    [
      () => gradcheck(right, single),
      "Cannot call gradcheck() with input 0 of dtype float32: differences need float64; use .double()",
    ],
    [
      () => gradcheck(right, tensor([1], { dtype: "float64" })),
      "Cannot call gradcheck(): at least one input must have requiresGrad set",
    ],
    [() => gradcheck(right, []), "Cannot call gradcheck(): at least one input must have requiresGrad set"],
    [() => gradcheck(right, 3 as never), "Cannot call gradcheck(): input 0 must be a tensor, got 3"],
    [() => gradcheck(3 as never, x), "Cannot call gradcheck() with 3: it takes a function and its inputs"],
    [
      () => gradcheck(() => 3 as never, x),
      "Cannot check the gradient of a function that returns 3: it must return tensors",
    ],
    [
      () => gradcheck(right, x, { eps: "1" } as never),
      'Cannot call gradcheck() with eps "1": it must be a number',
    ],
    [
      () => gradcheck(right, x, { epsilon: 1 } as never),
      "Cannot call gradcheck() with option epsilon: its options are",
    ],
    [() => gradgradcheck(right, single), "Cannot call gradgradcheck() with input 0 of dtype float32"],
  ];
  for (const [call, says] of calls) assertThrows(call, TypeError, says);
  const shared = tensor([1], { dtype: "float64" }).expand([3]).requiresGrad_();
  assertThrows(
    () => gradcheck(right, shared),
    TypeError,
    "Cannot call gradcheck() with input 0 [3]: its elements share memory; use .contiguous()",
  );
});
