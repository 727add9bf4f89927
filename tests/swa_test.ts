/** Averages of weights: values come from PyTorch 1.13, but for buffers that are not averaged, which newer ones copy. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { data, nn, optim, type Tensor, tensor, zeros } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";
import "./setup.ts";

const { AveragedModel, getEmaAvgFn, getEmaMultiAvgFn, getSwaMultiAvgFn, SWALR, updateBn } = optim.swaUtils;

const numbers = (x: Tensor) => [...x.toTypedArray()];
const wave = (shape: readonly number[], f: (i: number) => number) => {
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => f(i));
  return tensor(values, { shape });
};
const x = wave([8, 2], Math.cos), y = wave([8, 1], Math.sin);

function net(): nn.Sequential {
  const model = new nn.Sequential(
    new nn.Linear(2, 3),
    new nn.BatchNorm1d(3),
    new nn.Tanh(),
    new nn.Linear(3, 1),
  );
  for (const [k, p] of [...model.double().parameters()].entries()) {
    p.data.copy_(wave(p.shape, (i) => Math.sin(i * 0.7 + k)));
  }
  return model;
}

/** Four steps of SGD, each followed by an average. */
function train(options: optim.swaUtils.AveragedModelOptions = {}) {
  const model = net(), average = new AveragedModel(model, options);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  for (let i = 0; i < 4; i++) {
    optimizer.zeroGrad();
    model.forward(x).sub(y).square().mean().backward();
    optimizer.step();
    average.updateParameters(model);
  }
  return { model, average };
}

function assertState(average: nn.Module, expected: Readonly<Record<string, readonly number[]>>): void {
  const state = average.stateDict();
  for (const [name, values] of Object.entries(expected)) {
    const found = numbers(state[name]);
    assertEquals(found.length, values.length);
    values.forEach((value, i) => assertAlmostEquals(found[i], value, 1e-14, `${name}[${i}]`)); // sums in another order
  }
}

const swa = {
  n_averaged: [4],
  "module.0.weight": [
    ...[-0.018266712978327975, 0.644043635617584, 0.9913191026494472],
    ...[0.8564791213714975, 0.39146404266707013, -0.2903497529026272],
  ],
  "module.1.weight": [0.8180616771458048, 0.22103272178429267, -0.22003209347426905],
  "module.1.bias": [0.14292423005143812, -0.6078584776439411, -0.9734943991845358],
  "module.3.weight": [-0.5530669338337304, -0.9376259646657634, -0.7817764930624191],
  "module.3.bias": [-0.9316941655394587],
};
const ema = {
  n_averaged: [4],
  "module.0.weight": [
    ...[-0.013032672024371098, 0.644150549550708, 0.9897227792074286],
    ...[0.8583198349111778, 0.37600471847754824, -0.30917107436367064],
  ],
  "module.1.weight": [0.8451682586444386, 0.27962486381377155, -0.22899136658260025],
  "module.3.bias": [-0.9333891716997947],
};
const averagedBuffers = {
  ...swa,
  "module.1.running_mean": [0.18702279532905688, 0.2449532526943325, 0.16345975985317052],
  "module.1.running_var": [0.828566851499857, 1.1217564667342863, 0.7870748444380269],
  "module.1.num_batches_tracked": [1], // each average is cut to a whole number
};
const latestBuffers = {
  "module.1.running_mean": [0.28414976713898954, 0.37243082521464366, 0.24886306210922682],
  "module.1.running_var": [0.7387992855938599, 1.1849763487745748, 0.6765828609898306],
  "module.1.num_batches_tracked": [4],
};

const runs: readonly [
  name: string,
  options: optim.swaUtils.AveragedModelOptions,
  Readonly<Record<string, readonly number[]>>,
][] = [
  ["AveragedModel", {}, { ...swa, ...latestBuffers }],
  ["getSwaMultiAvgFn()", { multiAvgFn: getSwaMultiAvgFn() }, swa],
  ["getEmaAvgFn()", { avgFn: getEmaAvgFn(0.9) }, { ...ema, ...latestBuffers }],
  ["getEmaMultiAvgFn()", { multiAvgFn: getEmaMultiAvgFn(0.9) }, ema],
  ["an avgFn of one's own", { avgFn: (a, p) => a.mul(0.9).add(p.mul(1 - 0.9)) }, ema],
  ["useBuffers", { useBuffers: true }, averagedBuffers],
];
for (const [name, options, expected] of runs) {
  Deno.test(`${name} gives PyTorch's averages`, () => assertState(train(options).average, expected));
}

Deno.test("AveragedModel is a copy with PyTorch's names, and goes on from its state dict or as a clone", () => {
  const { model, average } = train(), own = new Set<Tensor>(model.parameters());
  assert([...average.parameters()].every((p) => !own.has(p)));
  assertEquals(Object.keys(average.stateDict()), [
    "n_averaged",
    ...Object.keys(model.stateDict()).map((name) => `module.${name}`),
  ]);
  const other = new AveragedModel(net());
  other.loadStateDict(average.stateDict());
  const next = [average.clone(), other, average].map((a) => {
    a.updateParameters(model);
    return numbers(a.module.stateDict()["0.weight"]);
  });
  assertEquals(next[0], next[2]);
  assertEquals(next[1], next[2]);
});

