import { errors, type RequestOf } from '@tidelog/protocol';

type Request = RequestOf<'Fetch'>;
type Topic = Request['topics'][number];
type Partition = Topic['partitions'][number];

/** A partition of a session, under the name or the id that the client uses. */
export interface SessionPartition {
  readonly topic: Topic;
  readonly partition: Partition;
}

interface Session {
  epoch: number;
  readonly partitions: Map<string, SessionPartition>;
}

/** What a request asks for, with what its session had before; or the error that ends the session. */
export type OpenedFetch =
  | { readonly sessionId: number; readonly partitions: readonly SessionPartition[] }
  | { readonly errorCode: number };

const FULL = 0;
const FINAL = -1;

/** The incremental fetch sessions of a node (KIP-227), which end when it goes. */
export class FetchSessions {
  readonly #sessions = new Map<number, Session>();
  #nextId = 1;

  open(request: Request): OpenedFetch {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === FULL || sessionEpoch === FINAL) {
      this.#sessions.delete(sessionId);
      const session: Session = { epoch: 1, partitions: new Map() };
      take(session, request);
      const partitions = [...session.partitions.values()];
      if (sessionEpoch === FINAL) return { sessionId: 0, partitions };
      const id = this.#nextId++;
      this.#sessions.set(id, session);
      return { sessionId: id, partitions };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return { errorCode: errors.FETCH_SESSION_ID_NOT_FOUND.code };
    if (session.epoch !== sessionEpoch) {
      return { errorCode: errors.INVALID_FETCH_SESSION_EPOCH.code };
    }
    session.epoch++;
    take(session, request);
    return { sessionId, partitions: [...session.partitions.values()] };
  }
}

function take({ partitions }: Session, { topics, forgottenTopicsData }: Request): void {
  for (const topic of topics) {
    for (const partition of topic.partitions) {
      partitions.set(keyOf(topic, partition.partition), { topic, partition });
    }
  }
  for (const topic of forgottenTopicsData) {
    for (const partition of topic.partitions) partitions.delete(keyOf(topic, partition));
  }
}

function keyOf({ topic, topicId }: { topic: string; topicId: string }, partition: number): string {
  return `${topic || topicId}-${partition}`;
}
