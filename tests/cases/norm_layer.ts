/** Cases of ops: norm_layer. */
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  nativeBatchNorm,
  nativeLayerNorm,
  ones,
  Tensor,
} from "../../mod.ts";
import { type Case, type Given, type Table, withArgs } from "./case.ts";

/** Running figures, which take no gradient. */
function running(...values: number[]): Given {
  return { values, constant: true };
}

/** Calls `f` on x with weight and bias and copies of running figures; also returns these as they are afterwards. */
function following(
  f: (...args: never[]) => unknown,
  [x, weight, bias, ...figures]: readonly Tensor[],
  args: readonly unknown[],
) {
  const copies = figures.map((t) => t instanceof Tensor ? t.clone() : t), [mean, variance] = copies;
  return [(f as (...args: unknown[]) => unknown)(x, mean, variance, weight, bias, ...args), ...copies];
}

const followed = (name: string) =>
  `(lambda s: [torch.nn.functional.${name}(a, *(s or [None, None]), *x[1:3], *args, **kw), *s])([t.clone() for t in x[3:]])`;

const two = [running(0.5, -1), running(1, 2)];

/** Cases whose other outputs follow x without a gradient: not for differences. */
function changing(...args: Parameters<typeof withArgs>): Case[] {
  return withArgs(...args).map((c) => ({ ...c, kinks: true }));
}

const layers: Case[] = [
  ...withArgs([[2, 3]], [[3]], [[2, 3]]),
  ...withArgs([[2, 3, 4], [4], [4]], [[4]], [[4], 0.1]),
  { of: [[2, 3, 4], [3, 4], [3, 4]], args: [[3, 4]] },
  { of: [[0, 3], [3], [3]], args: [[3]] },
  { of: [[3, 9]], args: [[9]], from: 10, to: 11 },
];

