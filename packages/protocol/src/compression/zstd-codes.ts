/** The lengths and default distributions of zstd's sequences (RFC 8878, 3.1.1.3.2). */

/** Where each code of a literal or match length begins, and the bits that follow it. */
export interface LengthCodes {
  readonly baselines: readonly number[];
  readonly extraBits: readonly number[];
}

export const literalCodes = lengthCodes(0, [
  ...Array<number>(16).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]);
export const matchCodes = lengthCodes(3, [
  ...Array<number>(32).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]);

/** The distributions that a decoder knows without being told (RFC 8878, 3.1.1.3.2.2). */
const ones = (count: number) => Array<number>(count).fill(1);
const twos = (count: number) => Array<number>(count).fill(2);
const rare = (count: number) => Array<number>(count).fill(-1);
export const literalDistribution: readonly number[] = [
  4,
  3,
  ...twos(11),
  ...ones(3),
  ...twos(9),
  3,
  2,
  ...ones(5),
  ...rare(4),
];
export const offsetDistribution: readonly number[] = [
  ...ones(6),
  ...twos(3),
  ...ones(15),
  ...rare(5),
];
export const matchDistribution: readonly number[] = [1, 4, 3, ...twos(6), ...ones(37), ...rare(7)];

function lengthCodes(first: number, extraBits: readonly number[]): LengthCodes {
  let baseline = first;
  const baselines = extraBits.map((bits) => {
    const here = baseline;
    baseline += 1 << bits;
    return here;
  });
  return { baselines, extraBits };
}
