/** How good predictions are, as numbers. */
export {
  accuracy,
  type Average,
  type AverageOptions,
  confusionMatrix,
  type ConfusionMatrixOptions,
  f1Score,
  precision,
  recall,
  type Scored,
  topkAccuracy,
} from "./classes.ts";
export { meanSquaredError, r2Score, rocAuc } from "./scores.ts";
