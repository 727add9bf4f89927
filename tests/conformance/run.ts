/**
 * Holds the library against PyTorch's own operator, module, optimizer and scheduler tables.
 *
 *   deno run -A run.ts --mod ./mod.ts [--dtype float32|float64] [--only NAME,..] [--missing] [--json FILE] FILE.jsonl.gz ...
 *
 * How a PyTorch call is spelled here (the naming contract):
 *  - torch.foo_bar -> fooBar, exported by mod.ts or else a method of the input; nn.functional.x,
 *    linalg.x, special.x, fft.x keep their namespace; a trailing _ (in place) stays.
 *  - positional arguments stay positional, in PyTorch's order; what PyTorch takes by keyword
 *    goes, camelCased, into one last options object. Every optional argument is accepted both ways.
 *  - tuples in and out are arrays; None is null; dtypes are strings; int64 is held as int32.
 *  - new nn.Name(...args, options), .forward(...inputs), .loadStateDict({name: tensor}) with PyTorch's
 *    own names, .train(flag); new optim.Name(params, options), .step(); new optim.lrScheduler.Name(optimizer, options).
 *  - tensor(typedArray, { shape, dtype, requiresGrad }), .toTypedArray(), .shape, .dtype, .grad, .backward().
 */
// deno-lint-ignore-file no-explicit-any
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

type Json = any;
const { values: flags, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    mod: { type: "string", default: "./mod.ts" },
    dtype: { type: "string", default: "float32" },
    only: { type: "string", default: "" },
    missing: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const lib: any = await import(pathToFileURL(flags.mod!).href);
const FLOAT = flags.dtype!;
const [RTOL, ATOL] = FLOAT === "float64" ? [1e-6, 1e-8] : [2e-3, 2e-4];
const only = new Set(flags.only!.split(",").filter(Boolean));

const camel = (s: string) => s.replace(/_+([a-zA-Z0-9])/g, (m, c, at) => at === 0 ? m : c.toUpperCase());
const bytes = (b64: string) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
const ARRAYS: Record<string, any> = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};
const plainNumber = (n: Json): number =>
  n === "nan" ? NaN : n === "inf" ? Infinity : n === "-inf" ? -Infinity : n;

/** A tensor's numbers as written, or null when `v` is not a tensor. */
function numbers(v: Json): { shape: number[]; dtype: string; data: ArrayLike<number> } | null {
  if (v === null || typeof v !== "object" || !("t" in v)) return null;
  return { shape: v.t, dtype: v.d, data: new ARRAYS[v.d](bytes(v.b).buffer) };
}

function decode(v: Json, leaves: any[]): any {
  const t = numbers(v);
  if (t) {
    const dtype = t.dtype.startsWith("float") ? FLOAT : t.dtype;
    const x = lib.tensor(ARRAYS[dtype].from(t.data), {
      shape: t.shape,
      dtype,
      ...(v.g ? { requiresGrad: true } : {}),
    });
    if (v.g) leaves.push(x);
    return x;
  }
  if ("n" in v) return plainNumber(v.n);
  if ("v" in v) return v.v;
  if ("l" in v) return v.l.map((x: Json) => decode(x, leaves));
  if ("dt" in v) return v.dt.startsWith("float") ? FLOAT : v.dt;
  if ("s" in v) return lib.slice(...v.s);
  if ("e" in v) return "...";
  throw new Error("unknown value " + JSON.stringify(v).slice(0, 80));
}

const isTensor = (x: any) => x !== null && typeof x === "object" && typeof x.toTypedArray === "function";
function flatten(x: any): any[] {
  if (isTensor(x) || x === null || typeof x !== "object") return [x];
  return (Array.isArray(x) ? x : Object.values(x)).flatMap(flatten);
}
const flattenJson = (v: Json): Json[] => v && "l" in v ? v.l.flatMap(flattenJson) : [v];

