/**
 * WebAssembly's instructions by name: encoding and kind of immediates.
 *
 * Runs of consecutive codes are written as one line each, in the order of the specification
 * (https://webassembly.github.io/spec/core/appendix/index-instructions.html).
 */

/** What follows an instruction's code in the byte stream. */
export type Immediate =
  | "none"
  | "index"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "v128"
  | "memory"
  | "lane"
  | "memoryLane"
  | "shuffle"
  | "function"
  | "host";

/** How one instruction is written. */
export interface Opcode {
  readonly name: string;
  readonly code: readonly number[];
  readonly immediate: Immediate;
}

const EMPTY = 0x40; // a block without results

/** Every instruction the library emits. */
export const opcodes: ReadonlyMap<string, Opcode> = table();

/** Unsigned LEB128, the variable-length form of every count and index. */
export function leb(n: number): number[] {
  const bytes: number[] = [];
  do {
    const low = n & 0x7f;
    n >>>= 7;
    bytes.push(n ? low | 0x80 : low);
  } while (n);
  return bytes;
}

function table(): Map<string, Opcode> {
  const all = new Map<string, Opcode>();
  const compare = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u", float = "eq ne lt gt le ge";
  const integer = "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
  const real = "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign";

  const set = (name: string, code: readonly number[], immediate: Immediate = "none") =>
    all.set(name, { name, code, immediate });
  const run = (start: number, prefix: string, names: string, immediate: Immediate = "none", space = -1) =>
    names.split(" ").forEach((name, i) => {
      const code = space < 0 ? [start + i] : [space, ...leb(start + i)];
      if (name !== "-") set(prefix && !name.includes(".") ? `${prefix}.${name}` : name, code, immediate);
    });
  const simd = (start: number, prefix: string, names: string, immediate: Immediate = "none") =>
    run(start, prefix, names, immediate, 0xfd);

  run(0x0c, "", "br br_if", "index");
  run(0x0f, "", "return");
  set("block", [0x02, EMPTY]);
  set("loop", [0x03, EMPTY]);
  set("if", [0x04, EMPTY]);
  set("else", [0x05]);
  set("end", [0x0b]);
  set("call", [0x10], "function");
  set("host", [0x10], "host"); // a call of a JavaScript function, by its name
  run(0x1a, "", "drop select");
  run(0x20, "local", "get set tee", "index");
  run(
    0x28,
    "",
    "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u",
    "memory",
  );
  run(0x36, "", "i32.store i64.store f32.store f64.store i32.store8 i32.store16", "memory");
  run(0x41, "", "i32.const", "i32");
  run(0x42, "", "i64.const", "i64");
  run(0x43, "", "f32.const", "f32");
  run(0x44, "", "f64.const", "f64");
  run(0x45, "i32", `eqz ${compare}`);
  run(0x50, "i64", `eqz ${compare}`);
  run(0x5b, "f32", float);
  run(0x61, "f64", float);
  run(0x67, "i32", integer);
  run(0x79, "i64", integer);
  run(0x8b, "f32", real);
  run(0x99, "f64", real);
  run(0xa7, "i32", "wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u");
  run(0xac, "i64", "extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u");
  run(0xb2, "f32", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64");
  run(0xb7, "f64", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32");
  run(0xbc, "", "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64");
  run(0, "i32", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u", "none", 0xfc);
  set("memory.copy", [0xfc, 10, 0, 0]);
  set("memory.fill", [0xfc, 11, 0]);

  simd(0, "v128", "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u", "memory");
  simd(7, "v128", "load8_splat load16_splat load32_splat load64_splat store", "memory");
  simd(12, "v128", "const", "v128");
  simd(13, "i8x16", "shuffle", "shuffle");
  simd(14, "i8x16", "swizzle splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat");
  simd(21, "i8x16", "extract_lane_s extract_lane_u replace_lane", "lane");
  simd(24, "i16x8", "extract_lane_s extract_lane_u replace_lane", "lane");
  ["i32x4", "i64x2", "f32x4", "f64x2"].forEach((t, i) =>
    simd(27 + 2 * i, t, "extract_lane replace_lane", "lane")
  );
  ["i8x16", "i16x8", "i32x4"].forEach((t, i) => simd(35 + 10 * i, t, compare));
  simd(65, "f32x4", float);
  simd(71, "f64x2", float);
  simd(77, "v128", "not and andnot or xor bitselect any_true");
  simd(84, "v128", "load8_lane load16_lane load32_lane load64_lane", "memoryLane");
  simd(88, "v128", "store8_lane store16_lane store32_lane store64_lane", "memoryLane");
  simd(92, "v128", "load32_zero load64_zero", "memory");
  simd(94, "", "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4");
  simd(96, "i8x16", "abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u");
  simd(103, "f32x4", "ceil floor trunc nearest");
  simd(107, "i8x16", "shl shr_s shr_u add - - sub");
  simd(116, "f64x2", "ceil floor");
  simd(122, "f64x2", "trunc");
  simd(128, "i16x8", "abs neg - all_true bitmask narrow_i32x4_s narrow_i32x4_u");
  simd(135, "i16x8", "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u");
  simd(139, "i16x8", "shl shr_s shr_u add - - sub");
  simd(148, "", "f64x2.nearest i16x8.mul");
  simd(160, "i32x4", "abs neg - all_true bitmask");
  simd(167, "i32x4", "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u");
  simd(171, "i32x4", "shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u");
  simd(192, "i64x2", "abs neg - all_true bitmask");
  simd(199, "i64x2", "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u");
  simd(203, "i64x2", "shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s");
  simd(224, "f32x4", "abs neg - sqrt add sub mul div min max pmin pmax");
  simd(236, "f64x2", "abs neg - sqrt add sub mul div min max pmin pmax");
  simd(248, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u");
  simd(250, "f32x4", "convert_i32x4_s convert_i32x4_u");
  simd(252, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero");
  simd(254, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u");
  simd(0x105, "", "f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd");
  simd(0x10b, "", "i32x4.relaxed_laneselect i64x2.relaxed_laneselect");
  return all;
}
