/** Cases of ops: adaptive pool. */
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveMaxPool2d, ones } from "../../mod.ts";
import { type Case, type Table, withArgs } from "./case.ts";

const signals: Case[] = [
  ...withArgs([[2, 2, 5]], [3], [[1]], [{ outputSize: 7 }]),
  { of: [[3, 4]], args: [2] },
  { of: [[0, 3, 4]], args: [2] },
];
const images: Case[] = [
  ...withArgs([[2, 2, 5, 4]], [3], [[2, null]], [[null, 3]], [[7, 1]]),
  { of: [[2, 3, 4]], args: [{ outputSize: [2, 2] }] },
];
const volumes: Case[] = [{ of: [[1, 2, 3, 4, 2]], args: [[2, 3, 1]] }, {
  of: [[2, 3, 2, 4]],
  args: [[null, 1, 3]],
}];

/** With indices, where PyTorch has them. */
function withIndices(cases: readonly Case[]): Case[] {
  return cases.map((c) => ({ ...c, args: [...c.args ?? [], { returnIndices: true }] }))
    .filter((c) => !("outputSize" in Object(c.args[0])));
}

const ties: Case[] = [
  { of: [{ values: [[1, 1, 0, NaN, 2, NaN, -Infinity, -Infinity]] }], args: [3], kinks: true },
  { of: [{ values: [[3, -5, 7, 7]], dtype: "int32" }], args: [3], gradient: "none" },
];

function torch(rank: number, suffix = ""): string {
  return `(lambda y: y.to(a.dtype) if isinstance(y, torch.Tensor) else [y[0].to(a.dtype), y[1]])(
    torch.nn.functional.adaptive_max_pool${rank}d${suffix}(a.double(), *args, **kw))`;
}

export const checks = {
  adaptiveAvgPool1d: {
    cases: signals,
    torch: "torch.nn.functional.adaptive_avg_pool1d(a, *args, **kw)",
    errors: [
      [
        () => adaptiveAvgPool1d(ones([2, 3]), [1, 2]),
        "Cannot call adaptiveAvgPool1d() with outputSize [1, 2]: it must be a whole number of at least 0",
      ],
      [
        () => adaptiveAvgPool1d(ones([2, 3]).int(), 1),
        "Cannot call adaptiveAvgPool1d() on dtype int32: it must be a float",
      ],
    ],
  },
  adaptiveAvgPool2d: {
    cases: images,
    torch: "torch.nn.functional.adaptive_avg_pool2d(a, *args, **kw)",
    laws: {
      "to size 1 it is the mean": ([x]) => [adaptiveAvgPool2d(x, 1), x.mean([-2, -1], { keepdim: true })],
    },
  },
  adaptiveAvgPool3d: { cases: volumes, torch: "torch.nn.functional.adaptive_avg_pool3d(a, *args, **kw)" },
  adaptiveMaxPool1d: { cases: [...signals, ...withIndices(signals), ...ties], torch: torch(1) },
  adaptiveMaxPool1dWithIndices: { cases: [...signals, ...ties], torch: torch(1, "_with_indices") },
  adaptiveMaxPool2d: {
    cases: [...images, ...withIndices(images)],
    torch: torch(2),
    errors: [[
      () => adaptiveMaxPool2d(ones([3, 3]), 2),
      "Cannot call adaptiveMaxPool2d() on [3, 3]: it must have 3 or 4 dimensions, the last 2 not empty",
    ]],
  },
  adaptiveMaxPool2dWithIndices: { cases: images, torch: torch(2, "_with_indices") },
  adaptiveMaxPool3d: { cases: volumes, torch: torch(3) },
  adaptiveMaxPool3dWithIndices: { cases: volumes, torch: torch(3, "_with_indices") },
} satisfies Partial<Table>;
