/**
 * The Box–Muller transform as PyTorch's vectorised CPU kernel computes it: its polynomials, its roundings.
 *
 * In float32 PyTorch takes log, sin and cos from avx_mathfun.h (Garberoglio 2012, after Moshier's Cephes), compiled
 * with fused multiply-adds; a product of two float32 is exact in float64, so `Math.fround(a * b + c)` is such an add.
 */

const f = Math.fround;
const TWO_PI = f(2 * Math.PI);

/** Log, as log256_ps has it, of k · 2⁻²⁴ for k from 1 to 2²⁴. */
function log32(k: number): number {
  let e = 8 - Math.clz32(k);
  let x = k * 2 ** -24 * 2 ** -e; // from 0.5 up to 1
  if (x < f(0.707106781186547524)) {
    e -= 1;
    x += x;
  }
  x -= 1;
  const z = f(x * x);
  let y = f(7.0376836292e-2);
  y = f(y * x + f(-1.1514610310e-1));
  y = f(y * x + f(1.1676998740e-1));
  y = f(y * x + f(-1.2420140846e-1));
  y = f(y * x + f(1.4249322787e-1));
  y = f(y * x + f(-1.6668057665e-1));
  y = f(y * x + f(2.0000714765e-1));
  y = f(y * x + f(-2.4999993993e-1));
  y = f(y * x + f(3.3333331174e-1));
  y = f(y * x);
  y = f(y * z + f(e * f(-2.12194440e-4)));
  y = f(y - z * 0.5);
  x = f(x + y);
  return f(e * 0.693359375 + x);
}

/** Turns 16 uniform numbers from `at` on into normal ones: i and i + 8 are a pair. */
export function normalPairs32(data: { [i: number]: number }, at: number, mean: number, std: number): void {
  const m = f(mean), s = f(std);
  for (let i = at; i < at + 8; i++) {
    const radius = f(Math.sqrt(f(-2 * log32((1 - data[i]) * 2 ** 24))));
    const angle = f(TWO_PI * data[i + 8]);
    const octant = (Math.trunc(f(angle * f(1.27323954473516))) + 1) & ~1;
    let x = f(octant * -0.78515625 + angle);
    x = f(octant * f(-2.4187564849853515625e-4) + x);
    x = f(octant * f(-3.77489497744594108e-8) + x);
    const z = f(x * x);
    let c = f(f(2.443315711809948e-5) * z + f(-1.388731625493765e-3));
    c = f(c * z + f(4.166664568298827e-2));
    c = f(c * z);
    c = f(c * z - z * 0.5);
    c = f(c + 1);
    let d = f(f(-1.9515295891e-4) * z + f(8.3321608736e-3));
    d = f(d * z + f(-1.6666654611e-1));
    d = f(d * z);
    d = f(d * x + x);
    const swapped = (octant & 2) !== 0; // sine and cosine change places
    const sine = (octant & 4) !== 0 ? -(swapped ? c : d) : swapped ? c : d;
    const cosine = ((octant - 2) & 4) === 0 ? -(swapped ? d : c) : swapped ? d : c;
    data[i] = f(radius * cosine) * s + m;
    data[i + 8] = f(radius * sine) * s + m;
  }
}

/** As {@link normalPairs32}, in float64 with the functions of the language (1 ulp from PyTorch's now and then). */
export function normalPairs64(data: { [i: number]: number }, at: number, mean: number, std: number): void {
  for (let i = at; i < at + 8; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - data[i])), angle = 2 * Math.PI * data[i + 8];
    data[i] = radius * Math.cos(angle) * std + mean;
    data[i + 8] = radius * Math.sin(angle) * std + mean;
  }
}
