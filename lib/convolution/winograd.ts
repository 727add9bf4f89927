/**
 * Winograd's convolution with kernels of 3 x 3: a quarter of the multiplications, as 36 products of matrices.
 *
 * Images go through in blocks whose tiles fit into the second- and third-level caches. The error is up to about ten
 * times that of plain sums in float32, 1e-5 of the result's standard deviation; float64 goes other ways.
 */
import { productsAt } from "../gemm.ts";
import { dismiss } from "../memory/storage.ts";
import type { Batch } from "../shared_products.ts";
import type { Tensor } from "../tensor.ts";
import { features, instantiate, type WasmFunction } from "../wasm/engine.ts";
import { TILES, winogradModule } from "../wasm/winograd.ts";
import { POINTS } from "../wasm/winograd_forms.ts";
import { along, sums } from "./layout.ts";
import { addressOf, call, clear, outputOf, Scratch } from "./memory.ts";

const TAPS = 3, STEP = POINTS + 1 - TAPS, ALL = POINTS * POINTS;
/** Bytes of tiles in a block of images: 2 to 8 MiB measure the same, 1 and 16 are 10 to 40 % slower. */
const BLOCK = 4 * 2 ** 20;
/**
 * Bytes between the matrices of neighbouring points. Without, the 36 would often be a power of two apart and drive each
 * other out of the caches: the transforms of 16 images of 64 x 32 x 32 take 5.3 ms so, 1.8 with a gap.
 */
const GAP = 192;

let compiled: Record<string, WasmFunction> | undefined;
const kernels = () => compiled ??= instantiate(winogradModule(TAPS, features().fma));

/** Tiles of a result of height x width. */
interface Tiles {
  readonly down: number;
  readonly across: number;
  readonly count: number;
}

function tilesOf([height, width]: readonly number[]): Tiles {
  const down = Math.ceil(height / STEP), across = Math.ceil(width / STEP);
  return { down, across, count: down * across };
}

/** Whether a convolution with results of `size` [height, width] and this many weights has enough tiles and weights. */
export function hasTiles(size: readonly number[], weights: number): boolean {
  return tilesOf(size).count >= TILES && weights >= TILES;
}

/**
 * Whether there are enough tiles in all images for so many weights to be transformed: with 512 · 512 and 32 tiles that takes
 * longer than all the rest (21 ms, matrix products 14), with 128 tiles it breaks even; up to 128 · 128 it pays always.
 */
export function paysToTransform(size: readonly number[], weights: number, images: number): boolean {
  return weights <= 2 ** 15 || tilesOf(size).count * images >= 128;
}

/** From one point's matrix of so many elements to the next, in bytes. */
const stepOf = (size: number) => 4 * size + GAP;

/** Images [N, channels, height, width], and the tiles of some of them as 36 matrices [channels, tiles]. */
class Side {
  readonly channels: number;
  /** The address of the first point's matrix. */
  readonly matrices: number;
  readonly #plane: readonly [height: number, width: number];
  readonly #frame: number;
  readonly #frameBytes: number;
  readonly #pitch: number;
  readonly #inset: number;
  readonly #table: number;

  /** Tiles of `size` x `size` elements, the first `before` the first element; memory for `most` images. */
  constructor(
    { shape: [, channels, height, width] }: Tensor,
    readonly address: number,
    readonly tiles: Tiles,
    size: number,
    before: readonly number[],
    most: number,
    scratch: Scratch,
  ) {
    const reach = (n: number) => (n - 1) * STEP + size;
    const rows = Math.max(reach(tiles.down), before[0] + height);
    this.channels = channels;
    this.#plane = [height, width];
    this.#pitch = 4 * Math.max(reach(tiles.across), before[1] + width);
    this.#inset = before[0] * this.#pitch + 4 * before[1];
    this.#frameBytes = Math.ceil(rows * this.#pitch / 16) * 16 + 16; // tiles are read in whole vectors
    this.#frame = scratch.takeEach(this.#frameBytes);
    this.#table = scratch.table(sums([along(tiles.down, STEP * this.#pitch), along(tiles.across, STEP * 4)]));
    this.matrices = scratch.take(ALL * stepOf(channels * tiles.count * most));
  }

  /** Elements from one point's matrix, and from one's rows for `channels` of so many images, to the next. */
  apart(channels: number, images: number): [point: number, group: number, term: number] {
    const across = this.tiles.count * images;
    return [stepOf(this.channels * across) / 4, channels * across, 0];
  }

  /** The tiles of images at their points. */
  read(kernel: WasmFunction, first: number, images: number): void {
    const { tiles, matrices, image, plane } = this.#steps(images);
    const from = [this.address + first * image, image, plane], to = [this.matrices, tiles, matrices];
    const args = [
      images,
      this.channels,
      ...to,
      ...from,
      ...this.#shape(images),
      this.#inset,
      this.#frameBytes,
    ];
    this.#call(kernel, args, images, { 2: matrices, 5: plane });
  }

