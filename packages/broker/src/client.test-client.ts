import { type ClientConnection, encodeRequest, FrameReader } from '@tidelog/network';
import type { Socket } from '@tidelog/platform';
import {
  apis,
  batchBaseOffset,
  nextBatchSize,
  Reader,
  type RequestInput,
  type ResponseOutput,
  RecordCursor,
  responseHeader,
  responseHeaderVersion,
  ZERO_UUID,
} from '@tidelog/protocol';
import type { TestNode } from './broker.test-node.ts';
import { batchOf, type ServedName } from './requests.test-table.ts';

type PartitionToFetch = RequestInput<'Fetch'>['topics'][number]['partitions'][number];
export type FetchedPartition = ResponseOutput<'Fetch'>['responses'][number]['partitions'][number];

/** One request over a connection of its own; the response must end where its bytes end. */
export async function askOnce<K extends ServedName>(
  node: TestNode,
  name: K,
  request: { readonly version: number; readonly body: RequestInput<K>; readonly clientId?: string },
): Promise<ResponseOutput<K>> {
  const { version, body, clientId = 'test' } = request;
  const socket = await node.network.connect({ host: '', port: node.port });
  const header = { version, correlationId: 77, clientId };
  const frame = await exchange(socket, encodeRequest(apis[name], header, body));
  socket.destroy();
  const reader = new Reader(frame);
  const { correlationId } = responseHeader.read(reader, responseHeaderVersion(apis[name], version));
  const response = apis[name].response.read(reader, version) as ResponseOutput<K>;
  if (reader.failed || reader.remaining() > 0 || correlationId !== 77) {
    throw new Error(`${name} version ${version}: the response is malformed`);
  }
  return response;
}

/** The frame that answers, or a rejection when the connection is closed instead. */
export function exchange(socket: Socket, bytes: readonly Uint8Array[]): Promise<Buffer> {
  const frames = new FrameReader(1 << 30);
  return new Promise((resolve, reject) => {
    socket.onData = (chunk) => {
      frames.push(chunk);
      if (frames.next() !== null) resolve(frames.take());
      frames.keep();
    };
    socket.onClose = () => reject(new Error('closed'));
    socket.write(bytes);
  });
}

/** What clients do most, in short. */
export class TestClient {
  readonly connection: ClientConnection;

  static async connect(node: TestNode, clientId?: string): Promise<TestClient> {
    return new TestClient(await node.connect(clientId));
  }

  private constructor(connection: ClientConnection) {
    this.connection = connection;
  }

  send<K extends ServedName>(
    name: K,
    version: number,
    request: RequestInput<K>,
  ): Promise<ResponseOutput<K>> {
    return this.connection.send(name, version, request);
  }

  /** Gives the topic's id. */
  async createTopic(
    name: string,
    configs: Readonly<Record<string, string>> = {},
    numPartitions = 1,
  ): Promise<string> {
    const { topics } = await this.send('CreateTopics', 7, {
      topics: [
        {
          name,
          numPartitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    const topic = topics[0]!;
    if (topic.errorCode !== 0) throw new Error(`${name}: error ${topic.errorCode}`);
    return topic.topicId;
  }

  async produce(
    topic: string,
    records: Buffer | null | readonly string[],
    options: { acks?: number; version?: number; topicId?: string; index?: number } = {},
  ) {
    const { acks = -1, version = 12, topicId = ZERO_UUID, index = 0 } = options;
    const bytes = Array.isArray(records) ? batchOf(records) : (records as Buffer | null);
    const topicData = [{ name: topic, topicId, partitionData: [{ index, records: bytes }] }];
    const reply = await this.send('Produce', version, { acks, timeoutMs: 1000, topicData });
    return reply.responses[0]!.partitionResponses[0]!;
  }

  /** One partition by its topic's name. */
  async fetch(
    topic: string,
    partition: Partial<PartitionToFetch> = {},
    request: Partial<RequestInput<'Fetch'>> = {},
  ): Promise<FetchedPartition> {
    const reply = await this.send('Fetch', 12, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [
        {
          topic,
          topicId: ZERO_UUID,
          partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20, ...partition }],
        },
      ],
      forgottenTopicsData: [],
      ...request,
    });
    if (reply.errorCode !== 0) throw new Error(`fetch: error ${reply.errorCode}`);
    return reply.responses[0]!.partitions[0]!;
  }

  /** The values of all records that a fetch from `offset` on gives. */
  async values(topic: string, offset = 0): Promise<string[]> {
    const { errorCode, records } = await this.fetch(topic, { fetchOffset: offset });
    if (errorCode !== 0) throw new Error(`fetch: error ${errorCode}`);
    return valuesOf(records, offset);
  }
}

/** Values of the records at or after an offset. */
export function valuesOf(records: Buffer | null, from = 0): string[] {
  const bytes = records ?? Buffer.alloc(0);
  const values: string[] = [];
  const cursor = new RecordCursor();
  for (let at = 0; ; ) {
    const size = nextBatchSize(bytes, at, bytes.length);
    if (size <= 0) return values;
    cursor.open(bytes, at);
    while (cursor.next()) {
      if (cursor.offset >= from) values.push(String(cursor.value));
    }
    at += size;
  }
}

export function baseOffsets(records: Buffer | null): number[] {
  const bytes = records ?? Buffer.alloc(0);
  const offsets: number[] = [];
  for (let at = 0; ; ) {
    const size = nextBatchSize(bytes, at, bytes.length);
    if (size <= 0) return offsets;
    offsets.push(batchBaseOffset(bytes, at));
    at += size;
  }
}
