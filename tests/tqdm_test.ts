/** tqdm on a file and a clock of the test's own, so that every drawing is known to the character. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Progress, type ProgressOptions, sparkline, tqdm } from "../lib/data/tqdm.ts";

/** A terminal (or, without columns, a log) that keeps what is written, and a clock that only the test moves. */
class Desk {
  time = 0;
  readonly written: string[] = [];
  readonly options: ProgressOptions;

  constructor(columns = 0) {
    const file = {
      write: (text: string): void => void this.written.push(text),
      isTerminal: () => columns > 0,
      columns: () => columns,
    };
    this.options = { file, now: () => this.time };
  }

  /** The lines drawn, without the control characters before and the line break after them. */
  get lines(): string[] {
    return this.written.map((text) => text.replace("\r\x1b[2K", "").replace("\n", ""));
  }

  get last(): string {
    return this.lines.at(-1) ?? "";
  }

  /** Loops over `source`, taking `milliseconds` for each item. */
  run(source: Iterable<unknown>, milliseconds: number, options: ProgressOptions = {}): void {
    for (const _ of tqdm(source, { ...this.options, ...options })) this.time += milliseconds;
  }
}

function* count(n: number): Generator<number> {
  for (let i = 0; i < n; i++) yield i;
}

async function* countAsync(n: number): AsyncGenerator<number> {
  for (let i = 0; i < n; i++) {
    await Promise.resolve();
    yield i;
  }
}

Deno.test("tqdm() redraws one line on a terminal and ends it with a line break", () => {
  const desk = new Desk(80);
  desk.run([1, 2, 3], 1000, { desc: "epoch 1" });
  assertEquals(desk.written, [
    "\r\x1b[2Kepoch 1:   0%|          | 0/3 [00:00<?, ?it/s]",
    "\r\x1b[2Kepoch 1:  33%|███▎      | 1/3 [00:01<00:02, 1.00it/s]",
    "\r\x1b[2Kepoch 1:  66%|██████▋   | 2/3 [00:02<00:01, 1.00it/s]",
    "\r\x1b[2Kepoch 1: 100%|██████████| 3/3 [00:03<00:00, 1.00it/s]",
    "\r\x1b[2Kepoch 1: 100%|██████████| 3/3 [00:03<00:00, 1.00it/s]\n",
  ]);
});

Deno.test("tqdm() draws at most ten times in any second of a fast loop", () => {
  for (const milliseconds of [0.001, 0.1, 3, 40]) {
    const desk = new Desk(80), drawn: number[] = [];
    for (const _ of tqdm(count(5000 / milliseconds), desk.options)) {
      while (drawn.length < desk.written.length) drawn.push(desk.time);
      desk.time += milliseconds;
    }
    const most = Math.max(...drawn.map((t) => drawn.filter((u) => u >= t && u < t + 1000).length));
    assert(most >= 7 && most <= 10, `${most} drawings in a second at ${milliseconds} ms`);
  }
});

Deno.test("tqdm() shows the count and the postfix of a slow step before the next one", () => {
  const desk = new Desk(80);
  const bar = tqdm([1, 2, 3], desk.options);
  for (const x of bar) {
    if (x > 1) assert(desk.last.endsWith(`${x - 1}/3 [00:0${x - 1}<00:0${4 - x}, 1.00it/s, loss=${x - 1}]`));
    desk.time += 1000;
    bar.setPostfix({ loss: x });
  }
});

Deno.test("tqdm() notices within 32 steps that a fast loop became slow", () => {
  const desk = new Desk(80);
  let stale = 0;
  for (const i of tqdm(count(1100), desk.options)) {
    if (i > 1000) stale = Math.max(stale, i - Number(/(\d+)it/.exec(desk.last)?.[1]));
    desk.time += i < 1000 ? 0.001 : 1000;
  }
  assert(stale <= 1032 && desk.lines.length > 60, `${stale}, ${desk.lines.length}`);
});

Deno.test("tqdm() clips the line to the terminal, counting wide characters twice", () => {
  const desk = new Desk(20);
  desk.run([1], 0, { desc: "訓練 epoch of many" });
  assertEquals(desk.last, "訓練 epoch of many:");
  desk.run([1], 0, { desc: "訓練中です 訓練中です" });
  assertEquals(desk.last, "訓練中です 訓練中で");
});

