/** Modules: finding parameters, state dicts, hooks, printing; layers as PyTorch 1.13 has them (goldens from there). */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { F, Generator, manualSeed, nn, ones, rand, randn, type Tensor, tensor, zeros } from "../mod.ts";

const float32 = (values: readonly number[]) => [...Float32Array.from(values)];
const numbers = (x: Tensor) => [...x.toTypedArray()];

/** Has a bit of everything: nesting, a shared parameter, a buffer, a bare parameter, a plain tensor, an array. */
class Net extends nn.Module {
  scale = new nn.Parameter(ones(1));
  firstLayer = new nn.Linear(2, 3);
  inner = new nn.Sequential(new nn.Tanh(), new nn.Linear(3, 3, { bias: false }));
  tied = this.firstLayer.weight;
  notLearned = ones(2);
  notFound = [new nn.Linear(1, 1)];

  constructor() {
    super();
    this.registerBuffer("runningMean", zeros(3));
    this.registerBuffer("scratch", zeros(1), { persistent: false });
  }

  override forward(x: Tensor): Tensor {
    return this.inner.forward(this.firstLayer.forward(x)).mul(this.scale);
  }
}

Deno.test("Module finds parameters, modules and buffers by its properties", () => {
  const net = new Net();
  const names = (entries: Iterable<[string, unknown]>) => [...entries].map(([name]) => name);
  assertEquals(
    names(net.namedParameters()),
    [
      ...["scale", "tied", "first_layer.bias", "inner.1.weight"],
    ].map((name) => name === "tied" ? "tied" : name),
  );
  assertEquals(names(net.namedParameters("net", false)), ["net.scale", "net.tied"]);
  assertEquals([...net.parameters()].length, 4);
  assertEquals(names(net.namedModules()), ["", "first_layer", "inner", "inner.0", "inner.1"]);
  assertEquals(names(net.namedChildren()), ["first_layer", "inner"]);
  assertEquals(names(net.namedBuffers()), ["running_mean", "scratch"]);
  assertEquals([[...net.modules()].length, [...net.children()].length, [...net.buffers()].length], [5, 2, 2]);
});

Deno.test("Module.stateDict() spells names as PyTorch and shares the numbers", () => {
  const net = new Net(), state = net.stateDict();
  assertEquals(Object.keys(state), [
    ...["scale", "tied", "running_mean", "first_layer.weight", "first_layer.bias", "inner.1.weight"],
  ]);
  assertEquals(state.scale.requiresGrad, false);
  assert(state.scale.storage === net.scale.storage);
});

Deno.test("Module.loadStateDict() copies, from objects and Maps and in either spelling", () => {
  const a = new Net(), b = new Net(), x = rand(4, 2);
  const result = b.loadStateDict(a.stateDict());
  assertEquals(result, { missingKeys: [], unexpectedKeys: [] });
  assertEquals(numbers(b.forward(x)), numbers(a.forward(x)));
  assert(a.scale.storage !== b.scale.storage);
  b.loadStateDict(new Map(Object.entries(a.stateDict()).map(([k, v]) => [k, v.double()])));
  assertEquals(b.scale.dtype, "float32");
  b.loadStateDict({ firstLayer: ones(1), "firstLayer.bias": ones(3) } as Record<string, Tensor>, {
    strict: false,
  });
  assertEquals(numbers(b.firstLayer.bias!), [1, 1, 1]);
});

Deno.test("Module.loadStateDict() lists what does not match, with the nearest name", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
  const { "0.weight": weight, ...rest } = model.stateDict();
  assertThrows(
    () => model.loadStateDict({ ...rest, "0.wieght": weight, "1.bias": zeros(2), extra: zeros(1) }),
    Error,
    `Cannot load a state dict into Sequential:
  1.bias is [2] in the state dict, it must be [1]
  0.weight is missing; the nearest name is 0.wieght
  0.wieght is unexpected; the nearest name is 0.weight
  extra is unexpected`,
  );
  assertEquals(model.loadStateDict({ ...rest, other: zeros(1) }, { strict: false }), {
    missingKeys: ["0.weight"],
    unexpectedKeys: ["other"],
  });
  assertThrows(
    () => model.loadStateDict([] as never),
    TypeError,
    "Cannot load [] into Sequential",
  );
  assertThrows(() => model.loadStateDict({ a: 1 } as never), TypeError, "a is 1, it must be a tensor");
});

