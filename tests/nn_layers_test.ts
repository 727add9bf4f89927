/** Layers beside what PyTorch's table has of them: options, errors, names of weights; numbers from 1.13. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { arange, F, manualSeed, nn, ones, randn, type Tensor, tensor, zeros } from "../mod.ts";

const numbers = (x: Tensor) => [...x.toTypedArray()];
const double = { dtype: "float64" } as const;
const integers = (values: number[] | number[][]) => tensor(values, { dtype: "int32" });

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

class Block extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu: nn.ReLU = new nn.ReLU();
  downsample: nn.Sequential;

  constructor(a: number, b: number) {
    super();
    this.conv1 = new nn.Conv2d(a, b, 3, { stride: 2, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(b);
    this.downsample = new nn.Sequential(
      new nn.Conv2d(a, b, 1, 2, 0, 1, 1, false), // PyTorch's order
      new nn.BatchNorm2d(b),
    );
  }

  override forward(x: Tensor): Tensor {
    return this.relu.forward(this.bn1.forward(this.conv1.forward(x)).add(this.downsample.forward(x)));
  }
}

class Net extends nn.Module {
  stem = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.GroupNorm(1, 2), new nn.MaxPool2d(2));
  layer1: nn.ModuleList = new nn.ModuleList([new Block(2, 3), new Block(3, 4)]);
  fcOut = new nn.Linear(4, 2);

  override forward(x: Tensor): Tensor {
    let y = this.stem.forward(x);
    for (const block of this.layer1) y = block.forward(y);
    return this.fcOut.forward(y.mean([2, 3]));
  }
}

/** PyTorch's names of the state of a batch norm. */
const batchNorm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];
const blockNames = [
  "conv1.weight",
  ...batchNorm.map((name) => `bn1.${name}`),
  "downsample.0.weight",
  ...batchNorm.map((name) => `downsample.1.${name}`),
];

Deno.test("a nested model has PyTorch's names, and with its weights PyTorch's outputs and buffers", () => {
  const net = new Net().double(), state: Record<string, Tensor> = {};
  let count = 0;
  for (const [name, { shape, dtype }] of Object.entries(net.stateDict())) {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = arange(1 + count, 1 + count + size, 1, double).sin().reshape(shape);
    state[name] = name.endsWith("running_var") ? values.abs().add(0.5) : values;
    if (dtype === "int32") state[name] = zeros([], { dtype });
    count += size;
  }
  assertEquals(Object.keys(state), [
    ...["stem.0.weight", "stem.0.bias", "stem.1.weight", "stem.1.bias"],
    ...[0, 1].flatMap((i) => blockNames.map((name) => `layer1.${i}.${name}`)),
    ...["fc_out.weight", "fc_out.bias"],
  ]);
  assertEquals(net.loadStateDict(state), { missingKeys: [], unexpectedKeys: [] });
  const x = arange(200, double).cos().reshape([2, 1, 10, 10]);
  const predicted = [2.0490130776231914, -0.7461740357516566, 1.3725935985306523, -0.1999642716316452];
  assertClose(net.eval().forward(x), predicted);
  const trained = [2.4960961635806416, -2.299279394591925, 0.3132001548706699, -0.6299114066849614];
  assertClose(net.train().forward(x), trained);
  const [first, second] = net.layer1 as Iterable<nn.Module> as Iterable<Block>;
  assertClose(first.bn1.runningMean!, [-0.13841075643114625, -0.8693372784783067, -0.8101741391810078]);
  const variances = [2.100327660694095, 0.8825636775130894, 1.7981349685677128, 1.5231697351331888];
  assertClose(second.bn1.runningVar!, variances);
  assertEquals(second.bn1.numBatchesTracked!.item(), 1);
});

Deno.test("Conv1d pads to the same size in every mode as PyTorch", () => {
  const wanted = {
    zeros: [20, 34, 49, 24, 11],
    reflect: [21, 34, 49, 48, 39],
    replicate: [20, 34, 49, 56, 59],
    circular: [24, 34, 49, 24, 19],
  };
  for (const [paddingMode, values] of Object.entries(wanted) as [nn.PaddingMode, number[]][]) {
    const layer = new nn.Conv1d(1, 1, 4, { padding: "same", paddingMode, bias: false });
    layer.loadStateDict({ weight: tensor([[[1, 2, 4, 8]]]) });
    assertEquals(numbers(layer.forward(arange(5).float().reshape([1, 5]))), values);
  }
});

