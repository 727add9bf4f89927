/** Models as a whole: copies, containers, summaries, and weights that are computed from others. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { arange, manualSeed, nn, ones, optim, randn, scope, type Tensor, tensor, zeros } from "../mod.ts";
import { layers } from "./cases/layers.ts";
import { assertNoAccident, odd } from "./odd.ts";

const numbers = (x: Tensor) => [...x.toTypedArray()];

function assertClose(x: Tensor, wanted: readonly number[], tolerance: number): void {
  const found = numbers(x);
  assertEquals(found.length, wanted.length);
  wanted.forEach((value, i) => assertAlmostEquals(found[i], value, tolerance));
}

/** Has what copies may lose: ties, buffers, nesting, settings, plain values. */
class Net extends nn.Module {
  embedding = new nn.Embedding(5, 3);
  blocks = new nn.Sequential({ first: new nn.Linear(3, 3), act: new nn.LeakyReLU(0.3) });
  again: nn.Module = this.blocks;
  out = new nn.Linear(3, 5, { bias: false });
  settings = { sizes: [1, 2], table: new Map([["mask", ones(2)]]), extra: [new nn.BatchNorm1d(2)] };
  forget: ((x: Tensor) => Tensor) | null = null;

  constructor() {
    super();
    this.out.weight = this.embedding.weight;
    this.registerBuffer("seen", zeros(1), { persistent: false });
  }

  override forward(x: Tensor): Tensor {
    return this.out.forward(this.blocks.forward(this.embedding.forward(x)));
  }
}

Deno.test("Module.clone() copies all that a model has, and nothing stays shared", () => {
  const net = new Net(), words = tensor([0, 3], { dtype: "int32" });
  net.blocks.requiresGrad_(false);
  net.blocks.eval();
  net.forward(words).sum().backward();
  const copy = net.clone();
  assert(copy instanceof Net && copy !== net);
  assertEquals(Object.keys(copy.stateDict()), Object.keys(net.stateDict()));
  assertEquals(numbers(copy.forward(words)), numbers(net.forward(words)));
  assertEquals([...copy.parameters()].map((p) => p.requiresGrad), [true, false, false]);
  assertEquals([copy.training, copy.blocks.training, copy.embedding.weight.grad], [true, false, null]);
  assertEquals([...copy.namedBuffers()].map(([name]) => name), ["seen"]);
  const own = new Set<unknown>([...net.modules(), ...net.parameters(), ...net.buffers()]);
  for (const part of [...copy.modules(), ...copy.parameters(), ...copy.buffers()]) assert(!own.has(part));
  assert(copy.settings.sizes !== net.settings.sizes && copy.settings.extra[0] !== net.settings.extra[0]);
  assert(copy.settings.table.get("mask") !== net.settings.table.get("mask"));
  assertEquals(copy.settings.sizes, [1, 2]);
});

Deno.test("Module.clone() keeps ties tied, to the copy", () => {
  const net = new Net(), copy = net.clone();
  assert(copy.out.weight === copy.embedding.weight && copy.again === copy.blocks);
  const before = numbers(net.embedding.weight);
  copy.forward(tensor([1], { dtype: "int32" })).sum().backward();
  new optim.SGD(copy.parameters(), { lr: 1 }).step();
  assertEquals(numbers(net.embedding.weight), before);
  assert(numbers(copy.out.weight)[0] !== before[0]);
});

Deno.test("Module.clone() takes hooks along, which then see the copy", () => {
  const layer = new nn.ReLU(), seen: nn.Module[] = [];
  const handle = layer.registerForwardHook((module) => {
    seen.push(module);
  });
  const copy = layer.clone();
  handle.remove();
  layer.forward(ones(1));
  copy.forward(ones(1));
  assertEquals(seen.length, 1);
  assert(seen[0] === copy);
});

Deno.test("Module.clone() calls the clone() of classes that have their own, and takes its result", () => {
  class Counter extends nn.Module {
    #count = 0;
    override forward(x: Tensor): Tensor {
      this.#count++;
      return x;
    }
    override clone(): this {
      const copy = new Counter();
      copy.#count = this.#count;
      return copy as this;
    }
    get count(): number {
      return this.#count;
    }
  }
  const model = new nn.Sequential(new Counter());
  model.forward(ones(1));
  const copy = model.clone();
  copy.forward(ones(1));
  assertEquals([model[0], copy[0]].map((module) => (module as Counter).count), [1, 2]);
});

