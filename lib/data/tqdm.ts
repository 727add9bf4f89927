/**
 * A progress bar after Python's tqdm: wraps a loop, says how far it is, how fast it goes and how long it will
 * take. It draws on standard error, in place where that is a terminal and as a line now and then where it is
 * not, or in the notebook. It asks for no permission, sets no timer, and knows nothing of tensors.
 *
 * @module
 */
import { describe } from "../errors.ts";
import { type ProgressFile, type Screen, screenOf } from "./screen.ts";

export type { ProgressFile } from "./screen.ts";

/** What a progress bar shows, and where. */
export interface ProgressOptions {
  /** Text in front of the bar. */
  readonly desc?: string;
  /** How many iterations there are, null where nobody knows; by default the iterable's `length` or `size`. */
  readonly total?: number | null;
  /** What is counted, by default "it". */
  readonly unit?: string;
  /** How many units an iteration is, by default 1: `{ unit: "img", unitSize: 64 }` gives the rate in images. */
  readonly unitSize?: number;
  /** Whether counts above 1000 are written as 1.2k, by default false; the rate always is. */
  readonly unitScale?: boolean;
  /** Whether the last state stays to be seen, by default true. */
  readonly leave?: boolean;
  /** Whether to draw nothing at all, by default false. */
  readonly disable?: boolean;
  /** Where to draw, by default in the notebook if there is one, else on standard error. */
  readonly file?: ProgressFile;
  /** The clock in milliseconds, by default `performance.now`. */
  readonly now?: () => number;
}

/** A value shown behind the rate: a number, a text, or a tensor of one element. */
export type ProgressValue = number | string | { item(): number };

/**
 * Wraps an iterable so that looping over it shows progress; `for await` where the source is async. Leaving the
 * loop in any way closes the bar, looping again starts it afresh. Without an iterable, `tqdm({ total: 100 })`
 * gives a bar to `update()` and `close()` by hand.
 *
 * @throws {TypeError} If the first argument is neither iterable nor options, or an option is of the wrong kind.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const losses = data.tqdm([0.9, 0.5, 0.25], { desc: "epoch 1" });
 * for (const loss of losses) losses.setPostfix({ loss });
 * // epoch 1: 100%|██████████| 3/3 [00:00<00:00, 1.2kit/s, loss=0.25]
 * ```
 */
export function tqdm<T>(
  iterable: Iterable<T>,
  options?: ProgressOptions,
): Progress & Iterable<T> & AsyncIterable<T>;
/** The same for an async iterable, in `for await`. */
export function tqdm<T>(iterable: AsyncIterable<T>, options?: ProgressOptions): Progress & AsyncIterable<T>;
/** A bar to update by hand, drawn from this call on. */
export function tqdm(options: ProgressOptions): Progress;
export function tqdm(source: unknown, options: ProgressOptions = {}): Progress {
  if (isIterable(source)) {
    const bar = new Progress(options, lengthOf(source));
    return Object.assign(bar, {
      [Symbol.iterator]: () => each(bar, source),
      [Symbol.asyncIterator]: () => eachAsync(bar, source),
    });
  }
  if (isAsyncIterable(source)) {
    const bar = new Progress(options, lengthOf(source));
    return Object.assign(bar, { [Symbol.asyncIterator]: () => eachAsync(bar, source) });
  }
  if (!isPlain(source)) {
    throw new TypeError(
      `Cannot show progress of ${describe(source)}: it must be iterable, or options such as { total: 100 }`,
    );
  }
  const bar = new Progress(source);
  bar.reset();
  return bar;
}

/**
 * A progress bar. `tqdm()` makes one; in a `using` declaration it closes by itself.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * using bar = data.tqdm({ total: 1e6, unit: "B", unitScale: true, desc: "download" });
 * for (const chunk of [6e5, 4e5]) bar.update(chunk);
 * ```
 */
export class Progress implements Disposable {
  readonly #options: ProgressOptions;
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #total: number | null;
  #desc: string;
  #postfix: readonly (readonly [string, number | string])[] = [];
  #n = 0;
  #open = false;
  #started = 0; // when counting began
  #due = 0; // no drawing before
  #looked = 0; // when update() last read the clock
  #stride = 1; // how many updates go by between two looks
  #untilLook = Infinity;
  // Steps and milliseconds between drawings, each smoothed; their ratio is the rate shown.
  #recent = { n: 0, at: 0, steps: 0, time: 0 };

  /** Prepares a bar; `length` is its total if the options state none. Nothing is drawn before `reset()`. */
  constructor(options: ProgressOptions = {}, length: number | null = null) {
    checkOptions(options);
    const total = options.total === undefined ? length : options.total;
    this.#options = options;
    this.#total = total !== null && total > 0 && total < Infinity ? total : null;
    this.#desc = options.desc ?? "";
    this.#now = options.now ?? (() => performance.now());
    this.#screen = screenOf(options.file);
  }

  /** How many iterations are done. */
  get n(): number {
    return this.#n;
  }

