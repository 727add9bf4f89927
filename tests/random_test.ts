/** Random numbers: those of PyTorch 1.13 on a CPU (AVX2), which the golden values come from; `hash` stands for many. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  alphaDropout,
  bernoulli,
  dropout,
  empty,
  featureDropout,
  Generator,
  getNumThreads,
  linspace,
  manualSeed,
  multinomial,
  nn,
  noGrad,
  normal,
  ones,
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
  setBackend,
  setNumThreads,
  Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { engine } from "./setup.ts";

/** A number that stands for all bits of a tensor; gen.py of the goldens computes the same. */
function hash(x: Tensor): number {
  const values = x.toTypedArray();
  const words = values instanceof Uint8Array ? Int32Array.from(values) : new Int32Array(values.buffer);
  return words.reduce((h, word) => Math.imul(h ^ word ^ (word >>> 16), 16777619), 0);
}

const float32 = (values: readonly number[]) => [...Float32Array.from(values)];
const numbers = (x: Tensor) => [...x.toTypedArray()];

const goldens: readonly [name: string, make: () => Tensor, expected: number | readonly number[]][] = [
  ["rand()", () => rand(5), float32([0.4962566, 0.7682218, 0.08847743, 0.13203049, 0.30742282])],
  ["rand() of 1000", () => rand([1000]), 707116304],
  [
    "rand() of float64",
    () => rand(3, { dtype: "float64" }),
    [0.9700530018065531, 0.707819864399788, 0.45938294312745087],
  ],
  ["randn() of 1003", () => randn([1003]), 1975194168],
  [
    "randn() of 16",
    () => randn(16),
    float32([
      ...[-1.1258398, -1.1523602, -0.25057858, -0.4338788, 0.84871036, 0.69200915, -0.31601277, -2.1152194],
      ...[0.32227492, -1.2633348, 0.3499832, 0.30813393, 0.11984151, 1.2376579, 1.1167772, -0.24727815],
    ]),
  ],
  ["normal_() of 1003", () => empty(1003).normal_(0.3, 2.5), 596781216],
  ["uniform_() of 1003", () => empty(1003).uniform_(-0.31, 0.377), -1984930713],
  ["randint()", () => randint(10, [8]), [4, 9, 3, 0, 3, 9, 7, 3]],
  ["randint() of 1000", () => randint(-5, 1000003, [1000]), 1345860944],
  ["randint() of float32", () => randint(3, 9, [6], { dtype: "float32" }), [5, 6, 8, 3, 4, 6]],
  ["randperm()", () => randperm(10), [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]],
  ["randperm() of 1000", () => randperm(1000), -2028971444],
  ["bernoulli_()", () => empty(1000).bernoulli_(0.3), -1271282048],
  ["bernoulli() of float32", () => bernoulli(linspace(0, 1, 1000)), -447134080],
  [
    "bernoulli() of float64",
    () => bernoulli(linspace(0, 1, 1000, { dtype: "float64" })).float(),
    -977353216,
  ],
  [
    "exponential_()",
    () => empty(6).exponential_(0.7),
    float32([5.0118947, 1.7576926, 0.8786344, 3.621598, 1.4795792, 2.237327]),
  ],
  [
    "multinomial() without replacement",
    () => multinomial(tensor([[1, 2, 3, 4], [4, 3, 2, 0]]), 3),
    [2, 1, 3, 2, 0, 1],
  ],
  [
    "multinomial() with replacement",
    () => multinomial(tensor([1, 2, 3, 4]), 8, { replacement: true }),
    [3, 3, 2, 3, 3, 3, 1, 2],
  ],
  [
    "normal() of tensors",
    () => normal(tensor([0, 10, 20]), tensor([1, 2, 3])),
    float32([1.5409961, 9.413142, 13.463632]),
  ],
  [
    "uniform_() of a transposed tensor",
    () => empty(2, 3).t().uniform_(),
    float32([0.4962566, 0.13203049, 0.7682218, 0.30742282, 0.08847743, 0.6340787]),
  ],
  ["normal_() of a transposed tensor", () => empty(6, 3).t().normal_(), 90236033],
  ["dropout()", () => dropout(ones(1000), 0.3), 1480448592],
  ["dropout() of float64", () => dropout(ones(1000, { dtype: "float64" }), 0.3), -433466776],
  [
    "featureDropout()",
    () => featureDropout(ones(2, 4, 3), 0.5).select(2, 1).contiguous(),
    [0, 0, 2, 0, 0, 0, 2, 2],
  ],
];

