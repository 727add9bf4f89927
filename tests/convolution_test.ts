/** Every way to convolve against the definition, and pooling by kernels against loops, on random shapes. */
import { engine, seeds } from "./setup.ts";
import { assertClose, assertCloseTo } from "./close.ts";
import { usesWasm } from "../lib/backend.ts";
import { convolve, convolveBack, convolveWeight } from "../lib/convolution.ts";
import { directBackward, directForward, directWeight } from "../lib/convolution/direct.ts";
import { hasAdjoint } from "../lib/convolution/layout.ts";
import type { ConvolutionPlan } from "../lib/convolution/plan.ts";
import * as products from "../lib/convolution/products.ts";
import { hasTiles, winograd, winogradWeight } from "../lib/convolution/winograd.ts";
import { empty } from "../lib/tensor.ts";
import { slide, type Windows } from "../lib/windows.ts";
import {
  avgPool2d,
  Generator,
  manualSeed,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  randn,
  setBackend,
  type Tensor,
} from "../mod.ts";

/** A convolution's operands, the gradient of its result, and what must come out. */
interface Sample {
  readonly label: string;
  readonly plan: ConvolutionPlan;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly g: Tensor;
  readonly y: Float64Array;
  readonly dx: Float64Array;
  readonly dw: Float64Array;
}

/** Whole numbers of a seed. */
function dice(seed: number): (from: number, to: number) => number {
  const generator = new Generator(seed);
  return (from, to) =>
    from + Math.floor(randn([1], { generator }).abs().item() as number * 1e4) % (to - from + 1);
}

/** Σ over all images, groups, channels, windows and taps, one product after the other. */
function define(sample: Omit<Sample, "y" | "dx" | "dw">): Sample {
  const { plan: { windows, groups }, x, weight, bias, g } = sample;
  const [images, channels] = x.shape, outs = weight.shape[0], k = channels / groups, m = outs / groups;
  const volume = (list: number[]) => list.reduce((a, b) => a * b, 1);
  const size = volume(windows.map((w) => w.size)), count = volume(windows.map((w) => w.count));
  const places = volume(windows.map((w) => w.kernel));
  /** The element that tap `place` of window `j` reads, or -1 in the padding. */
  const source = Array.from({ length: count }, (_, j) =>
    Array.from({ length: places }, (_, place) => {
      let at = 0, step = 1, window = j, tap = place;
      for (const w of [...windows].reverse()) {
        const i = (window % w.count) * w.stride - w.before + (tap % w.kernel) * w.dilation;
        if (i < 0 || i >= w.size) return -1;
        at += i * step;
        step *= w.size;
        window = Math.floor(window / w.count);
        tap = Math.floor(tap / w.kernel);
      }
      return at;
    }));
  const [xs, ws, bs, gs] = [x, weight, bias, g].map((t) => t.toTypedArray());
  const y = new Float64Array(images * outs * count),
    dx = new Float64Array(xs.length),
    dw = new Float64Array(ws.length);
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < outs; o++) {
      for (let j = 0; j < count; j++) {
        const to = (n * outs + o) * count + j;
        y[to] = bs[o];
        for (let c = 0; c < k; c++) {
          const plane = (n * channels + Math.floor(o / m) * k + c) * size, kernel = (o * k + c) * places;
          for (let p = 0; p < places; p++) {
            const i = source[j][p];
            if (i < 0) continue;
            y[to] += ws[kernel + p] * xs[plane + i];
            dx[plane + i] += ws[kernel + p] * gs[to];
            dw[kernel + p] += xs[plane + i] * gs[to];
          }
        }
      }
    }
  }
  return { ...sample, y, dx, dw };
}