Deno.test("Conv2d pads each dimension by its own amount", () => {
  const wanted = {
    reflect: [32, 33, 38, 45, 44, 39],
    replicate: [0, 4, 10, 17, 20, 21],
    circular: [64, 63, 66, 73, 64, 63],
  };
  for (const [paddingMode, values] of Object.entries(wanted) as [nn.PaddingMode, number[]][]) {
    const layer = new nn.Conv2d(1, 1, [1, 3], { padding: [1, 2], paddingMode, bias: false });
    layer.loadStateDict({ weight: tensor([[[[1, 2, 4]]]]) });
    const y = layer.forward(arange(12).float().reshape([1, 3, 4]));
    assertEquals(y.shape, [1, 5, 6]);
    assertEquals(numbers(y.select(1, 0)), values);
  }
});

Deno.test("ConvTranspose2d reaches every size that its stride leaves open, and no other", () => {
  const layer = new nn.ConvTranspose2d(2, 3, 3, { stride: 3 }), x = zeros(1, 2, 4, 5);
  for (const size of [12, 13, 14]) {
    assertEquals(layer.forward(x, [size, 16]).shape, [1, 3, size, 16]);
    assertEquals(layer.forward(x, [1, 3, size, 17]).shape, [1, 3, size, 17]);
  }
  assertThrows(
    () => layer.forward(x, [15, 15]),
    TypeError,
    "Cannot apply ConvTranspose2d to [1, 2, 4, 5] with outputSize [15, 15]: it must be from [12, 15] to [14, 17]",
  );
});

Deno.test("layers refuse what cannot work when they are made", () => {
  const refusals: [() => unknown, string][] = [
    [
      () => new nn.Conv2d(3, 4, 3, { groups: 2 }),
      "Cannot make Conv2d with groups 2: 3 channels do not divide",
    ],
    [() => new nn.Conv2d(2, 2, 3, { padding: "same", stride: 2 }), 'with padding "same" and stride [2, 2]'],
    [() => new nn.Conv2d(2, 2, [1, 2, 3]), "Cannot call Conv2d() with kernelSize [1, 2, 3]"],
    [() => new nn.ConvTranspose1d(2, 2, 3, { padding: "same" as never }), 'with padding "same"'],
    [() => new nn.ConvTranspose1d(2, 2, 3, { paddingMode: "reflect" as never }), 'paddingMode "reflect"'],
    [() => new nn.GroupNorm(2, 5), "5 channels do not divide into 2 groups"],
    [() => new nn.Embedding(3, 2, { paddingIdx: 3 }), "with paddingIdx 3: it must be from -3 to 2"],
    [() => new nn.EmbeddingBag(3, 2, { mode: "median" as never }), 'with mode "median"'],
    [() => nn.Embedding.fromPretrained(zeros(3)), "embeddings must have 2 dimensions"],
    [() => new nn.MaxPool2d(), "Cannot make MaxPool2d with kernelSize NaN: it must be a number"],
    [() => new nn.PixelShuffle(), "upscaleFactor NaN"],
    [() => new nn.LayerNorm(-1), "Cannot make a LayerNorm with shape [-1]"],
  ];
  for (const [make, text] of refusals) assertThrows(make, Error, text);
});

Deno.test("layers refuse inputs of other sizes", () => {
  const refusals: [() => unknown, string][] = [
    [() => new nn.Conv2d(3, 4, 3).forward(zeros(1, 2, 5, 5)), "the input must have 3 channels"],
    [() => new nn.BatchNorm2d(3).forward(zeros(4, 3)), "Cannot apply BatchNorm2d to [4, 3]: it must have 4"],
    [() => new nn.BatchNorm1d(3).forward(zeros(4, 2)), "it has 2 channels, they must be 3"],
    [() => new nn.InstanceNorm1d(3).forward(zeros(4, 2, 5)), "it has 2 channels, they must be 3"],
    [
      () => new nn.ZeroPad2d([1, 2, 3]).forward(zeros(2, 2)),
      "with padding [1, 2, 3]: it must be a number, or 4",
    ],
    [() => new nn.Softmax2d().forward(zeros(2, 3)), "Cannot apply Softmax2d to [2, 3]"],
    [() => new nn.Bilinear(2, 3, 4).forward(zeros(1, 2), zeros(1, 2)), "the last dimensions must be 2 and 3"],
  ];
  for (const [call, text] of refusals) assertThrows(call, Error, text);
});

