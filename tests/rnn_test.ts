/** Recurrent layers, cells and packed sequences as PyTorch 1.13 has them (goldens from there, from the same seeds). */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { autograd, cat, manualSeed, nn, ones, rand, randn, type Tensor, tensor, zeros } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";

const { PackedSequence, packPaddedSequence, packSequence, padPackedSequence, padSequence } = nn.utils.rnn;
const { unpackSequence, unpadSequence } = nn.utils.rnn;
const double = { dtype: "float64" } as const;
const numbers = (x: Tensor) => [...x.toTypedArray()];

/** What is left of PyTorch's numbers after 12 digits, or in single precision. */
function assertNumbers(x: Tensor, expected: readonly number[], tolerance = 1e-11): void {
  const actual = numbers(x);
  assertEquals(actual.length, expected.length);
  expected.forEach((v, i) => assertAlmostEquals(actual[i], v, tolerance, `element ${i}`));
}

function assertSame(x: Tensor, y: Tensor, tolerance = 1e-14): void {
  assertEquals(x.shape, y.shape);
  assertNumbers(x, numbers(y), tolerance);
}

Deno.test("LSTM with layers, directions, a projection and unsorted packed sequences computes PyTorch's numbers", () => {
  manualSeed(0);
  const layer = new nn.LSTM(2, 3, { numLayers: 2, bidirectional: true, projSize: 2 }).double();
  const x = rand(4, 3, 2, { ...double, requiresGrad: true });
  const hx: [Tensor, Tensor] = [rand(4, 3, 2, double), rand(4, 3, 3, double)];
  const packed = packPaddedSequence(x, [2, 4, 1], { enforceSorted: false });
  const [y, [h, c]] = layer.forward(packed, hx), [output, lengths] = padPackedSequence(y);
  assertEquals(numbers(y.batchSizes), [3, 2, 1, 1]);
  assertEquals([y.sortedIndices, y.unsortedIndices].map((t) => numbers(t!)), [[1, 0, 2], [1, 0, 2]]);
  assertEquals(numbers(lengths), [2, 4, 1]);
  assertNumbers(output, [
    ...[
      0.0576157181499,
      0.0375159655638,
      0.0771679100442,
      -0.0177316544065,
      0.0384241175678,
      0.0522120917634,
    ],
    ...[
      0.01682133044,
      -0.0754576033384,
      0.00773979453319,
      0.0772751574445,
      0.0799278429963,
      -0.0222350696767,
    ],
    ...[
      0.094077952714,
      0.0849059076062,
      0.109466937352,
      -0.000936378822641,
      0.0741002558819,
      0.0953817001367,
    ],
    ...[0.0207404198347, -0.0732218295915, 0, 0, 0, 0, 0, 0, 0, 0, 0.102141592608, 0.109547800137],
    ...[0.0238710050845, -0.0652188070153, 0, 0, 0, 0, 0, 0, 0, 0, 0.114228620338, 0.120317649381],
    ...[0.0311566120327, -0.0562267284919, 0, 0, 0, 0],
  ]);
  assertNumbers(h, [
    ...[0.0960471088895, -0.0563986793814, 0.0712272346536, -0.061718436969, 0.188400637313, 0.0590865097495],
    ...[0.0151568505841, -0.13553465999, 0.100304968844, -0.179366485948, -0.0050670546529, -0.0740170420244],
    ...[0.094077952714, 0.0849059076062, 0.114228620338, 0.120317649381, 0.00773979453319, 0.0772751574445],
    ...[
      0.0771679100442,
      -0.0177316544065,
      0.01682133044,
      -0.0754576033384,
      0.0799278429963,
      -0.0222350696767,
    ],
  ]);
  assertNumbers(c.select(0, 3), [
    ...[0.40047767637, 0.662373353131, 0.161322878256, -0.0464896067054, 0.550089875023, 0.339910116647],
    ...[0.40430827433, 0.700402821214, 0.308753490089],
  ]);
  output.sum().add(h.sum().mul(2)).add(c.pow(2).sum()).backward();
  assertNumbers(x.grad!, [
    ...[-0.24551246238, -0.310632165314, -0.322864216926, -0.460127837321, -0.826834870017, -0.290533569456],
    ...[-0.213096861056, -0.0799979789124, -0.207546894186, -0.231540345658, 0, 0, 0, 0, -0.180598799269],
    ...[-0.127895596026, 0, 0, 0, 0, -0.277717228312, -0.109695743629, 0, 0],
  ]);
  const weights = Object.fromEntries(layer.namedParameters());
  assertNumbers(weights.weight_hh_l0_reverse.grad!.sum(1), [
    ...[
      0.0145224779164,
      0.00308725088626,
      -0.011904113298,
      -0.0569142819431,
      0.00360902726637,
      -0.0167991897989,
    ],
    ...[
      -0.019135294307,
      -0.0228126134227,
      -0.045955510082,
      -0.0117420868198,
      0.0120543366557,
      -0.0438228227741,
    ],
  ]);
  assertNumbers(weights.bias_hh_l1.grad!, [
    ...[1.03505392558, 1.51842056111, 0.178954500807, 1.18509789359, 0.468577594888, 0.364107669846],
    ...[2.67656597551, -3.2688722589, 1.21265227814, 0.2564156571, 1.02320291565, 0.0114132543639],
  ]);
  assertNumbers(weights.weight_hr_l1_reverse.grad!.sum(1), [7.36458139726, 7.3094849795]);
});