  /** Counts `n` more iterations; call it once an iteration is done. */
  update(n = 1): void {
    if (!Number.isFinite(n)) {
      throw new TypeError(`Cannot update progress by ${describe(n)}: n must be a finite number`);
    }
    this.#n += n;
    if (--this.#untilLook > 0) return;
    const now = this.#now();
    // Reading the clock costs several times a bare iteration, so fast loops look at every 32nd only.
    this.#stride = now - this.#looked < 1 ? Math.min(2 * this.#stride, MAX_STRIDE) : 1;
    this.#untilLook = this.#stride;
    this.#looked = now;
    this.#refresh(now);
  }

  /** Shows values behind the rate, such as `{ loss, lr: 1e-3 }`, in place of those before. */
  setPostfix(values: Readonly<Record<string, ProgressValue>>): void {
    if (!isPlain(values)) {
      throw new TypeError(
        `Cannot set postfix to ${describe(values)}: it must be an object such as { loss: 0.5 }`,
      );
    }
    // Read now, since tensors may change; written as text only when drawn, which would cost most of this call.
    this.#postfix = Object.entries(values).map(([name, value]) => [name, valueOf(name, value)]);
    if (this.#open) this.#refresh(this.#now());
  }

  /** Changes the text in front of the bar. */
  setDescription(desc: string): void {
    if (typeof desc !== "string") {
      throw new TypeError(`Cannot set description to ${describe(desc)}: desc must be a string`);
    }
    this.#desc = desc;
    if (this.#open) this.#refresh(this.#now());
  }

  /** Starts counting, and the clock, from zero. */
  reset(): void {
    const now = this.#now();
    this.#n = 0;
    this.#started = this.#looked = now;
    this.#recent = { n: 0, at: now, steps: 0, time: 0 };
    this.#open = this.#options.disable !== true;
    this.#stride = 1;
    this.#untilLook = this.#open ? 1 : Infinity;
    this.#due = now + (this.#screen.live ? 0 : LOG_INTERVAL);
    if (this.#open) this.#refresh(now);
  }

  /** Draws the last state and goes to the next line; what is counted afterwards is not drawn. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#untilLook = Infinity;
    const elapsed = this.#now() - this.#started;
    const average = elapsed > 0 ? this.#n / elapsed : 0;
    this.#screen.draw(this.#options.leave === false ? "" : this.#line(elapsed, average), true);
  }

  /** Closes the bar at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Draws if it is time to. */
  #refresh(now: number): void {
    if (now < this.#due || !this.#open) return;
    // Drawings that were not needed may be caught up, two at most: a slow step shows its count and its postfix.
    this.#due = this.#screen.live
      ? Math.max(this.#due, now - 2 * LIVE_INTERVAL) + LIVE_INTERVAL
      : now + LOG_INTERVAL;
    const recent = this.#recent, steps = this.#n - recent.n, time = now - recent.at;
    if (steps > 0 && time > 0) {
      this.#recent = {
        n: this.#n,
        at: now,
        steps: SMOOTHING * steps + (1 - SMOOTHING) * recent.steps,
        time: SMOOTHING * time + (1 - SMOOTHING) * recent.time,
      };
    }
    this.#screen.draw(this.#line(now - this.#started, this.#recent.steps / this.#recent.time), false);
  }

  // desc:  42%|████▏     | 394/938 [00:01<00:02, 301.2it/s, loss=0.1234], from milliseconds and steps in one.
  #line(elapsed: number, rate: number): string {
    const { unit = "it", unitSize = 1, unitScale = false } = this.#options;
    const n = this.#n, total = this.#total;
    const count = (x: number): string => unitScale && x >= 1000 ? scaled(x) : String(Number(x.toFixed(3)));
    let done = `${count(n)}${unit}`, time = clock(elapsed);
    if (total !== null && n <= total) {
      const percent = String(Math.floor((100 * n) / total)).padStart(3);
      done = `${percent}%|${barText(n / total)}| ${count(n)}/${count(total)}`;
      time += `<${rate > 0 ? clock((total - n) / rate) : "?"}`;
    }
    const values = this.#postfix.map(([name, value]) => `${name}=${valueText(value)}`);
    const facts = [time, rateText(1000 * rate * unitSize, unit), ...values].join(", ");
    // A line break would end up among the lines that cannot be redrawn.
    return `${this.#desc === "" ? "" : `${this.#desc}: `}${done} [${facts}]`.replaceAll(/\p{Cc}+/gu, " ");
  }
}

const LIVE_INTERVAL = 125; // milliseconds; with two drawings caught up at most ten in any second
const LOG_INTERVAL = 10_000;
const MAX_STRIDE = 32;
const SMOOTHING = 0.3; // the weight of the newest interval, as in tqdm

function* each<T>(bar: Progress, source: Iterable<T>): Generator<T, void, undefined> {
  bar.reset();
  try {
    for (const item of source) {
      yield item;
      bar.update();
    }
  } finally {
    bar.close();
  }
}

async function* eachAsync<T>(
  bar: Progress,
  source: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  bar.reset();
  try {
    for await (const item of source) {
      yield item;
      bar.update();
    }
  } finally {
    bar.close();
  }
}

const EIGHTHS = " ▏▎▍▌▋▊▉█", BAR_WIDTH = 10;

function barText(fraction: number): string {
  const eighths = Math.max(0, Math.floor(8 * BAR_WIDTH * fraction)), full = eighths >> 3;
  const part = full < BAR_WIDTH ? EIGHTHS[eighths & 7] : "";
  return ("█".repeat(full) + part).padEnd(BAR_WIDTH);
}

/** `02:05`, or `1:02:05` from an hour on. */
function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000), hours = Math.floor(seconds / 3600);
  const two = (x: number): string => String(x).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Units a second, or seconds a unit where that is the larger number. */
function rateText(rate: number, unit: string): string {
  if (!(rate > 0 && rate < Infinity)) return `?${unit}/s`;
  return rate < 1 ? `${scaled(1 / rate)}s/${unit}` : `${scaled(rate)}${unit}/s`;
}

/** 1.23, 12.3, 123.4, 1.2k, 12.3M. */
function scaled(x: number): string {
  if (x < 10) return x.toFixed(2);
  let power = 0, mantissa = x;
  for (; mantissa >= 999.95 && power < 4; power++) mantissa /= 1000;
  return mantissa.toFixed(1) + ["", "k", "M", "G", "T"][power];
}

function valueOf(name: string, value: ProgressValue): number | string {
  const x = typeof value === "object" && isFunction(property(value, "item")) ? value.item() : value;
  if (typeof x === "number" || typeof x === "string") return x;
  throw new TypeError(
    `Cannot set postfix ${name} to ${describe(x)}: it must be a number, a string or a tensor of one element`,
  );
}

/** A number with four digits, a string as it is. */
function valueText(x: number | string): string {
  if (typeof x === "string" || Number.isInteger(x)) return String(x);
  return Math.abs(x) < 1000 ? String(Number(x.toPrecision(4))) : x.toFixed(1);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof property(value, Symbol.iterator) === "function";
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof property(value, Symbol.asyncIterator) === "function";
}

function isPlain(value: unknown): value is Readonly<Record<string, never>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function property(value: unknown, key: string | symbol): unknown {
  return value === null || value === undefined ? undefined : Reflect.get(Object(value), key);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function lengthOf(iterable: Iterable<unknown> | AsyncIterable<unknown>): number | null {
  try {
    return [property(iterable, "length"), property(iterable, "size")].find(isCount) ?? null;
  } catch {
    return null; // as the loader of an iterable dataset says
  }
}

const isString = (value: unknown): boolean => typeof value === "string";
const isBoolean = (value: unknown): boolean => typeof value === "boolean";
const isFunction = (value: unknown): boolean => typeof value === "function";
const isFile = (value: unknown): boolean =>
  ["write", "isTerminal", "columns"].every((name) => isFunction(property(value, name)));

/** What each option must be. */
const rules: Readonly<Record<keyof ProgressOptions, readonly [(value: unknown) => boolean, string]>> = {
  desc: [isString, "a string"],
  total: [(value) => value === null || isCount(value), "a number that is 0 or more, or null"],
  unit: [isString, "a string"],
  unitSize: [(value) => isCount(value) && value > 0, "a positive number"],
  unitScale: [isBoolean, "true or false"],
  leave: [isBoolean, "true or false"],
  disable: [isBoolean, "true or false"],
  file: [isFile, "an object with write(), isTerminal() and columns()"],
  now: [isFunction, "a function that returns milliseconds"],
};

function checkOptions(options: unknown): void {
  if (!isPlain(options)) {
    throw new TypeError(
      `Cannot show progress with options ${describe(options)}: they must be an object such as { total: 100 }`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.entries(rules).find(([known]) => known === name)?.[1];
    if (rule === undefined) {
      throw new TypeError(
        `Cannot show progress with option ${name}: the options are ${Object.keys(rules).join(", ")}`,
      );
    }
    const [holds, wanted] = rule;
    if (value !== undefined && !holds(value)) {
      throw new TypeError(`Cannot show progress with ${name} ${describe(value)}: it must be ${wanted}`);
    }
  }
}

/**
 * Draws values as a line of blocks, the least lowest and the greatest highest; what is not finite stays blank.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * console.log(data.sparkline([8, 4, 2, 1, 0.5])); // █▄▂▁▁
 * ```
 */
export function sparkline(values: ArrayLike<number>): string {
  if (!isCount(property(values, "length"))) {
    throw new TypeError(`Cannot draw a sparkline of ${describe(values)}: it must be an array of numbers`);
  }
  const numbers = Array.from(values), finite = numbers.filter(Number.isFinite);
  const least = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const range = finite.reduce((a, b) => Math.max(a, b), -Infinity) - least || 1;
  return numbers.map((x) => Number.isFinite(x) ? LEVELS[Math.round(7 * ((x - least) / range))] : " ").join(
    "",
  );
}

const LEVELS = "▁▂▃▄▅▆▇█";
