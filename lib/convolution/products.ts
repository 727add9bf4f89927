/** Convolution and its two adjoints as matrix products over blocks of columns, for any shape. */
import { productAt } from "../gemm.ts";
import { dismiss } from "../memory/storage.ts";
import { stridesOf } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import type { Float } from "../wasm/gemm.ts";
import type { ConvolutionPlan } from "./plan.ts";
import { type Block, Columns } from "./columns.ts";
import { addressOf, bytesOf, moveBox, outputOf, Scratch } from "./memory.ts";

/** The sizes that all three need: images, channels of x and of y in a group, and the tensors' addresses. */
class Work {
  readonly type: Float;
  readonly bytes: number;
  readonly scratch = new Scratch();
  readonly columns: Columns;
  readonly images: number;
  readonly groups: number;
  readonly m: number;
  readonly k: number;
  /** Columns of y for a block of several images; 0 if there is none. */
  readonly #aside: number;

  constructor(x: Tensor, readonly xAt: number, readonly yAt: number, outputs: number, plan: ConvolutionPlan) {
    const [images, channels] = x.shape, { groups, windows } = plan;
    this.type = x.dtype as Float;
    this.bytes = bytesOf(this.type);
    this.images = images;
    this.groups = groups;
    this.m = outputs / groups;
    this.columns = new Columns(
      { type: this.type, address: xAt, images, channels, windows },
      channels / groups,
      this.scratch,
    );
    this.k = channels / groups * this.columns.depth;
    this.#aside = this.columns.together
      ? this.scratch.take(this.bytes * outputs * images * this.columns.count)
      : 0;
  }