/** Why `got` is not `want`, or null when it is. */
function differs(got: any, want: Json, what: string): string | null {
  if (want === null || ("v" in want && want.v === null)) return null;
  const w = numbers(want);
  if (!w) {
    const expected = "n" in want ? plainNumber(want.n) : want.v ?? want.dt;
    const value = isTensor(got) ? got.toTypedArray()[0] : got;
    const same = typeof expected === "number"
      ? Object.is(value, expected) || Math.abs(value - expected) <= ATOL + RTOL * Math.abs(expected)
      : typeof expected === "boolean"
      ? Boolean(value) === expected
      : value === expected;
    return same ? null : `${what}: got ${value}, PyTorch gives ${expected}`;
  }
  if (!isTensor(got)) {
    if (w.shape.length === 0 && (typeof got === "number" || typeof got === "boolean")) {
      const d = Math.abs(Number(got) - w.data[0]);
      return d <= ATOL + RTOL * Math.abs(w.data[0])
        ? null
        : `${what}: got ${got}, PyTorch gives ${w.data[0]}`;
    }
    return `${what}: got ${typeof got}, PyTorch gives a tensor`;
  }
  if (JSON.stringify([...got.shape]) !== JSON.stringify(w.shape)) {
    return `${what}: shape [${got.shape}], PyTorch gives [${w.shape}]`;
  }
  const g = got.toTypedArray();
  const exact = !w.dtype.startsWith("float");
  let scale = 0;
  if (!exact) {
    for (let i = 0; i < w.data.length; i++) {
      if (Number.isFinite(w.data[i])) scale = Math.max(scale, Math.abs(w.data[i]));
    }
  }
  for (let i = 0; i < w.data.length; i++) {
    const a = Number(g[i]), b = w.data[i];
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (exact || !(Math.abs(a - b) <= ATOL * Math.max(1, scale) + RTOL * Math.abs(b))) {
      return `${what}: element ${i} is ${a}, PyTorch gives ${b}`;
    }
  }
  return null;
}

/** Backward of the weighted sum that tells every output element apart. */
function backward(out: any) {
  let total: any = null;
  for (const o of flatten(out)) {
    if (!isTensor(o) || !o.requiresGrad || !String(o.dtype).startsWith("float")) continue;
    const n = o.shape.reduce((a: number, b: number) => a * b, 1);
    if (n === 0) continue;
    const w = lib.tensor(ARRAYS[FLOAT].from({ length: n }, (_: unknown, k: number) => Math.cos(k + 1)), {
      shape: [...o.shape],
      dtype: FLOAT,
    });
    const s = o.mul(w).sum();
    total = total === null ? s : total.add(s);
  }
  if (total === null) throw new Error("no output takes a gradient");
  total.backward();
}

class Missing extends Error {}

function resolve(op: string, input: any): (args: any[]) => any {
  const path = op.split(".");
  let at: any = lib;
  for (const p of path) at = at?.[camel(p)];
  if (typeof at === "function") return (args) => at(input, ...args);
  const method = camel(path.at(-1)!);
  if (path.length === 1 && isTensor(input) && typeof input[method] === "function") {
    return (args) => input[method](...args);
  }
  if (path.length === 1 && isTensor(input) && method in input) return () => input[method];
  throw new Missing(op);
}

const options = (kwargs: Record<string, Json>, leaves: any[]) =>
  Object.fromEntries(Object.entries(kwargs).map(([k, v]) => [camel(k), decode(v, leaves)]));

