/** PyTorch's own tables of operators, modules, optimizers and schedulers, but for the exceptions in known.ts. */
import "./setup.ts";
import { assert, assertEquals } from "@std/assert";
import * as lib from "../mod.ts";
import { known } from "./conformance/known.ts";
import { tallyOf } from "./conformance/tally.ts";

const tables = ["opinfo", "nn"].map((name) =>
  new URL(`conformance/${name}.jsonl.gz`, import.meta.url).pathname
);
for (const float of ["float32", "float64"] as const) {
  const tally = await tallyOf(lib, float, tables);
  for (const [key, { passes, why }] of tally) {
    const reason = known[key] ?? known[`${key} in ${float}`];
    Deno.test(`${key} ${reason ? "is still known to differ from" : "agrees with"} PyTorch's table in ${float}`, () => {
      if (!reason) assert(passes, why);
      else assert(!passes, `it agrees now: take it out of known.ts, where it says: ${reason}`);
    });
  }
  Deno.test(`known exceptions are rows of the tables, ${float}`, () => {
    const rows = Object.keys(known).map((key) => key.replace(/ in float(32|64)$/, ""));
    assertEquals(rows.filter((key) => !tally.has(key)), []);
  });
}