Deno.test("GRU and RNN, both directions and packed, compute PyTorch's numbers", () => {
  const expected = {
    GRU: {
      output: [
        ...[0.166674047609, -0.18545383204, -0.409248792057, 0.287979975416, 0.276071591456, -0.308507346335],
        ...[-0.38882628589, 0.275778742342, 0.347735168515, -0.383966885434, -0.271536207264, 0.21517121598],
        ...[-1, -1, -1, -1, 0.161186178274, -0.182945874637, -0.361494433743, 0.260388035828, 0.258253776409],
        ...[-0.318622569605, -0.28044771561, 0.184125740006, -1, -1, -1, -1, -1, -1, -1, -1],
      ],
      dx: [
        ...[0.301235535857, -0.235518413325, 0.36559001949, -0.291113473787, 0.250659069569, -0.197282588385],
        ...[0.244810783148, -0.207384907474, 0.339639698847, -0.266332626188, 0, 0],
      ],
      bias: [
        ...[
          -0.240939685724,
          0.0528106321647,
          -0.211495102233,
          -0.20158083793,
          -1.07797371059,
          -0.685913080221,
        ],
      ],
    },
    RNN: {
      output: [
        ...[
          0.351415224943,
          -0.880559786808,
          0.803658949392,
          -0.147022105017,
          0.820453594962,
          -0.781315352836,
        ],
        ...[0.608856938143, -0.271880914053, 0.867284474968, -0.881573844087, 0.759602679653, 0.349536209364],
        ...[-1, -1, -1, -1, 0.389443516859, -0.893232744736, 0.833590827648, -0.506977012638, 0.860561416518],
        ...[-0.791005773841, 0.807949922625, 0.212312350809, -1, -1, -1, -1, -1, -1, -1, -1],
      ],
      dx: [
        ...[
          0.144828820239,
          -0.0908879778332,
          -0.337348671089,
          0.401995850587,
          0.102392203051,
          -0.0311508451585,
        ],
        ...[0.226705846516, -0.22075661863, 0.0455162180802, -0.0944721928527, 0, 0],
      ],
      bias: [0.567961449695, -0.265666504114],
    },
  };
  for (const Layer of [nn.GRU, nn.RNN]) {
    manualSeed(1);
    const layer = new Layer(2, 2, 2, { bidirectional: true, batchFirst: true }).double();
    const x = rand(2, 3, 2, { ...double, requiresGrad: true }),
      golden = expected[Layer.name as "GRU" | "RNN"];
    const [y, h] = layer.forward(packPaddedSequence(x, [3, 2], true));
    const [output] = padPackedSequence(y, { batchFirst: true, paddingValue: -1, totalLength: 4 });
    assertNumbers(output, golden.output);
    const [kept] = padPackedSequence(y, true);
    kept.sum().add(h.pow(2).sum()).backward();
    assertNumbers(x.grad!, golden.dx);
    assertNumbers(layer.biasHhL0Reverse.grad!, golden.bias);
  }
});

