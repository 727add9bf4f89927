/** Ops with several outputs: their gradients are kept apart, and checked and freed as those of one output are. */
import "./setup.ts";
import { assertEquals, assertLess, assertStringIncludes, assertThrows } from "@std/assert";
import { detectAnomaly, ones, type Tensor, tensor } from "../mod.ts";
import { grad } from "../lib/backward.ts";
import { arena } from "../lib/memory/arena.ts";
import { defineMultiOp, type MultiGradientRule, type MultiOpDefinition, registry } from "../lib/op.ts";

function leaf(values: number[] | number): Tensor {
  return tensor(values, { requiresGrad: true });
}

function values(x: Tensor | null): unknown {
  return x?.toArray() ?? null;
}

/** An op for one test: it does not stay in the registry. */
function passing(definition: MultiOpDefinition<void>): (...x: Tensor[]) => Tensor[] {
  const run = defineMultiOp(definition);
  registry.delete(definition.name);
  return (...x) => run(x, undefined);
}

/** x, y → (x · 2, y · 3), with the given gradients. */
function two(
  grad: MultiGradientRule<void>,
  keeps: "nothing" | "output" = "nothing",
): (...x: Tensor[]) => Tensor[] {
  return passing({ name: "two", forward: ([x, y]) => [x.mul(2), y.mul(3)], grad, keeps });
}

/** x → (x · x, whole part of x, x · 3): two outputs that take gradients and one that does not. */
const three = passing({
  name: "three",
  forward: ([x]) => [x.mul(x), x.to("int32"), x.mul(3)],
  grad: ([g0, , g2], [x]) => {
    const first = g0?.mul(x).mul(2) ?? null, last = g2?.mul(3) ?? null;
    return [first && last ? first.add(last) : first ?? last];
  },
});

Deno.test("an op with several outputs keeps their gradients apart", () => {
  const x = leaf([1, -2]), [a, b, c] = three(x);
  assertEquals([a.requiresGrad, b.requiresGrad, c.requiresGrad], [true, false, true]);
  a.sum().backward({ retainGraph: true });
  assertEquals(values(x.grad), [2, -4]);
  c.sum().backward({ retainGraph: true });
  assertEquals(values(x.grad), [5, -1]);
  a.mul(c).sum().backward();
  assertEquals(values(x.grad), [5 + 9, -1 + 36]);
  assertThrows(() => a.sum().backward(), Error, "Cannot call backward() again");
  const [p, , q] = three(x), seen: unknown[] = [];
  q.registerHook((g) => void seen.push(values(g)));
  q.retainGrad();
  assertEquals(values(grad([p, q], q, { gradOutputs: [ones([2]), tensor([5, 6])] })[0]), [5, 6]);
  assertEquals(seen, [[5, 6]]);
});

Deno.test("a gradient of an op with several outputs has the shape of its input, or is our bug", () => {
  const [y] = two(([g]) => [g!.sum(), null])(leaf([1, 2]), leaf(1));
  assertThrows(() => y.sum().backward(), Error, "Bug in Two: gradient 0 has shape [], its input [2]");
});

Deno.test("gradients of an op with several outputs have the dtypes of their inputs", () => {
  const x = leaf([1, 2]), y = tensor([3, 4], { dtype: "float64", requiresGrad: true });
  const [a, b] = two(([g, h]) => [g!.double(), h!.float()])(x, y);
  a.sum().add(b.sum()).backward();
  assertEquals([x.grad!.dtype, y.grad!.dtype], ["float32", "float64"]);
});

Deno.test("detectAnomaly() sees NaN in the gradients of an op with several outputs", () => {
  const error = assertThrows(() =>
    detectAnomaly(() => {
      const [a, b] = two(([g, h]) => [g, h!.div(0).mul(0)])(leaf([1, 2]), leaf([3]));
      a.sum().add(b.sum()).backward();
    }), Error);
  assertStringIncludes(error.message, "Cannot go on with backward: the gradient of input 1 of Two has NaN");
  assertStringIncludes(error.message, "multi_test.ts");
});

Deno.test("an output of several that was changed in place is named", () => {
  const [a, b] = two((g) => g, "output")(leaf([1, 2]), leaf([3]));
  b.detach().add_(1);
  assertThrows(
    () => a.sum().backward(),
    Error,
    "Cannot run backward of two: its output 1 [1] was changed in place",
  );
});

Deno.test("an op with several outputs gives back the temporaries of its gradients", () => {
  const size = 100_000;
  const big = () => tensor(new Float32Array(size).fill(1), { requiresGrad: true });
  const x = big(), y = big();
  // what goes on arrives whole: a result of its own, and the gradient itself
  const run = two(([g, h]) => [g!.mul(2).mul(3).mul(4).mul(5), h]);
  const [a, b] = run(x, y), loss = a.mul(b).sum(), before = arena().inUse;
  loss.backward();
  assertLess(arena().inUse - before, 3 * 4 * size, "x.grad and y.grad stay");
  assertEquals([x.grad, y.grad].map((g) => g!.toTypedArray()[size >> 1]), [360, 2]);
});
