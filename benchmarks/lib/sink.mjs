/**
 * A server that does nothing: it counts bytes, and gives each request an answer made beforehand.
 * What a load reaches against it is what the load itself can do.
 * Run as `sink.mjs PORT REQUEST_BYTES REPLY_BYTES`, where all requests are of one size.
 */
import { nodePlatform } from '@tidelog/platform';

const [port = 0, requestBytes = 0, replyBytes = 0] = process.argv.slice(2).map(Number);
const reply = Buffer.alloc(replyBytes);
reply.writeInt32BE(replyBytes - 4, 0);

await nodePlatform().network.listen({ host: '127.0.0.1', port }, (socket) => {
  let received = 0;
  socket.onData = (chunk) => {
    received += chunk.length;
    const replies = Math.floor(received / requestBytes);
    received -= replies * requestBytes;
    if (replies > 0) socket.write(Array(replies).fill(reply));
  };
});
console.log('listening');
