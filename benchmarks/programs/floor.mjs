/**
 * The least that produce can cost in JavaScript: reads Produce requests of one batch each, computes its
 * CRC32C, writes it to a fresh file and gives an answer without an error that is made already.
 * Run as `floor.mjs DIRECTORY PORT`.
 */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';

const [directory = '', port = ''] = process.argv.slice(2);
const readBytes = 1 << 20;
/** Of a batch: where its CRC stands, and what that covers. */
const crcAt = 17;
const coveredFrom = 21;
const answer = Buffer.alloc(256);
answer.writeInt32BE(answer.length - 4, 0);
const answers = Buffer.concat(Array(64).fill(answer));
let connections = 0;

/** Behind the header, `transactional_id` null, acks, timeout, and one topic with one partition. @param {Buffer} frame */
function batchOf(frame) {
  const topic = 10 + frame.readInt16BE(8) + 2 + 2 + 4 + 4;
  return frame.subarray(topic + 2 + frame.readInt16BE(topic) + 4 + 4 + 4);
}

/** Its requests are read one behind the other into memory of its own. @param {object} handle of libuv */
function serve(handle) {
  const room = Buffer.allocUnsafeSlow(4 << 20);
  const path = join(directory, String(connections++));
  const file = openSync(path, 'w');
  unlinkSync(path); // its pages go with the connection
  let filled = 0;
  let position = 0;
  const missing = () => (filled < 4 ? 0 : 4 + room.readInt32BE(0) - filled);
  const received = (/** @type {number} */ byteCount) => {
    filled += byteCount;
    let at = 0;
    let replies = 0;
    while (filled - at >= 4 && filled - at >= 4 + room.readInt32BE(at)) {
      const end = at + 4 + room.readInt32BE(at);
      const batch = batchOf(room.subarray(at + 4, end));
      if (crc32c(batch.subarray(coveredFrom)) !== batch.readUInt32BE(crcAt)) throw new Error('CRC');
      position += writeSync(file, batch, 0, batch.length, position);
      at = end;
      replies++;
    }
    if (at > 0) room.copyWithin(0, at, filled);
    filled -= at;
    if (replies > 0) socket.write(answers.subarray(0, replies * answer.length));
    return true;
  };
  // Only the rest of a frame where that is large: nothing has to be moved then.
  const wanted = () => (missing() < readBytes / 32 ? readBytes : missing());
  const onread = { buffer: () => room.subarray(filled, filled + wanted()), callback: received };
  const options = /** @type {any} */ ({ handle, onread, readable: true, writable: true });
  const socket = new Socket(options);
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', () => closeSync(file));
}

const server = createServer();
server.listen(Number(port), '127.0.0.1', () => {
  // What `onread` is given only by the handle: a socket that Node has accepted allocates for each read.
  const { _handle: listener } = /** @type {any} */ (server);
  listener.onconnection = (/** @type {number} */ status, /** @type {object} */ handle) => {
    if (status === 0) serve(handle);
  };
  console.log('listening');
});
