// What every function of the addon has to give, and to refuse: run as a program of its own with the path of
// the addon, since what is looked for may end the process. Prints how many checks it has made.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const addon = require(process.argv[2]);
const { errno } = os.constants;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'tidelog-checks-'));
process.on('exit', () => fs.rmSync(root, { recursive: true }));
let checks = 0;
let files = 0;

function gives(expected, call, ...args) {
  checks++;
  assert.deepEqual(call(...args), expected);
}

/** Which `errno` it is differs from kernel to kernel. */
function fails(call, ...args) {
  checks++;
  assert.ok(call(...args) < 0);
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

/** Whatever takes a descriptor, with the rest of its arguments. */
function descriptorIsHeld(call) {
  for (const value of ['1', null, undefined, {}, 1n]) refuses('TypeError', call, value);
  for (const value of [-1, 0.5, 2 ** 31, Number.NaN, Infinity]) refuses('RangeError', call, value);
  const closed = open();
  fs.closeSync(closed);
  gives(-errno.EBADF, call, closed);
  gives(-errno.EBADF, call, 2 ** 31 - 1);
}

/** Whatever takes a place in a file, or a number of bytes. */
function integerIsHeld(call, most) {
  for (const value of ['1', null, undefined, {}, 1n]) refuses('TypeError', call, value);
  for (const value of [-1, 0.5, most + 1, Number.NaN, Infinity, 2 ** 64]) {
    refuses('RangeError', call, value);
  }
}

/** A new file with this in it. */
function open(content = '') {
  const name = path.join(root, `${files++}`);
  fs.writeFileSync(name, content);
  return fs.openSync(name, 'r+');
}

function contentOf(fd) {
  const bytes = Buffer.alloc(fs.fstatSync(fd).size);
  fs.readSync(fd, bytes, 0, bytes.length, 0);
  return bytes.toString();
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

function write() {
  const { write } = addon;
  const bytes = Buffer.from('0123456789');
  const fd = open('abc');
  gives(3, write, fd, bytes, 4, 7, 2);
  gives(0, write, fd, bytes, 10, 10, 90);
  gives(0, write, fd, detached(10), 0, 0, 0);
  gives('ab456', contentOf, fd);
  const readOnly = fs.openSync(path.join(root, '0'), 'r');
  gives(-errno.EBADF, write, readOnly, bytes, 0, 10, 0);
  fails(write, fd, bytes, 0, 10, Number.MAX_SAFE_INTEGER);
  if (fs.existsSync('/dev/full')) {
    gives(-errno.ENOSPC, write, fs.openSync('/dev/full', 'w'), bytes, 0, 10, 0);
  }
  descriptorIsHeld((value) => write(value, bytes, 0, 10, 0));
  rangeIsHeld((value, start, end) => write(fd, value, start, end, 0));
  integerIsHeld((value) => write(fd, bytes, 0, 1, value), Number.MAX_SAFE_INTEGER);
  wrongCounts(write, 5);
  gives('ab456', contentOf, fd);
}

function sendFile() {
  const { sendFile } = addon;
  const fd = open('0123456789');
  if (process.platform === 'linux') {
    // Here the receiver may be a file too.
    const receiver = open();
    gives(4, sendFile, receiver, fd, 3, 4);
    gives(2, sendFile, receiver, fd, 8, 100);
    gives(0, sendFile, receiver, fd, 10, 100);
    gives(0, sendFile, receiver, fd, 0, 0);
    gives('345689', contentOf, receiver);
    descriptorIsHeld((value) => sendFile(receiver, value, 0, 1));
    fails(sendFile, receiver, fd, Number.MAX_SAFE_INTEGER, 2 ** 31 - 1);
  }
  descriptorIsHeld((value) => sendFile(value, fd, 0, 1));
  integerIsHeld((value) => sendFile(fd, fd, value, 1), Number.MAX_SAFE_INTEGER);
  integerIsHeld((value) => sendFile(fd, fd, 0, value), 2 ** 31 - 1);
  wrongCounts(sendFile, 4);
}

function probe() {
  const { probe } = addon;
  const fd = open('0123456789');
  if (process.platform === 'linux') {
    checks++;
    assert.ok([1, -errno.EOPNOTSUPP].includes(probe(fd, 9))); // it was written a moment ago
    checks++;
    assert.ok([0, -errno.EOPNOTSUPP].includes(probe(fd, 10)));
    descriptorIsHeld((value) => probe(value, 0));
  } else {
    gives(-errno.ENOSYS, probe, fd, 0);
  }
  integerIsHeld((value) => probe(fd, value), Number.MAX_SAFE_INTEGER);
  wrongCounts(probe, 2);
}

function setSendBuffer() {
  const { setSendBuffer } = addon;
  const server = net.createServer().listen(0);
  const { fd } = server._handle;
  checks++;
  assert.ok(setSendBuffer(fd, 100_000) >= 100_000);
  checks++;
  assert.ok(setSendBuffer(fd, 20_000) < 100_000);
  fails(setSendBuffer, open(), 100_000); // no socket
  descriptorIsHeld((value) => setSendBuffer(value, 1));
  integerIsHeld((value) => setSendBuffer(fd, value), 2 ** 31 - 1);
  server.close();
  wrongCounts(setSendBuffer, 2);
}

function lock() {
  const { lock, unlock } = addon;
  const fd = open();
  const again = fs.openSync(path.join(root, `${files - 1}`), 'r+');
  if (process.platform === 'linux') {
    gives(0, lock, fd);
    gives(0, lock, fd);
    gives(-errno.EAGAIN, lock, again);
    gives(0, unlock, again);
    gives(-errno.EAGAIN, lock, again);
    gives(0, unlock, fd);
    gives(0, lock, again);
    descriptorIsHeld(lock);
    descriptorIsHeld(unlock);
  } else {
    gives(-errno.ENOSYS, lock, fd);
    gives(-errno.ENOSYS, unlock, fd);
  }
  wrongCounts(lock, 1);
  wrongCounts(unlock, 1);
}

crc32c();
write();
sendFile();
probe();
setSendBuffer();
lock();
console.log(`${checks} checks`);