  /** Images from their tiles at the points, each channel with its bias. */
  write(kernel: WasmFunction, first: number, images: number, bias: number, biasStep: number): void {
    const { tiles, matrices, image, plane } = this.#steps(images);
    const to = [this.address + first * image, image, plane], from = [this.matrices, tiles, matrices];
    const args = [images, this.channels, ...to, ...from, ...this.#shape(images), bias, biasStep];
    this.#call(kernel, args, images, { 2: plane, 5: matrices, 15: biasStep });
  }

  /** Bytes from one image, and from one channel, to the next: among the images, and among the matrices. */
  #steps(images: number) {
    const [height, width] = this.#plane, plane = 4 * height * width, tiles = 4 * this.tiles.count;
    return { image: this.channels * plane, plane, tiles, matrices: tiles * images };
  }

  #shape(images: number): number[] {
    const [height, width] = this.#plane, point = stepOf(this.channels * this.tiles.count * images);
    return [point, height, 4 * width, this.#table, this.tiles.count, this.#frame, this.#pitch];
  }

  /** Threads take channels. */
  #call(kernel: WasmFunction, args: number[], images: number, moves: Record<number, number>): void {
    const work = images * this.channels * this.tiles.count;
    call(kernel, args, { axis: 1, moves, work, scratch: [13, this.#frameBytes] });
  }
}

/**
 * y [N, O, ...] = x [N, C, H, W] convolved with weight [O, C / groups, 3, 3], where the first window begins `before`
 * the first element. `turned` gives the adjoint for x: then x is [N, O, ...], y [N, C, ...].
 */
export function winograd(
  y: Tensor,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  before: readonly number[],
  groups: number,
  turned: boolean,
): void {
  const { spread, combine, filters, turned: turn } = kernels(), scratch = new Scratch();
  const [images, into] = y.shape, from = x.shape[1], m = into / groups, k = from / groups;
  const tiles = tilesOf(y.shape.slice(2)), most = blockOf(images, (from + into) * tiles.count);
  const right = new Side(x, addressOf(x), tiles, POINTS, before, most, scratch);
  const result = new Side(y, outputOf(y), tiles, STEP, [0, 0], most, scratch);
  const weights = weight.shape[0] * weight.shape[1], points = scratch.take(ALL * stepOf(weights));
  transform(turned ? turn : filters, weights, [weights, points, stepOf(weights), addressOf(weight)], 4, 36);
  const none = scratch.take(4), biasAt = bias ? addressOf(bias) : none;
  clear(none, 4);
  for (let first = 0; first < images; first += most) {
    const now = Math.min(most, images - first), n = tiles.count * now;
    right.read(spread, first, now);
    const batch: Batch = {
      count: ALL * groups,
      inner: groups,
      terms: 1,
      a: [stepOf(weights) / 4, m * k, 0],
      b: right.apart(k, now),
      c: result.apart(m, now),
    };
    const lda = turned ? m : k;
    productsAt(
      "float32",
      batch,
      turned,
      false,
      m,
      n,
      k,
      points,
      lda,
      right.matrices,
      n,
      0,
      result.matrices,
      n,
    );
    result.write(combine, first, now, biasAt, bias ? 4 : 0);
  }
  dismiss();
  scratch.release();
}

/** dw [O, C / groups, 3, 3] from g [N, O, ...] and x [N, C, H, W]. */
export function winogradWeight(
  dw: Tensor,
  g: Tensor,
  x: Tensor,
  before: readonly number[],
  groups: number,
): void {
  const { spread, evaluate, gather } = kernels(), scratch = new Scratch();
  const [images, outs] = g.shape, ins = x.shape[1], m = outs / groups, k = ins / groups, weights = outs * k;
  const tiles = tilesOf(g.shape.slice(2)), most = blockOf(images, (ins + outs) * tiles.count);
  const left = new Side(g, addressOf(g), tiles, STEP, [0, 0], most, scratch);
  const right = new Side(x, addressOf(x), tiles, POINTS, before, most, scratch);
  const points = scratch.take(ALL * stepOf(weights));
  for (let first = 0; first < images; first += most) {
    const now = Math.min(most, images - first), n = tiles.count * now;
    right.read(spread, first, now);
    left.read(evaluate, first, now);
    const batch: Batch = {
      count: ALL * groups,
      inner: groups,
      terms: 1,
      a: left.apart(m, now),
      b: right.apart(k, now),
      c: [stepOf(weights) / 4, m * k, 0],
    };
    const beta = first === 0 ? 0 : 1;
    productsAt("float32", batch, false, true, m, k, n, left.matrices, n, right.matrices, n, beta, points, k);
  }
  transform(gather, weights, [weights, outputOf(dw), stepOf(weights), points], 36, 4);
  dismiss();
  scratch.release();
}

/** A transform of filters, which threads share only in whole vectors. */
function transform(kernel: WasmFunction, count: number, args: number[], to: number, from: number): void {
  if (count % TILES === 0) {
    call(kernel, args, { axis: 0, moves: { 1: to, 3: from }, work: count, grain: TILES });
  } else kernel(...args);
}

/** How many of the images go into a block, when one has so many tiles in all its channels. */
function blockOf(images: number, tiles: number): number {
  const blocks = Math.ceil(images * tiles * ALL * 4 / BLOCK);
  return Math.ceil(images / Math.min(images, blocks));
}
