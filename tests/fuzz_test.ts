/**
 * Wrong arguments are refused in our words or make a result; they never fail by accident deeper down. A dozen and a half
 * odd values in every argument of every op.
 */
import "./setup.ts";
import type { Tensor } from "../mod.ts";
import type { Case } from "./cases/case.ts";
import { inputsOf } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";
import { assertNoAccident, odd } from "./odd.ts";

function fuzz(op: Op, c: Case): string[] {
  const found: string[] = [], count = c.of.length, args = c.args ?? [];
  const attempt = (what: string, change: (x: unknown[], args: unknown[]) => void) => {
    const x: unknown[] = inputsOf(c), rest = [...args];
    change(x, rest);
    try {
      assertNoAccident(what, () => op.run(x as Tensor[], { ...c, args: rest }));
    } catch (error) {
      found.push((error as Error).message);
    }
  };
  for (const [name, value] of odd) {
    for (let i = 0; i < count; i++) attempt(`input ${i} = ${name}`, (x) => x[i] = value);
    for (let i = 0; i <= args.length; i++) attempt(`argument ${i} = ${name}`, (_, rest) => rest[i] = value);
  }
  if (count > 0 && !op.call) attempt("no arguments", (x, rest) => (x.length = 0, rest.length = 0));
  return found;
}

for (const op of table) {
  Deno.test(`${op.name}() refuses odd arguments in our words`, () => {
    const withArgs = op.cases.findLast((c) => c.args?.length),
      cases = [op.cases[0], ...(withArgs ? [withArgs] : [])];
    const found = cases.flatMap((c) => fuzz(op, c));
    if (found.length) {
      throw new Error(`${op.name}: ${found.length} accidents:\n${found.slice(0, 8).join("\n")}`);
    }
  });
}
