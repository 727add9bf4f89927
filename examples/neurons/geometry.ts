/**
 * Geometry of a neuron: a point, a line, a plane or a hyperplane that divides two kinds of Iris, and how wide the
 * gap is.
 *
 *     w·x + b = 0        distance of x:  |w·x + b| / ‖w‖        margin: the least distance
 *
 * With one feature the neuron divides at a point, with two along a line, with three by a plane. The perceptron
 * takes the first place that makes no mistake; a text that says it finds the line farthest from both kinds
 * describes a support vector machine (Vapnik 1963). That line is found here by geometry: it lies half-way between
 * the nearest points of the two kinds' convex hulls, and Gilbert's algorithm (1966) finds them: go from each point
 * towards the flower that comes closest to the other kind.
 *
 * Look at the margins: the perceptron's are a fraction of what is possible (with one feature it stops right at a
 * flower). The published ones are scikit-learn's (`SVC(kernel="linear", C=1e8)`, 1/‖w‖).
 *
 * Takes 0.1 s.
 */
import { data, type Tensor, tensor } from "../../mod.ts";
import iris from "../data/iris.csv" with { type: "text" };
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Geometry of a neuron", { steps: 20_000 });

const flowers = data.parseCsv(iris, { header: false, skip: 1 });
const names = ["sepal length", "sepal width", "petal length", "petal width"];
const kinds = Array.from({ length: 100 }, (_, i) => i < 50 ? -1 : 1);

/** Where w·x + b = 0. */
interface Plane {
  readonly w: Tensor;
  readonly b: number;
}

/** The first plane of the perceptron's rule that makes no mistake. */
function perceptron(x: Tensor): Plane {
  const rows = x.toArray() as number[][], w = rows[0].map(() => 0);
  let b = 0;
  for (let mistakes = 1; mistakes > 0;) {
    mistakes = 0;
    rows.forEach((row, i) => {
      const z = row.reduce((sum, value, j) => sum + w[j] * value, b);
      if ((z >= 0 ? 1 : -1) === kinds[i]) return;
      row.forEach((value, j) => w[j] += kinds[i] * value);
      b += kinds[i];
      mistakes++;
    });
  }
  return { w: tensor(w, { dtype: "float64" }), b };
}

/** The plane half-way between the nearest points of the two convex hulls. */
function widest(x: Tensor): Plane {
  const setosa = x.narrow(0, 0, 50), versicolor = x.narrow(0, 50, 50);
  let a = setosa.select(0, 0), b = versicolor.select(0, 0); // points of the hulls
  for (let step = 0; step < run.options.steps; step++) {
    const w = b.sub(a); // the flowers that lie farthest towards the other hull:
    const towards = setosa.select(0, setosa.matmul(w).argmax().item());
    const back = versicolor.select(0, versicolor.matmul(w).argmin().item());
    const change = back.sub(towards).sub(w);
    const share = Math.min(1, -w.dot(change).item() / change.square().sum().item()); // so that ‖w + share · change‖ is least
    if (!(share > 0)) break;
    a = a.lerp(towards, share);
    b = b.lerp(back, share);
  }
  const w = b.sub(a);
  return { w, b: -w.dot(a.add(b)).item() / 2 };
}

/** The distance of the flower that is nearest to the plane, negative if one is on the wrong side. */
function margin(x: Tensor, { w, b }: Plane): number {
  return x.matmul(w).add(b).mul(tensor(kinds, { dtype: "float64" })).min().item() / w.norm().item();
}

const cases = [["a point", [2]], ["a line", [0, 2]], ["a plane", [0, 1, 2]], ["a hyperplane", [
  0,
  1,
  2,
  3,
]]] as const;
const published = [0.55, 0.55, 0.720154, 0.817557];
const found = cases.map(([form, columns]) => {
  const x = flowers.tensor([...columns], { dtype: "float64" }).narrow(0, 0, 100).reshape([
    100,
    columns.length,
  ]);
  const planes = [perceptron(x), widest(x)] as const;
  return { form, columns, x, planes, margins: planes.map((plane) => margin(x, plane)) };
});
console.log(table(
  ["divided by", "features", "perceptron's margin", "greatest margin, cm"],
  found.map((
    { form, columns, margins },
  ) => [form, columns.map((i) => names[i]).join(", "), ...margins.map((value) => Number(value.toFixed(3)))]),
));

const { x, planes } = found[1]; // the line can be drawn
run.plot.axes("Two lines", { x: `${names[0]}, cm`, y: `${names[2]}, cm` });
run.plot.points("Two lines", "setosa", x.narrow(0, 0, 50));
run.plot.points("Two lines", "versicolor", x.narrow(0, 50, 50));
planes.forEach(({ w, b }, i) => {
  const [u, v] = w.toTypedArray();
  run.plot.line(
    "Two lines",
    ["perceptron", "widest"][i],
    [4, 7].map((at) => [at, -(u * at + b) / v] as const),
  );
});

found.forEach(({ form, margins }, i) => {
  run.check(`greatest margin, ${form}`, margins[1], {
    equals: published[i],
    within: 1e-4,
    published: published[i],
  });
});
const shares = found.map(({ margins: [ours, greatest] }) => ours / greatest);
run.check("perceptron's margin, share of the greatest", shares, { atLeast: -1e-9, atMost: 0.5 });
await run.end();