Deno.test("tqdm() takes 80 columns where the terminal does not know its width", () => {
  const desk = new Desk(80);
  const file = {
    write: (text: string) => void desk.written.push(text),
    isTerminal: () => true,
    columns: () => 0,
  };
  desk.run([1], 0, { desc: "x".repeat(100), file });
  assertEquals(desk.last, "x".repeat(79));
});

Deno.test("tqdm() keeps line breaks and escapes in the description out of the line", () => {
  const desk = new Desk();
  desk.run([1], 1000, { desc: "a\n\x1b[31mb" });
  assertEquals(desk.written, ["a [31mb: 100%|██████████| 1/1 [00:01<00:00, 1.00it/s]\n"]);
});

Deno.test("tqdm() writes a line every ten seconds and one at the end where there is no terminal", () => {
  const desk = new Desk();
  desk.run(count(25), 1000, { total: 25, desc: "train" });
  assertEquals(desk.written, [
    "train:  40%|████      | 10/25 [00:10<00:15, 1.00it/s]\n",
    "train:  80%|████████  | 20/25 [00:20<00:05, 1.00it/s]\n",
    "train: 100%|██████████| 25/25 [00:25<00:00, 1.00it/s]\n",
  ]);
});

Deno.test("tqdm() yields the items of a sync iterable, in both kinds of loop", async () => {
  const { options } = new Desk(), bar = tqdm(new Set([3, 1, 2]), options);
  assertEquals([...bar], [3, 1, 2]);
  const items: number[] = [];
  for await (const x of bar) items.push(x);
  assertEquals(items, [3, 1, 2]);
});

Deno.test("tqdm() yields the items of an async iterable", async () => {
  const desk = new Desk(), items: number[] = [];
  for await (const x of tqdm(countAsync(3), { ...desk.options, total: 3 })) items.push(x);
  assertEquals(items, [0, 1, 2]);
  assertEquals(desk.last, "100%|██████████| 3/3 [00:00<?, ?it/s]");
});

Deno.test("tqdm() closes the bar and the source when the loop breaks off", async () => {
  const desk = new Desk(80), closed: string[] = [];
  function* source(): Generator<number> {
    try {
      yield* count(4);
    } finally {
      closed.push("sync");
    }
  }
  async function* sourceAsync(): AsyncGenerator<number> {
    try {
      yield* countAsync(4);
    } finally {
      closed.push("async");
    }
  }
  for (const x of tqdm(source(), desk.options)) if (x === 2) break;
  assertEquals(desk.written.at(-1), "\r\x1b[2K2it [00:00, ?it/s]\n");
  for await (const x of tqdm(sourceAsync(), desk.options)) if (x === 3) break;
  assertEquals(desk.written.at(-1), "\r\x1b[2K3it [00:00, ?it/s]\n");
  assertEquals(closed, ["sync", "async"]);
});

Deno.test("tqdm() closes the bar when the loop or the source throws", async () => {
  const desk = new Desk(80);
  function* broken(): Generator<number> {
    yield 1;
    throw new RangeError("source");
  }
  assertThrows(() => desk.run(broken(), 0), RangeError, "source");
  assertEquals(desk.written.at(-1), "\r\x1b[2K1it [00:00, ?it/s]\n");
  await assertRejects(
    async () => {
      for await (const _ of tqdm(countAsync(3), desk.options)) throw new RangeError("body");
    },
    RangeError,
    "body",
  );
  assertEquals(desk.written.at(-1), "\r\x1b[2K0it [00:00, ?it/s]\n");
});

Deno.test("tqdm() takes the total from length or size, and the option first", () => {
  const sized = { length: 7, *[Symbol.iterator]() {} };
  const cases: [Iterable<unknown>, ProgressOptions, string][] = [
    [["a", "b"], {}, "2/2"],
    [new Float32Array(3), { total: undefined }, "3/3"],
    [new Map([[1, 2]]), {}, "1/1"],
    [sized, {}, "0/7"],
    [count(2), {}, "2it"],
    [count(2), { total: 8 }, "2/8"],
    [[1, 2], { total: null }, "2it"],
    [[1, 2], { total: Infinity }, "2it"],
    [[1, 2, 3], { total: 2 }, "3it"],
    [[], {}, "0it"],
  ];
  for (const [source, options, shown] of cases) {
    const desk = new Desk();
    desk.run(source, 1000, options);
    assertEquals(/\d+(\/\d+|it)/.exec(desk.last)?.[0], shown);
  }
});

