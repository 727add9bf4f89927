/** Cases of ops: sample: the numbers of PyTorch on a CPU after the same manualSeed(). */
import * as ops from "../../mod.ts";
import { type Case, type Checks, type Table, withArgs } from "./case.ts";
import { seeded } from "./random.ts";

/** An op that fills a tensor in place. */
function filling(name: keyof Table, cases: readonly Case[]): Checks {
  return seeded(name, cases, `a.detach().clone().${name}(*x[1:], *args, **kw)`);
}

const weights: Case[] = [{ of: [[4]], args: [2], from: 0.1, to: 1 }, {
  of: [[2, 4]],
  args: [3, true],
  from: 0.1,
  to: 1,
}];

export const checks = {
  bernoulli: seeded("bernoulli", [{ of: [[2, 3]], from: 0, to: 1 }]),
  multinomial: {
    ...seeded("multinomial", weights),
    errors: [[
      () => ops.multinomial(ops.ones([2]), 3),
      "Cannot draw 3 from row 0 by multinomial(): weights must be finite, none negative, and enough above 0, of which there are 2",
    ]],
  },
  uniform: seeded("uniform", withArgs([[2, 3]], [], [-1, 1]), "a.detach().clone().uniform_(*args, **kw)"),
  uniform_: filling("uniform_", withArgs([[2, 3]], [], [-1, 1])),
  normal_: filling("normal_", withArgs([[2, 3]], [], [5, 0.1])),
  bernoulli_: filling("bernoulli_", withArgs([[2, 3]], [], [0.2])),
  exponential_: filling("exponential_", withArgs([[2, 3]], [], [2])),
} satisfies Partial<Table>;
