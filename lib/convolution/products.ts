/** Convolution and its two adjoints as matrix products over blocks of columns, for any shape. */
import { productsAt } from "../gemm.ts";
import { dismiss } from "../memory/storage.ts";
import { stridesOf } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import type { Float } from "../wasm/gemm.ts";
import { kernelThreads } from "../wasm/threads.ts";
import type { ConvolutionPlan } from "./plan.ts";
import { type Block, Columns } from "./columns.ts";
import { addressOf, bytesOf, moveBox, outputOf, Scratch } from "./memory.ts";

/** Weights up to so many are added up by each thread; more are divided among them. */
const SMALL = 2 ** 15;

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

  /** Gives each element of y in a block the bias of its channel. */
  fill(block: Block, bias: number): void {
    const { m, groups, columns: { together, count, perRow } } = this,
      { address, lead } = this.matrixOf(block);
    const n = block.rows * perRow, outs = m * groups;
    const shape = together ? [1, outs, block.images * n] : [block.images, outs, n];
    moveBox("copy", this.type, shape, { address, steps: [outs * count, lead, 1] }, {
      address: bias,
      steps: [0, 1, 0],
    });
  }

  /** The products of a block that sum over taps: for each image and group one of y and of columns. */
  perImage(block: Block, weights: number): Step[] {
    const { m, k, bytes, groups, columns: { perRow, together, count } } = this, y = this.matrixOf(block);
    const n = (together ? block.images : 1) * block.rows * perRow, size = groups * m * k;
    return this.columns.runsOf(block).map(({ address, lead, apart, first, step, taps, distance }) => ({
      count: (together ? 1 : block.images) * groups,
      terms: taps,
      n,
      columns: { address, lead, apart: [apart, k * lead, distance] },
      y: { ...y, apart: [m * groups * count, m * y.lead, 0] },
      weights: { address: weights + first * size * bytes, lead: k, apart: [0, m * k, step * size] },
    }));
  }

  /** The products of a block that sum over images: for each tap and group one of weights, for each of `parts` of the images. */
  perTap(block: Block, weights: number, parts: number): Step[] {
    const { m, k, bytes, groups, columns: { perRow, together, count, taps } } = this,
      y = this.matrixOf(block);
    const n = (together ? block.images : 1) * block.rows * perRow, size = groups * m * k;
    const images = together ? 1 : block.images, terms = Math.ceil(images / parts), all: Step[] = [];
    const yApart = m * groups * count;
    for (const run of this.columns.runsOf(block)) {
      for (let t = 0; t < run.taps; t++) {
        const address = run.address + t * run.distance * bytes, { lead, apart } = run;
        all.push({
          count: images / terms * groups,
          terms,
          n,
          columns: { address, lead, apart: [terms * apart, k * lead, apart] },
          y: { ...y, apart: [terms * yApart, m * y.lead, yApart] },
          weights: {
            address: weights + (run.first + t * run.step) * size * bytes,
            lead: k,
            apart: [taps * size, m * k, 0],
          },
        });
      }
    }
    return all;
  }

  /** c = a · b + beta · c for a step. */
  multiply(
    { count, terms }: Step,
    [m, n, k]: readonly [number, number, number],
    [a, transA]: readonly [Matrices, boolean],
    [b, transB]: readonly [Matrices, boolean],
    beta: 0 | 1,
    c: Matrices,
  ): void {
    const batch = { count, inner: this.groups, terms, a: a.apart, b: b.apart, c: c.apart };
    productsAt(
      ...[this.type, batch, transA, transB, m, n, k] as const,
      ...[a.address, a.lead, b.address, b.lead, beta, c.address, c.lead] as const,
    );
  }

  /** Into how many parts the images of each block are divided, whose weights threads can add up on their own. */
  partsOf(blocks: readonly Block[]): number {
    const { m, k, columns, groups } = this, threads = kernelThreads();
    const isEven = !columns.together && blocks.every((block) => block.images % threads === 0);
    return isEven && groups * m * k <= SMALL ? threads : 1;
  }

  /** Where one matrix [O, C / groups · depth] for each part and tap is; the weight itself where there is one of it. */
  matrices(weight: number, parts = 1): number {
    const { scratch, bytes, groups, m, k, columns } = this;
    return this.#matrices ??= columns.taps * parts === 1
      ? weight
      : scratch.take(bytes * parts * columns.taps * groups * m * k);
  }

  /** Adds the matrices of all parts to those of the first. */
  addUp(parts: number): void {
    if (parts === 1 || this.#matrices === undefined) return;
    const { bytes, groups, m, k, columns, type } = this, size = columns.taps * groups * m * k;
    for (let part = 1; part < parts; part++) {
      const address = this.#matrices + part * size * bytes;
      moveBox("add", type, [size], { address: this.#matrices, steps: [1] }, { address, steps: [1] });
    }
  }

  /** Moves a weight [O, C / groups, ...kernel] to its matrices, or back. */
  repack(weight: number, direction: "in" | "out"): void {
    const { taps, depth } = this.columns, { m, k, groups, type } = this;
    if (this.matrices(weight) === weight) return;
    const shape = [taps, groups * m * k / depth, depth];
    const plain = { address: weight, steps: [depth, taps * depth, 1] };
    const all = { address: this.matrices(weight), steps: stridesOf(shape) };
    moveBox("copy", type, shape, ...(direction === "in" ? [all, plain] as const : [plain, all] as const));
  }

  #matrices: number | undefined;
}

/** Matrices: the first, from one row to the next, and from one image, group and term to the next. */
interface Matrices {
  readonly address: number;
  readonly lead: number;
  readonly apart: readonly [image: number, group: number, term: number];
}

/** Products to be made in one call: how many, of how many terms, and how many windows each has. */
interface Step {
  readonly count: number;
  readonly terms: number;
  readonly n: number;
  readonly columns: Matrices;
  readonly y: Matrices;
  readonly weights: Matrices;
}

/** y [N, O, ...count] = x [N, C, ...size] convolved with weight [O, C / groups, ...kernel], plus bias [O]. */
export function forward(
  y: Tensor,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  plan: ConvolutionPlan,
): void {
  const work = new Work(x, addressOf(x), outputOf(y), weight.shape[0], plan), { m, k, columns } = work;
  const weights = addressOf(weight), matrices = work.matrices(weights), biasAt = bias ? addressOf(bias) : 0;
  work.repack(weights, "in");
  for (const block of columns.blocks()) {
    columns.spread(block);
    if (bias) work.fill(block, biasAt);
    for (const [i, step] of work.perImage(block, matrices).entries()) {
      const { n, columns, y, weights } = step;
      work.multiply(step, [m, n, k], [weights, false], [columns, false], i > 0 || bias ? 1 : 0, y);
    }
    work.transfer(block, "out");
  }
  dismiss();
  work.scratch.release();
}

/** dx, the gradient of {@link forward} for x, from g, that of y. */
export function backward(dx: Tensor, g: Tensor, weight: Tensor, plan: ConvolutionPlan): void {
  const work = new Work(dx, outputOf(dx), addressOf(g), weight.shape[0], plan),
    { m, k, columns } = work;
  const weights = addressOf(weight), matrices = work.matrices(weights), beta = columns.taps > 1 ? 1 : 0;
  work.repack(weights, "in");
  for (const block of columns.blocks()) {
    work.transfer(block, "in");
    columns.clear(block);
    for (const step of work.perImage(block, matrices)) {
      const { n, columns, y, weights } = step;
      work.multiply(step, [k, n, m], [weights, true], [y, false], beta, columns);
    }
    columns.add(block);
  }
  dismiss();
  work.scratch.release();
}

/** dw, the gradient of {@link forward} for the weight, from g, that of y. */
export function weightGradient(dw: Tensor, g: Tensor, x: Tensor, plan: ConvolutionPlan): void {
  const work = new Work(x, addressOf(x), addressOf(g), g.shape[1], plan), { m, k, columns } = work;
  const target = outputOf(dw),
    blocks = columns.blocks(),
    parts = work.partsOf(blocks),
    matrices = work.matrices(target, parts);
  for (const block of blocks) {
    columns.spread(block);
    work.transfer(block, "in");
    for (const step of work.perTap(block, matrices, parts)) {
      const { n, columns, y, weights } = step, isFirst = block === blocks[0];
      work.multiply(step, [m, k, n], [y, false], [columns, true], isFirst ? 0 : 1, weights);
    }
  }
  work.addUp(parts);
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
