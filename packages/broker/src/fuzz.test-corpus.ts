import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { encodeRequest } from '@tidelog/network';
import {
  type Api,
  type ApiName,
  apis,
  codecs,
  requestHeader,
  requestHeaderVersion,
  Writer,
} from '@tidelog/protocol';
import { batchOf, requests, type ServedName, type Subject } from './requests.test-table.ts';
import { versionsOf } from './versions.test-table.ts';

/** Sound frames, without their lengths, by what they are for. */
export interface Corpus {
  /** Every version of every request of Apache Kafka's, as its own classes write it. */
  readonly golden: Buffer[];
  /** Requests about what is there, for all that is served. */
  readonly live: Buffer[];
  /** Produce requests whose last bytes are a batch, with where it begins. */
  readonly produce: { readonly frame: Buffer; readonly batchAt: number }[];
}

interface Golden {
  readonly message: string;
  readonly version: number;
  readonly bytes: string;
}

/** A topic of each kind that treats batches differently. */
export type Topics = readonly Subject[];

export function corpusOf(topics: Topics): Corpus {
  return { golden: goldenFrames(), live: topics.flatMap(liveFrames), produce: produces(topics) };
}

function goldenFrames(): Buffer[] {
  const file = new URL('../../protocol/golden/messages.jsonl.gz', import.meta.url);
  const byRequest = new Map<string, Api>(
    Object.values(apis).map((api) => [`${api.name}RequestData`, api]),
  );
  return gunzipSync(readFileSync(file))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Golden)
    .flatMap(({ message, version, bytes }) => {
      const api = byRequest.get(message);
      return api === undefined || endsTheBroker(api)
        ? []
        : [frameOf(api, version, Buffer.from(bytes, 'base64'))];
    });
}

/** Whoever may unregister the only broker is obeyed: all partitions are without a leader then. */
function endsTheBroker({ name }: Api): boolean {
  return name === 'UnregisterBroker';
}

function frameOf(api: Api, version: number, body: Buffer): Buffer {
  const writer = new Writer();
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 7 };
  const headerVersion = requestHeaderVersion(api, version);
  requestHeader.write(writer, { ...header, clientId: 'fuzz' }, headerVersion);
  return Buffer.concat([writer.toBuffer(), body]);
}

function encode(name: ApiName, version: number, request: unknown): Buffer {
  const header = { version, correlationId: 7, clientId: 'fuzz' };
  return Buffer.concat(encodeRequest(apis[name], header, request)).subarray(4);
}

function liveFrames(subject: Subject): Buffer[] {
  const names = (Object.keys(requests) as ServedName[]).filter(
    (name) => !endsTheBroker(apis[name]),
  );
  return names.flatMap((name) =>
    versionsOf(name).map((version) => encode(name, version, requests[name](version, subject))),
  );
}

function produces(topics: Topics): Corpus['produce'] {
  const values = Array.from({ length: 20 }, (_, i) => `value ${i}`);
  return topics.flatMap(({ topic, topicId }) =>
    Object.values(codecs).flatMap((codec) =>
      [-1, 4].map((producerId) => {
        const options = producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence: 0 };
        const records = batchOf(values, { codec, ...options });
        const topicData = [{ name: topic, topicId, partitionData: [{ index: 0, records }] }];
        const version = 12;
        const frame = encode('Produce', version, { acks: 1, timeoutMs: 100, topicData });
        return { frame, batchAt: frame.indexOf(records) };
      }),
    ),
  );
}
