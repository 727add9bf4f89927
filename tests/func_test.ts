/** Transformations of functions against each other, against differences and against formulas. */
import "./setup.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { autograd, F, func, nn, noGrad, ones, scalar, type Tensor, tensor, zeros } from "../mod.ts";
import { assertClose } from "./close.ts";
import { drawn, draws } from "./cases/draw.ts";
import { assertNoAccident, odd } from "./odd.ts";

const random = draws(5);
const draw = (...shape: number[]) => drawn(shape, random, -1, 1);

/** Functions made of many kinds of steps: pointwise, linear, fused, several outputs, indices, views, in place. */
const composed: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a small network": (x) => F.softmax(x.matmul(weights).tanh().matmul(weights.t()), 1).mul(x),
  "norms and maxima": (x) => x.mul(x).sum(1, true).sqrt().add(x.max(1)[0].unsqueeze(1)).mul(x.sigmoid()),
  "losses": (x) => F.crossEntropy(x, tensor([1, 0], { dtype: "int32" }), { reduction: "none" }).exp(),
  "views and places": (x) =>
    x.t().reshape([-1]).index([tensor([0, 3, 3], { dtype: "int32" })]).prod(0).mul(x.cos()),
  "changes in place": (x) => {
    const y = x.mul(2);
    y.select(0, 1).mul_(x.select(0, 0));
    return y.logsumexp(1).mul(y.sum());
  },
  "powers": (x) => x.exp().pow(x.add(3)).add(x.abs().sqrt()).cumsum(1),
};
const weights = draw(3, 3);

for (const [name, f] of Object.entries(composed)) {
  const x = draw(2, 3), v = draw(2, 3);

  Deno.test(`jvp() of ${name} is what central differences say`, () => {
    const [y, tangent] = func.jvp(f, [x], [v]), h = 1e-6;
    assertClose(y, f(x), "value", 1e-14);
    const difference = f(x.add(v.mul(h))).sub(f(x.sub(v.mul(h)))).div(2 * h);
    assertClose(tangent, difference, "tangent", 1e-7); // differences lose half of the digits
    assert(!y.requiresGrad && !tangent.requiresGrad, "nothing is left on the tape");
  });

  Deno.test(`jacfwd() and jacrev() of ${name} agree, and vjp() and jvp() are their products`, () => {
    const [forward, reverse] = [func.jacfwd(f)(x), func.jacrev(f)(x)] as [Tensor, Tensor], y = f(x);
    assertClose(forward, reverse, "Jacobian", 1e-12);
    assertEquals(reverse.shape, [...y.shape, 2, 3]);
    const matrix = reverse.reshape([y.numel(), 6]), w = y.mul(0).add(0.7);
    assertClose(func.vjp(f, x)[1](w)[0], w.reshape([1, -1]).matmul(matrix).reshape([2, 3]), "vjp", 1e-12);
    assertClose(func.jvp(f, [x], [v])[1], matrix.matmul(v.reshape([6, 1])).reshape(y.shape), "jvp", 1e-12);
  });

  Deno.test(`hessian() of ${name} is symmetric, and reverse over reverse agrees`, () => {
    const g = (x: Tensor) => f(x).sum(), h = func.hessian(g)(x).reshape([6, 6]) as Tensor;
    assertClose(h, h.t(), "symmetry", 1e-10);
    assertClose(h, func.jacrev(func.jacrev(g))(x).reshape([6, 6]), "reverse over reverse", 1e-10);
    assertClose(h, func.jacfwd(func.jacfwd(g))(x).reshape([6, 6]), "forward over forward", 1e-10);
    assertClose(h, func.jacrev(func.jacfwd(g))(x).reshape([6, 6]), "reverse over forward", 1e-10);
  });
}

Deno.test("grad() nests to any order", () => {
  let f = (x: Tensor) => x.pow(6);
  for (let order = 1; order <= 6; order++) f = func.grad(f) as typeof f;
  assertEquals(f(tensor(1.5, { dtype: "float64" })).item(), 720);
});

Deno.test("grad() tells the variables of nested functions apart", () => {
  // d/dx (x · d/dy (x + y)) = 1, not 2
  const inner = (x: Tensor) => x.mul(func.grad((y: Tensor) => x.add(y))(tensor(1)));
  assertEquals(func.grad(inner)(tensor(1)).item(), 1);
  const forward = (x: Tensor) => x.mul(func.jvp((y: Tensor) => x.mul(y), [tensor(1)], [tensor(1)])[1]);
  assertEquals(func.jvp(forward, [tensor(3)], [tensor(1)])[1].item(), 6);
});