Deno.test("LSTM drops between layers while training, and the same elements as PyTorch", () => {
  manualSeed(2);
  const layer = new nn.LSTM(2, 3, 2, { dropout: 0.5 }), x = rand(3, 2, 2);
  manualSeed(3);
  assertNumbers(layer.forward(x)[0], [
    ...[
      -0.104779466987,
      -0.110251635313,
      -0.158319622278,
      -0.0993181467056,
      -0.0991157963872,
      -0.157046124339,
    ],
    ...[-0.151522174478, -0.158703148365, -0.237337857485, -0.14646615088, -0.181218549609, -0.22518672049],
    ...[-0.189181610942, -0.202253818512, -0.307698696852, -0.180362567306, -0.217174336314, -0.300574481487],
  ], 1e-6);
  assertNumbers(layer.eval().forward(x)[0].select(0, 2), [
    ...[-0.160862252116, -0.182132408023, -0.259996592999, -0.161492556334, -0.182422786951, -0.255117356777],
  ], 1e-6);
});

/** One layer of each kind, in float64, with both directions and two layers. */
const layers = [
  ...[nn.RNN, nn.GRU].map((Layer) => new Layer(3, 4, 2, { bidirectional: true, ...double })),
  new nn.LSTM(3, 4, 2, { bidirectional: true, projSize: 2, ...double }),
];

/** The output and the last states. */
function run(layer: typeof layers[number], x: Tensor, states?: readonly Tensor[]): Tensor[] {
  const hx = states && (states.length === 2 ? states : states[0]);
  const [output, last] = (layer as nn.LSTM).forward(x, hx as [Tensor, Tensor]);
  return [output, ...(Array.isArray(last) ? last : [last])];
}

/** Random states for a batch, or for one sequence. */
function statesFor(layer: typeof layers[number], ...batch: number[]): Tensor[] {
  const widths = layer instanceof nn.LSTM ? [2, 4] : [4];
  return widths.map((width) => randn([4, ...batch, width], double));
}