Deno.test("Module.to() converts parameters, gradients and buffers; parameters stay the same objects", () => {
  const net = new Net(), { weight } = net.firstLayer;
  net.forward(ones(1, 2)).sum().backward();
  net.double();
  assert(net.firstLayer.weight === weight && weight instanceof nn.Parameter);
  assertEquals([weight.dtype, weight.grad!.dtype, weight.requiresGrad, weight.isLeaf], [
    "float64",
    "float64",
    true,
    true,
  ]);
  assertEquals(Reflect.get(net, "runningMean").dtype, "float64");
  assertEquals(net.forward(ones(1, 2, { dtype: "float64" })).dtype, "float64");
  assertEquals(net.float().firstLayer.weight.dtype, "float32");
  assertThrows(
    () => net.to("int32"),
    TypeError,
    "Cannot convert Net to int32: parameters must be float32 or float64",
  );
});

Deno.test("Module.train(), eval(), requiresGrad_(), zeroGrad() and apply() reach every module below", () => {
  const net = new Net(), seen: string[] = [];
  net.eval();
  assertEquals([...net.modules()].map((m) => m.training), [false, false, false, false, false]);
  assert(net.train().inner[0].training);
  net.forward(ones(1, 2)).sum().backward();
  net.zeroGrad({ setToNone: false });
  assertEquals(numbers(net.scale.grad!), [0]);
  net.zeroGrad();
  assertEquals(net.scale.grad, null);
  assertEquals([...net.requiresGrad_(false).parameters()].some((p) => p.requiresGrad), false);
  net.apply((module) => seen.push(module.constructor.name));
  assertEquals(seen, ["Linear", "Tanh", "Linear", "Sequential", "Net"]);
});

Deno.test("forward hooks see and replace inputs and outputs, and go away", () => {
  const layer = new nn.ReLU(), calls: string[] = [];
  const before = layer.registerForwardPreHook((module, [x]) => {
    calls.push(String(module));
    return [x.neg()];
  });
  {
    using _after = layer.registerForwardHook((_module, [x], y) => {
      calls.push(`${x.item()} to ${y.item()}`);
      return y.mul(10);
    });
    assertEquals(layer.forward(tensor(-2)).item(), 20);
    assertEquals(calls, ["ReLU()", "2 to 2"]);
  }
  assertEquals(layer.forward(tensor(-2)).item(), 2);
  before.remove();
  assertEquals(layer.forward(tensor(-2)).item(), 0);
  assert(!Object.hasOwn(layer, "forward"));
  assertThrows(
    () => layer.registerForwardHook(1 as never),
    TypeError,
    "Cannot call registerForwardHook() with 1",
  );
});

Deno.test("modules print as PyTorch prints them", () => {
  const model = new nn.Sequential(new nn.Linear(2, 4), new nn.Sequential(new nn.ReLU(), new nn.Dropout(0.1)));
  assertEquals(
    String(model),
    `Sequential(
  (0): Linear(inFeatures=2, outFeatures=4, bias=true)
  (1): Sequential(
    (0): ReLU()
    (1): Dropout(p=0.1, inplace=false)
  )
)`,
  );
  assertEquals(
    String(new nn.LeakyReLU(0.2, { inplace: true })),
    "LeakyReLU(negativeSlope=0.2, inplace=true)",
  );
  assertEquals(Deno.inspect(new nn.Flatten()), "Flatten(startDim=1, endDim=-1)");
  assert(String(new nn.Parameter(ones(1))).startsWith("Parameter containing:\ntensor([1.]"));
});

Deno.test("registering by name: buffers, parameters, modules, and names that are taken", () => {
  const net = new Net();
  net.registerParameter("extra", new nn.Parameter(ones(1)));
  net.addModule("more", new nn.Tanh());
  assert("extra" in net.stateDict());
  assertEquals([...net.namedChildren()].at(-1)![0], "more");
  for (const name of ["forward", "a.b", ""]) {
    assertThrows(() => net.registerBuffer(name, ones(1)), TypeError, "it must be a free name without dots");
  }
  assertThrows(
    () => net.registerParameter("x", ones(1) as never),
    TypeError,
    "it must be a Parameter or null",
  );
});

Deno.test("Parameter shares numbers, is a Tensor and a leaf", () => {
  const x = ones(2), p = new nn.Parameter(x);
  p.data.mul_(3);
  assertEquals([numbers(x), p.isLeaf, p.requiresGrad], [[3, 3], true, true]);
  assertEquals(new nn.Parameter(x, { requiresGrad: false }).requiresGrad, false);
  assertThrows(
    () => new nn.Parameter(3 as never),
    TypeError,
    "Cannot make a Parameter: data must be a tensor, got 3",
  );
  assertThrows(() => new nn.Parameter(x.int()), TypeError, "only float dtypes take gradients");
});

