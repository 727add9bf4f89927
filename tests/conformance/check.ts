/**
 * One row of PyTorch's own operator, module, optimizer or scheduler table: the call, made with our names, and where its
 * outputs and gradients differ.
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
// deno-lint-ignore-file no-explicit-any -- rows are JSON, and the library is reached by names that stand in them

/** A row, or a value in it. */
export type Json = any;

/** The types that the table is checked in. */
export type Floats = "float32" | "float64";

/** What is wrong with a row's outputs and gradients, in words; null where nothing is. */
export interface Verdict {
  readonly forward: string | null;
  /** Undefined where PyTorch has no gradient to compare. */
  readonly gradient?: string | null;
}

/** The function, class or method that a row calls does not exist. */
export class Missing extends Error {}

/** The library under test and the type it is checked in, while a row is. */
const run: { lib: any; float: Floats } = { lib: null, float: "float32" };

/** Makes the call of a row with `lib` in floats of one type. */
export function check(lib: unknown, float: Floats, row: Json): Verdict {
  Object.assign(run, { lib, float });
  const kinds = { module: runModule, optimizer: runOptimizer, scheduler: runScheduler };
  return (kinds[row.kind as keyof typeof kinds] ?? runOp)(row);
}

/** How tables and lists call what a row is about: "op div/floor_rounding", "module Linear". */
export function keyOf(row: Json): string {
  return `${row.kind ?? "op"} ${row.op ?? row.name}${row.variant ? "/" + row.variant : ""}`;
}

/** Whether a row comes with gradients. */
export function hasGradient(row: Json): boolean {
  return Boolean(row.kind === "module" ? row.gradInputs : row.kind ? false : row.grads);
}

/** The rows of a table. */
export async function* rows(file: string): AsyncGenerator<Json> {
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
    const dtype = t.dtype.startsWith("float") ? run.float : t.dtype;
    const x = run.lib.tensor(ARRAYS[dtype].from(t.data), {
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
  if ("dt" in v) return v.dt.startsWith("float") ? run.float : v.dt;
  if ("s" in v) return run.lib.slice(...v.s);
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
  const [rtol, atol] = run.float === "float64" ? [1e-6, 1e-8] : [2e-3, 2e-4];
  if (want === null || ("v" in want && want.v === null)) return null;
  const w = numbers(want);
  if (!w) {
    const expected = "n" in want ? plainNumber(want.n) : want.v ?? want.dt;
    const value = isTensor(got) ? got.toTypedArray()[0] : got;
    const same = typeof expected === "number"
      ? Object.is(value, expected) || Math.abs(value - expected) <= atol + rtol * Math.abs(expected)
      : typeof expected === "boolean"
      ? Boolean(value) === expected
      : value === expected;
    return same ? null : `${what}: got ${value}, PyTorch gives ${expected}`;
  }
  if (!isTensor(got)) {
    if (w.shape.length === 0 && (typeof got === "number" || typeof got === "boolean")) {
      const d = Math.abs(Number(got) - w.data[0]);
      return d <= atol + rtol * Math.abs(w.data[0])
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
    if (exact || !(Math.abs(a - b) <= atol * Math.max(1, scale) + rtol * Math.abs(b))) {
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
    const w = run.lib.tensor(
      ARRAYS[run.float].from({ length: n }, (_: unknown, k: number) => Math.cos(k + 1)),
      {
        shape: [...o.shape],
        dtype: run.float,
      },
    );
    const s = o.mul(w).sum();
    total = total === null ? s : total.add(s);
  }
  if (total === null) throw new Error("no output takes a gradient");
  total.backward();
}

function resolve(op: string, input: any): (args: any[]) => any {
  const path = op.split(".");
  let at: any = run.lib;
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

function runOp(row: Json): Verdict {
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

function runModule(row: Json): Verdict {
  const Class = run.lib.nn?.[row.name];
  if (!Class) throw new Missing("nn." + row.name);
  const leaves: any[] = [];
  const args = row.args.map((a: Json) => decode(a, []));
  const named = options(row.kwargs, []);
  if (Object.keys(named).length) args.push(named);
  const module = new Class(...args);
  if (run.float === "float64") module.double();
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

function runOptimizer(row: Json): Verdict {
  const Class = run.lib.optim?.[row.name];
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

function runScheduler(row: Json): Verdict {
  const Class = run.lib.optim?.lrScheduler?.[row.name];
  if (!Class) throw new Missing("optim.lrScheduler." + row.name);
  const opt = new run.lib.optim.SGD([run.lib.tensor([0], { requiresGrad: true })], { lr: row.lr });
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
