/**
 * Compiles pointwise kernels: output[r, i] = formula(inputs[r, i] ...).
 *
 * What is the same for the whole call or for a row is computed once there; the rest runs over the row in vectors,
 * several a round where the formula is light.
 */
import { Access } from "./access.ts";
import { type FunctionBuilder, type Local, ModuleBuilder } from "./assemble.ts";
import { Inputs, inputTypes, isLight, openScope } from "./evaluate.ts";
import type { PointwiseSpec } from "../kernel.ts";

/**
 * Compiles a kernel that exports `run(rows, n, out, outRow, outCol, ...inputs)`: for the output, and for each input in
 * order, an address, a row stride and a column stride, in bytes; for an input of mode "number" the number alone.
 * The output may be one of the inputs, if it has the same address and strides.
 */
export function pointwiseModule(spec: PointwiseSpec, fma: boolean): ModuleBuilder {
  const module = new ModuleBuilder(), operands = [spec.output, ...spec.inputs];
  const types = ["i32", "i32", ...inputTypes(operands)] as const;
  const strided = operands.some((x) => x.mode === "stride");
  const kernel = module.add(strided ? "block" : "run", types, [], (f, ...parameters) => {
    writeRows(f, spec, fma, parameters);
  });
  if (strided) {
    module.add("run", types, [], (f, ...parameters) => writeBlocks(f, kernel, spec, parameters));
  }
  return module;
}

function writeRows(
  f: FunctionBuilder,
  spec: PointwiseSpec,
  fma: boolean,
  parameters: readonly Local[],
): void {
  const { compute, output } = spec, [rows, n, ...rest] = parameters;
  // a truth is stored as it is, without making it a number first
  const truth = output.dtype === "bool" && spec.root.word === "number";
  const root = truth ? spec.root.args[0] : spec.root;
  const access = new Access(f, compute), out = access.place(output, rest);
  const inputs = new Inputs(access, spec.inputs, rest), call = openScope(f, compute, fma);
  const zero = call.lanes.constant(0);
  inputs.bindNumbers(call);
  call.prepare([root]);
  f.while(() => f.get(rows), () => {
    const row = call.inside();
    inputs.bindSplats(row);
    row.prepare([root]);
    const moving = [...inputs.vectors.map((x) => x.place), out];
    access.walk(n, isLight([root]) ? 4 : 2, moving, (vectors, left) => {
      for (let u = 0; u < vectors; u++) {
        const here = row.inside();
        for (const { index, place } of inputs.vectors) here.bind(index, access.load(place, u, left));
        const y = here.value(root);
        access.store(out, output.dtype === "bool" && !truth ? call.lanes.ne(y, zero) : y, u, left);
      }
    });
    for (const place of [...inputs.places, out]) access.nextRow(place);
    f.increment(rows, -1);
  });
}

/** Columns that a block has: as many cache lines as rows 4 KiB apart find room for in the first-level cache. */
const BLOCK = 8;

/**
 * Calls the kernel on all columns; or, where an operand's columns lie farther apart than its rows, as in a transpose,
 * on blocks of columns whose cache lines serve several rows (1024 × 1024 float32: 1.5 ns an element, not 3.8).
 */
function writeBlocks(
  f: FunctionBuilder,
  kernel: number,
  spec: PointwiseSpec,
  parameters: readonly Local[],
): void {
  const [rows, n, ...rest] = parameters, width = f.local("i32");
  const places = [spec.output, ...spec.inputs].filter((x) => x.mode !== "number").map((x) => {
    while (rest[0].type !== "i32") rest.shift();
    const [address, rowStride, step] = rest.splice(0, 3);
    return { mode: x.mode, address, rowStride, step };
  });
  f.get(n).set(width);
  f.get(rows).i32(1).op("i32.gt_u").if(() => {
    for (const { mode, rowStride, step } of places) {
      if (mode !== "stride") continue;
      f.i32(BLOCK).get(width);
      for (const stride of [rowStride, step]) f.get(stride).get(stride).i32(31).op("i32.shr_s").op("i32.xor");
      f.op("i32.lt_u").op("select").set(width); // n ^ (n >> 31) is the size of a stride, less 1 if it is negative
    }
  });
  f.while(() => f.get(n), () => {
    f.get(n).get(width).get(n).get(width).op("i32.lt_u").op("select").set(width);
    for (const parameter of parameters) f.get(parameter === n ? width : parameter);
    f.op("call", kernel);
    for (const { address, step } of places) {
      f.get(address).get(step).get(width).op("i32.mul").op("i32.add").set(address);
    }
    f.get(n).get(width).op("i32.sub").set(n);
  });
}
