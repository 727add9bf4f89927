/** How to make and use every class of nn, optim and data: what the fuzz of their arguments starts from. */
import { data, nn, ones, optim, type Tensor, tensor, zeros } from "../../mod.ts";

/** One way to make an object, and what to do with it. */
export interface Sample {
  /** Arguments of the constructor. */
  readonly make: () => unknown[];
  /** Arguments of `use`: for a layer, those of forward. */
  readonly inputs?: () => unknown[];
  /** Default: calls forward. */
  readonly use?: (made: never, ...inputs: never[]) => unknown;
}

/** An entry for a class that cannot be made alone. */
export interface Elsewhere {
  readonly elsewhere: string;
}

/** A sample for every class of a namespace: one that has none does not compile. */
export type Samples<Namespace> = {
  readonly [
    K in keyof Namespace as Namespace[K] extends abstract new (...args: never[]) => unknown ? K : never
  ]: Sample | Elsewhere;
};

const abstract: Elsewhere = { elsewhere: "abstract: its subclasses are here" };

/** A layer for inputs of these shapes. */
function layer(args: readonly unknown[], ...shapes: number[][]): Sample {
  return { make: () => [...args], inputs: () => shapes.map((shape) => ones(shape)) };
}

const activation = layer([], [2, 3]), loss = layer([{ reduction: "mean" }], [2, 3], [2, 3]);
const classes: Sample = {
  make: () => [{ reduction: "mean" }],
  inputs: () => [ones([2, 3]), tensor([0, 2], { dtype: "int32" })],
};
const parts = (): nn.Module[] => [new nn.Linear(3, 2), new nn.ReLU()];

/** Looks up rows. */
function lookup(args: readonly unknown[]): Sample {
  return { make: () => [...args], inputs: () => [tensor([[0, 2], [1, 4]], { dtype: "int32" })] };
}

/** Reverses a pooling of windows of 2 elements along `rank` dimensions. */
function unpool(rank: number): Sample {
  const shape = [1, ...Array.from({ length: rank }, () => 2)];
  return {
    make: () => [2, { stride: 2, padding: 0 }],
    inputs: () => [ones(shape), zeros(shape, { dtype: "int32" }), shape.slice(1).map(() => 4)],
  };
}

