/**
 * The regularised incomplete gamma functions: P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a), and Q = 1 − P.
 *
 * Series for P where x is small, a continued fraction for Q where it is large, and Temme's uniform expansion where
 * a is large and x near it, which takes either of the others thousands of terms. Numbers in brackets are formulas of
 * the Digital Library of Mathematical Functions, {@link https://dlmf.nist.gov/8}.
 */
import { erfc } from "./erf.ts";
import { lgamma1p, stirlingRest } from "./gamma.ts";
import { polynomial } from "./polynomial.ts";

/** P(a, x): NaN for negative arguments. */
export function igamma(a: number, x: number): number {
  return edge(a, x) ??
    (isCentral(a, x) ? uniform(a, x, -1) : x > 1 && x > a ? 1 - upper(a, x) : series(a, x));
}

/** Q(a, x) = 1 − P(a, x): NaN for negative arguments. */
export function igammac(a: number, x: number): number {
  const p = edge(a, x);
  return p !== null ? 1 - p : isCentral(a, x) ? uniform(a, x, 1) : upper(a, x);
}

/** P where an argument is 0, infinite or impossible, even if the other is NaN; null elsewhere. */
function edge(a: number, x: number): number | null {
  if (a < 0 || x < 0 || (a === 0 && !(x > 0)) || (a === Infinity && x === Infinity)) return NaN;
  if (a === 0 || x === Infinity) return 1;
  return x === 0 || a === Infinity ? 0 : null;
}

function isCentral(a: number, x: number): boolean {
  return a > 20 && Math.abs(x - a) < 0.3 * a;
}

/** Q outside the centre, each part where P does not round it away. */
function upper(a: number, x: number): number {
  if (x > 1.1) return x < a ? 1 - series(a, x) : fraction(a, x);
  const isLarge = x <= 0.5 ? -0.4 / Math.log(x) >= a : 1.1 * x >= a;
  return isLarge ? nearOne(a, x) : 1 - series(a, x);
}

// [8.11.4] P = xᵃ e⁻ˣ / Γ(a + 1) · Σ xⁿ / ((a + 1) ... (a + n))
function series(a: number, x: number): number {
  let sum = 1, term = 1;
  for (let n = 1; term > 1e-17 * sum; n++) sum += term *= x / (a + n);
  return sum * density(a, x);
}

// [8.7.3] Q = 1 − xᵃ / Γ(a + 1) − xᵃ / Γ(a) · Σ (−x)ⁿ / (n! (a + n)), for small a and x
function nearOne(a: number, x: number): number {
  const exponent = a * Math.log(x) - lgamma1p(a);
  let sum = 0, factor = 1, term = 1;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    factor *= -x / n;
    sum += term = factor / (a + n);
  }
  return -Math.expm1(exponent) - a * Math.exp(exponent) * sum;
}

// [8.9.2] Q = xᵃ e⁻ˣ / Γ(a) · 1 / (x + 1 − a − 1 (1 − a) / (x + 3 − a − ...)), by Lentz's method
function fraction(a: number, x: number): number {
  const before = density(a, x) * a;
  if (before === 0) return 0;
  let b = x + 1 - a, c = Infinity, d = 1 / b, value = d;
  for (let n = 1, change = 0; Math.abs(change - 1) > 4e-16 && n < 5000; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    value *= change = c * d;
  }
  return before * value;
}

// xᵃ e⁻ˣ / Γ(a + 1). For large a Stirling's formula leaves e^(−a φ) / √(2πa) with nothing to cancel (Loader, 2000).
function density(a: number, x: number): number {
  if (a < 10) {
    const root = Math.exp(-0.5 * x); // e⁻ˣ may be too small for a number before xᵃ lifts it
    return root === 0 ? 0 : root * x ** a / Math.exp(lgamma1p(a)) * root;
  }
  return Math.exp(-a * deviance(a, x) - stirlingRest(a)) / Math.sqrt(2 * Math.PI * a);
}

// φ = μ − log(1 + μ) for x = a (1 + μ); near 0, with s = μ / (2 + μ), μ s − 2 s³ (1/3 + s²/5 + ...)
function deviance(a: number, x: number): number {
  const mu = (x - a) / a;
  if (Math.abs(mu) > 0.4) return mu - Math.log(x / a);
  const s = mu / (2 + mu), z = s * s;
  let sum = 0, factor = 2 * s * z;
  for (let n = 3; Math.abs(factor) > 1e-17 * z; n += 2, factor *= z) sum += factor / n;
  return mu * s - sum;
}

/** The coefficients of 1/a²ᵏ⁻¹ in Stirling's series: B₂ₖ / (2k (2k − 1)). */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const ORDERS = 14, POWERS = 22;

/** [8.12.12] The coefficients of η in Temme's expansion, a list for each power of 1 / a; made when first needed. */
let temme: readonly (readonly number[])[] | null = null;

function coefficients(): readonly (readonly number[])[] {
  const length = POWERS + 2 * ORDERS;
  // λ = 1 + Σ αₙ ηⁿ solves λ η = (λ − 1) λ′, which comes of η² / 2 = λ − 1 − log λ
  const alpha = [1, 1];
  for (let n = 2; n < length + 2; n++) {
    let sum = alpha[n - 1];
    for (let j = 2; j < n; j++) sum -= alpha[j] * (n + 1 - j) * alpha[n + 1 - j];
    alpha.push(sum / (n + 1));
  }
  // exp of Stirling's series: Σ γₖ / aᵏ
  const gamma = [1];
  for (let k = 1; k < ORDERS; k++) {
    let sum = 0;
    for (let j = 1; j <= k; j += 2) sum += j * stirling[(j - 1) / 2] * gamma[k - j];
    gamma.push(sum / k);
  }
  const first = Array.from({ length }, (_, n) => n === 0 ? -1 / 3 : (n + 2) * alpha[n + 2]), rows = [first];
  for (let k = 1; k < ORDERS; k++) {
    const last = rows[k - 1], sign = k % 2 ? -1 : 1;
    rows.push(
      Array.from({ length: length - 2 * k }, (_, n) => sign * gamma[k] * first[n] + (n + 2) * last[n + 2]),
    );
  }
  return rows.map((row) => row.slice(0, POWERS));
}

// [8.12.3] Q = ½ erfc(η √(a/2)) + R, P = ½ erfc(−η √(a/2)) − R with η² / 2 = φ
function uniform(a: number, x: number, sign: 1 | -1): number {
  const phi = deviance(a, x), eta = Math.sign(x - a) * Math.sqrt(2 * phi);
  let sum = 0, scale = 1;
  for (const row of temme ??= coefficients()) {
    sum += polynomial(row, eta) * scale;
    if (scale < 1e-17) break;
    scale /= a;
  }
  const rest = Math.exp(-a * phi) / Math.sqrt(2 * Math.PI * a) * sum;
  return 0.5 * erfc(sign * eta * Math.sqrt(a / 2)) + sign * rest;
}
