import type { RequestInput, ResponseOutput } from '@tidelog/protocol';
import type { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

type FetchRequest = RequestInput<'ShareFetch'>;
export type Acks = [first: number, last: number, ...types: number[]][];
/** One member of a share group over a connection of its own. */
export class Member {
  readonly client: TestClient;
  readonly groupId: string;
  readonly memberId: string;
  readonly topicId: string;
  epoch = 0;

  static async join(node: TestNode, groupId: string, memberId: string, topicId: string) {
    return new Member(await TestClient.connect(node), { groupId, memberId, topicId });
  }

  private constructor(
    client: TestClient,
    { groupId, memberId, topicId }: { groupId: string; memberId: string; topicId: string },
  ) {
    this.client = client;
    this.groupId = groupId;
    this.memberId = memberId;
    this.topicId = topicId;
  }

  async send(
    request: Partial<FetchRequest> = {},
    acks: Acks = [],
    version = 2,
  ): Promise<ResponseOutput<'ShareFetch'>> {
    const shareSessionEpoch = request.shareSessionEpoch ?? this.epoch;
    const reply = await this.client.send('ShareFetch', version, {
      groupId: this.groupId,
      memberId: this.memberId,
      shareSessionEpoch,
      maxWaitMs: 2000,
      minBytes: 1,
      maxRecords: 500,
      batchSize: 500,
      topics: shareSessionEpoch === 0 || acks.length > 0 ? [topicWith(this.topicId, acks)] : [],
      forgottenTopicsData: [],
      ...request,
    });
    if (reply.errorCode === 0) this.epoch = shareSessionEpoch + 1;
    return reply;
  }

  /** What is acquired of partition 0, as `first-last*count`. */
  async fetch(request: Partial<FetchRequest> = {}, acks: Acks = []): Promise<string> {
    const reply = await this.send(request, acks);
    const partition = reply.responses[0]?.partitions[0];
    const code = reply.errorCode || partition?.errorCode || partition?.acknowledgeErrorCode || 0;
    if (code !== 0) return `error ${code}`;
    return (partition?.acquiredRecords ?? [])
      .map((found) => `${found.firstOffset}-${found.lastOffset}*${found.deliveryCount}`)
      .join(' ');
  }

  async acknowledge(acks: Acks, request: Partial<RequestInput<'ShareAcknowledge'>> = {}) {
    const reply = await this.client.send('ShareAcknowledge', 2, {
      groupId: this.groupId,
      memberId: this.memberId,
      shareSessionEpoch: this.epoch++,
      topics: [topicWith(this.topicId, acks)],
      ...request,
    });
    return reply.errorCode || reply.responses[0]!.partitions[0]!.errorCode;
  }

  leave(): void {
    this.client.connection.close();
  }
}

/** As the coordinator of the group does when a member subscribes. */
export async function initialize(
  node: TestNode,
  groupId: string,
  topicId: string,
  count = 1,
): Promise<void> {
  const { results } = await node.broker.sharePersister.initializeState({
    groupId,
    topics: [
      {
        topicId,
        partitions: Array.from({ length: count }, (_, partition) => ({
          partition,
          stateEpoch: 1,
          startOffset: -1,
        })),
      },
    ],
  });
  for (const { errorCode } of results[0]!.partitions) {
    if (errorCode !== 0) throw new Error(`initialize: error ${errorCode}`);
  }
}

function topicWith(topicId: string, acks: Acks) {
  const acknowledgementBatches = acks.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => ({
    firstOffset,
    lastOffset,
    acknowledgeTypes,
  }));
  return { topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches }] };
}
