/**
 * The workloads of torch_bench.py under the same names, one JSON object a line: {"name", "us", "min"} (median and
 * minimum of timed batches, in microseconds).
 *
 *   deno run [--allow-ffi] tests/bench/bench.ts [--only NAME,..] [--seconds 0.5] [--engine auto|blas|wasm|js]
 *                                               [--json FILE] [--unscoped] [--list]
 *
 * Kernels (one op, no gradient) of more than 512 elements run each in a `using _ = scope()`, as in a hot loop that does
 * not yield: the result, which PyTorch frees when its name is assigned anew, is given back as soon. Without it each result
 * is memory that no cache holds yet, and the time mostly that of the memory; `--unscoped` measures that (add_1048576: 131
 * us with, 380 without; add_65536: 14 and 32; add_1024: 0.8 and 0.9). Training steps need no scope: the tape gives back
 * what it kept.
 */
import { parseArgs } from "node:util";
import * as d from "../../mod.ts";
import { convolutions } from "./workloads_conv.ts";
import { kernels } from "./workloads_kernels.ts";
import { trainings } from "./workloads_training.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "0.5" },
    engine: { type: "string", default: "auto" },
    json: { type: "string" },
    unscoped: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});
const only = new Set(flags.only.split(",").filter(Boolean)), seconds = Number(flags.seconds);

/**
 * Median and minimum time of `f` in microseconds, as torch_bench.py takes them. Between batches the program yields, as
 * real ones do, so that the memory of what was dropped comes back. The first half of `seconds` is not counted: code is
 * being compiled then, and memory touched for the first time.
 */
async function time(f: () => void): Promise<{ us: number; min: number }> {
  const run = (n: number) => {
    const start = performance.now();
    for (let i = 0; i < n; i++) f();
    return (performance.now() - start) / 1e3;
  };
  run(3);
  let n = 1;
  for (let took = run(n); took <= seconds / 20; took = run(n)) {
    n = Math.max(n * 2, Math.floor(n * seconds / 20 / Math.max(took, 1e-9)));
  }
  const batches = async (seconds: number) => {
    const times: number[] = [], end = performance.now() + seconds * 1e3;
    while (performance.now() < end || times.length < 5) {
      times.push(run(n) / n * 1e6);
      await new Promise((done) => setTimeout(done));
    }
    return times.sort((a, b) => a - b);
  };
  await batches(seconds / 2);
  const times = await batches(seconds);
  return { us: times[times.length >> 1], min: times[0] };
}

/** `f` with a scope around it. */
function inScope(f: () => void): () => void {
  return () => {
    using _ = d.scope();
    f();
  };
}

d.setBackend(flags.engine as "auto");
const results: { name: string; us: number; min: number }[] = [];
for (const { name, make, scoped } of [...kernels, ...trainings, ...convolutions]) {
  if (only.size > 0 && !only.has(name)) continue;
  if (flags.list) {
    console.log(name);
    continue;
  }
  d.manualSeed(0);
  const f = make(), { us, min } = await time(scoped && !flags.unscoped ? inScope(f) : f);
  results.push({ name, us: Number(us.toFixed(3)), min: Number(min.toFixed(3)) });
  console.log(JSON.stringify(results.at(-1)));
}
if (flags.json) Deno.writeTextFileSync(flags.json, JSON.stringify(results, null, 1) + "\n");
