/** Cases of ops: integrate. */
import { diff, gradient, ones, trapezoid } from "../../mod.ts";
import { type Case, type Checks, type Given, mask, type Table, withArgs } from "./case.ts";

const places: Given = { values: [0, 0.5, 2, 2.5] }, whole: Given = { values: [1, 2, 5, 3], dtype: "int32" };
const integrals: Case[] = [
  ...withArgs([[3, 4]], [], [{ dx: 2 }], [{ dim: 0, dx: 0.5 }]),
  ...withArgs([[3, 4], places], [], [{ dim: 1 }]),
  { of: [[4, 3], places], args: [{ dim: 0 }] },
  { of: [[2, 3], [2, 3]] },
  { of: [[2, 3], [1, 3]] },
  { of: [[2, 2, 3], [2, 3]] },
  { of: [[2, 1]] },
  { of: [whole] },
  { of: [whole, whole] },
];
const none: Case[] = [{ of: [[2, 0]] }, { of: [[2, 0], [0]] }];
const integral: Checks = {
  cases: [...integrals, ...none],
  errors: [
    [() => trapezoid(ones([])), "Cannot call trapezoid() on a 0-d tensor: it has no dimension"],
    [
      () => trapezoid(ones([3]), { x: ones([3]), dx: 2 }),
      "Cannot call trapezoid() with both x and dx: one of them is enough",
    ],
  ],
};
const grid: readonly [number[]] = [[3, 4]];
const withTensors: Partial<Checks> = {
  call: ([x, ...places], [options]) =>
    gradient(x, { ...places.length ? { spacing: places } : {}, ...options as object }),
  torch: "torch.gradient(a, **({'spacing': x[1:]} if len(x) > 1 else {}), **kw)",
};

export const checks = {
  trapezoid: integral,
  trapz: { cases: integrals.slice(0, 9) },
  cumulativeTrapezoid: { cases: [...integrals, none[1]] },
  diff: {
    cases: [
      ...withArgs([[3, 4]], [], [2], [1, 0], [{ n: 0 }], [3, -1], [9]),
      { of: [[3, 4], [3, 1], [3, 2]], args: [2, -1] },
      { of: [mask(true, false, false)] },
      { of: [whole] },
      { of: [[0]] },
    ],
    call: ([x, prepend, append], args) =>
      diff(x, ...prepend ? [...args, { prepend, append } as never] : args),
    torch: "torch.diff(a, *args, **kw, **dict(zip(['prepend', 'append'], x[1:])))",
    errors: [
      [() => diff(ones([])), "Cannot call diff() on a 0-d tensor: it has no dimension"],
      [
        () => diff(ones([2, 3]), { prepend: ones([1, 3]) }),
        "Cannot call diff() on [2, 3] with prepend of shape [1, 3]: only dim 1 may differ",
      ],
    ],
  },
  gradient: {
    cases: [
      ...withArgs(grid, [{}], [{ spacing: 2 }], [{ dim: 1, edgeOrder: 2 }], [{ dim: [-1] }], [{
        edgeOrder: 2,
      }], [{
        spacing: [2, 0.5],
      }]),
      { of: [[3, 4], places], args: [{ dim: [1] }] },
      { of: [[3, 4], places], args: [{ dim: [1], edgeOrder: 2 }] },
      { of: [[3, 4], { values: [1, 2, 4] }, places], args: [{ edgeOrder: 2 }] },
      { of: [[2]], args: [{}] },
      { of: [{ values: [1, Infinity, 2, 3, 5] }], args: [{}], kinks: true },
      { of: [whole], args: [{}] },
    ],
    ...withTensors,
    errors: [
      [
        () => gradient(ones([1])),
        "Cannot call gradient() on [1] with edgeOrder 1: dim 0 must have at least 2 samples",
      ],
      [
        () => gradient(ones([2, 3]), { spacing: [1] }),
        "Cannot call gradient() with 1 spacings for 2 dims: one each is needed",
      ],
      [
        () => gradient(ones([3]), { edgeOrder: 3 }),
        "Cannot call gradient() with edgeOrder 3: it must be 1 or 2",
      ],
    ],
  },
} satisfies Partial<Table>;
