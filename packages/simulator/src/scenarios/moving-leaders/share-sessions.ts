import type { RequestOf } from '@tidelog/protocol';

type Request = RequestOf<'ShareFetch'>;

export interface SharePartition {
  readonly topicId: string;
  readonly index: number;
}

/** What a member has in its session with a node. */
export interface ShareSession {
  /** As the member has said. */
  readonly asked: Map<string, SharePartition>;
  /** As the broker behind knows it: those of them that the node led when the last request came. */
  passedOn: ReadonlyMap<string, SharePartition>;
}

const FIRST_EPOCH = 0;

/** The share sessions of a node (KIP-932), as far as they differ from those of the broker behind it. */
export class ShareSessions {
  readonly #sessions = new Map<string, ShareSession>();

  open(request: Request): ShareSession {
    const key = `${request.groupId}/${request.memberId}`;
    let session = this.#sessions.get(key);
    if (session === undefined || request.shareSessionEpoch === FIRST_EPOCH) {
      session = { asked: new Map(), passedOn: new Map() };
      this.#sessions.set(key, session);
    }
    for (const { topicId, partitions } of request.topics) {
      for (const { partitionIndex: index } of partitions) {
        session.asked.set(shareKey(topicId, index), { topicId, index });
      }
    }
    for (const { topicId, partitions } of request.forgottenTopicsData) {
      for (const index of partitions) session.asked.delete(shareKey(topicId, index));
    }
    return session;
  }
}

export function shareKey(topicId: string, index: number): string {
  return `${topicId}/${index}`;
}
