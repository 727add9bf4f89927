/**
 * Holds the library against PyTorch's own operator, module, optimizer and scheduler tables, and prints what differs.
 *
 *   deno run -A run.ts [--mod ./mod.ts] [--dtype float32|float64] [--only NAME,..] [--missing] [--json FILE] [FILE.jsonl.gz ...]
 *
 * Without --dtype both types are checked, without files both tables. tests/conformance_test.ts holds the same as a
 * test, but for the exceptions in known.ts.
 */
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import type { Floats } from "./check.ts";
import { type Tally, tallyOf } from "./tally.ts";

const { values: flags, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    mod: { type: "string", default: new URL("../../mod.ts", import.meta.url).pathname },
    dtype: { type: "string" },
    only: { type: "string", default: "" },
    missing: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const lib = await import(pathToFileURL(flags.mod!).href);
const tables = ["opinfo", "nn"].map((name) => new URL(`${name}.jsonl.gz`, import.meta.url).pathname);
const names = flags.only!.split(",").filter(Boolean);
const report: unknown[] = [];
for (const float of flags.dtype ? [flags.dtype as Floats] : ["float32", "float64"] as const) {
  const tally = await tallyOf(lib, float, positionals.length ? positionals : tables, names);
  for (const [key, t] of tally) {
    if (t.passes || (t.missing && !flags.missing)) continue;
    console.log(
      `${key}: forward ${t.forward}/${t.samples}, gradient ${t.gradientsOk}/${t.gradients}  ${t.why}`,
    );
  }
  const summary = Object.fromEntries(
    ["op", "module", "optimizer", "scheduler"].flatMap((kind) => {
      const all = [...tally].filter(([key]) => key.startsWith(`${kind} `)).map(([, t]) => t);
      return all.length ? [[kind, summaryOf(all)]] : [];
    }),
  );
  for (const [kind, s] of Object.entries(summary)) {
    console.log(
      `${float} ${kind}: ${s.passing} of ${s.names} agree with PyTorch on every sample, in values ${s.forwardAll}` +
        (s.gradientNames ? `; gradients: ${s.gradientAll} of ${s.gradientNames}` : "") +
        `; ${s.names - s.present} missing`,
    );
  }
  report.push({ dtype: float, summary, names: Object.fromEntries(tally) });
}
if (flags.json) {
  Deno.writeTextFileSync(flags.json, JSON.stringify(report.length === 1 ? report[0] : report, null, 1));
}

function summaryOf(all: readonly Tally[]) {
  const graded = all.filter((t) => t.gradients);
  return {
    names: all.length,
    present: all.filter((t) => !t.missing).length,
    passing: all.filter((t) => t.passes).length,
    forwardAll: all.filter((t) => t.forward === t.samples).length,
    gradientNames: graded.length,
    gradientAll: graded.filter((t) => t.gradientsOk === t.gradients).length,
  };
}