for (const layer of layers) {
  const { name } = layer.constructor;

  Deno.test(`${name} gives the same batched, one by one, batch first and packed`, () => {
    const x = randn([5, 3, 3], double), states = statesFor(layer, 3), all = run(layer, x, states);
    for (let b = 0; b < 3; b++) {
      const alone = run(layer, x.select(1, b), states.map((h) => h.select(1, b)));
      alone.forEach((t, k) => assertSame(t, all[k].select(1, b)));
    }
    const packed = packPaddedSequence(x, [5, 5, 5]);
    const [y] = (layer as nn.RNN).forward(packed, (states.length === 2 ? states : states[0]) as Tensor);
    assertSame(padPackedSequence(y)[0], all[0]);
    const options = { numLayers: 2, bidirectional: true, batchFirst: true, ...double };
    const first = layer instanceof nn.LSTM
      ? new nn.LSTM(3, 4, { ...options, projSize: 2 })
      : layer instanceof nn.GRU
      ? new nn.GRU(3, 4, options)
      : new nn.RNN(3, 4, options);
    first.loadStateDict(layer.stateDict());
    run(first, x.transpose(0, 1), states).forEach((t, k) =>
      assertSame(k === 0 ? t.transpose(0, 1) : t, all[k])
    );
    run(first, x.select(1, 1), states.map((h) => h.select(1, 1))).forEach((t, k) =>
      assertSame(t, all[k].select(1, 1))
    );
  });

  Deno.test(`${name} starts from zeros, and goes on where it ended`, () => {
    const x = randn([5, 2, 3], double), zero = statesFor(layer, 2).map((h) => h.mul(0));
    run(layer, x).forEach((t, k) => assertSame(t, run(layer, x, zero)[k], 0));
    const one = name === "LSTM"
      ? new nn.LSTM(3, 4, double)
      : new (name === "GRU" ? nn.GRU : nn.RNN)(3, 4, double);
    const [whole] = run(one, x), [start, ...states] = run(one, x.narrow(0, 0, 2));
    const [end, last] = run(one, x.narrow(0, 2, 3), states);
    assertSame(cat([start, end]), whole);
    assertSame(last.select(0, 0), whole.select(0, 4));
  });

  Deno.test(`${name} has the gradients that differences have, of both orders, packed`, () => {
    const x = randn([3, 2, 3], { ...double, requiresGrad: true });
    const states = statesFor(layer, 2).map((h) => h.requiresGrad_());
    const f = (x: Tensor, ...states: Tensor[]) => {
      const packed = packPaddedSequence(x, [2, 3], { enforceSorted: false });
      const [y, last] = (layer as nn.RNN).forward(
        packed,
        (states.length === 2 ? states : states[0]) as Tensor,
      );
      return [y.data, ...[last].flat()];
    };
    assert(autograd.gradcheck(f, [x, ...states]));
    assert(autograd.gradgradcheck(f, [x, ...states]));
  });

  Deno.test(`${name} refuses what does not fit`, () => {
    const title = `${name}(3, 4)`, states = statesFor(layer, 2);
    assertThrows(
      () => run(layer, ones(5, 2, 7)),
      Error,
      `Cannot apply ${title} to [5, 2, 7]: it must be [steps, `,
    );
    assertThrows(() => run(layer, ones(3)), Error, `Cannot apply ${title} to [3]`);
    assertThrows(() => run(layer, ones(0, 2, 3, double), states), Error, "it must have at least one step");
    assertThrows(
      () => run(layer, ones(5, 3, 3, double), states),
      Error,
      `Cannot apply ${title} to [5, 3, 3] from hx of shape [4, 2, ${states[0].shape[2]}]: it must be [4, 3, `,
    );
    assertThrows(
      () => run(layer, ones(5, 2, 3), states.map((h) => h.float())),
      TypeError,
      "they must be equal; use .to()",
    );
  });

  Deno.test(`${name} takes a batch of none`, () => {
    const [output, h] = run(layer, zeros(5, 0, 3, { ...double, requiresGrad: true }));
    assertEquals([output.shape.slice(0, 2), h.shape.slice(0, 2)], [[5, 0], [4, 0]]);
    output.sum().backward();
  });
}

Deno.test("RNN takes its nonlinearity by name and by position", () => {
  const x = randn(4, 2, 3), relu = new nn.RNN(3, 5, { nonlinearity: "relu" });
  assert(Number(relu.forward(x)[0].amin().item()) >= 0);
  assertEquals(new nn.RNN(3, 5, 2, "relu", false).bias, false);
  assertEquals(new nn.RNN(3, 5, 2, false, { nonlinearity: "relu" }).nonlinearity, "relu");
  assertThrows(() => new nn.RNN(3, 5, { nonlinearity: "sine" as "relu" }), TypeError, "nonlinearity");
});

Deno.test("recurrent layers name and print their weights and options as PyTorch does", () => {
  const lstm = new nn.LSTM(3, 4, 2, { bidirectional: true, projSize: 2 }), one = ["ih", "hh"];
  const names = ["l0", "l0_reverse", "l1", "l1_reverse"].flatMap((place) => [
    ...one.map((what) => `weight_${what}_${place}`),
    ...one.map((what) => `bias_${what}_${place}`),
    `weight_hr_${place}`,
  ]);
  assertEquals(Object.keys(lstm.stateDict()), names);
  assertEquals([...lstm.namedParameters()].map(([name]) => name), names);
  assertEquals(lstm.allWeights.map((list) => list.length), [5, 5, 5, 5]);
  assert(lstm.allWeights[3][4] === lstm.weightHrL1Reverse);
  assertEquals(lstm.weightIhL1.shape, [16, 4]);
  assertEquals(Object.keys(new nn.RNN(1, 1, 12).stateDict()).at(-1), "bias_hh_l11");
  assertEquals(Object.keys(new nn.GRUCell(3, 4).stateDict()), [
    "weight_ih",
    "weight_hh",
    "bias_ih",
    "bias_hh",
  ]);
  assertEquals(
    String(lstm),
    "LSTM(inputSize=3, hiddenSize=4, numLayers=2, bidirectional=true, projSize=2)",
  );
  assertEquals(String(new nn.RNNCell(3, 4, false)), "RNNCell(inputSize=3, hiddenSize=4, bias=false)");
});