/** Layers. */
export const layers: Samples<typeof nn> = {
  Module: abstract,
  FunctionLayer: abstract,
  List: abstract,
  Dict: abstract,
  Convolution: abstract,
  ConvNd: abstract,
  ConvTransposeNd: abstract,
  RunningNorm: abstract,
  BatchNorm: abstract,
  InstanceNorm: abstract,
  Table: abstract,
  RNNBase: abstract,
  RNNCellBase: abstract,
  Parameter: { make: () => [ones([2])], use: (p: Tensor) => p.mul(2) },
  Linear: layer([3, 4, { bias: true }], [2, 3]),
  Bilinear: layer([3, 4, 5, { bias: true }], [2, 3], [2, 4]),
  Identity: activation,
  Flatten: layer([1, -1], [2, 3, 4]),
  Unflatten: layer([1, [2, 2]], [3, 4]),
  Sequential: { make: parts, inputs: () => [ones([2, 3])] },
  ModuleList: { make: () => [parts()], use: (list: nn.ModuleList) => [...list] },
  ModuleDict: { make: () => [{ a: new nn.ReLU() }], use: (dict: nn.ModuleDict) => dict.stateDict() },
  ParameterList: { make: () => [[ones([2])]], use: (list: nn.ParameterList) => [...list] },
  ParameterDict: { make: () => [{ a: ones([2]) }], use: (dict: nn.ParameterDict) => dict.stateDict() },
  Summary: { elsewhere: "tests/nn_model_test.ts" },
  Conv1d: layer([4, 2, 3, { padding: 1, groups: 2, paddingMode: "reflect" }], [2, 4, 5]),
  Conv2d: layer([2, 3, [2, 3], { stride: 2, dilation: [1, 1], bias: true }], [2, 2, 4, 5]),
  Conv3d: layer([1, 2, 2, { padding: "same" }], [1, 1, 3, 3, 3]),
  ConvTranspose1d: layer([2, 4, 3, { stride: 2, outputPadding: 1, groups: 2 }], [2, 2, 5]),
  ConvTranspose2d: layer([2, 3, 2, { padding: 1 }], [2, 2, 4, 5]),
  ConvTranspose3d: layer([1, 2, 2], [1, 1, 3, 3, 3]),
  MaxPool1d: layer([2, { stride: 1, padding: 1, dilation: 1, ceilMode: true }], [2, 3, 6]),
  MaxPool2d: layer([2, { returnIndices: true }], [2, 3, 4, 4]),
  MaxPool3d: layer([2], [2, 3, 2, 2, 2]),
  AvgPool1d: layer([2, { stride: 1, padding: 1, countIncludePad: false }], [2, 3, 6]),
  AvgPool2d: layer([2, { divisorOverride: 3 }], [2, 3, 4, 4]),
  AvgPool3d: layer([2], [2, 3, 2, 2, 2]),
  LPPool1d: layer([2, 2, { ceilMode: true }], [2, 3, 6]),
  LPPool2d: layer([2, 2, { stride: 1 }], [2, 3, 4, 4]),
  AdaptiveAvgPool1d: layer([2], [2, 3, 6]),
  AdaptiveAvgPool2d: layer([[2, null]], [2, 3, 4, 4]),
  AdaptiveAvgPool3d: layer([1], [2, 3, 2, 2, 2]),
  AdaptiveMaxPool1d: layer([2], [2, 3, 6]),
  AdaptiveMaxPool2d: layer([[2, 1], { returnIndices: true }], [2, 3, 4, 4]),
  AdaptiveMaxPool3d: layer([1], [2, 3, 2, 2, 2]),
  FractionalMaxPool2d: layer([2, { outputSize: 2 }], [2, 3, 4, 4]),
  FractionalMaxPool3d: layer([2, { outputRatio: 0.5 }], [2, 3, 4, 4, 4]),
  MaxUnpool1d: unpool(1),
  MaxUnpool2d: unpool(2),
  MaxUnpool3d: unpool(3),
  BatchNorm1d: layer([3, { eps: 1e-3, momentum: null }], [4, 3]),
  BatchNorm2d: layer([3, { affine: false }], [2, 3, 2, 2]),
  BatchNorm3d: layer([3, { trackRunningStats: false }], [2, 3, 2, 2, 2]),
  InstanceNorm1d: layer([3, { affine: true, trackRunningStats: true }], [2, 3, 4]),
  InstanceNorm2d: layer([3], [2, 3, 2, 2]),
  InstanceNorm3d: layer([3], [2, 3, 2, 2, 2]),
  LayerNorm: layer([[3, 4], { eps: 1e-3, elementwiseAffine: true }], [2, 3, 4]),
  GroupNorm: layer([2, 4, { affine: true }], [2, 4, 3]),
  LocalResponseNorm: layer([2, { alpha: 1, beta: 0.5, k: 2 }], [2, 3, 4]),
  Embedding: lookup([5, 3, { paddingIdx: 1, maxNorm: 1, scaleGradByFreq: true }]),
  EmbeddingBag: lookup([5, 3, { mode: "sum", includeLastOffset: false }]),
  RNN: layer([3, 4, { nonlinearity: "relu", bidirectional: true }], [5, 2, 3], [2, 2, 4]),
  LSTM: layer([3, 4, 2, { projSize: 2, batchFirst: true }], [2, 5, 3]),
  GRU: layer([3, 4, { bias: false }], [5, 2, 3], [1, 2, 4]),
  RNNCell: layer([3, 4, { nonlinearity: "relu" }], [2, 3], [2, 4]),
  LSTMCell: layer([3, 4, { bias: false }], [2, 3]),
  GRUCell: layer([3, 4], [2, 3], [2, 4]),
  MultiheadAttention: {
    make: () => [4, 2, { dropout: 0, bias: true, addBiasKv: true, addZeroAttn: true, kdim: 4, vdim: 4 }],
    inputs: () => [ones([3, 4]), ones([5, 4]), ones([5, 4]), {
      ...{ keyPaddingMask: ones([5]), needWeights: true, attnMask: ones([3, 5]) },
      ...{ averageAttnWeights: true, isCausal: true },
    }],
  },
  TransformerEncoderLayer: {
    make: () => [4, 2, { dimFeedforward: 6, dropout: 0, layerNormEps: 1, batchFirst: true }],
    inputs: () => [ones([3, 4]), { srcMask: ones([3, 3]), srcKeyPaddingMask: ones([3]), isCausal: true }],
  },
  TransformerDecoderLayer: {
    make: () => [4, 2, 8, { dropout: 0, activation: "gelu", normFirst: true }],
    inputs: () => [ones([3, 4]), ones([5, 4]), {
      ...{ tgtMask: ones([3, 3]), memoryMask: ones([3, 5]), tgtIsCausal: true },
      ...{ tgtKeyPaddingMask: ones([3]), memoryKeyPaddingMask: ones([5]), memoryIsCausal: true },
    }],
  },
  TransformerEncoder: {
    make: () => [new nn.TransformerEncoderLayer(4, 2, 8), 2, { norm: new nn.LayerNorm(4) }],
    inputs: () => [ones([3, 4]), { mask: ones([3, 3]), srcKeyPaddingMask: ones([3]), isCausal: true }],
  },
  TransformerDecoder: {
    make: () => [new nn.TransformerDecoderLayer(4, 2, 8), 2, { norm: new nn.LayerNorm(4) }],
    inputs: () => [ones([3, 4]), ones([5, 4]), { tgtMask: ones([3, 3]), memoryMask: ones([3, 5]) }],
  },
  Transformer: {
    make: () => [4, 2, 1, 1, 8, { customEncoder: null, customDecoder: null, batchFirst: true }],
    inputs: () => [ones([3, 4]), ones([5, 4]), {
      ...{ srcMask: ones([3, 3]), tgtMask: ones([5, 5]), srcKeyPaddingMask: ones([3]), srcIsCausal: true },
    }],
  },
  AlphaDropout: layer([0.5], [2, 3]),
  FeatureAlphaDropout: layer([0.5], [2, 3, 4]),
  CosineSimilarity: layer([1, { eps: 1e-6 }], [2, 3], [2, 3]),
  PairwiseDistance: layer([2, { keepdim: true }], [2, 3], [2, 3]),
  ...{ ZeroPad1d: layer([1], [2, 3]), ZeroPad2d: layer([[1, 0, 0, 1]], [2, 3, 3]) },
  ...{ ZeroPad3d: layer([1], [2, 2, 3, 3]), ConstantPad1d: layer([[1, 2], 3.5], [2, 3]) },
  ...{ ConstantPad2d: layer([1, 3], [2, 3, 3]), ConstantPad3d: layer([1, 3], [2, 2, 3, 3]) },
  ...{ ReflectionPad1d: layer([1], [2, 3]), ReflectionPad2d: layer([1], [2, 3, 3]) },
  ...{ ReflectionPad3d: layer([1], [2, 3, 3, 3]), ReplicationPad1d: layer([1], [2, 3]) },
  ...{ ReplicationPad2d: layer([1], [2, 3, 3]), ReplicationPad3d: layer([1], [2, 2, 3, 3]) },
  ...{ CircularPad1d: layer([1], [2, 3]), CircularPad2d: layer([1], [2, 3, 3]) },
  CircularPad3d: layer([1], [2, 2, 3, 3]),
  Upsample: layer([{ scaleFactor: 2, mode: "linear", alignCorners: true }], [2, 3, 4]),
  UpsamplingNearest2d: layer([{ size: [3, 5] }], [2, 3, 4, 4]),
  UpsamplingBilinear2d: layer([{ scaleFactor: 2 }], [2, 3, 4, 4]),
  PixelShuffle: layer([2], [4, 3, 3]),
  PixelUnshuffle: layer([2], [1, 4, 4]),
  ChannelShuffle: layer([2], [1, 4, 4]),
  Unfold: layer([2, { dilation: 1, padding: 1, stride: 2 }], [1, 2, 4, 4]),
  Fold: layer([[4, 5], 2, { stride: 1 }], [1, 8, 12]),
  KLDivLoss: layer([{ reduction: "batchmean", logTarget: true }], [2, 3], [2, 3]),
  PoissonNLLLoss: layer([{ logInput: false, full: true, eps: 1e-3 }], [2, 3], [2, 3]),
  GaussianNLLLoss: layer([{ full: true }], [2, 3], [2, 3], [2, 3]),
  CTCLoss: {
    make: () => [{ blank: 0, zeroInfinity: true }],
    inputs: () => [ones([4, 1, 3]), tensor([[1, 2]], { dtype: "int32" }), [4], [2]],
  },
  HingeEmbeddingLoss: layer([{ margin: 0.5 }], [2, 3], [2, 3]),
  MarginRankingLoss: layer([{ margin: 0.5 }], [3], [3], [3]),
  CosineEmbeddingLoss: layer([{ margin: 0.5 }], [2, 3], [2, 3], [2]),
  SoftMarginLoss: loss,
  MultiMarginLoss: { ...classes, make: () => [{ p: 2, margin: 0.5 }] },
  MultiLabelMarginLoss: {
    make: () => [{ reduction: "none" }],
    inputs: () => [ones([1, 3]), tensor([[2, -1, 0]], { dtype: "int32" })],
  },
  MultiLabelSoftMarginLoss: loss,
  TripletMarginLoss: layer([{ margin: 0.5, swap: true }], [2, 3], [2, 3], [2, 3]),
  TripletMarginWithDistanceLoss: layer(
    [{ distanceFunction: (a: Tensor, b: Tensor) => a.sub(b).abs().sum(-1) }],
    ...[[2, 3], [2, 3], [2, 3]],
  ),
  Dropout: layer([0.5], [2, 3]),
  Dropout1d: layer([0.5], [2, 3, 4]),
  Dropout2d: layer([0.5], [2, 3, 4, 4]),
  Dropout3d: layer([0.5], [2, 3, 2, 2, 2]),
  BCELoss: loss,
  BCEWithLogitsLoss: loss,
  CrossEntropyLoss: classes,
  NLLLoss: classes,
  HuberLoss: loss,
  L1Loss: loss,
  MSELoss: loss,
  SmoothL1Loss: loss,
  CELU: layer([1], [2, 3]),
  ELU: layer([1], [2, 3]),
  GELU: layer([{ approximate: "tanh" }], [2, 3]),
  GLU: layer([-1], [2, 4]),
  Hardshrink: layer([0.5], [2, 3]),
  Hardsigmoid: activation,
  Hardswish: activation,
  Hardtanh: layer([-1, 1], [2, 3]),
  LeakyReLU: layer([0.1], [2, 3]),
  LogSigmoid: activation,
  LogSoftmax: layer([1], [2, 3]),
  Mish: activation,
  PReLU: layer([3], [2, 3]),
  RReLU: layer([0.1, 0.3], [2, 3]),
  ReLU: activation,
  ReLU6: activation,
  SELU: activation,
  SiLU: activation,
  Sigmoid: activation,
  Softmax: layer([1], [2, 3]),
  Softmax2d: layer([], [2, 3, 2, 2]),
  Softmin: layer([1], [2, 3]),
  Softplus: layer([1, 20], [2, 3]),
  Softshrink: layer([0.5], [2, 3]),
  Softsign: activation,
  Tanh: activation,
  Tanhshrink: activation,
  Threshold: layer([0.1, 20], [2, 3]),
};

