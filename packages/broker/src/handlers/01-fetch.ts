import { giveBack } from '@tidelog/log';
import { errors, type KafkaError, type ResponseOf } from '@tidelog/protocol';
import { FetchRound, withOneMore } from '../fetch/fetch-round.ts';
import type { PartitionResponse } from '../fetch/fetch-session.ts';
import { FetchWait } from '../fetch/fetch-wait.ts';
import type { FetchPlan } from '../fetch/fetch-sessions.ts';
import type { FetchTarget } from '../fetch/fetch-target.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';
import { LeaderHints } from './leader-hints.ts';

type TopicResponse = ResponseOf<'Fetch'>['responses'][number];

/**
 * Versions 4 to 18, for consumers. Reads what is there; when that is less than `minBytes` and nothing
 * failed, waits until enough has become visible or `maxWaitMs` is over, and reads again. At most
 * `maxBytes` in all and `partitionMaxBytes` for each partition, but always the first batch of the
 * first partition that has one, so that a consumer gets past a large record (KIP-74).
 */
export const fetch: Handler<'Fetch'> = (request, context, broker) => {
  const now = broker.clock.now();
  const plan = broker.fetchSessions.plan(request, context.apiVersion, now);
  if (plan.error !== errors.NONE) return { errorCode: plan.error.code, responses: [] };
  const hints = new LeaderHints(broker, context.listenerName);
  const read = () => new FetchRound(request, context, broker, hints).read(plan.targets());
  const first = read();
  const answer = (round: FetchRound) => {
    context.onReleased = () => giveBack(round.records);
    return respond(round, plan, { broker, hints, version: context.apiVersion });
  };
  const { maxWaitMs } = request;
  const missingBytes = Math.min(request.minBytes, first.maxBytes) - first.sizeBytes;
  if (missingBytes <= 0 || maxWaitMs <= 0 || first.mustAnswer || first.partitions.length === 0) {
    return answer(first);
  }
  giveBack(first.records);
  return new FetchWait(broker.clock, first, context.onGone)
    .until(missingBytes, maxWaitMs)
    .then(() => answer(read()));
};

function respond(
  round: FetchRound,
  plan: FetchPlan,
  { broker, hints, version }: { broker: BrokerServices; hints: LeaderHints; version: number },
): ResponseOf<'Fetch'> {
  const { session } = plan;
  const targets = round.results.map(({ target }) => target);
  const sessionId = plan.wantsSession
    ? broker.fetchSessions.create(targets, version, broker.clock.now())
    : (session?.id ?? 0);
  const topics = new Topics(version);
  for (const { target, response, sizeBytes } of round.results) {
    if (sessionId !== 0 && session === null) remember(target, response);
    const news = session === null || session.isNews(target, response, sizeBytes);
    if (news) topics.add(target, downgraded(response, version));
  }
  return {
    errorCode: errors.NONE.code,
    sessionId,
    responses: topics.list,
    nodeEndpoints: hints.endpoints(),
  };
}

/** What the client of a new session has heard with its first answer. */
function remember(target: FetchTarget, response: PartitionResponse): void {
  target.sentHighWatermark = response.errorCode === 0 ? response.highWatermark : -1;
  target.sentLogStartOffset = response.logStartOffset ?? -1;
}

/** Clients of version 5 and below take KAFKA_STORAGE_ERROR for final, which it is not. */
function downgraded(response: PartitionResponse, version: number): PartitionResponse {
  const storage: KafkaError = errors.KAFKA_STORAGE_ERROR;
  if (version > 5 || response.errorCode !== storage.code) return response;
  return { ...response, errorCode: errors.NOT_LEADER_OR_FOLLOWER.code };
}

/** Responses grouped by topic, as long as partitions of a topic come one after the other. */
class Topics {
  list: TopicResponse[] = [];
  readonly #byId: boolean;
  #partitions: PartitionResponse[] = [];
  #last: FetchTarget | null = null;

  constructor(version: number) {
    this.#byId = version >= 13;
  }

  add(target: FetchTarget, response: PartitionResponse): void {
    const last = this.#last;
    const same =
      last !== null && (this.#byId ? last.topicId === target.topicId : last.topic === target.topic);
    if (same) this.#partitions.push(response);
    else {
      this.#partitions = [response];
      const { topic, topicId } = target;
      this.list = withOneMore(this.list, { topic, topicId, partitions: this.#partitions });
    }
    this.#last = target;
  }
}
