/**
 * Orthogonal polynomials of any degree by their recurrences, for Chebyshev's of high degree by trigonometry.
 *
 * As in PyTorch a degree loses its fraction, and those below 0 give 0.
 */

/** The degree: whole, and −1 where it is no number that 64 bits hold. */
function degree(n: number): number {
  return Math.abs(n) < 2 ** 63 ? Math.trunc(n) : -1;
}

/** Above this degree, and inside −1 to 1, trigonometry is as exact as the recurrence, and faster. */
const RECURRENT = 6;

/** What the recurrence q, 2xq − p makes of 1 and `first`. */
function chebyshev(x: number, n: number, first: number): number {
  if (n < 1) return n < 0 ? 0 : 1;
  let p = 1, q = first;
  for (let k = 1; k < n && q === q; k++) {
    const next = 2 * x * q - p;
    p = q;
    q = next;
  }
  return q;
}

function isTrigonometric(x: number, n: number): boolean {
  return n > RECURRENT && Math.abs(x) < 1;
}

/** Tₙ(x): cos nθ for x = cos θ. */
export function chebyshevT(x: number, n: number): number {
  n = degree(n);
  return isTrigonometric(x, n) ? Math.cos(n * Math.acos(x)) : chebyshev(x, n, x);
}

/** Uₙ(x): sin (n + 1)θ / sin θ for x = cos θ. */
export function chebyshevU(x: number, n: number): number {
  n = degree(n);
  if (!isTrigonometric(x, n)) return chebyshev(x, n, 2 * x);
  const theta = Math.acos(x);
  return Math.sin((n + 1) * theta) / Math.sin(theta);
}

/** Vₙ(x): cos (n + ½)θ / cos ½θ for x = cos θ. */
export function chebyshevV(x: number, n: number): number {
  n = degree(n);
  if (!isTrigonometric(x, n)) return chebyshev(x, n, 2 * x - 1);
  const theta = Math.acos(x);
  return Math.cos((n + 0.5) * theta) / Math.cos(0.5 * theta);
}

/** Wₙ(x): sin (n + ½)θ / sin ½θ for x = cos θ. */
export function chebyshevW(x: number, n: number): number {
  n = degree(n);
  if (!isTrigonometric(x, n)) return chebyshev(x, n, 2 * x + 1);
  const theta = Math.acos(x);
  return Math.sin((n + 0.5) * theta) / Math.sin(0.5 * theta);
}

/** Hₙ(x), the physicists': 1, 2x, 2xq − 2kp ... */
export function hermiteH(x: number, n: number): number {
  n = degree(n);
  if (n < 1) return n < 0 ? 0 : 1;
  let p = 1, q = 2 * x;
  for (let k = 1; k < n && q === q; k++) {
    const next = 2 * x * q - 2 * k * p;
    p = q;
    q = next;
  }
  return q;
}

/** Heₙ(x), the statisticians': 1, x, xq − kp ... */
export function hermiteHe(x: number, n: number): number {
  n = degree(n);
  if (n < 1) return n < 0 ? 0 : 1;
  let p = 1, q = x;
  for (let k = 1; k < n && q === q; k++) {
    const next = x * q - k * p;
    p = q;
    q = next;
  }
  return q;
}

/** Lₙ(x): 1, 1 − x, ((2k + 1 − x) q − kp) / (k + 1) ... */
export function laguerreL(x: number, n: number): number {
  n = degree(n);
  if (n < 1) return n < 0 ? 0 : 1;
  let p = 1, q = 1 - x;
  for (let k = 1; k < n && q === q; k++) {
    const next = ((2 * k + 1 - x) * q - k * p) / (k + 1);
    p = q;
    q = next;
  }
  return q;
}

/** Pₙ(x): 1, x, ((2k + 1) xq − kp) / (k + 1) ... */
export function legendreP(x: number, n: number): number {
  n = degree(n);
  if (n < 1) return n < 0 ? 0 : 1;
  let p = 1, q = x;
  for (let k = 1; k < n && q === q; k++) {
    const next = ((2 * k + 1) * x * q - k * p) / (k + 1);
    p = q;
    q = next;
  }
  return q;
}
