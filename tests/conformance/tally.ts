/** Adds up the verdicts on a table's rows, by what they are about. */
import { check, type Floats, hasGradient, keyOf, Missing, rows } from "./check.ts";

/** How many samples of one operator, module, optimizer or scheduler agree with PyTorch. */
export interface Tally {
  samples: number;
  forward: number;
  gradients: number;
  gradientsOk: number;
  missing: boolean;
  /** Whether every sample agrees. */
  passes: boolean;
  /** The first difference, or "missing". */
  why: string;
}

/** Checks all rows of `files`, or those about `names`; the result is sorted by key. */
export async function tallyOf(
  lib: unknown,
  float: Floats,
  files: readonly string[],
  names: readonly string[] = [],
): Promise<Map<string, Tally>> {
  const tally = new Map<string, Tally>(), only = new Set(names);
  for (const file of files) {
    for await (const row of rows(file)) {
      if (only.size && !only.has(row.op ?? row.name)) continue;
      const key = keyOf(row), t = tally.get(key) ?? start();
      tally.set(key, t);
      t.samples++;
      const graded = hasGradient(row), at = `#${row.n ?? t.samples}`;
      if (graded) t.gradients++;
      if (t.missing) continue;
      try {
        const { forward, gradient } = check(lib, float, row), bad = forward ?? gradient;
        if (forward === null) t.forward++;
        if (graded && gradient === null) t.gradientsOk++;
        if (bad) t.why ||= `${at}: ${bad}`;
      } catch (error) {
        if (error instanceof Missing) Object.assign(t, { missing: true, why: "missing" });
        else t.why ||= `${at}: ${String(error).split("\n")[0].slice(0, 180)}`;
      }
    }
  }
  for (const t of tally.values()) t.passes = t.forward === t.samples && t.gradientsOk === t.gradients;
  return new Map([...tally].sort(([a], [b]) => a < b ? -1 : 1));
}

function start(): Tally {
  return { samples: 0, forward: 0, gradients: 0, gradientsOk: 0, missing: false, passes: false, why: "" };
}
