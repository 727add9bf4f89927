/**
 * The special functions as words of formulas: what they are called and how they are differentiated.
 *
 * A partial derivative gets the algebra `k`, the output y, and the arguments. Functions without any take no gradient.
 */
import type { Algebra, Expr, Intrinsic } from "../formula.ts";
import * as airy from "./airy.ts";
import * as bessel from "./bessel.ts";
import * as erf from "./erf.ts";
import * as gamma from "./gamma.ts";
import * as incomplete from "./incomplete_gamma.ts";
import * as inverse from "./inverse_erf.ts";
import * as modified from "./modified_bessel.ts";
import * as orthogonal from "./orthogonal.ts";
import * as hurwitz from "./zeta.ts";

type K = Algebra<Expr>;

function define(
  name: string,
  compute: (...x: number[]) => number,
  ...partials: Intrinsic["partials"]
): Intrinsic {
  return { name, compute, partials };
}

const { PI, SQRT1_2 } = Math;

/** factor · exp(exponent · a²) */
function bell(k: K, factor: number, exponent: number, a: Expr): Expr {
  return k.mul(k.constant(factor), k.exp(k.mul(k.constant(exponent), k.mul(a, a))));
}

function sign(k: K, a: Expr): Expr {
  const zero = k.constant(0);
  return k.sub(k.number(k.lt(zero, a)), k.number(k.lt(a, zero)));
}

/** y / a, and at 0 its limit. */
function slope(k: K, y: Expr, a: Expr, limit: number): Expr {
  return k.select(k.eq(a, k.constant(0)), k.constant(limit), k.div(y, a));
}

/** 1 − erf(a); slope −2/√π exp(−a²). */
export const erfc: Intrinsic = {
  ...define("erfc", erf.erfc, (k, _y, a) => bell(k, -2 / Math.sqrt(PI), -1, a)),
  formula: erf.erfcFormula,
};

/** exp(a²) erfc(a); slope 2 a y − 2/√π. */
export const erfcx: Intrinsic = define(
  "erfcx",
  erf.erfcx,
  (k, y, a) => k.sub(k.mul(k.constant(2), k.mul(a, y)), k.constant(2 / Math.sqrt(PI))),
);

/** 1 − a² */
function withoutSquare<V, M>(k: Algebra<V, M>, a: V): V {
  return k.mul(k.sub(k.constant(1), a), k.add(k.constant(1), a));
}

/** erf⁻¹(a); slope √π/2 exp(y²). */
export const erfinv: Intrinsic = {
  ...define("erfinv", inverse.erfinv, (k, y) => bell(k, Math.sqrt(PI) / 2, 1, y)),
  formula: (k, a) => inverse.centralFormula(k, a, withoutSquare(k, a)),
  usual: (k, a) => inverse.isCentral(k, withoutSquare(k, a)),
  precise: true,
};

/** 4 p (1 − p) */
function uncertainty<V, M>(k: Algebra<V, M>, p: V): V {
  return k.mul(k.mul(k.constant(4), p), k.sub(k.constant(1), p));
}

/** The normal distribution's quantile; slope √2π exp(y²/2). */
export const ndtri: Intrinsic = {
  ...define("ndtri", inverse.ndtri, (k, y) => bell(k, Math.sqrt(2 * PI), 0.5, y)),
  formula: (k, p) => {
    const erf = k.sub(k.mul(k.constant(2), p), k.constant(1));
    return k.mul(k.constant(Math.SQRT2), inverse.centralFormula(k, erf, uncertainty(k, p)));
  },
  usual: (k, p) => inverse.isCentral(k, uncertainty(k, p)),
  precise: true,
};

/** log ndtr(a); slope exp(−a²/2) / √2π / ndtr(a), which is √(2/π) / erfcx(−a/√2). */
export const logNdtr: Intrinsic = define(
  "logNdtr",
  erf.logNdtr,
  (k, _y, a) => k.div(k.constant(Math.sqrt(2 / PI)), k.call(erfcx, k.mul(k.constant(-SQRT1_2), a))),
);

