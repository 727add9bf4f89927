/**
 * Threads: large calls of a kernel are cut into pieces, which workers on the same memory help to run.
 *
 * There is one job at a time. The caller takes its pieces from the front and the workers from the back, so that the
 * pieces a thread gets are mostly those it had before and has in its cache. Nobody waits for a worker that comes late:
 * the caller then does all pieces itself. Workers that find nothing to do look on for a moment, and then sleep; waking
 * one takes 30 to 90 us, so only what lasts longer wakes them. How long a kernel takes is measured as it runs.
 */
import { arena, type Block } from "../memory/arena.ts";
import { type Code, codeOf, type WasmFunction } from "./engine.ts";

/** How a call may be cut. */
export interface Cut {
  /** The argument that counts what is cut into pieces: rows, or columns. */
  readonly axis: number;
  /** How far each argument moves with one step along the axis: bytes for an address, 0 for what all pieces share. */
  readonly steps: readonly number[];
  /** How many elements the call works on: calls with as many are taken to last as long. */
  readonly work: number;
  /** Pieces are multiples of this many steps; default 1. */
  readonly grain?: number;
  /** An argument that is the address of scratch memory, and its size: each thread has its own. */
  readonly scratch?: { readonly argument: number; readonly bytes: number };
}

/** The most threads there can be. */
export const MOST_THREADS = 16;

/** From so many elements on it can pay to share a call; callers need not ask below. */
export const SHARED_FROM = 16384;

/** Calls that take less, in microseconds, are not cut when the workers are awake. */
const WORTH = 6;
/** Calls in a row that together take so long wake the workers. */
const WAKES = 120;
/** What starting the workers takes; they are started when as much has been spent alone. */
const START = 50_000;
/** How long a worker looks for work before it sleeps, in milliseconds. */
const LOOKS = 0.1;
/** A piece is meant to take so long, in microseconds. */
const PIECE = 3;
/** Bytes of a page of memory. */
const PAGE = 65536;
/** Pieces a job can have: front and back are numbers of 6 bits. */
const MOST = 48;

// The words of `control`. STATE is the number of the job, then what is left of it: 20 bits, and front and back, 6 bits.
const STATE = 0, DONE = 1, ASLEEP = 2, KERNEL = 3, BYTES = 4, LENGTH = 5;
const EXPORT = 6;
const AXIS = 7, COUNT = 8, SIZE = 9, ARITY = 10, SCRATCH = 11, ROOM = 12, LIMIT = 13, PAGES = 14, READY = 15;

/** What threads share besides the arena. */
interface Desk {
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  /** The arguments of the job, then their steps. */
  readonly numbers: Float64Array;
}

/** What is known of a kernel. */
interface Plan {
  /** Microseconds on one thread for calls of different sizes, each in the slot of its size. */
  readonly costs: Float64Array;
  /** Its number, for workers; -1 before the first job. */
  id: number;
  /** What workers compile; null if it cannot be shared. */
  readonly code: Code | null;
  block: Block | null;
}

const ARGUMENTS = 64, SLOTS = 61;
const plans = new WeakMap<WasmFunction, Plan>();
const piece: number[] = [];
let desk: Desk | null = null;
let helpers = 0;
let wanted: number | undefined;
let kernels = 0;
let spent = 0;
let debt = 0, lastTime = 0;

/** What sharing won of late, in microseconds; below 0 the caller pauses, for milliseconds. */
const START_CREDIT = 1000, MUCH = 5000, SHORTEST_PAUSE = 4, LONGEST_PAUSE = 128;
let won = MUCH, pause = SHORTEST_PAUSE, pausedUntil = 0;

/** How many threads kernels use, the caller's included. */
export function kernelThreads(): number {
  return wanted ?? defaultThreads();
}

/** Sets how many threads kernels may use. */
export function setKernelThreads(count: number): void {
  wanted = Math.min(count, MOST_THREADS);
  pausedUntil = 0;
  pause = SHORTEST_PAUSE;
}

/** How many calls threads have shared so far. */
export function sharedCalls(): number {
  return desk ? Atomics.load(desk.control, STATE) >>> 12 : 0;
}

/** All of the machine's cores but for very many; one inside a worker, whose siblings have the others. */
function defaultThreads(): number {
  return "WorkerGlobalScope" in globalThis ? 1 : Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, 8);
}