Deno.test("BatchNorm1d with momentum null averages all batches, and predicts by them", () => {
  const layer = new nn.BatchNorm1d(2, { momentum: null, dtype: "float64" });
  const a = tensor([[1, 2], [3, 8]], double), b = tensor([[5, 0], [7, 2]], double);
  layer.forward(a);
  layer.forward(b);
  assertClose(layer.runningMean!, [4, 3]);
  assertClose(layer.runningVar!, [2, 10]);
  const predicted = [-2.121315040278671, -0.3162276079030736, -0.7071050134262237, 1.5811380395153676];
  assertClose(layer.eval().forward(a), predicted);
  layer.resetRunningStats();
  assertEquals([numbers(layer.runningMean!), numbers(layer.runningVar!)], [[0, 0], [1, 1]]);
  assertEquals(layer.numBatchesTracked!.item(), 0);
  const untracked = new nn.BatchNorm1d(2, { trackRunningStats: false }).eval(), x = randn(8, 2);
  assertAlmostEquals(untracked.forward(x).mean().item(), 0, 1e-6);
  assertEquals(Object.keys(untracked.stateDict()), ["weight", "bias"]);
});

Deno.test("InstanceNorm1d keeps figures if told to, and takes single samples", () => {
  const layer = new nn.InstanceNorm1d(2, { trackRunningStats: true, affine: true }).double();
  const x = arange(12, double).reshape([2, 2, 3]);
  assertClose(numbers(layer.forward(x)).slice(0, 3), [-1.2247356859083902, 0, 1.2247356859083902]);
  assertClose(layer.runningMean!, [0.4, 0.7]);
  assertClose(layer.runningVar!, [1, 1]);
  const single = [-0.3999980000149999, 0.5999970000224999, 1.5999920000599996];
  assertClose(numbers(layer.eval().forward(x)).slice(0, 3), single);
  assertClose(numbers(layer.forward(x.select(0, 0))).slice(0, 3), single);
  assertEquals(Object.keys(layer.stateDict()), batchNorm);
});

Deno.test("max pooling gives maxima, or pairs that unpooling takes back", () => {
  const x = tensor([[[1, 5, 2, 0], [3, 4, 8, 7]]]);
  const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true }).forward(x);
  assertEquals([numbers(values), numbers(indices)], [[5, 8], [1, 6]]);
  assertEquals(numbers(new nn.MaxUnpool2d(2).forward(values, indices)), [0, 5, 0, 0, 0, 0, 8, 0]);
  assertEquals(new nn.MaxUnpool2d(2).forward(values, indices, [3, 5]).shape, [1, 3, 5]);
  const pool: nn.MaxPool2d = new nn.MaxPool2d([1, 2]);
  assertEquals(numbers(pool.forward(x).relu()), [5, 2, 4, 8]); // a tensor to the type checker, too
  assertEquals(
    numbers(seeded(() =>
      new nn.FractionalMaxPool2d(2, { outputSize: 3 }).forward(
        arange(36).float().reshape([1, 6, 6]),
      )
    )),
    [7, 9, 11, 19, 21, 23, 31, 33, 35],
  );
});

