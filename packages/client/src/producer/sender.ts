import type { Timer } from '@tidelog/platform';
import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import { asClientError, isRetriable, KafkaClientError } from '../client-error.ts';
import type { BrokerConnection } from '../cluster/broker-connection.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import type { Accumulator } from './accumulator.ts';
import type { Idempotence } from './idempotence.ts';
import { Outcomes, type PartitionResponse } from './outcomes.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';
import { newProducerId } from './producer-id.ts';
import { produceRequest, produceVersion, type Shipment, UNANSWERED } from './produce-request.ts';
import type { ProducerSettings } from './producer-settings.ts';
import type { Transactions } from './transaction/transactions.ts';

/** How much longer than the broker, which gives up by itself, a producer waits for its answer. */
const ANSWER_GRACE_MS = 500;

/**
 * Sends what is ready to the leaders of its partitions, up to `maxInFlight` requests to each broker, and
 * takes care of what comes back. It runs when it is woken: by an append, a response, a timer.
 */
export class Sender {
  readonly #cluster: Cluster;
  readonly #accumulator: Accumulator;
  readonly #settings: ProducerSettings;
  readonly #lane: Lane;
  readonly #idempotence: Idempotence | null;
  readonly #transactions: Transactions | null;
  readonly #onRoom: () => void;
  readonly #outcomes: Outcomes;
  readonly #inFlight = new Map<number, number>();
  readonly #connecting = new Set<number>();
  /** Brokers that could not take what was ready for them, since when. */
  readonly #stalled = new Map<number, number>();
  #scheduled = false;
  #initializing = false;
  #refreshing = false;
  #timer: Timer | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #closed = false;
  /** While above 0 nothing lingers. */
  urgent = 0;