Deno.test("grad() inside backward() counts parameters that the function reads from outside", () => {
  const w = tensor(2, { requiresGrad: true });
  const slope = func.grad((x: Tensor) => x.mul(x).mul(w))(tensor(3));
  assertEquals(slope.item(), 12);
  slope.backward();
  assertEquals(w.grad!.item(), 6);
  assert(!noGrad(() => func.grad((x: Tensor) => x.mul(w))(tensor(3))).requiresGrad);
});

Deno.test("grad() leaves grad of its arguments alone, and takes argnums and aux", () => {
  const x = tensor(2, { requiresGrad: true }), y = tensor(3);
  const f = (a: Tensor, b: Tensor) => [a.mul(b), a.add(b)];
  const [[gx, gy], sum] = func.grad(f, { argnums: [0, -1], hasAux: true })(x, y);
  assertEquals([gx.item(), gy.item(), sum.item(), x.grad], [3, 2, 5, null]);
  const [g, [value, aux]] = func.gradAndValue(f, { hasAux: true })(x, y);
  assertEquals([g.item(), value.item(), aux.item()], [3, 6, 5]);
});

Deno.test("arguments and results may be trees", () => {
  const f = ({ a, b }: { a: Tensor; b: [Tensor, Tensor] }) => ({ p: a.mul(b[0]), q: [b[1].sin()] });
  const at = { a: tensor([1, 2]), b: [tensor([3, 4]), tensor(0)] };
  const [y, pull] = func.vjp(f, at), [g] = pull({ p: ones(2), q: [tensor(1)] });
  assertEquals([y.p.toArray(), g.a.toArray(), g.b[0].toArray(), g.b[1].item()], [[3, 8], [3, 4], [1, 2], 1]);
  const jacobian = func.jacrev(f)(at);
  assertEquals(jacobian.p.a.toArray(), [[3, 0], [0, 4]]);
  assertEquals(jacobian.q[0].b[1].item(), 1);
  const [, moved] = func.jvp(f, [at], [{ a: ones(2), b: [zeros(2), tensor(2)] }]);
  assertEquals([moved.p.toArray(), moved.q[0].item()], [[3, 4], 2]);
});

Deno.test("outputs that do not depend on the input have zero derivatives", () => {
  const constant = tensor([1, 2]);
  assertEquals(func.jacrev(() => constant)(tensor([1, 1, 1])).toArray(), [[0, 0, 0], [0, 0, 0]]);
  assertEquals(func.jacfwd(() => constant)(tensor([1, 1, 1])).toArray(), [[0, 0, 0], [0, 0, 0]]);
  assertEquals(func.jvp(() => constant, [tensor(1)], [tensor(1)])[1].toArray(), [0, 0]);
  assertEquals(func.jacrev((x: Tensor) => x.mul(2))(zeros(0)).shape, [0, 0]);
});

Deno.test("linearize() runs the function once", () => {
  let calls = 0;
  const [y, push] = func.linearize((x: Tensor) => (calls++, x.exp()), tensor([0, 1]));
  assertEquals(y.shape, [2]);
  assertClose(push(tensor([1, 0])), tensor([1, 0]), "first");
  assertClose(push(tensor([0, 1])), tensor([0, Math.E]), "second", 1e-6);
  assertEquals(calls, 1);
});

Deno.test("autograd.Function takes part in forward mode through its backward", () => {
  class Cube extends autograd.Function {
    static override forward(context: autograd.FunctionContext, x: Tensor) {
      context.saveForBackward(x);
      return x.pow(3);
    }
    static override backward(context: autograd.FunctionContext, g: Tensor) {
      return g.mul(context.savedTensors[0].pow(2)).mul(3);
    }
  }
  assertEquals(func.jvp((x: Tensor) => Cube.apply(x), [tensor(2)], [tensor(1)])[1].item(), 12);
});

