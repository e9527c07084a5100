// What every function of the addon has to give, and to refuse: run as a program of its own with the path of
// the addon, since what is looked for may end the process. Prints how many checks it has made.
const assert = require('node:assert/strict');

const addon = require(process.argv[2]);
let checks = 0;

function gives(expected, call, ...args) {
  checks++;
  assert.deepEqual(call(...args), expected);
}

function refuses(name, call, ...args) {
  checks++;
  assert.throws(() => call(...args), { name });
}

/** Bit by bit, as the polynomial is defined. */
function crcOf(bytes, start, end, previous) {
  let crc = ~previous;
  for (let at = start; at < end; at++) {
    crc ^= bytes[at];
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

/** The same numbers in each run. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

function detached(length) {
  const bytes = new Uint8Array(length);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Whatever takes a range of bytes, with the rest of its arguments. */
function rangeIsHeld(call) {
  const bytes = Buffer.from('0123456789');
  for (const value of [null, undefined, 'bytes', 7, {}, [1, 2], new ArrayBuffer(10), Symbol('s')]) {
    refuses('TypeError', call, value, 0, 0);
  }
  const others = [new DataView(new ArrayBuffer(10)), new Int8Array(10), new Float64Array(10)];
  for (const value of others) refuses('TypeError', call, value, 0, 0);
  const numbers = [
    -1,
    11,
    0.5,
    Number.NaN,
    Infinity,
    -Infinity,
    2 ** 32,
    2 ** 53,
    2 ** 64,
    -(2 ** 63),
  ];
  for (const value of numbers) {
    refuses('RangeError', call, bytes, value, 10);
    refuses('RangeError', call, bytes, 0, value);
  }
  for (const value of ['1', null, undefined, {}, 1n]) {
    refuses('TypeError', call, bytes, value, 10);
    refuses('TypeError', call, bytes, 0, value);
  }
  refuses('RangeError', call, bytes, 6, 5);
  refuses('RangeError', call, detached(10), 0, 10);
  refuses('RangeError', call, detached(10), 1, 1);
}

function wrongCounts(call, count) {
  refuses('TypeError', call, ...Array.from({ length: count - 1 }, () => 0));
  refuses('TypeError', call, ...Array.from({ length: count + 1 }, () => 0));
  refuses('TypeError', call);
}

function crc32c() {
  const { crc32c } = addon;
  gives(0xe3069283, crc32c, Buffer.from('123456789'), 0, 9, 0);
  gives(0x8a9136aa, crc32c, Buffer.alloc(32), 0, 32, 0);
  gives(0, crc32c, Buffer.alloc(0), 0, 0, 0);
  gives(0, crc32c, detached(10), 0, 0, 0);
  const draw = numbers(7);
  // Memory that ends with the bytes: a read behind them is seen.
  const bytes = new Uint8Array(40_000).map(() => draw.next().value >>> 24);
  for (let i = 0; i < 300; i++) {
    const start = draw.next().value % (i < 200 ? 2000 : 20_000);
    const end = start + (draw.next().value % (i < 200 ? 2000 : 20_001));
    const previous = draw.next().value;
    const own = bytes.slice(start, end);
    const expected = crcOf(bytes, start, end, previous);
    gives(expected, crc32c, bytes, start, end, previous);
    gives(expected, crc32c, own, 0, own.length, previous);
  }
  const shared = new Uint8Array(new SharedArrayBuffer(9)).map((_, i) => 49 + i);
  gives(0xe3069283, crc32c, shared, 0, 9, 0);
  rangeIsHeld((value, start, end) => crc32c(value, start, end, 0));
  for (const previous of [-1, 2 ** 32, 0.1, Number.NaN]) {
    refuses('RangeError', crc32c, bytes, 0, 1, previous);
  }
  refuses('TypeError', crc32c, bytes, 0, 1, '0');
  wrongCounts(crc32c, 4);
}

crc32c();
console.log(`${checks} checks`);
