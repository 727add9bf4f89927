/** Cases of ops: histogram. */
import { histc, histogram, histogramdd, ones, tensor } from "../../mod.ts";
import { type Checks, type Given, type Table, withArgs } from "./case.ts";

const data: Given = { values: [0, 1, 1.5, 2, 2, -1, 4] };
const edges: Given = { values: [0, 1, 2, 3] }, rising: Given = { values: [-3, -0.5, 0, 0.25, 3] };
/** A weight is named among the options, for it is an input. */
const weighted: Pick<Checks, "gradient" | "torch" | "call"> = {
  gradient: "none",
  torch:
    "torch.histogram(a, *args, **{k: v for k, v in kw.items() if k != 'weight'}, weight=b if 'weight' in kw else None)",
};

export const checks = {
  histc: {
    cases: [
      ...withArgs([[20]], [], [{ bins: 4 }], [{ bins: 3, min: -1, max: 1 }], [5, -2, 2]),
      ...withArgs([data], [4, 0, 2], [{ bins: 2, min: 0, max: 4 }]),
      { of: [{ values: [3, 3] }], args: [4] },
      { of: [[0]], args: [3] },
      { of: [[]], args: [3, -2, 2] },
    ],
    gradient: "none",
    errors: [
      [
        () => histc(ones([2]), { min: 2, max: 1 }),
        "Cannot call histc() over the range from 2 to 1: its ends must be finite and in this order",
      ],
      [
        () => histc(ones([2]).int()),
        "Cannot call histc() on dtype int32: it must be a float dtype; use .float()",
      ],
    ],
  },
  histogram: {
    cases: [
      ...withArgs([[4, 5]], [3], [7], [3, { range: [-1, 1] }], [4, { density: true }]),
      ...withArgs([[3, 4], [3, 4]], [4, { weight: true }], [5, { weight: true, density: true }]),
      { of: [data], args: [4, { range: [0, 2] }] },
      { of: [{ values: [3, 3] }], args: [2] },
      { of: [[0]], args: [2] },
      { of: [[]], args: [2] },
    ],
    ...weighted,
    call: ([x, weight], [bins, options = {}]) =>
      histogram(x, bins, { ...options as object, ...weight ? { weight } : {} }),
    laws: {
      "NaN is passed over": () => [histogram(tensor([NaN, 1, 1]), 2, { range: [0, 2] })[0], tensor([0, 2])],
      "equal bins are their edges": ([x, weight], [counts, cuts], [_bins, given]) => {
        const { density = false } = { ...given as { density?: boolean } };
        return [histogram(x, cuts, { density, ...weight ? { weight } : {} })[0], counts];
      },
    },
    errors: [
      [
        () => histogram(ones([2]), 3, { range: [2, 1] }),
        "Cannot call histogram() over the range from 2 to 1: its ends must be finite and in this order",
      ],
      [
        () => histogram(ones([2]), ones([1])),
        "Cannot call histogram() on float32 with bins [1] of dtype float32: edges must be at least two",
      ],
    ],
  },
  histogramdd: {
    cases: [
      { of: [[20, 2], edges, rising] },
      { of: [[20, 2], rising, { values: [2, 0, 1, 3] }], args: [{ density: true }] },
      { of: [[4, 5, 3], rising, rising, edges] },
      { of: [{ values: [[0, 1], [3, 4]] }, edges, edges] },
    ],
    call: ([x, ...bins], [options]) => histogramdd(x, bins, options),
    torch: "torch.histogramdd(a, x[1:], **kw)",
    gradient: "none",
    laws: {
      "bins may be numbers": ([x]) => {
        const [counts, cuts] = histogramdd(x, 3);
        return [counts, histogramdd(x, cuts)[0]];
      },
    },
    errors: [
      [
        () => histogramdd(ones([4, 2]), [3]),
        "Cannot call histogramdd() on [4, 2] with 1 bins: it takes 2",
      ],
    ],
  },
} satisfies Partial<Table>;
