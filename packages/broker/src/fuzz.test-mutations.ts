import { computeBatchCrc } from '@tidelog/protocol';
import type { Random } from '@tidelog/platform';

const extremes32 = [-1, -2, 0, 1, 0x7fffffff, -0x80000000, 0x10000, 0x7fff_0000, 1_000_001];
const extremes16 = [-1, 0, 1, 0x7fff, -0x8000];
const varints = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0x03],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0x00],
];
/** Tagged fields: a huge count, the same twice, a size past the end, a thousand small ones. */
const tagBombs = [
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([2, 0, 1, 0, 0, 1, 0]),
  Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff, 0x07]),
  Buffer.concat([Buffer.from([0xe8, 0x07]), Buffer.alloc(2000, 1)]),
];
/** Where the fields of a batch's header are, with their sizes. */
const batchFields = [
  [0, 8],
  [8, 4],
  [12, 4],
  [16, 1],
  [17, 4],
  [21, 2],
  [23, 4],
  [27, 8],
  [35, 8],
  [43, 8],
  [51, 2],
  [53, 4],
  [57, 4],
] as const;
const BATCH_HEADER = 61;

type Mutation = (frame: Buffer, random: Random) => Buffer;

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

/** A place behind the API's key and version, so that the request is still one of its kind. */
function place(frame: Buffer, random: Random): number {
  return 4 + random.below(Math.max(1, frame.length - 4));
}

function splice(frame: Buffer, at: number, removed: number, inserted: Uint8Array): Buffer {
  return Buffer.concat([frame.subarray(0, at), inserted, frame.subarray(at + removed)]);
}

function setInteger(frame: Buffer, at: number, size: number, value: number): void {
  if (at + size > frame.length) return;
  if (size === 8) {
    frame.writeInt32BE(value < 0 ? -1 : 0, at);
    frame.writeInt32BE(value, at + 4);
  } else if (size === 4) frame.writeInt32BE(value, at);
  else if (size === 2) frame.writeInt16BE((value << 16) >> 16, at);
  else frame.writeInt8((value << 24) >> 24, at);
}

const mutations: readonly Mutation[] = [
  function flipBit(frame, random) {
    const at = place(frame, random);
    if (at < frame.length) frame[at]! ^= 1 << random.below(8);
    return frame;
  },
  function flipHeader(frame, random) {
    frame[random.below(Math.min(8, frame.length))] = random.below(256);
    return frame;
  },
  function truncate(frame, random) {
    return frame.subarray(0, random.below(frame.length) + 1);
  },
  function extremeInteger(frame, random) {
    setInteger(frame, place(frame, random), pick(random, [4, 8]), pick(random, extremes32));
    return frame;
  },
  function extremeShort(frame, random) {
    setInteger(frame, place(frame, random), 2, pick(random, extremes16));
    return frame;
  },
  function overwriteVarint(frame, random) {
    return splice(frame, place(frame, random), 1, Buffer.from(pick(random, varints)));
  },
  function remove(frame, random) {
    return splice(frame, place(frame, random), 1 + random.below(8), Buffer.alloc(0));
  },
  function insert(frame, random) {
    return splice(frame, place(frame, random), 0, random.bytes(1 + random.below(16)));
  },
  function repeat(frame, random) {
    const at = place(frame, random);
    return splice(frame, at, 0, frame.subarray(at, at + 1 + random.below(64)));
  },
  function tagBomb(frame, random) {
    const at = random.below(2) === 0 ? frame.length - 1 : place(frame, random);
    return splice(frame, at, 1, pick(random, tagBombs));
  },
  function append(frame, random) {
    return Buffer.concat([frame, random.bytes(1 + random.below(100))]);
  },
];

/** A frame with one to three things wrong with it, or, now and then, as it was. */
export function mutate(frame: Buffer, random: Random): Buffer {
  let mutated: Buffer = Buffer.from(frame);
  for (let i = random.below(4); i > 0 && mutated.length > 0; i--) {
    mutated = pick(random, mutations)(mutated, random);
  }
  return mutated;
}

/** A Produce request whose batch lies, in most cases under a CRC that is right. */
export function mutateBatch(
  { frame, batchAt }: { frame: Buffer; batchAt: number },
  random: Random,
): Buffer {
  const mutated = Buffer.from(frame);
  const length = batchLength(frame, batchAt);
  for (let i = 1 + random.below(2); i > 0; i--) {
    if (random.below(2) === 0) {
      const [at, size] = pick(random, batchFields);
      setInteger(mutated, batchAt + at, size, pick(random, extremes32));
    } else {
      const at = batchAt + BATCH_HEADER + random.below(length - BATCH_HEADER);
      mutated[at] = pick(random, [0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
    }
  }
  if (random.below(4) > 0 && batchLength(mutated, batchAt) === length) {
    mutated.writeUInt32BE(computeBatchCrc(mutated, batchAt), batchAt + 17);
  }
  return mutated;
}

function batchLength(frame: Buffer, batchAt: number): number {
  return 12 + frame.readInt32BE(batchAt + 8);
}