function parameter(): Tensor {
  const x = ones([3], { requiresGrad: true });
  x.mul(x).sum().backward();
  return x;
}

/** An optimizer, which then takes a step. */
function optimizer(options: object): Sample {
  return { make: () => [[parameter()], { ...options }], use: (o: optim.Optimizer) => o.step() };
}

/** Optimizers. */
export const optimizers: Samples<typeof optim> = {
  Optimizer: abstract,
  SGD: optimizer({ lr: 0.1, momentum: 0.9 }),
  Adam: optimizer({ lr: 0.1, betas: [0.9, 0.99] }),
  AdamW: optimizer({ lr: 0.1, weightDecay: 0.1 }),
  Adamax: optimizer({ lr: 0.1, betas: [0.9, 0.99] }),
  NAdam: optimizer({ lr: 0.1, momentumDecay: 0.01 }),
  RAdam: optimizer({ lr: 0.1, eps: 1e-6 }),
  SparseAdam: optimizer({ lr: 0.1 }),
  Adagrad: optimizer({ lr: 0.1, lrDecay: 0.1 }),
  AdagradDA: optimizer({ lr: 0.1, l1: 0.01 }),
  Adadelta: optimizer({ lr: 0.1, rho: 0.5 }),
  RMSprop: optimizer({ lr: 0.1, momentum: 0.9, centered: true }),
  Rprop: optimizer({ lr: 0.1, etas: [0.5, 1.2] }),
  ASGD: optimizer({ lr: 0.1, t0: 2 }),
  LBFGS: {
    make: () => [[parameter()], { lr: 0.1, maxIter: 2, lineSearchFn: "strong_wolfe" }],
    use: (o: optim.LBFGS) => o.step(() => 0),
  },
};