for (const [name, make, expected] of goldens) {
  Deno.test(`${name} gives PyTorch's numbers`, () => {
    manualSeed(0);
    const x = make();
    assertEquals(typeof expected === "number" ? hash(x) : numbers(x), expected);
  });
}

Deno.test("randn() of few numbers keeps the second of a pair for the next call", () => {
  manualSeed(0);
  const expected = [1.5409961, -0.2934289, -2.1787894, 0.56843126, -1.0845224, -1.3985955];
  assertEquals([...numbers(randn(3)), ...numbers(randn(3))], float32(expected));
});

Deno.test("randn() of float64 is PyTorch's within 2 ulp", () => {
  manualSeed(0); // glibc's logarithm and V8's differ by 1 ulp now and then
  const x = numbers(randn(20, { dtype: "float64" }));
  const some = [[0, -2.310411800234176], [3, 0.9995093547811761], [12, -0.6870036940435463], [
    19,
    -0.7498915228391941,
  ]];
  for (const [i, expected] of some) assertAlmostEquals(x[i], expected, 4.5e-16 * Math.abs(expected));
});

Deno.test("manualSeed() takes negative and 64-bit seeds as PyTorch does", () => {
  manualSeed(-7);
  assertEquals(hash(rand(1000, { dtype: "float64" })), 410080687);
  manualSeed(123456789012);
  assertEquals(hash(randn(1003)), -1157555611);
  manualSeed(2n ** 64n - 7n);
  assertEquals(hash(rand(1000, { dtype: "float64" })), 410080687);
  assertEquals(manualSeed(5).initialSeed(), 5);
});

Deno.test("Generator without a seed starts where PyTorch's does", () => {
  assertEquals(
    numbers(rand(3, { generator: new Generator() })),
    float32([0.26729524, 0.8725283, 0.33528882]),
  );
});

Deno.test("Generator.getState() has PyTorch's bytes, and setState() goes back", () => {
  const generator = new Generator(5);
  rand(700, { generator });
  randn(3, { generator });
  const state = generator.getState();
  assertEquals([state.length, hash(tensor(state))], [5056, -2021968345]);
  const next = () => [...numbers(rand(2, { generator })), ...numbers(randn(2, { generator }))];
  const expected = [0.8911612033843994, 0.5848615169525146, 2.7862348556518555, 0.3473651707172394];
  assertEquals(next(), expected);
  generator.setState(state);
  assertEquals(next(), expected);
  generator.setState(tensor(state));
  assertEquals(next(), expected);
});

/** Everything random that a training begins with and meets, as one number each. */
const drawn: Readonly<Record<string, () => Tensor | readonly Tensor[]>> = {
  rand: () => [rand(1003), rand([7, 9], { dtype: "float64" })],
  randn: () => [randn(5), randn(1003), randn(1003, { dtype: "float64" })],
  randperm: () => randperm(1003),
  randint: () => randint(-5, 1000003, [1003]),
  bernoulli: () => [bernoulli(linspace(0, 1, 1003)), empty(1003).bernoulli_(0.3)],
  multinomial: () => {
    const weights = rand([3, 50]);
    return [multinomial(weights, 20), multinomial(weights, 99, { replacement: true })];
  },
  normal: () => [normal(0, 2, [1003]), empty(1003).exponential_(0.7), empty(6, 33).t().normal_()],
  dropout: () => [dropout(randn(1003), 0.3), featureDropout(ones(4, 50, 3)), alphaDropout(randn(1003), 0.2)],
  layers: () => {
    const layers = [
      ...[new nn.Linear(33, 7), new nn.Conv2d(3, 5, 3), new nn.ConvTranspose1d(4, 6, 3), new nn.LSTM(5, 9)],
      ...[new nn.Embedding(40, 11), new nn.MultiheadAttention(12, 3), new nn.Bilinear(4, 5, 6)],
    ];
    return layers.flatMap((layer) => [...layer.parameters()]);
  },
  init: () => {
    const { kaimingNormal_, orthogonal_, sparse_, truncNormal_, xavierUniform_ } = nn.init;
    const fill = [truncNormal_, xavierUniform_, kaimingNormal_, orthogonal_];
    return [...fill.map((f) => f(empty(20, 30))), sparse_(empty(20, 30), 0.2)];
  },
};

Deno.test("after manualSeed() numbers, masks and new layers are bit for bit the same on every engine and thread count", () => {
  const draw = () =>
    Object.entries(drawn).map(([name, make]) => {
      manualSeed(1);
      const result = make();
      return [name, ...(result instanceof Tensor ? [result] : result).map(hash)];
    });
  const threads = getNumThreads();
  setBackend("js");
  try {
    const expected = draw();
    assertEquals(draw(), expected, "a second time");
    setBackend("wasm");
    assertEquals(draw(), expected, "wasm");
    for (const count of hasBlas() ? [1, 2] : []) {
      setNumThreads(count);
      assertEquals(draw(), expected, `blas with ${count} threads`);
    }
  } finally {
    setBackend(engine ?? "auto");
    setNumThreads(threads);
  }
});