  /** y's part in a block as a matrix [outputs, windows]: its address, and from one row to the next. */
  matrixOf({ first, top, images }: Block): { address: number; lead: number } {
    const { count, perRow, together } = this.columns;
    if (together) return { address: this.#aside, lead: images * count };
    const start = first * this.m * this.groups * count + top * perRow;
    return { address: this.yAt + start * this.bytes, lead: count };
  }

  /** Between y and its matrix, where images are side by side: [images, outputs, count] and [outputs, images, count]. */
  transfer({ first, images }: Block, direction: "in" | "out"): void {
    if (!this.columns.together) return;
    const { count } = this.columns, outputs = this.m * this.groups, shape = [images, outputs, count];
    const y = { address: this.yAt + first * outputs * count * this.bytes, steps: stridesOf(shape) };
    const matrix = { address: this.#aside, steps: [count, images * count, 1] };
    moveBox("copy", this.type, shape, ...(direction === "in" ? [matrix, y] as const : [y, matrix] as const));
  }

  /** Calls `body` for each tap and group with the addresses of its part of the columns, of y, and of the weights. */
  each(block: Block, weights: number, body: Body): void {
    const { m, k, bytes, groups } = this,
      y = this.matrixOf(block),
      n = block.images * block.rows * this.columns.perRow;
    this.columns.tapsOf(block).forEach((tap, i) => {
      for (let group = 0; group < groups; group++) {
        const columns = tap.address + group * k * tap.lead * bytes,
          rows = y.address + group * m * y.lead * bytes;
        body(n, columns, tap.lead, rows, y.lead, weights + (i * groups + group) * m * k * bytes, i);
      }
    });
  }

  /** Where one matrix [O, C / groups · depth] for each tap is; the weight itself where there is one tap. */
  matrices(weight: number): number {
    const { scratch, bytes, groups, m, k, columns } = this;
    return this.#matrices ??= columns.taps === 1
      ? weight
      : scratch.take(bytes * columns.taps * groups * m * k);
  }

  /** Moves a weight [O, C / groups, ...kernel] to its matrices, or back. */
  repack(weight: number, direction: "in" | "out"): void {
    const { taps, depth } = this.columns, { m, k, groups, type } = this;
    if (taps === 1) return;
    const shape = [taps, groups * m * k / depth, depth];
    const plain = { address: weight, steps: [depth, taps * depth, 1] };
    const all = { address: this.matrices(weight), steps: stridesOf(shape) };
    moveBox("copy", type, shape, ...(direction === "in" ? [all, plain] as const : [plain, all] as const));
  }

  #matrices: number | undefined;
}

type Body = (
  n: number,
  columns: number,
  columnsLead: number,
  rows: number,
  rowsLead: number,
  weights: number,
  tap: number,
) => void;

/** y [N, O, ...count] = x [N, C, ...size] convolved with weight [O, C / groups, ...kernel], plus bias [O]. */
export function forward(
  y: Tensor,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  plan: ConvolutionPlan,
): void {
  const work = new Work(x, addressOf(x), outputOf(y), weight.shape[0], plan), { m, k, type, columns } = work;
  const weights = addressOf(weight), matrices = work.matrices(weights), biasAt = bias ? addressOf(bias) : 0;
  work.repack(weights, "in");
  for (const block of columns.blocks()) {
    columns.spread(block);
    const { address, lead } = work.matrixOf(block);
    if (bias) {
      const shape = [weight.shape[0], block.images * block.rows * columns.perRow];
      moveBox("copy", type, shape, { address, steps: [lead, 1] }, { address: biasAt, steps: [1, 0] });
    }
    work.each(block, matrices, (n, b, ldb, c, ldc, a, tap) => {
      productAt(type, false, false, m, n, k, a, k, b, ldb, bias || tap > 0 ? 1 : 0, c, ldc);
    });
    work.transfer(block, "out");
  }
  dismiss();
  work.scratch.release();
}

/** dx, the gradient of {@link forward} for x, from g, that of y. */
export function backward(dx: Tensor, g: Tensor, weight: Tensor, plan: ConvolutionPlan): void {
  const work = new Work(dx, outputOf(dx), addressOf(g), weight.shape[0], plan),
    { m, k, type, columns } = work;
  const weights = addressOf(weight), matrices = work.matrices(weights), beta = columns.taps > 1 ? 1 : 0;
  work.repack(weights, "in");
  for (const block of columns.blocks()) {
    work.transfer(block, "in");
    columns.clear(block);
    work.each(block, matrices, (n, c, ldc, b, ldb, a) => {
      productAt(type, true, false, k, n, m, a, k, b, ldb, beta, c, ldc);
    });
    columns.add(block);
  }
  dismiss();
  work.scratch.release();
}

/** dw, the gradient of {@link forward} for the weight, from g, that of y. */
export function weightGradient(dw: Tensor, g: Tensor, x: Tensor, plan: ConvolutionPlan): void {
  const work = new Work(x, addressOf(x), addressOf(g), g.shape[1], plan), { m, k, type, columns } = work;
  const target = outputOf(dw), matrices = work.matrices(target);
  for (const [i, block] of columns.blocks().entries()) {
    columns.spread(block);
    work.transfer(block, "in");
    work.each(block, matrices, (n, b, ldb, a, lda, c) => {
      productAt(type, false, true, m, k, n, a, lda, b, ldb, i === 0 ? 0 : 1, c, k);
    });
  }
  work.repack(target, "out");
  dismiss();
  work.scratch.release();
}

/** A weight [O, C / groups, ...kernel] as [C, O / groups, ...kernel], with its kernels turned round. */
export function turned(weight: Tensor, groups: number): Tensor {
  const [outs, perGroup, ...kernel] = weight.shape,
    m = outs / groups,
    places = kernel.reduce((a, b) => a * b, 1);
  const type = weight.dtype as Float, y = empty([perGroup * groups, m, ...kernel], type);
  const shape = [groups, perGroup, m, places], last = addressOf(weight) + (places - 1) * bytesOf(type);
  const from = { address: last, steps: [m * perGroup * places, places, perGroup * places, -1] };
  moveBox("copy", type, shape, { address: outputOf(y), steps: stridesOf(shape) }, from);
  dismiss();
  return y;
}