/** A scheduler, which then takes a step. */
function scheduler(...args: readonly unknown[]): Sample {
  return {
    make: () => [new optim.SGD([parameter()], { lr: 0.1 }), ...args],
    use: (s: optim.lrScheduler.LRScheduler) => s.step(),
  };
}

/** Two schedules of one optimizer. */
function schedulesOf(): optim.lrScheduler.LRScheduler[] {
  const sgd = new optim.SGD([parameter()], { lr: 0.1 });
  return [new optim.lrScheduler.StepLR(sgd, 1), new optim.lrScheduler.ExponentialLR(sgd, 0.9)];
}

/** Schedules of the learning rate. */
export const schedulers: Samples<typeof optim.lrScheduler> = {
  LRScheduler: abstract,
  StepLR: scheduler({ stepSize: 2, gamma: 0.5 }),
  MultiStepLR: scheduler({ milestones: [1, 2], gamma: 0.5 }),
  ExponentialLR: scheduler({ gamma: 0.5 }),
  LinearLR: scheduler({ startFactor: 0.5, totalIters: 3 }),
  CosineAnnealingLR: scheduler({ TMax: 5 }),
  LambdaLR: scheduler({ lrLambda: (epoch: number) => 1 / (epoch + 1) }),
  MultiplicativeLR: scheduler({ lrLambda: () => 0.9 }),
  ConstantLR: scheduler({ factor: 0.5, totalIters: 2 }),
  PolynomialLR: scheduler({ totalIters: 3, power: 2 }),
  CosineAnnealingWarmRestarts: scheduler({ T0: 2, TMult: 2 }),
  CyclicLR: scheduler({ baseLr: 0.1, maxLr: 0.5, stepSizeUp: 2, cycleMomentum: false }),
  OneCycleLR: scheduler({ maxLr: 0.5, totalSteps: 4, cycleMomentum: false }),
  ReduceLROnPlateau: {
    make: () => [new optim.SGD([parameter()], { lr: 0.1 }), { factor: 0.5, patience: 1 }],
    use: (s: optim.lrScheduler.ReduceLROnPlateau) => s.step(1),
  },
  ChainedScheduler: { make: () => [schedulesOf()], use: (s: optim.lrScheduler.LRScheduler) => s.step() },
  SequentialLR: {
    make: () => {
      const schedules = schedulesOf();
      return [schedules[0].optimizer, schedules, { milestones: [1] }];
    },
    use: (s: optim.lrScheduler.LRScheduler) => s.step(),
  },
};

