/** Putting lines of numbers in order: what sort, topk, median and their kin do along a dimension. */
import type { TypedArray } from "./dtype.ts";

/** Runs of this length are sorted by insertion before they are merged. */
const RUN = 12;

/**
 * Working memory for lines of `n` elements. A line is loaded as keys to be put in ascending order, with the places they
 * came from. NaN, which compares with nothing, is kept apart behind the numbers.
 */
export class Line {
  /** The numbers, negated if the order is to be descending, then NaN for the rest. */
  keys: Float64Array;
  /** Where on the line each key came from. */
  order: Int32Array;
  /** How many elements are numbers. */
  count = 0;
  /** 1, or −1 where keys are negated. */
  readonly sign: 1 | -1;
  #spareKeys: Float64Array | null = null;
  #spareOrder: Int32Array | null = null;

  /** For lines of `n` elements. */
  constructor(readonly n: number, descending = false) {
    this.keys = new Float64Array(n);
    this.order = new Int32Array(n);
    this.sign = descending ? -1 : 1;
  }

  /** Takes in the elements of `x` at `at`, `at + step` and so on. */
  load(x: TypedArray, at: number, step: number): void {
    const { keys, order, n, sign } = this;
    let count = 0;
    for (let i = 0, from = at; i < n; i++, from += step) {
      const v = x[from];
      if (v !== v) continue;
      keys[count] = sign * v;
      order[count++] = i;
    }
    this.count = count;
    for (let i = 0, from = at; count < n; i++, from += step) {
      if (x[from] === x[from]) continue;
      keys[count] = NaN;
      order[count++] = i;
    }
  }

  /** Sorts the first `count` keys by merging; equal ones stay in their order. */
  sort(count: number = this.count): void {
    insertRuns(this.keys, this.order, count);
    if (count <= RUN) return;
    let keys = this.keys, order = this.order;
    let toKeys = this.#spareKeys ??= new Float64Array(this.n),
      toOrder = this.#spareOrder ??= new Int32Array(this.n);
    for (let width = RUN; width < count; width *= 2) {
      for (let start = 0; start < count; start += 2 * width) {
        const middle = Math.min(start + width, count), end = Math.min(middle + width, count);
        merge(keys, order, start, middle, end, toKeys, toOrder);
      }
      [keys, toKeys, order, toOrder] = [toKeys, keys, toOrder, order];
    }
    if (keys === this.keys) return;
    keys.set(toKeys.subarray(count), count);
    order.set(toOrder.subarray(count), count);
    [this.keys, this.#spareKeys, this.order, this.#spareOrder] = [keys, toKeys, order, toOrder];
  }

  /** Brings what sorting the first `count` keys would bring to `place` there, nothing larger in front of it. */
  select(place: number, count: number = this.count): void {
    const { keys, order } = this;
    for (let low = 0, high = count - 1; low < high;) {
      const a = keys[low], b = keys[(low + high) >> 1], c = keys[high];
      const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
      let i = low, j = high;
      while (i <= j) {
        while (keys[i] < pivot) i++;
        while (keys[j] > pivot) j--;
        if (i > j) break;
        const key = keys[i], from = order[i];
        keys[i] = keys[j];
        order[i++] = order[j];
        keys[j] = key;
        order[j--] = from;
      }
      if (place <= j) high = j;
      else if (place >= i) low = i;
      else return;
    }
  }

  /** Brings the `k` smallest keys to the front, sorted; the others are lost. */
  lead(k: number): void {
    const { keys, order, count } = this, room = 2 * k + 32;
    let met = count;
    if (k > 0 && 2 * room < count) {
      // collects what may belong to them, and thins it out whenever the room is full
      this.select(k - 1, room);
      met = k;
      for (let i = room, bound = keys[k - 1]; i < count; i++) {
        if (!(keys[i] < bound)) continue;
        keys[met] = keys[i];
        order[met++] = order[i];
        if (met < room) continue;
        this.select(k - 1, room);
        bound = keys[k - 1];
        met = k;
      }
    }
    if (k < met) this.select(k - 1, met);
    this.sort(Math.min(k, met));
  }
}

/** Sorts each {@link RUN} of keys by insertion. */
function insertRuns(keys: Float64Array, order: Int32Array, count: number): void {
  for (let start = 0; start < count; start += RUN) {
    const end = Math.min(start + RUN, count);
    for (let i = start + 1; i < end; i++) {
      const key = keys[i], place = order[i];
      let j = i;
      for (; j > start && keys[j - 1] > key; j--) {
        keys[j] = keys[j - 1];
        order[j] = order[j - 1];
      }
      keys[j] = key;
      order[j] = place;
    }
  }
}

/** Merges the sorted runs from `start` and from `middle`, of equal keys those of the first in front. */
function merge(
  keys: Float64Array,
  order: Int32Array,
  start: number,
  middle: number,
  end: number,
  toKeys: Float64Array,
  toOrder: Int32Array,
): void {
  let i = start, j = middle, k = start;
  if (middle < end && keys[middle - 1] > keys[middle]) {
    while (i < middle && j < end) {
      const a = keys[i], b = keys[j];
      if (b < a) {
        toKeys[k] = b;
        toOrder[k++] = order[j++];
      } else {
        toKeys[k] = a;
        toOrder[k++] = order[i++];
      }
    }
  }
  for (; i < middle; i++) {
    toKeys[k] = keys[i];
    toOrder[k++] = order[i];
  }
  for (; j < end; j++) {
    toKeys[k] = keys[j];
    toOrder[k++] = order[j];
  }
}
