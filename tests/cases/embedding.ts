/** Cases of ops: embedding. */
import { embedding, embeddingBag, ones } from "../../mod.ts";
import { type Case, indices, type Table } from "./case.ts";

const rows = indices([0, 2, 2], [1, 2, 3]), flat = indices(0, 2, 2, 1, 3);

const bags: Case[] = [
  ...["sum", "mean", "max"].flatMap((mode): Case[] => [
    { of: [rows, [4, 3]], args: [{ mode }] },
    { of: [flat, [4, 3]], args: [[0, 2], { mode }] },
    { of: [flat, [4, 3]], args: [[0, 2, 2, 5], { mode, includeLastOffset: true }] },
    { of: [flat, [4, 3]], args: [[0, 0, 4], { mode, paddingIdx: 2 }] },
    { of: [indices([2, 2], [2, 1]), [4, 3]], args: [{ mode, paddingIdx: -2 }] },
  ]),
  // rows looked up once come first: PyTorch takes another row's count for those behind (its issue, not ours)
  ...["sum", "mean"].map((mode): Case => ({
    of: [indices(1, 3, 3, 0, 3), [4, 3]],
    args: [[0, 3], { mode, scaleGradByFreq: true }],
    kinks: true,
  })),
  {
    of: [flat, { values: [[3, 4], [0.3, 0.4], [1, 0], [9, 9]] }],
    args: [[0, 2], { maxNorm: 1 }],
    kinks: true,
  },
];

export const checks = {
  embedding: {
    cases: [
      { of: [indices([0, 2], [1, 2]), [3, 4]] },
      { of: [indices(0, 2, 2, 1), [3, 4]], args: [{ scaleGradByFreq: true }], kinks: true },
    ],
    torch: "torch.nn.functional.embedding(a, b, **kw)",
    errors: [
      [
        () => embedding([0, 3], ones([3, 2])),
        "Cannot call embedding() on [3, 2]: index 3 is outside dim 0 of size 3, it must be from 0 to 2",
      ],
      [
        () => embedding([0], ones([3])),
        "Cannot call embedding() with weight of shape [3]: it must have 2 dimensions",
      ],
      [
        () => embedding([0], ones([3, 2]), 5),
        "Cannot call embedding() with paddingIdx 5: weight has 3 rows, it must be from -3 to 2",
      ],
    ],
  },
  embeddingBag: {
    cases: [
      ...bags,
      { of: [rows, [4, 3], [2, 3]], args: [{ mode: "sum" }] },
      { of: [flat, [4, 3], [5]], args: [[0, 2], { mode: "sum", paddingIdx: 1 }] },
    ],
    call: ([index, weight, perSampleWeights], args) => {
      const options: object = perSampleWeights ? { perSampleWeights } : {};
      return embeddingBag(index, weight, ...args.slice(0, -1), Object.assign({}, args.at(-1), options));
    },
    torch: "torch.nn.functional.embedding_bag(a, b, *map(torch.tensor, args), **kw, " +
      "per_sample_weights=c if len(x) > 2 else None)",
    errors: [
      [
        () => embeddingBag([0, 1], ones([3, 2])),
        "Cannot call embeddingBag() on [3, 2] with indices of shape [2] without offsets: 1-d indices need offsets, 2-d " +
        "ones must have none",
      ],
      [
        () => embeddingBag([0, 1], ones([3, 2]), [1]),
        "Cannot call embeddingBag() on 2 indices with offsets [1]: they must be 1-d, begin with 0, go up and end at 2 " +
        "or before",
      ],
      [
        () => embeddingBag([[0, 1]], ones([3, 2]), { perSampleWeights: ones([1, 2]) }),
        'Cannot call embeddingBag() with perSampleWeights in mode "mean": only "sum" takes them',
      ],
    ],
  },
} satisfies Partial<Table>;