Deno.test("cells step as their layers do, batched and not", () => {
  const x = randn(2, 3, double), h = randn(2, 4, double), c = randn(2, 4, double);
  const pairs = [
    [new nn.RNNCell(3, 4, double), new nn.RNN(3, 4, double)],
    [
      new nn.RNNCell(3, 4, { nonlinearity: "relu", ...double }),
      new nn.RNN(3, 4, { nonlinearity: "relu", ...double }),
    ],
    [new nn.GRUCell(3, 4, double), new nn.GRU(3, 4, double)],
    [new nn.LSTMCell(3, 4, double), new nn.LSTM(3, 4, double)],
    [new nn.LSTMCell(3, 4, { bias: false, ...double }), new nn.LSTM(3, 4, { bias: false, ...double })],
  ] as const;
  for (const [cell, layer] of pairs) {
    cell.loadStateDict(
      Object.fromEntries(Object.entries(layer.stateDict()).map(([k, v]) => [k.slice(0, -3), v])),
    );
    const step = (x: Tensor, ...states: Tensor[]) =>
      [(cell as nn.LSTMCell).forward(
        x,
        (cell instanceof nn.LSTMCell ? states : states[0]) as [Tensor, Tensor],
      )].flat();
    const states = cell instanceof nn.LSTMCell ? [h, c] : [h];
    const [, ...last] = run(layer, x.unsqueeze(0), states.map((t) => t.unsqueeze(0)));
    step(x, ...states).forEach((t, k) => assertSame(t, last[k].select(0, 0)));
    const alone = step(x.select(0, 1), ...states.map((t) => t.select(0, 1)));
    alone.forEach((t, k) => assertSame(t, last[k].select(0, 0).select(0, 1)));
    assertSame([cell.forward(x)].flat()[0], step(x, ...states.map((t) => t.mul(0)))[0]);
  }
  assertThrows(
    () => new nn.GRUCell(3, 4).forward(ones(2, 2)),
    Error,
    "Cannot apply GRUCell(3, 4) to [2, 2]: it must be [batch, 3] or [3]",
  );
  assertThrows(
    () => new nn.LSTMCell(3, 4).forward(ones(3), h as never),
    TypeError,
    "it must be [h, c] or null",
  );
});

Deno.test("packSequence, padSequence and their inverses order elements as PyTorch does", () => {
  const list = [tensor([1, 2, 3]), tensor([4]), tensor([5, 6])];
  const packed = packSequence(list, { enforceSorted: false });
  assertEquals(numbers(packed.data), [1, 5, 4, 2, 6, 3]);
  assertEquals(numbers(packed.batchSizes), [3, 2, 1]);
  assertEquals([packed.sortedIndices, packed.unsortedIndices].map((t) => numbers(t!)), [[0, 2, 1], [
    0,
    2,
    1,
  ]]);
  assertEquals(padSequence(list).toArray(), [[1, 4, 5], [2, 0, 6], [3, 0, 0]]);
  assertEquals(padSequence(list, true, 9).toArray(), [[1, 2, 3], [4, 9, 9], [5, 6, 9]]);
  const [padded, lengths] = padPackedSequence(packed, true, -1, 5);
  assertEquals(padded.toArray(), [[1, 2, 3, -1, -1], [4, -1, -1, -1, -1], [5, 6, -1, -1, -1]]);
  assertEquals(numbers(lengths), [3, 1, 2]);
  assertEquals(unpackSequence(packed).map(numbers), [[1, 2, 3], [4], [5, 6]]);
  assertEquals(
    unpadSequence(padSequence(list), tensor([3, 1, 2], { dtype: "int32" })).map(numbers),
    list.map(numbers),
  );
  assertEquals([packed.double().data.dtype, packed.double().float().data.dtype], ["float64", "float32"]);
  assert(nn.utils.packSequence === packSequence && packed instanceof PackedSequence);
});