Deno.test("tqdm() writes rates in units, thousands, or seconds a step", () => {
  const cases: [number, ProgressOptions, string][] = [
    [0.05, {}, "20.0kit/s"],
    [0.8, {}, "1.2kit/s"],
    [1.001, {}, "999.0it/s"],
    [1.00001, {}, "1.0kit/s"],
    [3.32, {}, "301.2it/s"],
    [200, {}, "5.00it/s"],
    [2500, {}, "2.50s/it"],
    [90_000, {}, "90.0s/it"],
    [100, { unit: "img", unitSize: 64 }, "640.0img/s"],
    [1e-6, { unit: "B" }, "1.0GB/s"],
  ];
  for (const [milliseconds, options, rate] of cases) {
    const desk = new Desk();
    desk.run([1, 2, 3], milliseconds, options);
    assertEquals(/, (.*)]/.exec(desk.last)?.[1], rate);
  }
});

Deno.test("tqdm() writes times in hours, minutes and seconds", () => {
  const desk = new Desk();
  const bar = tqdm({ total: 4, ...desk.options });
  desk.time = 3_723_000;
  bar.update();
  assertEquals(desk.last, " 25%|██▌       | 1/4 [1:02:03<3:06:09, 3.7ks/it]");
});

Deno.test("tqdm() without an iterable counts by hand and closes with its using block", () => {
  const desk = new Desk(80);
  {
    using bar = tqdm({ total: 2e6, unit: "B", unitScale: true, ...desk.options });
    desk.time = 500;
    bar.update(1.5e6);
    assertEquals(bar.n, 1.5e6);
  }
  assertEquals(desk.written.at(-1), "\r\x1b[2K 75%|███████▌  | 1.5M/2.0M [00:00<00:00, 3.0MB/s]\n");
  assertEquals(desk.lines[0], "  0%|          | 0/2.0M [00:00<?, ?B/s]");
});

Deno.test("close() draws once; what is counted afterwards is not drawn", () => {
  const desk = new Desk(80), bar = tqdm({ total: 2, ...desk.options });
  bar.update();
  bar.close();
  const drawn = desk.written.length;
  desk.time = 60_000;
  bar.close();
  bar.update();
  bar.setPostfix({ loss: 1 });
  bar.setDescription("late");
  assertEquals([desk.written.length, bar.n], [drawn, 2]);
});

Deno.test("tqdm() starts afresh when looped over again", () => {
  const desk = new Desk(), bar = tqdm([1, 2], desk.options);
  for (let epoch = 0; epoch < 2; epoch++) for (const _ of bar) desk.time += 1000;
  assertEquals(desk.lines, Array(2).fill("100%|██████████| 2/2 [00:02<00:00, 1.00it/s]"));
});

Deno.test("update() may go back and count fractions", () => {
  const desk = new Desk(80), bar = tqdm({ total: 2, ...desk.options });
  bar.update(-1);
  bar.update(1.5);
  bar.close();
  assertEquals(desk.last, " 25%|██▌       | 0.5/2 [00:00<?, ?it/s]");
});