Deno.test("Embedding shortens, shares, freezes, and leaves out the row of padding", () => {
  const layer = new nn.Embedding(3, 2, { maxNorm: 1, paddingIdx: -3 });
  assertEquals(layer.paddingIdx, 0);
  layer.loadStateDict({ weight: tensor([[3, 4], [0.1, 0.2], [6, 8]]) });
  assertClose(layer.forward(integers([0, 1])), [0.6, 0.8, 0.1, 0.2], 1e-6);
  assertClose(layer.weight, [0.6, 0.8, 0.1, 0.2, 6, 8], 1e-6);
  layer.forward(integers([0, 1, 1])).sum().backward();
  assertEquals(numbers(layer.weight.grad!), [0, 0, 2, 2, 0, 0]);

  const table = tensor([[1, 2], [3, 4]], double), frozen = nn.Embedding.fromPretrained(table);
  assertEquals([frozen.weight.requiresGrad, frozen.weight.dtype, frozen.numEmbeddings], [
    false,
    "float64",
    2,
  ]);
  assert(frozen.weight.storage === table.storage);
  assert(nn.Embedding.fromPretrained(table, { freeze: false, paddingIdx: 1 }).weight.requiresGrad);
  const bag = nn.EmbeddingBag.fromPretrained(table, true, null, 2, false, "max");
  assertEquals(numbers(bag.forward(integers([[0, 1]]))), [3, 4]);
  const sum = nn.EmbeddingBag.fromPretrained(table, { mode: "sum" });
  assertEquals(numbers(sum.forward(integers([0, 1]), integers([0]), tensor([1, 10], double))), [31, 42]);
});

Deno.test("losses take PyTorch's order of options, old spellings included", () => {
  const x = tensor([[0.5, -1, 2], [1, 0, -0.3]], double), classes = integers([2, 1]);
  const y = tensor([[1, 0, 1], [0, 1, 0.5]], double), weight = tensor([1, 2, 3], double);
  const losses: [Tensor, number[]][] = [
    [new nn.MSELoss(null, false).forward(x, y), [0.25, 1, 1, 1, 1, 0.64]],
    [new nn.MSELoss(null, null, "sum").forward(x, y), [4.89]],
    [new nn.L1Loss(true, false).forward(x, y), [0.5, 1, 1, 1, 1, 0.8]],
    [new nn.CrossEntropyLoss(weight, null, 1, null, "sum", 0.1).forward(x, classes), [0.9498027603057555]],
    [new nn.NLLLoss(null, false).forward(x, classes), [-2]],
    [
      new nn.PoissonNLLLoss(false, true).forward(x.abs().add(1), tensor([[1, 2, 3], [0, 1, 4]], double)),
      [1.7060162876422549],
    ],
    [new nn.TripletMarginLoss(0.5, 1).forward(x, x.mul(0.5), x.sub(0.2)), [1.099998]],
    [new nn.MultiMarginLoss(2, 0.5).forward(x, classes), [0.38166666666666665]],
    [new nn.KLDivLoss(null, null, "batchmean", true).forward(x, y), [1.3390589653948124]],
    [new nn.SmoothL1Loss(null, null, "mean", 0.5).forward(x, y), [0.6333333333333333]],
    [
      new nn.BCEWithLogitsLoss(null, null, null, "none", tensor([2, 1, 3], double)).forward(x, y),
      [
        ...[0.9481539683602134, 0.3132616875182228, 0.38078403312891784],
        ...[1.3132616875182228, 0.6931471805599453, 1.558710488937054],
      ],
    ],
  ];
  for (const [found, wanted] of losses) assertClose(found, wanted);
  assertThrows(
    () => new nn.MSELoss({ reduction: "avg" as never }).forward(x, y),
    TypeError,
    'reduction "avg"',
  );
});

Deno.test("tensors among options are buffers, and follow the layer's dtype", () => {
  const loss = new nn.BCEWithLogitsLoss({ posWeight: tensor([2, 1]) });
  assertEquals(Object.keys(loss.stateDict()), ["pos_weight"]);
  assertEquals(loss.double().posWeight!.dtype, "float64");
});

Deno.test("options are properties, and change what the layer does", () => {
  const layer: nn.LeakyReLU = new nn.LeakyReLU(0.1);
  assertEquals([layer.negativeSlope, new nn.HuberLoss().reduction, new nn.AvgPool2d(3).stride], [
    0.1,
    "mean",
    null,
  ]);
  Reflect.set(layer, "negativeSlope", 0.5);
  assertEquals(layer.forward(tensor(-2)).item(), -1);
  assert(layer instanceof nn.LeakyReLU && layer instanceof nn.FunctionLayer);
});

Deno.test("Softmax without a dimension takes PyTorch's", () => {
  const x = arange(24, double).reshape([2, 3, 4]);
  assertAlmostEquals(
    new nn.Softmax().forward(x.select(0, 0)).toTypedArray()[0],
    0.03205860328008489,
    1e-12,
  );
  assertAlmostEquals(new nn.Softmax().forward(x).toTypedArray()[12], 0.9999938558253978, 1e-12);
  assertAlmostEquals(
    new nn.LogSoftmax().forward(x.reshape([2, 3, 2, 2])).toTypedArray()[0],
    -8.018479302594658,
    1e-12,
  );
});

