/** What layers begin with, and init functions: PyTorch 1.13's numbers and distributions. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Generator, manualSeed, nn, ones, type Tensor, zeros } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";

const numbers = (x: Tensor) => [...x.toTypedArray()];
const float32 = (values: readonly number[]) => [...Float32Array.from(values)];
const double = { dtype: "float64" } as const;

function assertClose(x: Tensor | readonly number[], wanted: readonly number[], tolerance = 1e-12): void {
  const found = Array.isArray(x) ? x : numbers(x as Tensor);
  assertEquals(found.length, wanted.length);
  wanted.forEach((value, i) => assertAlmostEquals(found[i], value, tolerance));
}

/** What a function that draws numbers gives after manualSeed(0). */
function seeded<T>(draw: () => T): T {
  manualSeed(0);
  return draw();
}

Deno.test("layers begin with PyTorch's numbers", () => {
  const conv = seeded(() => new nn.Conv2d(2, 3, 2));
  assertEquals(
    numbers(conv.weight).slice(0, 4),
    float32([-0.00264699059, 0.189661443, -0.290990382, -0.260193735]),
  );
  assertEquals(numbers(conv.bias!), float32([-0.0569869205, 0.0374109335, 0.320134193]));
  const transposed = seeded(() => new nn.ConvTranspose1d(2, 3, 2));
  assertEquals(numbers(transposed.weight).slice(0, 2), float32([-0.00305648171, 0.219002187]));
  assertEquals(numbers(transposed.bias!), float32([-0.390019417, -0.27037555, -0.168289378]));
  const table = seeded(() => new nn.Embedding(4, 3, { paddingIdx: 1 }));
  assertClose(
    numbers(table.weight).slice(0, 9),
    [1.54099607, -0.293428898, -2.17878938, 0, 0, 0, 0.403346837, 0.838026345, -0.719257593],
    1e-7,
  );
  assertClose(seeded(() => new nn.EmbeddingBag(1, 2)).weight, [1.54099607, -0.293428898], 1e-7);
  const bilinear = seeded(() => new nn.Bilinear(2, 2, 2));
  assertEquals(numbers(bilinear.bias!), float32([-0.0627515167, 0.187109336]));
});

Deno.test("layers begin with PyTorch's distributions", () => {
  manualSeed(5);
  const spread = (x: Tensor) => [x.mean().item(), x.std().item()];
  for (const layer of [new nn.Conv2d(16, 64, 5, { groups: 2 }), new nn.ConvTranspose2d(64, 16, 5)]) {
    const bound = 1 / Math.sqrt(nn.init.calculateFan(layer.weight).fanIn), [mean, std] = spread(layer.weight);
    assertAlmostEquals(mean, 0, 0.02 * bound); // 12,800 and 25,600 uniform numbers: six standard errors
    assertAlmostEquals(std, bound / Math.sqrt(3), 0.03 * bound);
    for (const x of [layer.weight, layer.bias!]) assert(x.abs().max().item() <= bound);
  }
  const [mean, std] = spread(new nn.Embedding(200, 100).weight);
  assertAlmostEquals(mean, 0, 0.05); // 20,000 normal numbers: six standard errors
  assertAlmostEquals(std, 1, 0.04);
  for (const norm of [new nn.BatchNorm1d(3), new nn.LayerNorm(3), new nn.GroupNorm(1, 3)]) {
    assertEquals([numbers(norm.weight!), numbers(norm.bias!)], [[1, 1, 1], [0, 0, 0]]);
  }
});

Deno.test("init.orthogonal_, sparse_, truncNormal_, dirac_ and eye_ give PyTorch's numbers", () => {
  const { init } = nn;
  assertClose(
    seeded(() => init.truncNormal_(zeros(6), { mean: 0.5, std: 2, a: -1, b: 2 })),
    [0.489739358, 1.25257814, -0.695508361, -0.555626988, -0.0341311097, 0.869599223],
    1e-7,
  );
  assertClose(
    seeded(() => init.orthogonal_(zeros(2, 3), 2)),
    [1.14796185, -0.218589216, -1.62308431, -0.690830231, -1.86176538, -0.23787114],
    1e-6,
  );
  const tall = [0.534952521, -0.169930145, -0.756360829, 0.340183854, -0.376489013, -0.924877822];
  assertClose(seeded(() => init.orthogonal_(zeros(3, 2))), tall, 1e-6);
  const wide = init.orthogonal_(zeros(4, 3, 2, 2, double)).reshape([4, 12]);
  assertClose(wide.matmul(wide.T), numbers(init.eye_(zeros(4, 4))));
  assertClose(
    seeded(() => init.sparse_(zeros(4, 5), 0.5)),
    [
      ...[-0.0112583982, 0, 0, -0.00433878787, 0, -0.0155509505, -0.00341360387, 0.0185300615, 0],
      ...[-0.00157712447, 0, 0.00266049406, 0, 0, 0, 0, 0, 0.0125900917, 0.0200498048, 0.000537368993],
    ],
    1e-9,
  );
  const dirac = numbers(init.dirac_(ones(4, 2, 3), 2));
  assertEquals(dirac.flatMap((x, i) => x === 1 ? [i] : []), [1, 10, 13, 22]);
  assertEquals(init.eye_(zeros(2, 3)).toArray(), [[1, 0, 0], [0, 1, 0]]);
  const generator = new Generator(3),
    twice = [1, 2].map(() => numbers(init.sparse_(zeros(3, 2), 0.3, { generator: new Generator(3) })));
  assertEquals(twice[0], twice[1]);
  assertEquals(
    numbers(init.normal_(zeros(20), { std: 0.1, generator })),
    numbers(zeros(20).normal_(0, 0.1, { generator: new Generator(3) })),
  );
});

Deno.test("init functions refuse wrong shapes and odd arguments in our words", () => {
  const { init } = nn;
  assertThrows(
    () => init.eye_(zeros(2)),
    TypeError,
    "Cannot call init.eye_() on [2]: it must have 2 dimensions",
  );
  assertThrows(() => init.dirac_(zeros(3, 1, 2), 2), TypeError, "the first size must divide into them");
  assertThrows(() => init.orthogonal_(zeros(3)), TypeError, "it needs two dimensions at least");
  assertThrows(() => init.sparse_(zeros(3, 2), 2), RangeError, "with sparsity 2");
  const calls: Record<string, (...args: unknown[]) => unknown> = {
    ...{ uniform_: init.uniform_, normal_: init.normal_, constant_: init.constant_ as never },
    ...{ xavierUniform_: init.xavierUniform_, kaimingNormal_: init.kaimingNormal_ },
    ...{
      eye_: init.eye_,
      dirac_: init.dirac_,
      orthogonal_: init.orthogonal_,
      sparse_: init.sparse_ as never,
    },
    truncNormal_: init.truncNormal_,
  } as never;
  for (const [name, call] of Object.entries(calls)) {
    for (const [what, value] of odd) {
      assertNoAccident(`${name}(${what})`, () => call(value, 0.5));
      assertNoAccident(`${name}(x, ${what})`, () => call(zeros(3, 3), value));
      assertNoAccident(`${name}(x, 0.5, ${what})`, () => call(zeros(3, 3), 0.5, value));
    }
  }
});
