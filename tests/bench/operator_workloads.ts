/** What each op is called with by operators.ts: about a million elements, or as many as keep it under a second. */
import type { DType } from "../../lib/dtype.ts";
import type { Shape } from "../../lib/shape.ts";

/** An input that both sides draw alike: uniform between `from` and `to`, whole numbers if the dtype is. */
export interface Drawn {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly from: number;
  readonly to: number;
  /** Whether they ascend. */
  readonly sorted?: true;
}

/** One call to measure. */
export interface Workload {
  readonly of: readonly (Shape | Partial<Drawn>)[];
  readonly args?: readonly unknown[];
  readonly from?: number;
  readonly to?: number;
  /** PyTorch's call, where that of the cases is not the one to time. */
  readonly torch?: string;
}

/** A million elements. */
export const million: Shape = [1024, 1024];
const image: Shape = [8, 32, 64, 64], matrix: Shape = [256, 256];
const whole = { dtype: "int32", from: 0, to: 1024 } as const;
const index = { shape: million, ...whole }, row = { shape: [1024], ...whole } as const;
const truth = { shape: million, dtype: "bool", from: 0, to: 2 } as const;
const integers = { shape: million, dtype: "int32", from: 1, to: 1e6 } as const;

const volume: Shape = [2, 16, 32, 32, 32];
const samples = (shape: Shape) => ({ shape, from: 0, to: 1 });
/** The cases compute in float64, for integers as well. */
const maxPool = (kind: string) => `torch.nn.functional.max_pool${kind}(a, *args)`;

/** What all ops of a family are called with. */
export const byFamily: Readonly<Record<string, Workload>> = {
  reduce: { of: [million], args: [1] },
  extremes: { of: [million], args: [1] },
  softmax: { of: [million], args: [1] },
  scan: { of: [million], args: [1] },
  sort: { of: [million] },
  rearrange: { of: [million], args: [[0]] },
  bitwise: { of: [integers, integers] },
  loss: { of: [million, million], from: 0.1, to: 0.9 },
  likelihood: { of: [million, million], from: 0.1, to: 0.9 },
};