Deno.test("setPostfix() writes numbers with four digits, and reads tensors of one element", () => {
  const cases: [number | string | { item(): number }, string][] = [
    [0.123456, "0.1235"],
    [12, "12"],
    [1e-5, "0.00001"],
    [1e-9, "1e-9"],
    [12345.67, "12345.7"],
    [-0.5, "-0.5"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    ["2/3", "2/3"],
    [{ item: () => 0.25 }, "0.25"],
  ];
  for (const [value, text] of cases) {
    const desk = new Desk(), bar = tqdm({ ...desk.options });
    bar.setPostfix({ value, again: 1 });
    bar.close();
    assertEquals(desk.last, `0it [00:00, ?it/s, value=${text}, again=1]`);
  }
});

Deno.test("setDescription() is seen at once where the loop is slow", () => {
  const desk = new Desk(80), bar = tqdm({ desc: "train", ...desk.options });
  desk.time = 1000;
  bar.setDescription("validate");
  assertEquals(desk.last, "validate: 0it [00:01, ?it/s]");
});

Deno.test("tqdm() leaves nothing behind with { leave: false }", () => {
  const desk = new Desk(80), log = new Desk();
  desk.run([1], 0, { leave: false });
  assertEquals(desk.written.at(-1), "\r\x1b[2K");
  log.run([1], 0, { leave: false });
  assertEquals(log.written, []);
});

Deno.test("tqdm() draws nothing with { disable: true }, but counts", () => {
  const desk = new Desk(80),
    bar: Progress & Iterable<number> = tqdm([1, 2], { ...desk.options, disable: true });
  for (const _ of bar) desk.time += 1e6;
  assertEquals([desk.written.length, bar.n], [0, 2]);
});

Deno.test("tqdm() finds its own place to draw without any permission", () => {
  assertEquals([...tqdm([1, 2], { leave: false })], [1, 2]);
});

/** Calls tqdm as JavaScript may, with no types. */
function call(...args: unknown[]): unknown {
  return Reflect.apply(tqdm, null, args);
}

Deno.test("tqdm() says what is wrong with its arguments", () => {
  const cases: [() => unknown, string][] = [
    [() => call(5), "Cannot show progress of 5: it must be iterable, or options such as { total: 100 }"],
    [() => call(), "Cannot show progress of undefined: it must be iterable"],
    [() => call(Promise.resolve([])), "Cannot show progress of a Promise: it must be iterable"],
    [
      () => call([1], 5),
      "Cannot show progress with options 5: they must be an object such as { total: 100 }",
    ],
    [
      () => call([1], { total: -3 }),
      "Cannot show progress with total -3: it must be a number that is 0 or more",
    ],
    [() => call([1], { desc: 3 }), "Cannot show progress with desc 3: it must be a string"],
    [() => call([1], { unitSize: 0 }), "Cannot show progress with unitSize 0: it must be a positive number"],
    [() => call([1], { file: {} }), "it must be an object with write(), isTerminal() and columns()"],
    [() => call({ length: 3 }), "Cannot show progress with option length: the options are desc, total, unit"],
    [() => tqdm({ disable: true }).update(NaN), "Cannot update progress by NaN: n must be a finite number"],
    [
      () => Reflect.apply(tqdm({ disable: true }).setPostfix, tqdm({ disable: true }), [{ loss: null }]),
      "Cannot set postfix loss to null: it must be a number, a string or a tensor of one element",
    ],
  ];
  for (const [run, text] of cases) assertThrows(run, TypeError, text);
});

const odd = [null, undefined, NaN, -1, 1e400, "", "x", true, 1n, Symbol(), [], { x: {} }, [[1]], () => 1];

Deno.test("tqdm() meets odd arguments with a result or an error of its own", () => {
  const { options } = new Desk(), bar = tqdm({ ...options });
  const names = "desc total unit unitSize unitScale leave disable file now other".split(" ");
  for (const value of odd) {
    const calls: (() => unknown)[] = [
      () => call(value),
      () => call([1], value),
      ...names.map((name) => () => [...tqdm([1], { ...options, leave: false, [name]: value })]),
      () => Reflect.apply(bar.update, bar, [value]),
      () => Reflect.apply(bar.setDescription, bar, [value]),
      () => Reflect.apply(bar.setPostfix, bar, [value]),
      () => Reflect.apply(bar.setPostfix, bar, [{ loss: value }]),
      () => Reflect.apply(bar.setPostfix, bar, [{ loss: { item: value } }]),
      () => Reflect.apply(sparkline, null, [value]),
    ];
    for (const run of calls) {
      try {
        run();
      } catch (error) {
        assert(error instanceof TypeError && error.message.startsWith("Cannot "), String(error));
        assert(!/read propert|convert|is not a function/.test(error.message), error.message);
      }
    }
  }
});

Deno.test("sparkline() spreads the values over eight blocks", () => {
  assertEquals(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
  assertEquals(sparkline(new Float32Array([8, 4, 2, 1, 0.5])), "█▄▂▁▁");
  assertEquals(sparkline([3, NaN, 3, Infinity]), "▁ ▁ ");
  assertEquals(sparkline([]), "");
});
