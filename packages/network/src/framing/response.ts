import type { Piece } from '@tidelog/platform';
import { type Api, responseHeader, responseHeaderVersion, Writer } from '@tidelog/protocol';

/** A whole response frame in pieces for one vectored write; large byte strings are not copied. */
export function encodeResponse(
  api: Api,
  version: number,
  correlationId: number,
  response: unknown,
): Piece[] {
  const writer = new Writer(256);
  writer.int32(0);
  responseHeader.write(writer, { correlationId }, responseHeaderVersion(api, version));
  api.response.write(writer, response as never, version);
  const size = writer.sizeBytes() - 4;
  // What is unread of a response is ranges of files: nothing else is written into one.
  const chunks = writer.chunks() as Piece[];
  (chunks[0] as Buffer).writeInt32BE(size, 0);
  return chunks;
}