Deno.test("Module.clone() works for every layer", () => {
  for (const [name, sample] of Object.entries(layers)) {
    if ("elsewhere" in sample || sample.use) continue;
    const Class: new (...args: unknown[]) => nn.Module = Reflect.get(nn, name);
    const layer = new Class(...sample.make()), inputs = sample.inputs?.() ?? [], copy = layer.clone();
    const [found, wanted] = [copy, layer].map((module) => {
      manualSeed(0); // for dropout and the like
      return String(module.forward(...inputs));
    });
    assertEquals(found, wanted, name);
    assertEquals(String(copy), String(layer));
  }
});

Deno.test("a copy made in a scope outlives it", () => {
  const layer = new nn.BatchNorm1d(2);
  let copy: nn.BatchNorm1d | undefined;
  {
    using _scope = scope();
    copy = layer.clone();
  }
  for (let i = 0; i < 20; i++) randn(2);
  assertEquals([numbers(copy.runningVar!), numbers(copy.weight!)], [[1, 1], [1, 1]]);
});

Deno.test("tied parameters count once in optimizers, parameters() and summaries, and their gradients add", () => {
  const net = new Net();
  assertEquals([...net.parameters()].length, 3);
  const table = nn.summary(net, tensor([[0, 1]], { dtype: "int32" }));
  assertEquals([table.parameters, table.trainable], [15 + 12, 15 + 12]);
  net.forward(tensor([0], { dtype: "int32" })).sum().backward();
  assert(numbers(net.embedding.weight.grad!).slice(3).some((x) => x !== 0)); // of the output layer
});

Deno.test("summary() is a table of layers, shapes and parameters", () => {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 8, 3),
    new nn.BatchNorm2d(8),
    new nn.Sequential(new nn.Flatten(), new nn.Linear(5408, 10)),
  );
  model[0].requiresGrad_(false);
  assertEquals(
    String(nn.summary(model, [2, 1, 28, 28])),
    [
      "Layer             Output          Parameters",
      "--------------------------------------------",
      "Sequential        [2, 10]                  0",
      "  0: Conv2d       [2, 8, 26, 26]          80",
      "  1: BatchNorm2d  [2, 8, 26, 26]          16",
      "  2: Sequential   [2, 10]                  0",
      "    0: Flatten    [2, 5408]                0",
      "    1: Linear     [2, 10]             54,090",
      "--------------------------------------------",
      "Parameters: 54,186, of which 54,106 trainable and 80 frozen",
    ].join("\n"),
  );
  assertEquals(nn.summary(model, [2, 1, 28, 28]).rows[5], {
    name: "2.1",
    type: "Linear",
    outputShapes: [[2, 10]],
    parameters: 54090,
  });
});

Deno.test("summary() leaves the model as it was", () => {
  const norm = new nn.BatchNorm1d(3), model = new nn.Sequential(norm, new nn.Dropout());
  model[1].eval();
  nn.summary(model.double(), [4, 3]);
  assertEquals([model.training, norm.training, model[1].training], [true, true, false]);
  assertEquals([numbers(norm.runningMean!), norm.numBatchesTracked!.item()], [[0, 0, 0], 0]);
  assert(!Object.hasOwn(norm, "forward"));
  assertThrows(() => nn.summary(model, [4, 2]), TypeError, "it has 2 channels");
  assert(model.training && !Object.hasOwn(norm, "forward"));
});

Deno.test("summary() takes tensors, shapes and several of them, and refuses all else in our words", () => {
  assertEquals(nn.summary(new nn.Bilinear(2, 3, 4), [[5, 2], [5, 3]]).rows[0].outputShapes, [[5, 4]]);
  const pool = new nn.MaxPool1d(2, { returnIndices: true });
  assertEquals(nn.summary(pool, [ones(1, 1, 4)]).rows[0].outputShapes, [[1, 1, 2], [1, 1, 2]]);
  const unused = new nn.ModuleDict({ a: new nn.ReLU() });
  assertThrows(() => nn.summary(unused, [1]), TypeError, "it only holds modules");
  for (const [what, value] of odd) {
    assertNoAccident(`summary(${what})`, () => nn.summary(value as never, [1]));
    assertNoAccident(`summary(layer, ${what})`, () => nn.summary(new nn.ReLU(), value as never));
  }
});

