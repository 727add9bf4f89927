/** Cases of ops: max pool. */
import { manualSeed } from "../../lib/random.ts";
import {
  fractionalMaxPool2d,
  fractionalMaxPool2dWithIndices,
  fractionalMaxPool3d,
  fractionalMaxPool3dWithIndices,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndices,
  ones,
  zeros,
} from "../../mod.ts";
import { type Case, type Checks, type Table, withArgs } from "./case.ts";

/** Ties, NaN and infinities: the first maximum, or the last NaN. */
const odd: Case = {
  of: [{ values: [[1, 1, 0, NaN, 2, NaN, -Infinity, -Infinity, -Infinity, 3]] }],
  args: [2, 1, 1],
  kinks: true,
};
const whole: Case = { of: [{ values: [[[3, -5, 7, 7]]], dtype: "int32" }], args: [2], gradient: "none" };

const signals: Case[] = [
  ...withArgs([[2, 2, 7]], [2], [3, 2, 1], [[2], 1, [1], [2]], [{ kernelSize: 2, ceilMode: true }]),
  { of: [[2, 5]], args: [3, 3, { padding: 1, dilation: 2, ceilMode: true }] },
  { of: [[0, 2, 5]], args: [2] },
  ...[odd, whole],
];
const images: Case[] = [
  ...withArgs([[2, 2, 5, 4]], [2], [[3, 2], [2, 1], 1], [2, 1, 1, [2, 1]], [3, 2, { ceilMode: true }]),
  { of: [[1, 3, 3]], args: [{ kernelSize: 3, stride: [], padding: 1 }] },
  { of: [{ values: [[[1, 2, NaN], [2, 1, 0], [0, NaN, 3]]] }], args: [2, 1], kinks: true },
];
const volumes: Case[] = [
  { of: [[1, 2, 3, 4, 3]], args: [2] },
  { of: [[2, 4, 3, 5]], args: [[2, 3, 2], 2, [1, 1, 0], [1, 1, 2], true] },
];

/** The same operation on a copy in double precision, which PyTorch needs for integers. */
function torch(name: string): string {
  return `(lambda y: y.to(a.dtype) if isinstance(y, torch.Tensor) else [y[0].to(a.dtype), y[1]])(
    torch.nn.functional.${name}(a.double(), *args, **kw))`;
}

/** Windows lie as PyTorch puts them after the same seed, which differ with the dtype, or as given numbers say. */
function fractional(cases: readonly Case[], name: string, f: (...args: never[]) => unknown): Checks {
  return {
    cases: cases.map((c) => ({ ...c, kinks: c.of.length === 1 })),
    call: (x, args) => {
      manualSeed(7);
      const options = x.length > 1 ? [{ _randomSamples: x[1] }] : [];
      return (f as (...args: unknown[]) => unknown)(x[0], ...args, ...options);
    },
    torch: `seeded(7, lambda: torch.nn.functional.${name}(a, *args, **kw,
      **({"_random_samples": b} if len(x) > 1 else {})))`,
  };
}
const randomImages: Case[] = [
  ...withArgs([[2, 2, 5, 6]], [2, 3], [[2, 1], [4, 5], null, true], [2, { outputRatio: [0.5, 0.7] }]),
  { of: [[1, 7, 6], { values: [[[0.9, 0.3]]], constant: true }], args: [3, [3, 1]] },
];
const randomVolumes: Case[] = [
  { of: [[1, 2, 4, 5, 4]], args: [2, 2] },
  {
    of: [[2, 4, 5, 4], { values: [[[0.9, 0.1, 0.5], [0, 0.4, 0.7]]], constant: true }],
    args: [[1, 2, 1], [2, 3, 3]],
  },
  { of: [[1, 1, 6, 5, 4]], args: [2, { outputRatio: 0.6, returnIndices: true }] },
];

export const checks = {
  maxPool1d: {
    cases: [...signals, { of: [[2, 5]], args: [2, { returnIndices: true }] }],
    torch: torch("max_pool1d"),
    errors: [
      [
        () => maxPool1d(ones([2, 3]), 3, 1, 2),
        "Cannot call maxPool1d() with padding [2]: 2 is more than half of the 3 elements over which the kernel extends",
      ],
      [
        () => maxPool1d(ones([2, 3]).bool(), 3),
        "Cannot call maxPool1d() on dtype bool: it must hold numbers",
      ],
    ],
  },
  maxPool1dWithIndices: { cases: signals, torch: torch("max_pool1d_with_indices") },
  maxPool2d: {
    cases: [...images, { of: [[1, 3, 3]], args: [2, 1, 0, 1, false, true] }],
    torch: torch("max_pool2d"),
    laws: {
      "maxima are at their indices": ([x], [y], args) => {
        const [values, indices] = maxPool2dWithIndices(x, ...args);
        return [x.flatten(-2).gather(-1, indices.flatten(-2)).reshape(y.shape), values];
      },
    },
    errors: [[
      () => maxPool2d(zeros([1, 2, 0, 3]), 2),
      "Cannot call maxPool2d() on [1, 2, 0, 3]: it must have 3 or 4 dimensions, the last 2 not empty",
    ]],
  },
  maxPool2dWithIndices: { cases: images, torch: torch("max_pool2d_with_indices") },
  maxPool3d: { cases: volumes, torch: torch("max_pool3d") },
  maxPool3dWithIndices: { cases: volumes, torch: torch("max_pool3d_with_indices") },
  fractionalMaxPool2d: {
    ...fractional(randomImages, "fractional_max_pool2d", fractionalMaxPool2d),
    errors: [
      [
        () => fractionalMaxPool2d(ones([1, 3, 3]), 2, 3),
        "Cannot call fractionalMaxPool2d() on [1, 3, 3]: [3, 3] windows of [2, 2] elements need more",
      ],
      [
        () => fractionalMaxPool2d(ones([1, 3, 3]), 2),
        "Cannot call fractionalMaxPool2d() with outputRatio null: it needs outputSize, or a ratio between 0 and 1",
      ],
      [
        () => fractionalMaxPool2d(ones([2, 3, 3]), 2, 2, { _randomSamples: ones([1, 1, 2]) }),
        "Cannot call fractionalMaxPool2d() on [2, 3, 3] with _randomSamples [1, 1, 2]: it must have shape [1, 2, 2]",
      ],
    ],
  },
  fractionalMaxPool2dWithIndices: fractional(
    randomImages,
    "fractional_max_pool2d_with_indices",
    fractionalMaxPool2dWithIndices,
  ),
  fractionalMaxPool3d: fractional(randomVolumes, "fractional_max_pool3d", fractionalMaxPool3d),
  fractionalMaxPool3dWithIndices: fractional(
    randomVolumes,
    "fractional_max_pool3d_with_indices",
    fractionalMaxPool3dWithIndices,
  ),
} satisfies Partial<Table>;