function runOp(row: Json): { forward: string | null; gradient?: string | null } {
  const leaves: any[] = [];
  const input = decode(row.input, leaves);
  const args = row.args.map((a: Json) => decode(a, leaves));
  const named = options(row.kwargs, leaves);
  if (Object.keys(named).length) args.push(named);
  const f = resolve(row.op, input);
  const out = f(args);
  const got = flatten(out), want = flattenJson(row.out);
  if (row.note) {
    const bad = want.findIndex((w, i) =>
      w && "t" in w && JSON.stringify([...(got[i]?.shape ?? [])]) !== JSON.stringify(w.t)
    );
    return {
      forward: bad < 0 ? null : `output ${bad}: shape [${got[bad]?.shape}], PyTorch gives [${want[bad].t}]`,
    };
  }
  if (got.length < want.length) return { forward: `${got.length} outputs, PyTorch gives ${want.length}` };
  for (const [i, w] of want.entries()) {
    const d = differs(got[i], w, `output ${i}`);
    if (d) return { forward: d, ...(row.grads ? { gradient: "forward differs" } : {}) };
  }
  if (!row.grads) return { forward: null };
  backward(out);
  for (const [i, g] of row.grads.entries()) {
    if (g === null) continue;
    if (!leaves[i].grad) {
      if (numbers(g)!.data.length === 0) continue;
      return { forward: null, gradient: `input ${i} has no gradient` };
    }
    const d = differs(leaves[i].grad, g, `gradient of input ${i}`);
    if (d) return { forward: null, gradient: d };
  }
  return { forward: null, gradient: null };
}

function runModule(row: Json): { forward: string | null; gradient?: string | null } {
  const Class = lib.nn?.[row.name];
  if (!Class) throw new Missing("nn." + row.name);
  const leaves: any[] = [];
  const args = row.args.map((a: Json) => decode(a, []));
  const named = options(row.kwargs, []);
  if (Object.keys(named).length) args.push(named);
  const module = new Class(...args);
  if (FLOAT === "float64") module.double();
  module.loadStateDict(
    Object.fromEntries(Object.entries(row.state).map(([k, v]) => [k, decode(v as Json, [])])),
  );
  module.train(row.train);
  const inputs = row.inputs.map((v: Json) => decode(v, leaves));
  const out = module.forward(...inputs);
  const got = flatten(out);
  for (const [i, w] of flattenJson(row.out).entries()) {
    const d = differs(got[i], w, `output ${i}`);
    if (d) return { forward: d, gradient: "forward differs" };
  }
  const state = module.stateDict();
  for (const [k, v] of Object.entries(row.stateAfter)) {
    if (!(k in state)) return { forward: `state has no ${k}` };
    const d = differs(state[k], v, `state ${k}`);
    if (d) return { forward: d };
  }
  if (!row.gradInputs) return { forward: null };
  backward(out);
  for (const [i, g] of row.gradInputs.entries()) {
    const d = g &&
      (leaves[i].grad ? differs(leaves[i].grad, g, `gradient of input ${i}`) : `input ${i} has no gradient`);
    if (d) return { forward: null, gradient: d };
  }
  const params = Object.fromEntries(module.namedParameters());
  for (const [k, g] of Object.entries<Json>(row.gradParams)) {
    const d = g &&
      (params[k]?.grad ? differs(params[k].grad, g, `gradient of ${k}`) : `${k} has no gradient`);
    if (d) return { forward: null, gradient: d };
  }
  return { forward: null, gradient: null };
}

function runOptimizer(row: Json): { forward: string | null; gradient?: string | null } {
  const Class = lib.optim?.[row.name];
  if (!Class) throw new Missing("optim." + row.name);
  const params = row.params.map((p: Json) => decode({ ...p, g: 1 }, []));
  const opt = new Class(params, { ...(row.name === "SGD" ? { lr: 0.1 } : {}), ...options(row.kwargs, []) });
  for (const [step, grads] of row.grads.entries()) {
    params.forEach((p: any, i: number) => p.grad = decode(grads[i], []));
    opt.step();
    for (const [i, p] of params.entries()) {
      const d = differs(p, row.after[step][i], `parameter ${i} after step ${step + 1}`);
      if (d) return { forward: d };
    }
  }
  return { forward: null };
}