function draw(seed: number, dtype: "float32" | "float64"): Sample {
  manualSeed(seed);
  const roll = dice(seed), rank = [1, 2, 2, 3][roll(0, 3)], groups = [1, 1, 2, 5][roll(0, 3)];
  const isSquare = seed % 4 === 0,
    isWide = isSquare && seed % 8 === 0,
    sizes = isSquare ? [0, 0] : new Array(rank).fill(0);
  const [perGroup, into] = isWide
    ? [roll(16, 19), roll(16, 19)]
    : groups === 5
    ? [1, roll(1, 2)]
    : [roll(1, 4), roll(1, 5)];
  const per = isWide ? 1 : groups;
  const sliding = {
    kernel: sizes.map(() => isSquare ? 3 : roll(1, 4)),
    stride: sizes.map(() => isSquare ? 1 : [1, 1, 2, 3][roll(0, 3)]),
    padding: sizes.map(() => roll(0, isSquare ? 2 : 3)),
    dilation: sizes.map(() => isSquare ? 1 : [1, 1, 2][roll(0, 2)]),
  };
  const most = isWide ? 7 : [300, 23, 6][sizes.length - 1];
  const size = sliding.kernel.map((kernel, d) => (kernel - 1) * sliding.dilation[d] + roll(1, most));
  const x = randn([roll(1, 3), perGroup * per, ...size]).to(dtype),
    weight = randn([into * per, perGroup, ...sliding.kernel]).to(dtype);
  const windows: Windows[] = slide("conv", x.shape, sliding),
    label = JSON.stringify([x.shape, weight.shape, sliding, per, dtype]);
  const g = randn([x.shape[0], into * per, ...windows.map((w) => w.count)]).to(dtype);
  return define({ label, plan: { windows, groups: per }, x, weight, bias: randn([into * per]).to(dtype), g });
}

/** Holds one way against the definition; what it does not compute it is not given. */
function check(
  way: string,
  { label, x, weight, g, y, dx, dw }: Sample,
  results: { y?: Tensor; dx?: Tensor; dw?: Tensor },
): void {
  // sums of up to 19 · 9 products, or of all windows; Winograd's error is up to about ten times theirs
  const tolerance = x.dtype === "float32" ? 1e-4 : 1e-12;
  if (results.y) {
    assertCloseTo(results.y, g.shape.with(1, weight.shape[0]), y, `${way}: y of ${label}`, tolerance);
  }
  if (results.dx) assertCloseTo(results.dx, x.shape, dx, `${way}: dx of ${label}`, tolerance);
  if (results.dw) assertCloseTo(results.dw, weight.shape, dw, `${way}: dw of ${label}`, 10 * tolerance);
}

const samples = Array.from({ length: seeds(120) }, (_, seed) => seed);

Deno.test("convolution is what its definition says on random shapes", () => {
  for (const seed of samples) {
    const sample = draw(seed, seed % 3 ? "float32" : "float64"), { x, weight, bias, g, plan } = sample;
    check("chosen", sample, {
      y: convolve(x, weight, plan, bias),
      dx: convolveBack(g, weight, plan),
      dw: convolveWeight(g, x, plan),
    });
  }
});

