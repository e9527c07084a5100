import { type Api, requestHeader, requestHeaderVersion, Writer } from '@tidelog/protocol';

/** A whole request frame in pieces for one vectored write. */
export function encodeRequest(
  api: Api,
  header: { version: number; correlationId: number; clientId: string | null },
  request: unknown,
): Uint8Array[] {
  const { version, correlationId, clientId } = header;
  const writer = new Writer(256);
  writer.int32(0);
  requestHeader.write(
    writer,
    { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId },
    requestHeaderVersion(api, version),
  );
  api.request.write(writer, request as never, version);
  const size = writer.sizeBytes() - 4;
  const chunks = writer.chunks() as Uint8Array[]; // of a request all is in memory
  (chunks[0] as Buffer).writeInt32BE(size, 0);
  return chunks;
}
