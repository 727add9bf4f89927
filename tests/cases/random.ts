/** Cases of ops: random: the numbers of PyTorch on a CPU after the same manualSeed(). */
import { manualSeed } from "../../lib/random.ts";
import * as ops from "../../mod.ts";
import { type Case, type Checks, type Table, withArgs } from "./case.ts";

/** An op whose numbers depend on the seed alone. */
export function seeded(name: string, cases: readonly Case[], torch = ""): Checks {
  const f = (ops as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
  const snake = name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return {
    cases,
    call: (x, args) => {
      manualSeed(7);
      return f(...x, ...args);
    },
    torch: `seeded(7, lambda: ${torch || `torch.${snake}(*x, *args, **kw)`})`,
    gradient: "none",
    layoutMatters: true,
  };
}

const sizes = withArgs([], [[2, 3]], [4], [[20]], [[3], { dtype: "float64" }], [[16], { dtype: "float64" }]);

export const checks = {
  rand: seeded("rand", sizes),
  randn: seeded("randn", sizes),
  randLike: seeded("randLike", [{ of: [[2, 3]] }]),
  randnLike: seeded("randnLike", [{ of: [[2, 3]] }]),
  randint: seeded("randint", withArgs([], [5, [2, 3]], [-3, 3, [8]])),
  randintLike: seeded("randintLike", withArgs([[2, 3]], [5], [-3, 3])),
  randperm: seeded("randperm", withArgs([], [5], [0], [1])),
  normal: seeded("normal", withArgs([], [1, 2, [2, 3]])),
} satisfies Partial<Table>;
