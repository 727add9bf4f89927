/** Filling new memory with one number. */
import { usesWasm } from "./backend.ts";
import { isFloat } from "./dtype.ts";
import { PointwiseKernel, type Strided } from "./execute.ts";
import { Graph } from "./formula.ts";
import { sizeOf } from "./shape.ts";

const kernel = new PointwiseKernel(new Graph().input(0));

/**
 * Sets all elements of a contiguous tensor to `value`. The `fill` of typed arrays writes shared memory element by
 * element, which from a thousand elements on takes four times as long as a kernel.
 */
export function fillElements(x: Strided, value: number): void {
  const size = sizeOf(x.shape), number = x.dtype === "bool" ? Number(value !== 0) : value;
  // of whole numbers only 0 is sure to be what a typed array would make of it
  const fits = isFloat(x.dtype) || number === 0;
  if (size > 1024 && fits && usesWasm() && x.storage.address >= 0) kernel.run(x, x.dtype, [number]);
  else x.storage.view(x.dtype).fill(number, x.offset, x.offset + size);
}