export const checks = {
  layerNorm: {
    cases: layers,
    call: ([x, ...rest], args) => {
      const [shape, ...options] = args as unknown as [number[], number?];
      return layerNorm(x, shape, rest[0], rest[1], ...options);
    },
    torch: "torch.nn.functional.layer_norm(a, args[0], *(x[1:] or [None, None]), *args[1:])",
    laws: {
      "a shift changes nothing": ([x, ...rest], [y], args) => {
        const [shape, eps] = args as unknown as [number[], number?];
        return [layerNorm(x.add(3), shape, rest[0], rest[1], eps), y];
      },
    },
    errors: [
      [
        () => layerNorm(ones([2, 3]), [2]),
        "Cannot call layerNorm() on [2, 3] with normalizedShape [2]: its last dimensions must be these",
      ],
      [
        () => layerNorm(ones([2, 3]), [3], ones([2])),
        "Cannot call layerNorm() on [2, 3] with weight of shape [2]: it must be [3]",
      ],
      [
        () => layerNorm(ones([2, 3]).int(), [3]),
        "Cannot call layerNorm() with the input of dtype int32: it must be float32 or float64; use .float()",
      ],
      [
        () => layerNorm(ones([2, 3]), [3], ones([3]).double()),
        "Cannot call layerNorm() on dtype float32 with weight of dtype float64: they must be equal; use .to()",
      ],
    ],
  },
  nativeLayerNorm: {
    cases: [
      ...changing([[2, 3, 4], [4], [4]], [[4], 0.1]),
      ...changing([[2, 3, 4], [3, 4], [3, 4]], [[3, 4], 0.1]),
    ],
    call: ([x, weight, bias], [shape, eps]) => nativeLayerNorm(x, shape, weight, bias, eps),
    torch: "torch.native_layer_norm(a, args[0], b, c, args[1])",
  },
  groupNorm: {
    cases: [
      ...withArgs([[2, 6]], [1], [2], [3, { eps: 0.1 }]),
      ...withArgs([[2, 4, 3], [4], [4]], [2], [4], [1]),
      { of: [[1, 4, 5, 7], [4], [4]], args: [2] },
      { of: [[2, 4, 33]], args: [2] },
      { of: [[0, 4], [4], [4]], args: [2] },
    ],
    call: ([x, ...rest], [groups, ...options]) => {
      const call = groupNorm as (...args: unknown[]) => unknown;
      return call(x, groups, ...rest, ...options);
    },
    torch: "torch.nn.functional.group_norm(a, args[0], *x[1:], **kw)",
    errors: [
      [
        () => groupNorm(ones([2, 6]), 4),
        "Cannot call groupNorm() on [2, 6]: 6 channels do not divide into 4 groups",
      ],
      [
        () => groupNorm(ones([1, 2]), 2),
        "Cannot call groupNorm() on [1, 2]: a variance needs more than 1 element for each group",
      ],
      [() => groupNorm(ones([2]), 1), "Cannot call groupNorm() on [2]: it must be [n, channels, ...]"],
    ],
  },
  batchNorm: {
    cases: [
      ...withArgs([[5, 2], [2], [2]], [{ training: true }], [{ training: true, eps: 0.1 }]),
      ...withArgs([[5, 2], [2], [2], ...two], [false], [{ eps: 0.1 }]),
      ...changing([[5, 2], [2], [2], ...two], [true], [true, 0.3, 0.1], [{ training: true, momentum: 1 }]),
      ...withArgs([[3, 2, 2, 2], [2], [2]], [{ training: true }]),
      ...withArgs([[2, 2, 35], [2], [2]], [{ training: true }]),
      ...withArgs([[2, 2, 35], [2], [2], ...two], [false]),
      ...changing([[2, 2, 35], [2], [2], ...two], [true]),
      { of: [[3, 2, 35]], args: [{ training: true }] },
      { of: [[0, 2]], args: [{ training: true }] },
    ],
    call: (x, args) => following(batchNorm, x, args),
    torch: followed("batch_norm"),
    errors: [
      [
        () => batchNorm(ones([1, 2]), { training: true }),
        "Cannot call batchNorm() on [1, 2]: a variance needs more than 1 element for each channel",
      ],
      [
        () => batchNorm(ones([2, 2])),
        "Cannot call batchNorm() without runningMean and runningVar: unless training, both must be given",
      ],
      [
        () => batchNorm(ones([2, 2]), ones([3]), ones([3])),
        "Cannot call batchNorm() on [2, 2] with runningMean of shape [3]: it must be [2]",
      ],
    ],
  },
  nativeBatchNorm: {
    cases: [
      ...changing([[5, 2], [2], [2], ...two], [true, 0.3, 0.1], [false, 0.3, 0.1]),
      ...changing([[2, 2, 35], [2], [2], ...two], [true, 0.3, 0.1]),
    ],
    call: ([x, weight, bias, ...figures], [training, momentum, eps]) => {
      const [mean, variance] = figures.map((t) => t instanceof Tensor ? t.clone() : t);
      return nativeBatchNorm(x, weight, bias, mean, variance, training, momentum, eps);
    },
    torch: "torch.native_batch_norm(a, b, c, d.clone(), e.clone(), *args)",
  },
  instanceNorm: {
    cases: [
      ...withArgs([[3, 2, 4], [2], [2]], [], [{ eps: 0.1 }]),
      ...withArgs([[3, 2, 4], [2], [2], ...two], [false]),
      ...changing([[3, 2, 4], [2], [2], ...two], [], [true, 0.3, 0.1]),
      { of: [[2, 2, 5, 7]] },
      { of: [[1, 2, 3]] },
    ],
    call: (x, args) => following(instanceNorm, x, args),
    torch: followed("instance_norm"),
    errors: [[
      () => instanceNorm(ones([2, 2, 1])),
      "Cannot call instanceNorm() on [2, 2, 1]: a variance needs more than 1 element for each channel of a sample",
    ]],
  },
} satisfies Partial<Table>;