  constructor(options: {
    cluster: Cluster;
    accumulator: Accumulator;
    settings: ProducerSettings;
    lane: Lane;
    idempotence: Idempotence | null;
    transactions: Transactions | null;
    /** Memory was freed. */
    onRoom: () => void;
  }) {
    this.#cluster = options.cluster;
    this.#accumulator = options.accumulator;
    this.#settings = options.settings;
    this.#lane = options.lane;
    this.#onRoom = options.onRoom;
    this.#idempotence = options.idempotence;
    this.#transactions = options.transactions;
    this.#outcomes = new Outcomes({
      ...options,
      onStaleMetadata: (topic) => this.#refresh(new Set([topic])),
    });
  }

  /** Runs at the end of this turn, with all that was appended in it. */
  wake(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#run();
    });
  }

  /** Since when (monotonic) a broker could take nothing of what was ready for it. */
  stalledSince(node: number): number | undefined {
    return this.#stalled.get(node);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Fails what has not left. */
  abandon(error: KafkaClientError): void {
    this.#outcomes.abandon(error);
  }

  /** Fails all that has no outcome yet. */
  close(error: KafkaClientError): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#outcomes.failAll(error);
  }

  #run(): void {
    const now = this.#cluster.platform.clock.monotonic();
    this.#outcomes.expire(now);
    this.#transactions?.addPartitions();
    if (this.#idempotence?.identity === null && this.#accumulator.active.size > 0) {
      this.#initialize();
      this.#wakeAt(this.#nextDeadline(now));
      return;
    }
    let sent: boolean;
    do {
      sent = false;
      const ready = this.#readyByLeader(now);
      for (const node of this.#stalled.keys()) if (!ready.has(node)) this.#stalled.delete(node);
      for (const [node, queues] of ready) {
        if (this.#send(node, queues)) {
          sent = true;
          this.#stalled.delete(node);
        } else if (!this.#stalled.has(node)) this.#stalled.set(node, now);
      }
    } while (sent && this.#idempotence?.identity !== null);
    this.#wakeAt(this.#nextDeadline(now));
  }

  #isDue(queue: PartitionQueue, now: number, leaderEpoch: number): boolean {
    const head = queue.head!;
    // A new leader is tried at once.
    if (head.retryAt > now && leaderEpoch <= head.leaderEpoch) return false;
    // The same sum as in #nextDeadline: `now - createdAt` may round to less when the timer fires.
    const waited = head.createdAt + this.#settings.lingerMs <= now;
    const full = queue.batches.length > 1 || this.#accumulator.isFull(head);
    const hurry = this.urgent > 0 || this.#accumulator.isExhausted;
    return full || waited || head.attempts > 0 || hurry;
  }

  /** Idempotence and transactions have their say; `id` is that of the topic now. */
  #isAdmitted(queue: PartitionQueue, id: string | null): boolean {
    if (this.#transactions?.admits(queue) === false) return false;
    if (this.#idempotence === null) return true;
    if (queue.isOfOtherTopic(id) && !this.#isReadyForOther(queue)) return false;
    return this.#idempotence.admits(queue);
  }

  #isReadyForOther(queue: PartitionQueue): boolean {
    const advice = this.#idempotence!.recreated(queue);
    if (advice === 'lost') {
      const message = `topic ${queue.topic} was deleted and created anew, and records with it`;
      this.#transactions!.batchFailed(new KafkaClientError('UNKNOWN_TOPIC_ID', message), true);
    }
    return advice === 'go';
  }

  #readyByLeader(now: number): Map<number, PartitionQueue[]> {
    const byLeader = new Map<number, PartitionQueue[]>();
    let leaderless: Set<string> | null = null;
    for (const queue of this.#accumulator.active) {
      const topic = this.#cluster.metadata.topic(queue.topic);
      const known = topic?.partitions[queue.partition];
      if (!this.#isDue(queue, now, known?.leaderEpoch ?? -1)) continue;
      if (!this.#isAdmitted(queue, topic?.id ?? null)) continue;
      if (known === undefined || known.leader < 0) {
        (leaderless ??= new Set()).add(queue.topic);
        continue;
      }
      const queues = byLeader.get(known.leader);
      if (queues === undefined) byLeader.set(known.leader, [queue]);
      else queues.push(queue);
    }
    if (leaderless !== null) this.#refresh(leaderless);
    return byLeader;
  }

  /** Sends one request to a broker, when there is one to send and a connection with room for it. */
  #send(node: number, queues: PartitionQueue[]): boolean {
    if ((this.#inFlight.get(node) ?? 0) >= this.#settings.maxInFlight) return false;
    const connection = this.#openConnection(node, queues);
    if (connection === null) return false;
    const { metadata } = this.#cluster;
    const entries: { queue: PartitionQueue; batch: ProducerBatch }[] = [];
    let sizeBytes = 0;
    for (const queue of queues) {
      const size = queue.head!.sizeBytes;
      if (sizeBytes > 0 && sizeBytes + size > this.#settings.maxRequestSizeBytes) continue;
      sizeBytes += size;
      const batch = this.#accumulator.take(queue);
      if (this.#idempotence !== null && !batch.hasSequence) queue.assignSequence(batch);
      this.#accumulator.close(batch);
      batch.attempts++;
      batch.leaderEpoch = metadata.partition(queue.topic, queue.partition)?.leaderEpoch ?? -1;
      queue.onWire++;
      entries.push({ queue, batch });
    }
    // Those that were left out go first next time.
    for (const { queue } of entries) {
      if (this.#accumulator.active.delete(queue)) this.#accumulator.active.add(queue);
    }
    const topicIds = new Map(
      entries.map(({ queue: { topic } }) => [topic, metadata.topic(topic)?.id ?? null]),
    );
    this.#transactions?.leaving();
    this.#ship(connection, { node, entries, topicIds });
    return true;
  }

  #openConnection(node: number, queues: readonly PartitionQueue[]): BrokerConnection | null {
    if (this.#connecting.has(node)) return null;
    const topics = () => new Set(queues.map(({ topic }) => topic));
    let connection: BrokerConnection;
    try {
      connection = this.#cluster.connection(node, this.#lane);
    } catch {
      this.#refresh(topics());
      return null;
    }
    if (connection.isOpen) return connection;
    this.#connecting.add(node);
    connection.ready().then(
      () => {
        this.#connecting.delete(node);
        this.wake();
      },
      (error: unknown) => {
        this.#connecting.delete(node);
        if (isRetriable(error))
          this.#refresh(topics()); // the leader may have moved elsewhere
        else this.#outcomes.failAll(error as KafkaClientError);
      },
    );
    return null;
  }

  #ship(connection: BrokerConnection, shipment: Shipment): void {
    const { node } = shipment;
    const { acks, requestTimeoutMs } = this.#settings;
    this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1);
    try {
      const version = produceVersion(connection, shipment, this.#transactions);
      const request = produceRequest(shipment, this.#settings);
      const socket = connection.current!;
      if (acks === 0) {
        socket.sendOneWay('Produce', version, request);
        this.#arrived(shipment, null);
      } else {
        socket.send('Produce', version, request, requestTimeoutMs + ANSWER_GRACE_MS).then(
          (response) => this.#arrived(shipment, response),
          (error: unknown) => this.#lost(shipment, asClientError(error)),
        );
      }
    } catch (error) {
      this.#lost(shipment, asClientError(error));
    }
  }

  #arrived(shipment: Shipment, response: ResponseOutput<'Produce'> | null): void {
    this.#landed(shipment);
    if (response !== null) this.#cluster.metadata.addBrokers(response.nodeEndpoints);
    const names = new Map(Array.from(shipment.topicIds, ([name, id]) => [id, name]));
    const answers = new Map<string, PartitionResponse>();
    for (const topic of response?.responses ?? []) {
      const name = topic.topicId === ZERO_UUID ? topic.name : names.get(topic.topicId);
      for (const answer of topic.partitionResponses) answers.set(`${answer.index} ${name}`, answer);
    }
    for (const { queue, batch } of shipment.entries) {
      const answer = answers.get(`${queue.partition} ${queue.topic}`);
      if (response === null) this.#outcomes.succeed(queue, batch, -1, -1);
      else if (answer === undefined) this.#outcomes.failed(queue, batch, UNANSWERED);
      else if (answer.errorCode === errors.NONE.code) {
        this.#outcomes.succeed(queue, batch, answer.baseOffset, answer.logAppendTimeMs);
      } else this.#outcomes.answered(queue, batch, answer);
    }
    this.#onRoom();
    this.wake();
  }

  /** No answer came for a request: whether it was carried out is not known. */
  #lost(shipment: Shipment, error: unknown): void {
    this.#landed(shipment);
    const failure =
      error instanceof KafkaClientError
        ? error
        : new KafkaClientError('UNKNOWN_SERVER_ERROR', String(error), { cause: error });
    for (const { queue, batch } of shipment.entries) this.#outcomes.failed(queue, batch, failure);
    this.#onRoom();
    this.wake();
  }

  #landed({ node, entries }: Shipment): void {
    this.#inFlight.set(node, this.#inFlight.get(node)! - 1);
    for (const { queue } of entries) queue.onWire--;
  }

  #initialize(): void {
    if (this.#initializing) return;
    this.#initializing = true;
    newProducerId(this.#cluster, this.#settings.deliveryTimeoutMs).then(
      (identity) => {
        this.#initializing = false;
        this.#idempotence!.initialized(identity);
        this.wake();
      },
      (error: KafkaClientError) => {
        this.#initializing = false;
        this.#outcomes.failAll(error);
      },
    );
  }

  /** Asks for new leaders, and not again before a pause. */
  #refresh(topics: ReadonlySet<string>): void {
    if (this.#refreshing || this.#closed) return;
    this.#refreshing = true;
    const { clock } = this.#cluster.platform;
    const again = (): void => {
      clock.setTimer(this.#cluster.settings.retryBackoff.initialMs, () => {
        this.#refreshing = false;
        this.wake();
      });
      this.wake();
    };
    this.#cluster.refresh(topics).then(again, again);
  }

  /** When something is due: a batch lingered long enough, may be sent again, or is too late. */
  #nextDeadline(now: number): number {
    const { deliveryTimeoutMs, lingerMs } = this.#settings;
    let next = Number.POSITIVE_INFINITY;
    for (const { head } of this.#accumulator.active) {
      const due = Math.max(head!.retryAt, head!.attempts > 0 ? 0 : head!.createdAt + lingerMs);
      // What is due but blocked is woken by a response, a connection or metadata.
      if (due > now) next = Math.min(next, due);
    }
    for (const { createdAt } of this.#accumulator.incomplete) {
      return Math.min(next, createdAt + deliveryTimeoutMs); // the oldest
    }
    return next;
  }

  #wakeAt(at: number): void {
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#cluster.platform;
    this.#timer = clock.setTimer(Math.max(0, at - clock.monotonic()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      if (!this.#closed) this.#run();
    });
  }
}