Deno.test("packing and padding pass gradients on", () => {
  const x = randn(2, 4, 3, { ...double, requiresGrad: true });
  const there = (x: Tensor) => packPaddedSequence(x, [2, 4], true, false);
  assert(autograd.gradcheck((x) => there(x).data, [x]));
  assert(autograd.gradcheck((x) => padPackedSequence(there(x), true, 7)[0], [x]));
  assert(autograd.gradcheck((x) => padSequence(unpackSequence(there(x))), [x]));
});

Deno.test("packing refuses lengths that do not fit", () => {
  const x = ones(3, 2);
  assertThrows(() => packPaddedSequence(x, [3, 0]), TypeError, "they must be whole numbers above 0");
  assertThrows(() => packPaddedSequence(x, [1, 3]), RangeError, "the longest must come first");
  assertThrows(() => packPaddedSequence(x, [4, 3]), Error, "they must be 2 numbers of at most 3");
  assertThrows(() => packPaddedSequence(x, [3]), Error, "they must be 2 numbers of at most 3");
  assertThrows(() => packPaddedSequence(ones(3), [3]), Error, "it must have 2 dimensions or more");
  assertThrows(() => packSequence([ones(2), zeros(0)]), TypeError, "lengths [2, 0]");
  assertThrows(
    () => padSequence([ones(2, 3), ones(2, 4)]),
    Error,
    "only the first dimension, the length, may differ",
  );
  assertThrows(
    () => padPackedSequence(packSequence([ones(2)]), { totalLength: 1 }),
    RangeError,
    "totalLength 1: it must be a whole number of at least 2",
  );
});

Deno.test("recurrent layers and packing answer odd arguments with errors of their own", () => {
  const classes = [nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell];
  const functions = {
    packPaddedSequence,
    packSequence,
    padPackedSequence,
    padSequence,
    unpackSequence,
    unpadSequence,
  };
  const packed = packSequence([ones(2)]), x = ones(3, 2);
  const usual: Record<string, unknown[]> = {
    ...{ packPaddedSequence: [x, [3, 2], false, true], packSequence: [[x], true], unpackSequence: [packed] },
    ...{
      padPackedSequence: [packed, false, 0, 2],
      padSequence: [[x], false, 0],
      unpadSequence: [x, [3, 2], false],
    },
  };
  for (const [what, value] of odd) {
    for (const Class of classes) {
      for (let i = 0; i < 8; i++) {
        const args: unknown[] = [3, 4, 1, true, false, 0, false];
        args[i] = value;
        assertNoAccident(`${Class.name} argument ${i} = ${what}`, () => Reflect.construct(Class, args));
      }
      const layer = new Class(3, 4), forward = layer.forward.bind(layer) as (...args: unknown[]) => unknown;
      assertNoAccident(`${Class.name}.forward input = ${what}`, () => forward(value));
      assertNoAccident(`${Class.name}.forward hx = ${what}`, () => forward(ones(2, 3), value));
      assertNoAccident(`${Class.name}.forward hx = ${what} twice`, () => forward(ones(2, 3), [value, value]));
    }
    for (const [name, f] of Object.entries(functions)) {
      usual[name].forEach((_, i) => {
        const args = usual[name].map((given, k) => k === i ? value : given);
        assertNoAccident(
          `${name} argument ${i} = ${what}`,
          () => (f as (...args: unknown[]) => unknown)(...args),
        );
      });
    }
    assertNoAccident(`PackedSequence of ${what}`, () => new PackedSequence(value as Tensor, ones(1)));
    assertNoAccident(`PackedSequence sized ${what}`, () => new PackedSequence(ones(2), value as Tensor));
  }
});