Deno.test({
  name: "every way to convolve is what the definition says on random shapes",
  ignore: !usesWasm(),
  fn: () => {
    for (const seed of samples) {
      const sample = draw(seed, seed % 3 ? "float32" : "float64"), { x, weight, bias, g, plan } = sample;
      const { windows, groups } = plan,
        last = windows[windows.length - 1],
        lanes = x.dtype === "float32" ? 4 : 2;
      const blank = () => ({
        y: empty(g.shape, x.dtype),
        dx: empty(x.shape, x.dtype),
        dw: empty(weight.shape, x.dtype),
      });
      const byProducts = blank();
      products.forward(byProducts.y, x, weight, bias, plan);
      products.backward(byProducts.dx, g, weight, plan);
      products.weightGradient(byProducts.dw, g, x, plan);
      check("products", sample, byProducts);
      if (last.count >= lanes) {
        const { y, dw } = blank();
        directForward(y, x, weight, bias, plan);
        directWeight(dw, g, x, plan);
        check("direct", sample, { y, dw });
      }
      if (last.size >= lanes && hasAdjoint(windows)) {
        const { dx } = blank();
        directBackward(dx, g, weight, plan);
        check("direct", sample, { dx });
      }
      const before = windows.map((w) => w.before), weights = weight.numel();
      const isSquare = x.dtype === "float32" && weight.ndim === 4 &&
        windows.every((w) => w.kernel === 3 && w.stride === 1 && w.dilation === 1 && w.before < 3);
      if (isSquare && hasTiles(windows.map((w) => w.count), weights)) {
        const { y, dw } = blank();
        winograd(y, x, weight, bias, before, groups, false);
        winogradWeight(dw, g, x, before, groups);
        check("winograd", sample, { y, dw });
      }
      if (isSquare && hasTiles(windows.map((w) => w.size), weights)) {
        const { dx } = blank();
        winograd(dx, g, weight, null, before.map((n) => 2 - n), groups, true);
        check("winograd", sample, { dx });
      }
    }
  },
});

Deno.test({
  name: "convolutions and poolings that threads share come out as by one",
  ignore: !usesWasm(),
  fn: () => {
    manualSeed(3);
    const image = randn([8, 16, 40, 40]), cases = [[16, 16, 3, 3, 1], [16, 1, 3, 3, 16], [24, 16, 5, 5, 1]];
    for (const [outs, perGroup, down, across, groups] of cases) {
      const x = image.clone().requiresGrad_(),
        weight = randn([outs, perGroup, down, across], { requiresGrad: true });
      const pass = () => {
        x.grad = weight.grad = null;
        const y = maxPool2d(x.conv2d(weight, { padding: 1, groups }), 2);
        y.square().sum().backward();
        return [y.detach(), x.grad!, weight.grad!];
      };
      const first = pass();
      for (let i = 0; i < 25; i++) {
        pass().forEach((t, k) => assertClose(t, first[k], `${outs} ${perGroup} ${k}`, 1e-5));
      }
    }
  },
});

Deno.test({
  name: "pooling by kernels is pooling by loops",
  ignore: !usesWasm(),
  fn: () => {
    for (const seed of samples.slice(0, 60)) {
      manualSeed(seed);
      const roll = dice(seed), rank = roll(1, 3), pool = [maxPool1d, maxPool2d, maxPool3d][rank - 1];
      const kernelSize = Array.from({ length: rank }, () => roll(1, 4)),
        stride = kernelSize.map(() => roll(1, 3));
      const padding = kernelSize.map((k) => roll(0, k >> 1)), ceilMode = roll(0, 1) === 1;
      const size = kernelSize.map((k) => k + roll(0, 14)), x = randn([2, 2, ...size]);
      // ties, infinities and NaN, which choose by place
      x.copy_(x.mul(2).round().div(x.abs().gt(2.4).float().mul(-1).add(1)));
      const run = () => {
        const input = x.clone().requiresGrad_();
        const [y, places] = pool(input, { kernelSize, stride, padding, ceilMode, returnIndices: true });
        y.mul(y.detach().isfinite().float()).sum().backward();
        const result = [y.detach(), places, input.grad!];
        if (rank !== 2) return result;
        const smooth = randn([2, 2, ...size], { generator: new Generator(seed) }).requiresGrad_();
        const means = avgPool2d(smooth, { kernelSize, stride, padding, ceilMode });
        means.square().sum().backward();
        return [...result, means.detach(), smooth.grad!];
      };
      const fast = run();
      setBackend("js");
      try {
        run().forEach((t, k) =>
          assertClose(fast[k], t, `${k} of ${JSON.stringify([size, kernelSize, stride, padding])}`, 1e-5)
        );
      } finally {
        setBackend(engine ?? "auto");
      }
    }
  },
});