function runScheduler(row: Json): { forward: string | null; gradient?: string | null } {
  const Class = lib.optim?.lrScheduler?.[row.name];
  if (!Class) throw new Missing("optim.lrScheduler." + row.name);
  const opt = new lib.optim.SGD([lib.tensor([0], { requiresGrad: true })], { lr: row.lr });
  const sched = new Class(opt, options(row.kwargs, []));
  const lr = () => opt.paramGroups[0].lr;
  for (let i = 0; i <= row.steps; i++) {
    if (Math.abs(lr() - row.lrs[i]) > 1e-9) {
      return { forward: `lr after ${i} steps is ${lr()}, PyTorch gives ${row.lrs[i]}` };
    }
    opt.step();
    row.metrics ? sched.step(row.metrics[i]) : sched.step();
  }
  return { forward: null };
}

async function* rows(file: string): AsyncGenerator<Json> {
  const f = await Deno.open(file);
  const text = f.readable.pipeThrough(new DecompressionStream("gzip")).pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const l of lines) yield JSON.parse(l);
  }
  if (rest) yield JSON.parse(rest);
}

type Tally = {
  samples: number;
  forward: number;
  gradients: number;
  gradientsOk: number;
  missing: boolean;
  why: string;
};
const tally = new Map<string, Tally>();
for (const file of positionals) {
  for await (const row of rows(file)) {
    const kind = row.kind ?? "op";
    const key = `${kind} ${row.op ?? row.name}${row.variant ? "/" + row.variant : ""}`;
    if (only.size && !only.has(row.op ?? row.name)) continue;
    const t = tally.get(key) ??
      { samples: 0, forward: 0, gradients: 0, gradientsOk: 0, missing: false, why: "" };
    tally.set(key, t);
    t.samples++;
    const hasGradient = Boolean(kind === "op" ? row.grads : kind === "module" && row.gradInputs);
    if (hasGradient) t.gradients++;
    if (t.missing) continue;
    try {
      const r = kind === "op"
        ? runOp(row)
        : kind === "module"
        ? runModule(row)
        : kind === "optimizer"
        ? runOptimizer(row)
        : runScheduler(row);
      if (r.forward === null) t.forward++;
      if (hasGradient && r.gradient === null) t.gradientsOk++;
      t.why ||= r.forward ?? r.gradient ?? "";
      if (t.why && !t.why.startsWith("#")) t.why = `#${row.n ?? t.samples}: ${t.why}`;
    } catch (e) {
      if (e instanceof Missing) t.missing = true, t.why = "missing";
      else {t.why ||= `#${row.n ?? t.samples}: ${(e as Error).name}: ${
          (e as Error).message.split("\n")[0].slice(0, 160)
        }`;}
    }
  }
}
for (const [key, t] of [...tally].sort()) {
  if (t.forward === t.samples && t.gradientsOk === t.gradients) continue;
  if (t.missing && !flags.missing) continue;
  console.log(
    `${key}: forward ${t.forward}/${t.samples}, gradient ${t.gradientsOk}/${t.gradients}  ${t.why}`,
  );
}
const summary: Record<string, unknown> = {};
for (const kind of ["op", "module", "optimizer", "scheduler"]) {
  const all = [...tally].filter(([k]) => k.startsWith(kind + " ")).map(([, t]) => t);
  if (!all.length) continue;
  const graded = all.filter((t) => t.gradients);
  summary[kind] = {
    names: all.length,
    present: all.filter((t) => !t.missing).length,
    forwardAll: all.filter((t) => t.forward === t.samples).length,
    gradientNames: graded.length,
    gradientAll: graded.filter((t) => t.gradientsOk === t.gradients).length,
  };
  const s = summary[kind] as Record<string, number>;
  console.log(
    `${FLOAT} ${kind}: ${s.forwardAll} of ${s.names} agree with PyTorch on every sample` +
      (graded.length ? `; gradients: ${s.gradientAll} of ${s.gradientNames}` : "") +
      `; ${s.names - s.present} missing`,
  );
}
if (flags.json) {
  Deno.writeTextFileSync(
    flags.json,
    JSON.stringify({ dtype: FLOAT, summary, names: Object.fromEntries(tally) }, null, 1),
  );
}
