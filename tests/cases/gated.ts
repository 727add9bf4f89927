/** Cases of ops: gated. */
import { bilinear, glu, manualSeed, ones, rrelu, rrelu_, Tensor } from "../../mod.ts";
import { type Checks, specials, type Table, withArgs } from "./case.ts";

/** rrelu after the same seed as in PyTorch. */
function seeded(f: typeof rrelu, torch: string): Partial<Checks> {
  return {
    call: ([x], args) => {
      manualSeed(5);
      return f(f === rrelu_ && x instanceof Tensor ? x.clone() : x, ...args);
    },
    torch: `seeded(5, lambda: ${torch})`,
  };
}

export const checks = {
  glu: {
    cases: [
      ...withArgs([[4, 2]], [], [0], [-2], [{ dim: 1 }]),
      { of: [[2, 3, 6]] },
      { of: [[0, 4]] },
      { of: [{ values: specials.flatMap((v) => [[v, 2], [2, v]]) }], kinks: true },
    ],
    errors: [
      [() => glu(ones([3, 2]), 0), "Cannot call glu() on [3, 2] along dim 0: its size must be even"],
      [() => glu(ones([]), 0), "Cannot call glu() on [] along dim 0: its size must be even"],
    ],
  },
  bilinear: {
    cases: [
      { of: [[4, 2], [4, 3], [5, 2, 3]] },
      { of: [[4, 2], [4, 3], [5, 2, 3], [5]] },
      { of: [[2], [3], [1, 2, 3]] },
      { of: [[2, 3, 2], [2, 3, 1], [2, 2, 1], [2]] },
      { of: [[0, 2], [0, 3], [1, 2, 3]] },
    ],
    errors: [[
      () => bilinear(ones([4, 2]), ones([4, 3]), ones([5, 3, 2])),
      "Cannot call bilinear() on [4, 2] and [4, 3] with weight of shape [5, 3, 2]: they must be [..., n], [..., m] and " +
      "[out, n, m] of one dtype",
    ]],
  },
  rrelu: {
    cases: [...withArgs([[5, 4]], [], [0.1, 0.6], [0.1, 0.6, true], [{ training: true }]), {
      of: [[]],
      args: [0, 1, true],
    }],
    ...seeded(rrelu, "torch.nn.functional.rrelu(a, *args, **kw)"),
    errors: [[() => rrelu(ones([2]), 0.5, 0.1), "Cannot call rrelu() with lower 0.5 and upper 0.1"]],
  },
  rrelu_: {
    cases: withArgs([[5, 4]], [], [0.1, 0.6, true]),
    ...seeded(rrelu_, "torch.nn.functional.rrelu_(a.clone(), *args, **kw)"),
  },
} satisfies Partial<Table>;