Deno.test("RReLU draws slopes while training only, AlphaDropout drops to selu's limit; as PyTorch draws", () => {
  manualSeed(3);
  const x = tensor([-1, -2, 3], double), layer = new nn.RReLU();
  assertClose(layer.forward(x), [-0.13210587409385843, -0.3694750944672112, 3]);
  assertClose(layer.eval().forward(x), [-11 / 48, -11 / 24, 3]);
  const low = -0.7791939377784729, high = 1.6655988693237305;
  assertClose(seeded(() => new nn.AlphaDropout(0.5).forward(ones(6))), [low, low, high, low, low, low], 1e-6);
  assertClose(
    seeded(() => new nn.FeatureAlphaDropout(0.5).forward(ones(1, 4, 1))),
    [low, low, high, low],
    1e-6,
  );
  assert(new nn.AlphaDropout(0.5).eval().forward(x) === x);
});

Deno.test("layers print their options as PyTorch prints them", () => {
  const printed: [nn.Module, string][] = [
    [
      new nn.Conv2d(3, 8, 3, { padding: 1, bias: false, paddingMode: "reflect" }),
      "Conv2d(3, 8, kernelSize=[3, 3], stride=[1, 1], padding=[1, 1], bias=false, paddingMode=reflect)",
    ],
    [
      new nn.ConvTranspose1d(4, 2, 3, { stride: 2, outputPadding: 1, groups: 2 }),
      "ConvTranspose1d(4, 2, kernelSize=[3], stride=[2], groups=2, outputPadding=[1])",
    ],
    [new nn.BatchNorm1d(3), "BatchNorm1d(3, eps=0.00001, momentum=0.1, affine=true, trackRunningStats=true)"],
    [new nn.LayerNorm([3, 4]), "LayerNorm([3, 4], eps=0.00001, elementwiseAffine=true)"],
    [new nn.GroupNorm(2, 4), "GroupNorm(2, 4, eps=0.00001, affine=true)"],
    [new nn.Embedding(3, 4, { paddingIdx: 1 }), "Embedding(3, 4, paddingIdx=1)"],
    [new nn.EmbeddingBag(3, 4), "EmbeddingBag(3, 4, mode=mean)"],
    [new nn.Upsample({ scaleFactor: 2 }), "Upsample(scaleFactor=2, mode=nearest)"],
    [new nn.CrossEntropyLoss({ labelSmoothing: 0.1 }), "CrossEntropyLoss(labelSmoothing=0.1)"],
    [new nn.ELU(), "ELU(alpha=1)"],
    [new nn.PReLU(3), "PReLU(numParameters=3)"],
  ];
  for (const [layer, text] of printed) assertEquals(String(layer), text);
});

Deno.test("layers are their functions", () => {
  const image = randn(1, 4, 6, 6),
    layers: [nn.Module, Tensor][] = [
      [new nn.LPPool2d(2, 2), F.lpPool2d(image, 2, 2)],
      [new nn.ChannelShuffle(2), image.channelShuffle(2)],
      [new nn.UpsamplingNearest2d({ scaleFactor: 2 }), F.interpolate(image, { scaleFactor: 2 })],
      [new nn.UpsamplingBilinear2d([3, 4]), F.interpolate(image, [3, 4], null, "bilinear", true)],
      [new nn.ReflectionPad3d(1), F.pad(image, [1, 1, 1, 1, 1, 1], "reflect")],
      [new nn.CircularPad2d([1, 0, 2, 3]), F.pad(image, [1, 0, 2, 3], "circular")],
      [new nn.ConstantPad3d([0, 0, 0, 0, 1, 0], 7), F.pad(image, [0, 0, 0, 0, 1, 0], { value: 7 })],
      [new nn.Unfold(2, { stride: 2 }), F.unfold(image, 2, { stride: 2 })],
    ];
  for (const [layer, wanted] of layers) {
    const found: Tensor = layer.forward(image);
    assertEquals([found.shape, numbers(found)], [wanted.shape, numbers(wanted)]);
  }
});