Deno.test("functionalCall() replaces parameters by name, tied ones together, and puts them back", () => {
  class Tied extends nn.Module {
    first = new nn.Linear(2, 2, { bias: false });
    second = this.first;
    override forward(x: Tensor) {
      return this.second.forward(this.first.forward(x));
    }
  }
  const model = new Tied(), own = model.first.weight;
  const twice = func.functionalCall(model, { "first.weight": tensor([[2, 0], [0, 2]]) }, ones(1, 2));
  assertEquals(twice.toArray(), [[4, 4]]);
  assert(model.first.weight === own);
  assertThrows(
    () => func.functionalCall(model, { wait: ones(2, 2) }, ones(1, 2)),
    TypeError,
    "has no tensor wait; it has",
  );
  assertThrows(
    () => func.functionalCall(model, { "first.weight": ones(3) }, ones(1, 2)),
    Error,
    "it must have [2, 2]",
  );
});

Deno.test("functionalCall() gives per-sample gradients through vmap() and grad()", () => {
  const model = new nn.Linear(3, 1).double(), x = draw(4, 3), state = model.stateDict();
  const loss = (weights: Record<string, Tensor>, sample: Tensor) =>
    func.functionalCall(model, weights, sample).pow(2).sum();
  const g = func.vmap(func.grad(loss), { inDims: [null, 0] })(state, x);
  const expected = model.forward(x).detach().mul(2).mul(x).unsqueeze(1);
  assertEquals(g.weight.shape, [4, 1, 3]);
  assertClose(g.weight, expected, "per-sample gradient", 1e-12);
});

Deno.test("vmap() maps any dimension to any dimension, nests, and passes gradients on", () => {
  const x = draw(2, 3, 4), f = (row: Tensor) => row.mul(row).sum();
  assertClose(func.vmap(func.vmap(f))(x), x.mul(x).sum(2), "nested", 1e-14);
  assertEquals(func.vmap((y: Tensor) => y.mul(2), { inDims: 1, outDims: -1 })(x).shape, [2, 4, 3]);
  const leaf = draw(3, 2).requiresGrad_();
  (func.vmap(f)(leaf) as Tensor).sum().backward();
  assertClose(leaf.grad!, leaf.detach().mul(2), "gradient", 1e-14);
  assertThrows(() => func.vmap(f)(tensor(1)), Error, "Cannot call func.vmap()");
  assertThrows(
    () => func.vmap((a: Tensor) => a)(x, x.select(0, 0)),
    Error,
    "their numbers of samples differ",
  );
});

Deno.test("errors say what the function must return", () => {
  assertThrows(
    () => func.grad((x: Tensor) => x)(ones(2)),
    Error,
    "it must return one number; see func.jacrev()",
  );
  assertThrows(() => func.grad((x: Tensor) => x, { argnums: 1 })(ones()), RangeError, "with 1 arguments");
  assertThrows(() => func.jvp((x: Tensor) => x, [ones(2)], [ones(3)]), TypeError, "it must have [2]");
  assertThrows(() => func.grad(() => 3)(ones()), TypeError, "neither a tensor nor");
});

Deno.test("odd arguments are refused in our words", () => {
  const f = (x: Tensor) => x.sin().sum();
  for (const [name, value] of odd) {
    // deno-lint-ignore no-explicit-any -- wrong on purpose
    const bad = value as any,
      calls: Readonly<Record<string, () => unknown>> = {
        ...{
          grad: () => func.grad(bad)(ones(2)),
          "grad at": () => func.grad(f)(bad),
          argnums: () => func.grad(f, { argnums: bad })(ones(2)),
        },
        ...{
          options: () => func.jacrev(f, bad)(ones(2)),
          vjp: () => func.vjp(f, bad),
          pull: () => func.vjp(f, ones(2))[1](bad),
        },
        ...{
          primals: () => func.jvp(f, bad, [ones(2)]),
          tangents: () => func.jvp(f, [ones(2)], bad),
          push: () => func.linearize(f, ones(2))[1](bad),
        },
        ...{
          vmap: () => func.vmap(bad)(ones(2)),
          "vmap at": () => func.vmap(f)(bad),
          dims: () => func.vmap(f, { inDims: bad })(ones(2)),
        },
        ...{ out: () => func.vmap(f, { outDims: bad })(ones(2)), hessian: () => func.hessian(bad)(ones(2)) },
        ...{
          module: () => func.functionalCall(bad, {}, ones(2)),
          state: () => func.functionalCall(new nn.Linear(2, 2), bad, ones(2)),
        },
      };
    for (const [what, call] of Object.entries(calls)) assertNoAccident(`${what} = ${name}`, call);
  }
});

Deno.test("scalars are refused where tangents would pass through them", () => {
  const s = scalar(2, { requiresGrad: true });
  assertEquals(func.grad((x: Tensor) => x.mul(s))(tensor(3)).item(), 2);
});