/** Calls `kernel`, on several threads if that is likely to be faster. */
export function share(kernel: WasmFunction, args: readonly number[], cut: Cut): void {
  const plan = plans.get(kernel) ?? makePlan(kernel);
  const { axis, work } = cut, count = args[axis], cost = plan.costs[work % SLOTS], start = performance.now();
  if (cost >= WORTH && isWorthIt(plan, cost, start)) {
    const grain = cut.grain ?? 1, most = Math.min(MOST, Math.ceil(count / grain));
    const pieces = Math.min(most, Math.max(2 * helpers + 2, Math.floor(cost / PIECE)));
    const size = Math.ceil(count / pieces / grain) * grain;
    if (size < count) return runShared(kernel, plan, args, cut, Math.ceil(count / size), size);
  }
  kernel(...args);
  learn(plan, work, (performance.now() - start) * 1e3);
}

function makePlan(kernel: WasmFunction): Plan {
  const plan = { costs: new Float64Array(SLOTS), id: -1, code: codeOf(kernel), block: null };
  plans.set(kernel, plan);
  return plan;
}

/** Takes account of a measurement: the fastest ones count, others were disturbed or had to fetch from memory. */
function learn({ costs }: Plan, work: number, us: number): void {
  const slot = work % SLOTS, known = costs[slot];
  costs[slot] = us < known || known === 0 ? us : Math.min(us, known * 1.005);
}

function isWorthIt(plan: Plan, cost: number, now: number): boolean {
  if (plan.code === null || kernelThreads() < 2) return false;
  if (helpers === 0) {
    spent += cost;
    if (spent < START || !startWorkers()) return false;
  }
  if (now < pausedUntil || Atomics.load(desk!.control, READY) < helpers) return false;
  if (Atomics.load(desk!.control, ASLEEP) < helpers) return true;
  // asleep: what was done alone of late counts towards waking them
  debt = now - lastTime > 1 ? cost : debt + cost;
  lastTime = now;
  if (debt < WAKES) return false;
  debt = 0;
  return true;
}

/** Publishes the job, takes pieces until none is left, and waits for those that others have begun. */
function runShared(
  kernel: WasmFunction,
  plan: Plan,
  args: readonly number[],
  cut: Cut,
  pieces: number,
  size: number,
): void {
  const { control, numbers } = desk!, { axis, steps, scratch, work } = cut, count = args[axis];
  if (plan.id < 0) publish(plan);
  control[KERNEL] = plan.id;
  control[BYTES] = plan.block!.address;
  control[LENGTH] = plan.code!.bytes.length;
  control[EXPORT] = plan.code!.index;
  control[AXIS] = axis;
  control[COUNT] = count;
  control[SIZE] = size;
  control[ARITY] = args.length;
  control[SCRATCH] = scratch?.argument ?? -1;
  control[ROOM] = scratch?.bytes ?? 0;
  control[LIMIT] = kernelThreads();
  control[PAGES] = arena().buffer.byteLength / PAGE;
  for (let i = 0; i < args.length; i++) {
    piece[i] = numbers[i] = args[i];
    numbers[ARGUMENTS + i] = steps[i] ?? 0;
  }
  piece.length = args.length;
  Atomics.store(control, DONE, 0);
  const published = performance.now(); // to notify takes long where the worker then runs first, on this very core
  const job = (Atomics.load(control, STATE) >>> 12) + 1;
  Atomics.store(control, STATE, job << 12 | pieces << 6);
  if (Atomics.load(control, ASLEEP) > 0) Atomics.notify(control, STATE);
  const start = performance.now();
  let mine = 0;
  for (;;) {
    const state = Atomics.load(control, STATE), front = state & 63, back = state >>> 6 & 63;
    if (front >= back) break;
    if (Atomics.compareExchange(control, STATE, state, state + 1) !== state) continue;
    const from = front * size;
    for (let i = 0; i < args.length; i++) piece[i] = args[i] + from * (steps[i] ?? 0);
    piece[axis] = Math.min(size, count - from);
    kernel(...piece);
    mine++;
  }
  const alone = plan.costs[work % SLOTS];
  if (mine > 0) learn(plan, work, (performance.now() - start) * 1e3 * pieces / mine);
  const others = pieces - mine;
  for (let turn = 0; Atomics.load(control, DONE) < others; turn++) {
    if (turn > 20_000) Atomics.wait(control, DONE, Atomics.load(control, DONE), 1);
  }
  const now = performance.now();
  judge((now - published) * 1e3, alone, now);
}

/**
 * Sees whether sharing pays: with other programs on the machine a worker may be stopped in the middle of its piece, which
 * takes milliseconds. Where that costs more than was won of late, the caller does without for a while, longer each time.
 */
function judge(took: number, alone: number, now: number): void {
  won = Math.min(won + alone - took, MUCH);
  if (won < 0) {
    pausedUntil = now + pause;
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    won = START_CREDIT;
  } else if (won === MUCH) pause = SHORTEST_PAUSE;
}

