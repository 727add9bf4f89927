/**
 * Compiles reductions of formulas along rows or columns of a matrix: sum, prod, max, min, argmax, argmin.
 */
import { Access, laneCount, type Place } from "./access.ts";
import { type Accumulator, accumulator } from "./accumulate.ts";
import { type FunctionBuilder, type Local, ModuleBuilder } from "./assemble.ts";
import { Inputs, inputTypes, isLight, openScope, type Scope } from "./evaluate.ts";
import type { ReduceSpec } from "../kernel.ts";

/**
 * Compiles a kernel that exports `run(rows, n, out, outStride, ...inputs)`. Along "row" the result of row r goes to
 * out + r · outStride; along "column" the result of column i to out + i · itemsize, and outStride is not read. For
 * each input in order: an address, a row stride and a column stride, in bytes; for mode "number" the number alone.
 * Without elements sum is 0, prod 1, max −Infinity, min Infinity, argmax and argmin 0.
 */
export function reduceModule(spec: ReduceSpec, fma: boolean): ModuleBuilder {
  const { compute, inputs: operands, root } = spec, module = new ModuleBuilder();
  const types = ["i32", "i32", "i32", "i32", ...inputTypes(operands)] as const;
  module.add("run", types, [], (f, rows, n, out, outStride, ...parameters) => {
    const access = new Access(f, compute), inputs = new Inputs(access, operands, parameters);
    const call = openScope(f, compute, fma);
    inputs.bindNumbers(call);
    call.prepare([root]);
    const output: Place = { dtype: spec.output, mode: "vector", row: out, rowStride: outStride, cursor: out };
    const emit = spec.along === "row" ? alongRows : alongColumns;
    emit({ f, spec, access, inputs, call, rows, n, output, results: resultAccess(f, spec) });
  });
  return module;
}

/** What the two directions work on. */
interface Reduction {
  readonly f: FunctionBuilder;
  readonly spec: ReduceSpec;
  readonly access: Access;
  readonly inputs: Inputs;
  readonly call: Scope;
  readonly rows: Local;
  readonly n: Local;
  readonly output: Place;
  /** Stores results: positions are integers, whatever the elements are. */
  readonly results: Access;
}

function resultAccess(f: FunctionBuilder, { combine, compute }: ReduceSpec): Access {
  return new Access(f, combine.startsWith("arg") ? "int32" : compute, laneCount[compute]);
}

function alongRows({ f, spec, access, inputs, call, rows, n, output, results }: Reduction): void {
  const roots = [spec.root], state = accumulator(f, call.lanes, spec.combine);
  f.while(() => f.get(rows), () => {
    const row = call.inside();
    inputs.bindSplats(row);
    row.prepare(roots);
    state.reset();
    access.walk(n, isLight(roots) ? 8 : 2, inputs.vectors.map((x) => x.place), (vectors, left) => {
      state.take(vectors, (u) => {
        const here = row.inside();
        for (const { index, place } of inputs.vectors) here.bind(index, access.load(place, u, left));
        const y = here.value(spec.root);
        return left ? access.keepFirst(left, y, state.neutral) : y;
      });
    });
    results.storeOne(output, state.fold());
    for (const place of [...inputs.places, output]) access.nextRow(place);
    f.increment(rows, -1);
  });
}

/** Blocks of columns, wide ones first; the last may be a partial vector. */
function alongColumns(reduction: Reduction): void {
  const { f, spec, access, inputs, n, output, results } = reduction, left = f.local("i32");
  const blocks = (vectors: number, atLeast: number, partial?: Local) => {
    f.while(() => f.get(left).i32(atLeast).op("i32.ge_s"), () => {
      const states = downRows(reduction, vectors, partial);
      states.forEach((state, w) => results.store(output, state.lanes(), w, partial));
      for (const { place } of inputs.vectors) f.increment(place.row, access.bytes(place, vectors));
      f.increment(output.cursor, results.bytes(output, vectors));
      f.increment(left, -vectors * access.lanes);
    });
  };
  f.get(n).set(left);
  // two cache lines: rows 4 KiB apart fall into the same set of the cache, and one line of each takes 1.8x as long
  for (const width of isLight([spec.root]) ? [8, 2] : [2]) blocks(width, width * access.lanes);
  blocks(1, 1, left);
}

/** Accumulates `width` vectors side by side down all rows. */
function downRows(
  { f, spec, access, inputs, call, rows }: Reduction,
  width: number,
  left?: Local,
): Accumulator[] {
  const states = Array.from({ length: width }, () => accumulator(f, call.lanes, spec.combine, "round"));
  const below = f.local("i32");
  for (const state of states) state.reset();
  for (const place of inputs.places) f.get(place.row).set(place.cursor);
  f.get(rows).set(below);
  f.while(() => f.get(below), () => {
    const row = call.inside();
    for (const { index, place } of inputs.splats) {
      row.bind(index, access.loadSplat({ ...place, row: place.cursor }));
    }
    row.prepare([spec.root]);
    states.forEach((state, w) =>
      state.take(1, () => {
        const here = row.inside();
        for (const { index, place } of inputs.vectors) here.bind(index, access.load(place, w, left));
        return here.value(spec.root);
      })
    );
    for (const { cursor, rowStride } of inputs.places) f.get(cursor).get(rowStride).op("i32.add").set(cursor);
    f.increment(below, -1);
  });
  return states;
}