/** The derivative of order n of ψ(a). */
export const polygamma: Intrinsic = define(
  "polygamma",
  hurwitz.polygamma,
  null,
  (k, _y, n, a) => k.call(polygamma, k.add(n, k.constant(1)), a),
);

/** ψ(a), the slope of lgamma. */
export const digamma: Intrinsic = define(
  "digamma",
  gamma.digamma,
  (k, _y, a) => k.call(polygamma, k.constant(1), a),
);

/** log |Γ(a)|; slope ψ(a). */
export const lgamma: Intrinsic = {
  ...define("lgamma", gamma.lgamma, (k, _y, a) => k.call(digamma, a)),
  formula: gamma.lgammaFormula,
};

/** ζ(s, q); ∂/∂q is −s ζ(s + 1, q). */
export const zeta: Intrinsic = define(
  "zeta",
  hurwitz.zeta,
  null,
  (k, _y, s, q) => k.mul(k.neg(s), k.call(zeta, k.add(s, k.constant(1)), q)),
);

/** xᵃ⁻¹ e⁻ˣ / Γ(a) */
function gammaDensity(k: K, a: Expr, x: Expr): Expr {
  const power = k.mul(k.sub(a, k.constant(1)), k.log(x));
  return k.exp(k.sub(k.sub(power, x), k.call(lgamma, a)));
}

/** P(a, x); ∂/∂x is xᵃ⁻¹ e⁻ˣ / Γ(a). */
export const igamma: Intrinsic = define(
  "igamma",
  incomplete.igamma,
  null,
  (k, _y, a, x) => gammaDensity(k, a, x),
);

/** Q(a, x) = 1 − P(a, x). */
export const igammac: Intrinsic = define(
  "igammac",
  incomplete.igammac,
  null,
  (k, _y, a, x) => k.neg(gammaDensity(k, a, x)),
);

/** I₀(a); slope I₁. */
export const i0: Intrinsic = {
  ...define("i0", modified.i0, (k, _y, a) => k.call(i1, a)),
  formula: (k, a) => modified.besselIFormula(k, a, 0, false),
  usual: modified.isBesselINear,
  otherwise: (k, a) => modified.besselIFarFormula(k, a, 0, false),
};

/** I₁(a); slope I₀ − I₁/a. */
export const i1: Intrinsic = {
  ...define("i1", modified.i1, (k, y, a) => k.sub(k.call(i0, a), slope(k, y, a, 0.5))),
  formula: (k, a) => modified.besselIFormula(k, a, 1, false),
  usual: modified.isBesselINear,
  otherwise: (k, a) => modified.besselIFarFormula(k, a, 1, false),
};

/** e^−|a| I₀(a); slope as of I₀, less sign(a) y for the factor. */
export const i0e: Intrinsic = {
  ...define("i0e", modified.i0e, (k, y, a) => k.sub(k.call(i1e, a), k.mul(sign(k, a), y))),
  formula: (k, a) => modified.besselIFormula(k, a, 0, true),
  usual: modified.isBesselINear,
  otherwise: (k, a) => modified.besselIFarFormula(k, a, 0, true),
};

/** e^−|a| I₁(a); slope as of I₁, less sign(a) y. */
export const i1e: Intrinsic = {
  ...define(
    "i1e",
    modified.i1e,
    (k, y, a) => k.sub(k.sub(k.call(i0e, a), slope(k, y, a, 0.5)), k.mul(sign(k, a), y)),
  ),
  formula: (k, a) => modified.besselIFormula(k, a, 1, true),
  usual: modified.isBesselINear,
  otherwise: (k, a) => modified.besselIFarFormula(k, a, 1, true),
};

/** J₀(a); slope −J₁. */
export const besselJ0: Intrinsic = {
  ...define(
    "besselJ0",
    bessel.besselJ0,
    (k, _y, a) => k.neg(k.call(besselJ1, a)),
  ),
  formula: (k, a) => bessel.nearFormula(k, a, 0, false),
  usual: bessel.isNear,
  otherwise: (k, a) => bessel.farFormula(k, a, 0, false),
  precise: true,
};