Deno.test("Sequential takes arguments, an array or names, and is a list", () => {
  const [a, b] = [new nn.Linear(2, 3), new nn.Tanh()];
  const model = new nn.Sequential([a]).append(b);
  assert(model[0] === a && model.at(-1) === b && model.length === 2);
  assertEquals([...model], [a, b]);
  const byName = new nn.Sequential({ first: a, act: b });
  assertEquals(Object.keys(byName.stateDict()), ["first.weight", "first.bias"]);
  assertEquals(numbers(byName.forward(ones(1, 2))), numbers(model.forward(ones(1, 2))));
  assertEquals(new nn.Sequential().forward(ones(2)).shape, [2]);
  assertThrows(() => new nn.Sequential(3 as never), TypeError, "it must be a Module, got 3");
});

Deno.test("ModuleList and ModuleDict hold modules", () => {
  const list = new nn.ModuleList([new nn.Linear(1, 1)]).extend([new nn.Linear(1, 1)]);
  assertEquals([...list.parameters()].length, 4);
  assertThrows(() => list.forward(), TypeError, "it only holds modules");
  const dict = new nn.ModuleDict({ a: new nn.Linear(1, 1) });
  assert(dict.get("a") instanceof nn.Linear && dict.get("b") === undefined);
  assertThrows(() => new nn.ModuleList(3 as never), TypeError, "Cannot make a ModuleList of 3");
});

Deno.test("Linear starts with PyTorch's numbers", () => {
  manualSeed(0);
  const { weight, bias } = new nn.Linear(4, 3);
  assertEquals(
    numbers(weight),
    float32([
      ...[-0.00374341, 0.2682218, -0.41152257, -0.3679695, -0.19257718, 0.13407868, -0.00990659, 0.39644474],
      ...[-0.044372022, 0.13230628, -0.15110654, -0.098282695],
    ]),
  );
  assertEquals(numbers(bias!), float32([-0.47767425, -0.33114105, -0.20611155]));
});

Deno.test("Linear of a wrong size says what it takes", () => {
  assertThrows(
    () => new nn.Linear(10, 3).forward(zeros(2, 7)),
    TypeError,
    "Cannot apply Linear(10, 3) to [2, 7]: the last dimension must be 10",
  );
  assertThrows(() => new nn.Linear(2.5, 3), RangeError, "Cannot call Linear() with inFeatures 2.5");
  assertThrows(
    () => new nn.Linear(2, 3, { bais: true } as never),
    TypeError,
    "with option bais: its options are bias, dtype",
  );
});

Deno.test("init functions draw PyTorch's numbers, off the tape", () => {
  const fresh = (f: (x: Tensor) => Tensor, ...shape: number[]) => {
    manualSeed(0);
    return numbers(f(zeros(shape, { requiresGrad: true }))).slice(0, 3);
  };
  const { init } = nn;
  assertEquals(fresh((x) => init.xavierNormal_(x), 3, 4), float32([0.8236971, -0.15684435, -1.1646119]));
  assertEquals(
    fresh((x) => init.kaimingUniform_(x, { mode: "fan_out", nonlinearity: "relu" }), 3, 4),
    float32([-0.010587962, 0.7586458, -1.1639615]),
  );
  assertEquals(
    fresh((x) => init.kaimingNormal_(x, { nonlinearity: "relu" }), 4, 5),
    float32([-0.71204364, -0.72881657, -0.15847981]),
  );
  assertAlmostEquals(init.calculateGain("leaky_relu", 0.2), 1.3867504905630728, 1e-15);
  assertEquals(numbers(init.ones_(new nn.Parameter(zeros(2)))), [1, 1]);
  const generator = new Generator(1);
  assertEquals(
    numbers(init.uniform_(zeros(2), 0, 1, { generator })),
    numbers(rand(2, { generator: new Generator(1) })),
  );
  assertThrows(() => init.xavierUniform_(zeros(3)), TypeError, "Cannot tell fan in and fan out of shape [3]");
  assertThrows(
    () => init.calculateGain("swish" as never),
    TypeError,
    "Cannot call calculateGain() with nonlinearity",
  );
});