Deno.test("updateBn() gives PyTorch's figures over a loader's batches, and leaves momenta and modes alone", async () => {
  const { average } = train(), layer = average.module[1] as nn.BatchNorm1d;
  average.eval();
  (average.module[3] as nn.Linear).train();
  const loader = new data.DataLoader(new data.TensorDataset(x, y), { batchSize: 5 });
  await updateBn(loader, average);
  assertState(average, {
    ...swa,
    "module.1.running_mean": [0.8351959702854077, 1.0829256372746312, 0.7158771268588555],
    "module.1.running_var": [0.27746798546102436, 1.7865996482039084, 0.07494507415870028],
    "module.1.num_batches_tracked": [2],
  });
  assertEquals(layer.momentum, 0.1);
  assertEquals([...average.modules()].map((m) => m.training), [false, false, false, false, false, true]);
  const expected = [
    ...[-0.2772667248345594, 0.6905807176672122, -0.14973119524629241, -0.3832315056715422],
    ...[0.6588263882737043, 0.030750360679946076, -0.4470028659699544, 0.5833409662057399],
  ];
  numbers(average.forward(x)).forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-14));
  await assertRejects(
    () => updateBn(["x"], average),
    TypeError,
    `Cannot call updateBn(): a batch must be a tensor or an array with one in front, got "x"`,
  );
  assertEquals(layer.momentum, 0.1, "also after an error");
  await updateBn(odd as never, new nn.Linear(1, 1)); // nothing to do
});

const rates = {
  cos: [
    ...[[0.7290000000000001, 0.36450000000000005], [0.6295627522128329, 0.34040953275259356]],
    ...[[0.38950000000000007, 0.28225], [0.14943724778716716, 0.2240904672474065], [0.05, 0.2], [0.05, 0.2]],
  ],
  linear: [
    ...[[0.7290000000000001, 0.36450000000000005], [0.5026666666666668, 0.3096666666666667]],
    ...[[0.27633333333333343, 0.25483333333333336], [0.05, 0.2], [0.05, 0.2]],
  ],
  none: [[0.05, 0.2], [0.05, 0.2]],
};
const schedules: readonly [keyof typeof rates, optim.swaUtils.SWALROptions][] = [
  ["cos", { annealEpochs: 4 }],
  ["linear", { annealEpochs: 3, annealStrategy: "linear" }],
  ["none", { annealEpochs: 0 }],
];
for (const [name, options] of schedules) {
  Deno.test(`SWALR gives PyTorch's rates: ${name}`, () => {
    const p = () => zeros(1, { requiresGrad: true });
    const optimizer = new optim.SGD([{ params: [p()] }, { params: [p()], lr: 0.5 }], { lr: 1 });
    const before = new optim.lrScheduler.ExponentialLR(optimizer, 0.9);
    for (let i = 0; i < 3; i++) before.step();
    let scheduler = new SWALR(optimizer, [0.05, 0.2], options);
    for (const [epoch, expected] of rates[name].entries()) {
      if (epoch > 0) scheduler.step();
      scheduler.getLastLr().forEach((lr, i) => assertAlmostEquals(lr, expected[i], 1e-15));
      const saved = structuredClone([scheduler.stateDict(), optimizer.stateDict()] as const);
      scheduler = new SWALR(optimizer, [0.05, 0.2], options); // as in a resumed run
      scheduler.loadStateDict(saved[0]);
      optimizer.loadStateDict(saved[1]);
    }
  });
}

Deno.test("averaging refuses odd arguments in our words", async () => {
  const model = new nn.Linear(2, 2), average = new AveragedModel(model);
  const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
  for (const [label, value] of odd) {
    const other = value as never;
    assertNoAccident(`new AveragedModel(${label})`, () => new AveragedModel(other));
    for (const option of ["avgFn", "multiAvgFn", "useBuffers"]) {
      assertNoAccident(`new AveragedModel() with ${option} ${label}`, () => {
        new AveragedModel(model, { [option]: value });
      });
    }
    assertNoAccident(`updateParameters(${label})`, () => average.updateParameters(other));
    assertNoAccident(`getEmaAvgFn(${label})`, () => getEmaAvgFn(other));
    assertNoAccident(`getEmaMultiAvgFn(${label})`, () => getEmaMultiAvgFn(other));
    assertNoAccident(`new SWALR(${label})`, () => new SWALR(other, 1));
    for (const option of ["swaLr", "annealEpochs", "annealStrategy"]) {
      assertNoAccident(`new SWALR() with ${option} ${label}`, () => {
        new SWALR(optimizer, { swaLr: 1, [option]: value }).step();
      });
    }
    for (const call of [() => updateBn(other, new nn.BatchNorm1d(2)), () => updateBn([], other)]) {
      const error = await call().catch((error) => error);
      assertNoAccident(`updateBn() with ${label}`, () => {
        if (error) throw error;
      });
    }
  }
  assertThrows(
    () => average.updateParameters(new nn.Linear(3, 2)),
    TypeError,
    "Cannot call updateParameters() with another model: tensor 0 has shape [2, 3], it must be [2, 2]",
  );
  assertThrows(
    () => average.updateParameters(net()),
    TypeError,
    "Cannot call updateParameters() with another model: it has 6 tensors, they must be 2",
  );
  assertEquals(average.nAveraged.item(), 0);
});