/** Switches to BLAS, if there is one. */
function hasBlas(): boolean {
  try {
    setBackend("blas");
    return true;
  } catch {
    return false;
  }
}

Deno.test("the -Like functions take shape and dtype", () => {
  const x = zeros(2, 3, { dtype: "float64" });
  for (const y of [randLike(x), randnLike(x), randintLike(x, 5), randintLike(x, 2, 5)]) {
    assertEquals([y.shape, y.dtype], [[2, 3], "float64"]);
  }
  assertEquals(randLike(x, { dtype: "float32" }).dtype, "float32");
  assertEquals(randn(2, { requiresGrad: true }).requiresGrad, true);
});

Deno.test("generators of their own leave the default one alone", () => {
  manualSeed(0);
  const expected = numbers(rand(4));
  manualSeed(0);
  randn(50, { generator: new Generator(3) });
  randperm(9, { generator: new Generator(3) });
  assertEquals(numbers(rand(4)), expected);
});

Deno.test("uniform_() of a leaf that takes a gradient needs noGrad()", () => {
  const x = zeros(3, { requiresGrad: true });
  assertThrows(() => x.uniform_(), Error, "Cannot call uniform_() on a leaf that takes a gradient");
  noGrad(() => x.uniform_(2, 3));
  assert(numbers(x).every((v) => v >= 2 && v < 3));
});

Deno.test("dropout() scales what it keeps, and its gradient is the mask", () => {
  manualSeed(3);
  const x = rand(2000, { requiresGrad: true }), y = dropout(x, 0.25);
  y.sum().backward();
  const mask = numbers(x.grad!), kept = mask.filter((m) => m !== 0);
  assertEquals(new Set(kept), new Set(float32([4 / 3])));
  assert(Math.abs(kept.length - 1500) < 100); // 5 standard deviations
  assertEquals(numbers(y), numbers(x).map((v, i) => Math.fround(v * mask[i])));
});

Deno.test("dropout() when not training, with p 0 and with p 1", () => {
  const x = ones(4);
  assert(dropout(x, 0.5, false) === x);
  assert(dropout(x, { p: 0 }) === x);
  assertEquals(numbers(dropout(x, 1)), [0, 0, 0, 0]);
  dropout(x, { p: 1, inplace: true });
  assertEquals(numbers(x), [0, 0, 0, 0]);
});

Deno.test("random functions of no elements give none", () => {
  for (const x of [rand(0), randn([2, 0]), randint(5, [0]), randperm(0), dropout(ones(0))]) {
    assertEquals(x.numel(), 0);
  }
});

const wrong: readonly [call: () => unknown, message: string][] = [
  [() => manualSeed(1.5), "Cannot seed a generator with 1.5: a seed is a whole number or a bigint"],
  [() => rand(2, { dtype: "int32" }), "Cannot call rand() with dtype int32: it must be float32 or float64"],
  [
    () => rand(2, { generator: {} as Generator }),
    "Cannot call rand() with generator an Object: it must be a Generator",
  ],
  [() => randint(3, 3, [1]), "Cannot call randint() from 3 to 3: low must be below high"],
  [() => randint(0.5, [1]), "Cannot call randint() with high 0.5: it must be a whole number"],
  [() => randperm(-1), "Cannot call randperm() with n -1: it must be a whole number of at least 0"],
  [() => normal(0, -1, [2]), "Cannot call normal() with std -1: it must not be negative"],
  [
    () => bernoulli(tensor([0.5, 2])),
    "Cannot call bernoulli() with probabilities[1] 2: it must be between 0 and 1",
  ],
  [() => dropout(ones(2), 1.5), "Cannot call dropout() with p 1.5: it must be between 0 and 1"],
  [() => ones(2).uniform_(2, 1), "Cannot call uniform_() from 2 to 1: from must not be above to"],
  [() => ones(2).int().normal_(), "Cannot call normal_() on dtype int32: it must be float32 or float64"],
  [() => multinomial(tensor([0, 1]), 2), "Cannot draw 2 from row 0 by multinomial()"],
  [() => new Generator(0).setState(new Uint8Array(9)), "it must be the 5056 bytes of getState()"],
];

Deno.test("wrong arguments of random functions are named", () => {
  for (const [call, message] of wrong) assertThrows(call, Error, message);
});
