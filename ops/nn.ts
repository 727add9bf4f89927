/** `nn` as users see it: the layers of lib/nn with their functional forms in one namespace. */
export * from "../lib/nn/mod.ts";
/** Activations, losses and what else layers compute, as functions. */
export * as functional from "./functional.ts";