/** What single ops are called with. */
export const byName: Readonly<Record<string, Workload>> = {
  bitwiseNot: { of: [integers] },
  bitwiseLeftShift: { of: [integers, { ...integers, to: 10 }] },
  bitwiseRightShift: { of: [integers, { ...integers, to: 10 }] },
  acosh: { of: [million], from: 1, to: 9 },
  arccosh: { of: [million], from: 1, to: 9 },
  ...Object.fromEntries(
    ["asin", "acos", "atanh", "arcsin", "arccos", "arctanh"].map((
      name,
    ) => [name, { of: [million], from: -1, to: 1 }]),
  ),
  all: { of: [truth], args: [1] },
  any: { of: [truth], args: [1] },
  sumToSize: { of: [million], args: [[1, 1024]] },
  flip: { of: [million], args: [[0, 1]] },
  fliplr: { of: [million] },
  flipud: { of: [million] },
  rot90: { of: [million] },
  roll: { of: [million], args: [5, 1] },
  repeat: { of: [matrix], args: [[4, 4]] },
  tile: { of: [matrix], args: [[4, 4]] },
  repeatInterleave: { of: [[256, 1024]], args: [4, 0] },
  where: { of: [truth, million, million] },
  maskedFill: { of: [million, truth], args: [1] },
  maskedSelect: { of: [million, truth] },
  maskedScatter: { of: [million, truth, million] },
  nonzero: { of: [truth] },
  argwhere: { of: [truth] },
  take: { of: [million, index] },
  embedding: { of: [row, [1024, 256]] },
  prelu: { of: [million, [1]] },
  addcdiv: { of: [million, million, million], from: 0.5 },
  matmul: { of: [[512, 512], [512, 512]] },
  mm: { of: [[512, 512], [512, 512]] },
  bmm: { of: [[16, 128, 128], [16, 128, 128]] },
  mv: { of: [million, [1024]] },
  dot: { of: [[2 ** 20], [2 ** 20]] },
  outer: { of: [[1024], [1024]] },
  linear: { of: [[512, 512], [512, 512], [512]] },
  nllLoss: { of: [million, row] },
  crossEntropy: { of: [million, row] },
  conv1d: { of: [[8, 32, 1024], [32, 32, 3]] },
  conv2d: { of: [[8, 16, 64, 64], [32, 16, 3, 3]] },
  conv3d: { of: [[2, 8, 16, 32, 32], [16, 8, 3, 3, 3]] },
  convTranspose1d: { of: [[8, 32, 1024], [32, 32, 3]] },
  convTranspose2d: { of: [[8, 16, 32, 32], [16, 32, 3, 3]] },
  convTranspose3d: { of: [[2, 8, 8, 16, 16], [8, 16, 3, 3, 3]] },
  maxPool1d: { of: [[8, 128, 1024]], args: [2], torch: maxPool("1d") },
  maxPool2d: { of: [image], args: [2], torch: maxPool("2d") },
  maxPool3d: { of: [volume], args: [2], torch: maxPool("3d") },
  maxPool1dWithIndices: { of: [[8, 128, 1024]], args: [2], torch: maxPool("1d_with_indices") },
  maxPool2dWithIndices: { of: [image], args: [2], torch: maxPool("2d_with_indices") },
  maxPool3dWithIndices: { of: [volume], args: [2], torch: maxPool("3d_with_indices") },
  avgPool1d: { of: [[8, 128, 1024]], args: [2] },
  avgPool2d: { of: [image], args: [2] },
  avgPool3d: { of: [volume], args: [2] },
  layerNorm: { of: [million], args: [[1024]] },
  groupNorm: { of: [image], args: [8] },
  instanceNorm: { of: [image] },
  interpolate: { of: [image], args: [{ scaleFactor: 2 }] },
  combinations: { of: [[1024]] },
  cartesianProd: { of: [[1024], [1024]] },
  kron: { of: [[32, 32], [32, 32]] },
  cross: { of: [[349525, 3], [349525, 3]] },
  "linalg.cross": { of: [[349525, 3], [349525, 3]] },
  vander: { of: [[1024]] },
  "linalg.vander": { of: [[1024]] },
  diag: { of: [[1024]] },
  diagEmbed: { of: [[1024]] },
  diagflat: { of: [[1024]] },
  reshape: { of: [million], args: [[512, 2048]] },
  view: { of: [million], args: [[512, 2048]] },
  unflatten: { of: [million], args: [0, [2, 512]] },
  expand: { of: [[1024, 1]], args: [million] },
  broadcastTo: { of: [[1024, 1]], args: [million] },
  topk: { of: [million], args: [10] },
  splitWithSizes: { of: [million], args: [[256, 768]] },
  asStridedScatter: { of: [million, matrix], args: [[256, 256], [1024, 1]] },
  gridSample: { of: [image, [8, 64, 64, 2]], args: ["bilinear", "zeros", false], from: -1, to: 1 },
  affineGrid: { of: [[8, 2, 3]], args: [[8, 3, 256, 256], false] },
  isin: { of: [{ shape: million, ...whole }, row] },
  gaussianNllLoss: { of: [million, million, million], from: 0.5 },
  ...Object.fromEntries(
    ["zeros", "ones", "empty", "rand", "randn"].map((name) => [name, { of: [], args: [million] }]),
  ),
  full: { of: [], args: [million, 7.5] },
  eye: { of: [], args: [1024] },
  trilIndices: { of: [], args: [1024, 1024] },
  triuIndices: { of: [], args: [1024, 1024] },
  arange: { of: [], args: [2 ** 20] },
  linspace: { of: [], args: [0, 1, 2 ** 20] },
  logspace: { of: [], args: [0, 1, 2 ** 20] },
  randint: { of: [], args: [0, 1000, million] },
  randperm: { of: [], args: [2 ** 20] },
  normal: { of: [], args: [0, 1, million] },
  tensor: { of: [], args: [Array.from({ length: 2 ** 16 }, (_, i) => i / 7)] },
  broadcastShapes: { of: [], args: [[1024, 1], [1024]] },
  typeAs: { of: [million, integers] },
  quantile: { of: [million, { shape: [4], from: 0, to: 1 }], args: [1] },
  nanquantile: { of: [million, { shape: [4], from: 0, to: 1 }], args: [1] },
  histogramdd: {
    of: [[2 ** 19, 2], { shape: [33], sorted: true }, { shape: [33], sorted: true }],
  },
  segmentReduce: { of: [[2 ** 20], { shape: [1024], dtype: "int32", from: 1024, to: 1025 }], args: ["sum"] },
  sliceScatter: { of: [million, [512, 1024]], args: [0, 0, 1024, 2] },
  maskedScatter_: { of: [million, truth, million] },
  col2im: { of: [[8, 36, 4096]], args: [[64, 64], 3, { padding: 1 }] },
  det: { of: [[64, 128, 128]], torch: "torch.det(a)" },
  "linalg.tensorinv": { of: [[16, 16, 256]] },
  "linalg.tensorsolve": { of: [[16, 16, 256], [16, 16]] },
  ctcLoss: {
    of: [[100, 32, 40], { shape: [32, 20], dtype: "int32", from: 1, to: 40 }],
    args: [Array(32).fill(100), Array(32).fill(20)],
  },
  lstm: {
    of: [[32, 16, 128], [1, 16, 128], [1, 16, 128], [512, 128], [512, 128], [512], [512]],
    from: -1,
    to: 1,
  },
  nativeLayerNorm: { of: [million, [1024], [1024]], args: [[1024], 1e-5] },
  nativeBatchNorm: { of: [image, [32], [32], [32], { shape: [32], from: 0.5 }], args: [true, 0.1, 1e-5] },
  fractionalMaxPool2d: { of: [image, samples([8, 32, 2])], args: [2, 32] },
  fractionalMaxPool2dWithIndices: { of: [image, samples([8, 32, 2])], args: [2, 32] },
  fractionalMaxPool3d: { of: [volume, samples([2, 16, 3])], args: [2, 16] },
  fractionalMaxPool3dWithIndices: { of: [volume, samples([2, 16, 3])], args: [2, 16] },
};

/** Families whose first case, enlarged to a million elements, would take minutes: at most this many. */
export const small: Readonly<Record<string, number>> = {
  ...{ factor: 2 ** 14, eigen: 2 ** 12, solve: 2 ** 14, inverse: 2 ** 14, rank: 2 ** 12, matrix: 2 ** 14 },
  ...{ attention: 2 ** 18, distance: 2 ** 14 },
};