/** J₁(a); slope J₀ − J₁/a. */
export const besselJ1: Intrinsic = {
  ...define(
    "besselJ1",
    bessel.besselJ1,
    (k, y, a) => k.sub(k.call(besselJ0, a), slope(k, y, a, 0.5)),
  ),
  formula: (k, a) => bessel.nearFormula(k, a, 1, false),
  usual: bessel.isNear,
  otherwise: (k, a) => bessel.farFormula(k, a, 1, false),
  precise: true,
};

/** Y₀(a); slope −Y₁. */
export const besselY0: Intrinsic = {
  ...define(
    "besselY0",
    bessel.besselY0,
    (k, _y, a) => k.neg(k.call(besselY1, a)),
  ),
  formula: (k, a) => bessel.nearFormula(k, a, 0, true),
  usual: bessel.isNear,
  otherwise: (k, a) => bessel.farFormula(k, a, 0, true),
  precise: true,
};

/** Y₁(a); slope Y₀ − Y₁/a. */
export const besselY1: Intrinsic = {
  ...define(
    "besselY1",
    bessel.besselY1,
    (k, y, a) => k.sub(k.call(besselY0, a), k.div(y, a)),
  ),
  formula: (k, a) => bessel.nearFormula(k, a, 1, true),
  usual: bessel.isNear,
  otherwise: (k, a) => bessel.farFormula(k, a, 1, true),
  precise: true,
};

/** K₀(a); slope −K₁. */
export const k0: Intrinsic = define("k0", modified.k0, (k, _y, a) => k.neg(k.call(k1, a)));

/** K₁(a); slope −K₀ − K₁/a. */
export const k1: Intrinsic = define("k1", modified.k1, (k, y, a) => k.neg(k.add(k.call(k0, a), k.div(y, a))));

/** eᵃ K₀(a); slope as of K₀, plus y for the factor. */
export const k0e: Intrinsic = define("k0e", modified.k0e, (k, y, a) => k.sub(y, k.call(k1e, a)));

/** eᵃ K₁(a); slope as of K₁, plus y. */
export const k1e: Intrinsic = define(
  "k1e",
  modified.k1e,
  (k, y, a) => k.sub(y, k.add(k.call(k0e, a), k.div(y, a))),
);

/** j₀(a) = sin(a) / a; slope −j₁. */
export const sphericalJ0: Intrinsic = {
  ...define(
    "sphericalJ0",
    modified.sphericalJ0,
    (k, _y, a) => k.neg(k.call(sphericalJ1, a)),
  ),
  formula: (k, a) => modified.sphericalFormula(k, a, 0),
  precise: true,
};

/** j₁(a); slope j₀ − 2 j₁/a. */
export const sphericalJ1: Intrinsic = {
  ...define(
    "sphericalJ1",
    modified.sphericalJ1,
    (k, y, a) => k.sub(k.call(sphericalJ0, a), k.mul(k.constant(2), slope(k, y, a, 1 / 3))),
  ),
  formula: (k, a) => modified.sphericalFormula(k, a, 1),
  precise: true,
};

/** Ai(a). */
export const airyAi: Intrinsic = define("airyAi", airy.airyAi);

/** Tₙ(x), as the following of x and n. */
export const chebyshevT: Intrinsic = define("chebyshevT", orthogonal.chebyshevT);

/** Uₙ(x). */
export const chebyshevU: Intrinsic = define("chebyshevU", orthogonal.chebyshevU);

/** Vₙ(x). */
export const chebyshevV: Intrinsic = define("chebyshevV", orthogonal.chebyshevV);

/** Wₙ(x). */
export const chebyshevW: Intrinsic = define("chebyshevW", orthogonal.chebyshevW);

/** Hₙ(x). */
export const hermiteH: Intrinsic = define("hermiteH", orthogonal.hermiteH);

/** Heₙ(x). */
export const hermiteHe: Intrinsic = define("hermiteHe", orthogonal.hermiteHe);

/** Lₙ(x). */
export const laguerreL: Intrinsic = define("laguerreL", orthogonal.laguerreL);

/** Pₙ(x). */
export const legendreP: Intrinsic = define("legendreP", orthogonal.legendreP);