Deno.test("activations read options by position, by name and mixed, and refuse wrong ones", () => {
  const x = tensor([-3, -0.5, 0.5, 3]);
  assertEquals(numbers(new nn.Hardtanh(-2, { maxVal: 2 }).forward(x)), [-2, -0.5, 0.5, 2]);
  assertEquals(numbers(new nn.Hardtanh({ minVal: 0 }).forward(x)), [0, 0, 0.5, 1]);
  assertEquals(numbers(new nn.ReLU({ inplace: true }).forward(x)), [0, 0, 0.5, 3]);
  assertThrows(
    () => new nn.ELU("1" as never),
    TypeError,
    `Cannot make ELU with alpha "1": it must be a number`,
  );
  assertThrows(
    () => new nn.Threshold(1),
    TypeError,
    "Cannot make Threshold with value NaN: it must be a number",
  );
  assertThrows(
    () => new nn.ReLU({ slope: 1 } as never),
    TypeError,
    "with option slope: its options are inplace",
  );
  assertThrows(
    () => new nn.Tanh().forward(1 as never),
    TypeError,
    "Cannot apply Tanh: the input must be a tensor, got 1",
  );
  assertThrows(
    () => new nn.GLU().forward(zeros(3)),
    TypeError,
    "Cannot call glu() on [3] along dim 0: its size must be even",
  );
});

Deno.test("losses keep tensors among their options as buffers", () => {
  const loss = new nn.CrossEntropyLoss({ weight: tensor([1, 3]), reduction: "sum" });
  assertEquals(Object.keys(loss.stateDict()), ["weight"]);
  const y = loss.forward(zeros(2, 2), tensor([0, 1], { dtype: "int32" }));
  assertAlmostEquals(y.item(), 4 * Math.log(2), 1e-6); // float32
  loss.double();
  const z = loss.forward(zeros(2, 2, { dtype: "float64" }), tensor([0, 1], { dtype: "int32" }));
  assertAlmostEquals(z.item(), 4 * Math.log(2), 1e-14);
  assertThrows(() => new nn.MSELoss({ reduced: "sum" } as never), TypeError, "with option reduced");
});

Deno.test("Dropout drops while training only, and nn.functional has the functions", () => {
  const layer = new nn.Dropout(), x = ones(100);
  assert(numbers(layer.forward(x)).includes(0));
  assert(layer.eval().forward(x) === x);
  const channels = numbers(new nn.Dropout2d(0.5).forward(ones(4, 8, 3, 3)).reshape([32, 9]).sum(1));
  assert(channels.every((sum) => sum === 0 || sum === 18));
  assert(nn.functional.dropout === F.dropout && F.dropout2d === F.featureDropout);
  assertThrows(
    () => new nn.Dropout(2),
    RangeError,
    "Cannot call Dropout() with p 2: it must be between 0 and 1",
  );
});

Deno.test("clipGradNorm_() scales all gradients by one factor", () => {
  const [a, b] = [zeros(2, { requiresGrad: true }), zeros(1, { requiresGrad: true })];
  const reset = () => {
    a.grad = tensor([3, 0]);
    b.grad = tensor([4]);
  };
  reset();
  assertAlmostEquals(nn.utils.clipGradNorm_([a, b], 1), 5, 1e-6);
  assertAlmostEquals(a.grad!.toTypedArray()[0], 0.6, 1e-6);
  assertAlmostEquals(b.grad!.item(), 0.8, 1e-6);
  reset();
  assertEquals(nn.utils.clipGradNorm_([a, b], 10), 5);
  assertEquals(numbers(a.grad!), [3, 0]);
  assertEquals(nn.utils.clipGradNorm_([a, b], 10, { normType: Infinity }), 4);
  assertEquals(nn.utils.clipGradNorm_([a, b], 10, { normType: 1 }), 7);
  nn.utils.clipGradValue_([a, b], 3.5);
  assertEquals([...numbers(a.grad!), b.grad!.item()], [3, 0, 3.5]);
  b.grad = tensor([NaN]);
  assertThrows(
    () => nn.utils.clipGradNorm_(b, 1, { errorIfNonfinite: true }),
    RangeError,
    "their norm is NaN",
  );
  assertThrows(() => nn.utils.clipGradNorm_([1] as never, 1), TypeError, "with 1 among the parameters");
});

Deno.test("parametersToVector() and vectorToParameters() are inverse, and gradients flow", () => {
  const layer = new nn.Linear(2, 3), vector = nn.utils.parametersToVector(layer.parameters());
  assertEquals(numbers(vector), [...numbers(layer.weight), ...numbers(layer.bias!)]);
  const weight = randn(9);
  vector.mul(weight).sum().backward();
  assertEquals([...numbers(layer.weight.grad!), ...numbers(layer.bias!.grad!)], numbers(weight));
  nn.utils.vectorToParameters(weight, layer.parameters());
  assertEquals([...numbers(layer.weight), ...numbers(layer.bias!)], numbers(weight));
  assertThrows(
    () => nn.utils.vectorToParameters(zeros(8), layer.parameters()),
    TypeError,
    "so it must be [9]",
  );
});