Deno.test("lists of modules and parameters are edited as lists are", () => {
  const [a, b, c] = [new nn.ReLU(), new nn.Tanh(), new nn.ELU()];
  const list = new nn.ModuleList([a, c]).insert(1, b);
  assertEquals([...list], [a, b, c]);
  assert(list.pop(0) === a && list.pop() === c);
  assertEquals([[...list], list.length, list[0] === b], [[b], 1, true]);
  assertEquals(new nn.Sequential(a, b, c).slice(1), [b, c]);
  assertThrows(() => list.pop(3), RangeError, "Cannot pop item 3 of a ModuleList: there are 1");
  assertThrows(() => list.append(1 as never), TypeError, "it must be a Module, got 1");

  const parameters = new nn.ParameterList([ones(2), new nn.Parameter(zeros(1), { requiresGrad: false })]);
  assert(parameters[0] instanceof nn.Parameter && parameters.at(-1)!.shape[0] === 1);
  assertEquals([...parameters.parameters()].length, 2);
  assertEquals(Object.keys(parameters.insert(0, zeros(3)).stateDict()), ["0", "1", "2"]);
  assertEquals(parameters[0].shape, [3]);
  assertThrows(
    () => parameters.append("x" as never),
    TypeError,
    "Cannot hold in a ParameterList: 3 must be a tensor",
  );
  assertThrows(() => parameters.forward(), TypeError, "a ParameterList: it only holds parameters");
});

Deno.test("dictionaries of modules and parameters are edited by name", () => {
  const dict = new nn.ModuleDict({ relu: new nn.ReLU() }).set("linear", new nn.Linear(1, 1));
  assertEquals([[...dict.keys()], dict.size, dict.has("relu"), dict.has("forward")], [
    ["relu", "linear"],
    2,
    true,
    false,
  ]);
  assert(dict.pop("relu") instanceof nn.ReLU);
  assertEquals([...dict].map(([name, module]) => `${name} ${module.constructor.name}`), ["linear Linear"]);
  assertThrows(() => dict.pop("relu"), TypeError, 'Cannot pop "relu" of a ModuleDict: there is none');
  assertThrows(() => dict.set("keys", new nn.ReLU()), TypeError, "it must be a free name");
  dict.clear();
  assertEquals(dict.size, 0);
  const parameters = new nn.ParameterDict({ left: ones(1) }).update({ right: zeros(2) });
  assertEquals(Object.keys(parameters.stateDict()), ["left", "right"]);
  assertEquals([...parameters.values()].map((p) => p.shape), [[1], [2]]);
  assertThrows(() => new nn.ParameterDict([1] as never), TypeError, "Cannot make a ParameterDict of [1]");
});

const input = arange(8).float().reshape([2, 4]).div(8);

Deno.test("spectralNorm() gives PyTorch's outputs, gradients and vectors", () => {
  manualSeed(0);
  const layer = nn.utils.spectralNorm(new nn.Linear(4, 3));
  let y = layer.forward(input);
  for (let i = 0; i < 2; i++) y = layer.forward(input);
  y.sum().backward();
  assertClose(y, [
    ...[-0.7932328581809998, -0.08314308524131775, -0.29452693462371826],
    ...[-1.185139536857605, 0.16648313403129578, -0.41738829016685486],
  ], 1e-6);
  const { weight_orig, weight_u } = layer.stateDict();
  assertClose(weight_u, [0.9246709942817688, -0.16618888080120087, 0.34258562326431274], 1e-6);
  assertClose([...layer.parameters()].find((p) => p.shape.length === 2)!.grad!, [
    ...[0.6965734362602234, 1.5521962642669678, 0.9560551643371582, 1.494379997253418],
    ...[0.7725362181663513, 1.0676219463348389, 1.6236299276351929, 1.9757428169250488],
    ...[0.7371073365211487, 1.293626308441162, 1.3122745752334595, 1.7512363195419312],
  ], 1e-5); // values of up to 2 in float32
  const before = numbers(weight_u);
  layer.eval().forward(input);
  assertEquals(numbers(weight_u), before);
  const { weight } = layer.train();
  assert(weight.shape[0] === 3 && !(weight instanceof nn.Parameter));
  assertEquals(weight_orig.shape, [3, 4]);
});