const dataset = () => new data.TensorDataset(ones([6, 2]), ones([6]));

/** Data sets and loaders. */
export const loaders: Samples<typeof data> = {
  TensorDataset: { make: () => [ones([6, 2]), ones([6])], use: (d: data.TensorDataset) => d.get(0) },
  Subset: { make: () => [dataset(), [0, 2]], use: (d: data.Subset<unknown>) => d.get(0) },
  ConcatDataset: {
    make: () => [[dataset(), dataset()]],
    use: (d: data.ConcatDataset<unknown>) => d.get(7),
  },
  ChainDataset: {
    make: () => [[[1, 2], [3]]],
    use: (d: data.ChainDataset<unknown>) => [...d as Iterable<unknown>],
  },
  SequentialSampler: { make: () => [dataset()], use: (s: data.Sampler) => [...s] },
  RandomSampler: {
    make: () => [dataset(), { replacement: true, numSamples: 3 }],
    use: (s: data.Sampler) => [...s],
  },
  SubsetRandomSampler: { make: () => [[1, 4]], use: (s: data.Sampler) => [...s] },
  WeightedRandomSampler: { make: () => [[1, 2, 0], 4], use: (s: data.Sampler) => [...s] },
  BatchSampler: {
    make: () => [new data.SequentialSampler(dataset()), 4],
    use: (s: data.BatchSampler) => [...s],
  },
  Table: { elsewhere: "tests/readers_test.ts" },
  DataLoader: { make: () => [dataset(), { batchSize: 2 }], use: (l: data.DataLoader<unknown>) => [...l] },
  Progress: { elsewhere: "tests/tqdm_test.ts" },
};