/** Copies a kernel's module where workers find it. */
function publish(plan: Plan): void {
  const { bytes } = plan.code!;
  plan.block = arena().allocate(bytes.length, true);
  if (!plan.block) throw new RangeError("Cannot share a kernel: the 4 GiB of the arena are full");
  new Uint8Array(arena().buffer, plan.block.address, bytes.length).set(bytes);
  plan.id = kernels++;
}

/** What is used of node:worker_threads. */
interface WorkerThreads {
  readonly Worker: new (code: string, options: object) => { unref(): void };
}

/** Starts the workers; false where there can be none. They ask for no permission and do not keep the process alive. */
function startWorkers(): boolean {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): WorkerThreads } };
  const { Worker } = process?.getBuiltinModule?.("node:worker_threads") ?? {};
  if (!Worker) {
    wanted = 1;
    return false;
  }
  desk = {
    memory: arena().memory,
    control: new Int32Array(new SharedArrayBuffer(64)),
    numbers: new Float64Array(new SharedArrayBuffer(2 * 8 * ARGUMENTS)),
  };
  for (let thread = 1; thread < kernelThreads(); thread++) {
    const workerData = { desk, thread, looks: LOOKS };
    new Worker(`(${serve})(require("node:worker_threads").workerData)`, { eval: true, workerData }).unref();
    helpers++;
  }
  return true;
}

/** What a worker does. It is handed over as text, so it uses nothing from outside itself. */
function serve({ desk, thread, looks }: { desk: Desk; thread: number; looks: number }): void {
  const [STATE, DONE, ASLEEP, KERNEL, BYTES, LENGTH, EXPORT] = [0, 1, 2, 3, 4, 5, 6];
  const [AXIS, COUNT, SIZE, ARITY, SCRATCH, ROOM, LIMIT, PAGES, READY] = [7, 8, 9, 10, 11, 12, 13, 14, 15];
  const { memory, control, numbers } = desk, half = numbers.length / 2;
  type Kernel = (...args: number[]) => void;
  const kernels: (Kernel | null)[] = [];
  const args: number[] = [];
  let last = performance.now();
  Atomics.add(control, READY, 1);
  for (;;) {
    const state = Atomics.load(control, STATE), front = state & 63, back = state >>> 6 & 63;
    if (front >= back || thread >= control[LIMIT]) {
      const looksOn = thread < control[LIMIT] && performance.now() - last < looks;
      if (looksOn) continue;
      Atomics.add(control, ASLEEP, 1);
      Atomics.wait(control, STATE, state);
      Atomics.sub(control, ASLEEP, 1);
      last = performance.now();
      continue;
    }
    const id = control[KERNEL],
      address = control[BYTES] >>> 0,
      length = control[LENGTH],
      index = control[EXPORT];
    const axis = control[AXIS], count = control[COUNT], size = control[SIZE];
    const scratch = control[SCRATCH], room = control[ROOM], bytes = control[PAGES] * 65536;
    const from = (back - 1) * size;
    args.length = control[ARITY];
    for (let i = 0; i < args.length; i++) args[i] = numbers[i] + from * numbers[half + i];
    args[axis] = Math.min(size, count - from);
    if (scratch >= 0) args[scratch] += thread * room;
    // what was read belongs to this job only if it is still the one: it cannot have changed before its last piece was taken
    if (kernels[id] === undefined) {
      const code = new Uint8Array(memory.buffer, address, length).slice();
      if (Atomics.load(control, STATE) >>> 12 !== state >>> 12) continue;
      kernels[id] = make(code, index);
    }
    const kernel = kernels[id];
    if (memory.buffer.byteLength < bytes) memory.grow(0); // how a thread hears at once that another has grown it
    if (kernel === null || memory.buffer.byteLength < bytes) {
      Atomics.wait(control, STATE, state);
      continue;
    }
    if (Atomics.compareExchange(control, STATE, state, state - 64) !== state) continue;
    kernel(...args);
    Atomics.add(control, DONE, 1);
    Atomics.notify(control, DONE);
    last = performance.now();
  }

  /** The kernel of a module, or what a text makes; null if that is refused here, as FFI may be. */
  function make(code: Uint8Array<ArrayBuffer>, index: number): Kernel | null {
    try {
      if (index < 0) return (0, eval)(new TextDecoder().decode(code))(memory);
      const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory }, host: {} });
      return Object.values(instance.exports)[index] as Kernel;
    } catch {
      return null;
    }
  }
}