Deno.test("spectralNorm() of a transposed convolution counts outputs by dimension 1", () => {
  manualSeed(0);
  const layer = nn.utils.spectralNorm(new nn.ConvTranspose1d(2, 3, 2));
  const y = layer.forward(input.reshape([2, 2, 2]));
  assertEquals(layer.stateDict().weight_u.shape, [3]);
  assertAlmostEquals(y.toTypedArray()[0], -0.39485710859298706, 1e-6);
});

Deno.test("spectralNorm() makes the largest singular value 1", () => {
  const layer = nn.utils.spectralNorm(new nn.Linear(6, 4), { nPowerIterations: 100 });
  assertAlmostEquals(layer.weight.norm(2).item() >= 1 ? layer.weight.svd()[1].max().item() : 0, 1, 1e-4);
});

Deno.test("weightNorm() gives PyTorch's lengths and gradients", () => {
  manualSeed(0);
  const layer = nn.utils.weightNorm(new nn.Linear(4, 3), { dim: 1 }), y = layer.forward(input);
  y.mul(y).sum().backward();
  const parameters = Object.fromEntries(layer.namedParameters());
  assertEquals(Object.keys(parameters), ["bias", "weight_g", "weight_v"]);
  assertClose(
    parameters.weight_g,
    [0.19765843451023102, 0.32775750756263733, 0.4384998679161072, 0.5497540235519409],
    1e-7,
  );
  assertClose(
    parameters.weight_g.grad!,
    [0.0993477925658226, -1.324339747428894, 1.8741008043289185, 1.494999647140503],
    1e-6,
  );
  assertClose(parameters.weight_v.grad!.select(0, 0), [
    ...[-0.9406410455703735, -0.2656279504299164, 0.0025110342539846897, -1.1625210046768188],
  ], 1e-6);
  assertEquals(nn.utils.weightNorm(new nn.Linear(4, 3), "weight", null).stateDict().weight_g.shape, []);
});

Deno.test("weight norm and spectral norm train, convert, load, copy, and go away again", () => {
  for (const name of ["weightNorm", "spectralNorm"] as const) {
    const remove = name === "weightNorm" ? nn.utils.removeWeightNorm : nn.utils.removeSpectralNorm;
    const layer = nn.utils[name](new nn.Linear(4, 3)).double(), x = input.double();
    const other = nn.utils[name](new nn.Linear(4, 3).double());
    other.loadStateDict(layer.stateDict());
    const copy = layer.clone();
    for (const model of [layer, other, copy]) model.eval();
    assertEquals(numbers(other.forward(x)), numbers(layer.forward(x)));
    assertEquals(numbers(copy.forward(x)), numbers(layer.forward(x)));
    const before = numbers(copy.forward(x)), optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    layer.forward(x).sum().backward();
    optimizer.step();
    assert(numbers(layer.forward(x))[0] !== before[0]);
    assertEquals(numbers(copy.forward(x)), before); // its weight is computed from its own parts
    remove(copy);
    assert(copy.weight instanceof nn.Parameter);
    assertEquals(Object.keys(copy.stateDict()), ["bias", "weight"]);
    copy.forward(x).toTypedArray().forEach((value, i) => assertAlmostEquals(value, before[i], 1e-12));
    assertThrows(() => remove(copy), TypeError, 'on Linear: "weight" is not computed by it');
    assertThrows(() => nn.utils[name](layer), TypeError, '"weight" is computed already');
    assertThrows(() => nn.utils[name](layer, "wieght"), TypeError, "it must be the name of a parameter");
    for (const [what, value] of odd) {
      assertNoAccident(`${name}(${what})`, () => nn.utils[name](value as never));
      assertNoAccident(`${name}(layer, ${what})`, () => nn.utils[name](new nn.Linear(2, 2), value as never));
      assertNoAccident(`remove ${name}(${what})`, () => remove(value as never));
      assertNoAccident(`remove ${name}(layer, ${what})`, () => remove(layer, value as never));
    }
  }
});
