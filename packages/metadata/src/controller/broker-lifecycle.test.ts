import { describe, expect, it } from 'vitest';
import { TestCluster } from '../testing/test-cluster.ts';

const SESSION_MS = 9000;

describe('a broker', () => {
  it('starts fenced, with the offset of its registration as epoch', () => {
    const cluster = new TestCluster();
    const offset = cluster.log.length;
    expect(cluster.register(1)).toMatchObject({ errorCode: 0, brokerEpoch: offset });
    expect(cluster.image.cluster.broker(1)).toMatchObject({ fenced: true, epoch: offset });
  });

  it('is unfenced when it has applied its registration', () => {
    const cluster = new TestCluster();
    const { brokerEpoch = -1 } = cluster.register(1);
    const behind = cluster.heartbeat(1, brokerEpoch, { currentMetadataOffset: brokerEpoch - 1 });
    expect(behind).toMatchObject({ isCaughtUp: false, isFenced: true });
    const caughtUp = cluster.heartbeat(1, brokerEpoch, { currentMetadataOffset: brokerEpoch });
    expect(caughtUp).toMatchObject({ isCaughtUp: true, isFenced: false });
    expect(cluster.image.cluster.broker(1)?.fenced).toBe(false);
  });

  it('is refused while another one of its id is alive', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    expect(cluster.register(1).errorCode).toBe(101);
    cluster.now += SESSION_MS + 1;
    expect(cluster.register(1).errorCode).toBe(0);
  });

  it('keeps its epoch when the same incarnation registers again', () => {
    const cluster = new TestCluster();
    const epoch = cluster.addBroker(1);
    const incarnationId = cluster.image.cluster.broker(1)?.incarnationId ?? '';
    expect(cluster.register(1, 'rack-1', { incarnationId })).toMatchObject({ brokerEpoch: epoch });
    expect(cluster.image.cluster.broker(1)).toMatchObject({ rack: 'rack-1', fenced: false });
  });

  it('must belong to the cluster, and have directories of its own', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    const directories = [...(cluster.image.cluster.broker(1)?.directories ?? [])];
    const code = (change: Parameters<TestCluster['register']>[2]): number =>
      cluster.register(2, null, change).errorCode;
    expect(code({ clusterId: 'other' })).toBe(104);
    expect(code({ logDirs: [] })).toBe(119);
    expect(code({ logDirs: ['AAAAAAAAAAAAAAAAAAAAAg'] })).toBe(119);
    expect(code({ logDirs: directories })).toBe(119);
    expect(code({ features: [] })).toBe(119);
    const old = [{ name: 'metadata.version', minSupportedVersion: 1, maxSupportedVersion: 29 }];
    expect(code({ features: old })).toBe(35);
  });

  it('is fenced when it is silent for a session, unless it is in the same process', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    cluster.addBroker(2);
    cluster.advance(SESSION_MS);
    expect(cluster.image.cluster.broker(2)?.fenced).toBe(false);
    cluster.advance(1);
    expect(cluster.image.cluster.broker(2)?.fenced).toBe(true);
    expect(cluster.image.cluster.broker(1)?.fenced).toBe(false);
  });

  it('is not heard with an epoch of the past', () => {
    const cluster = new TestCluster();
    const epoch = cluster.addBroker(1);
    expect(cluster.heartbeat(1, epoch - 1).errorCode).toBe(77);
    expect(cluster.heartbeat(7, epoch).errorCode).toBe(77);
  });

  it('hands its leaderships over before it stops', () => {
    const cluster = new TestCluster();
    const first = cluster.addBroker(1);
    const second = cluster.addBroker(2);
    cluster.createTopic('t', { assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
    const reply = cluster.heartbeat(1, first, { wantShutDown: true });
    expect(reply).toMatchObject({ shouldShutDown: false, isFenced: false });
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({ leader: 2, isr: [2] });
    expect(cluster.image.cluster.broker(1)?.inControlledShutdown).toBe(true);
    expect(cluster.heartbeat(1, first, { wantShutDown: true }).shouldShutDown).toBe(false);
    cluster.heartbeat(2, second);
    expect(cluster.heartbeat(1, first, { wantShutDown: true }).shouldShutDown).toBe(true);
    expect(cluster.image.cluster.broker(1)?.fenced).toBe(true);
  });

  it('stops at once when it leads nothing', () => {
    const cluster = new TestCluster();
    const epoch = cluster.addBroker(1);
    expect(cluster.heartbeat(1, epoch, { wantShutDown: true }).shouldShutDown).toBe(true);
  });

  it('is forgotten when it is unregistered', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    expect(cluster.submit('UnregisterBroker', { brokerId: 1 })).toMatchObject({ errorCode: 0 });
    expect(cluster.image.cluster.broker(1)).toBeUndefined();
    expect(cluster.submit('UnregisterBroker', { brokerId: 1 }).errorCode).toBe(102);
  });

  it('gets blocks of producer ids that nobody had', () => {
    const cluster = new TestCluster();
    const brokerEpoch = cluster.addBroker(1);
    const block = (): unknown =>
      cluster.submit('AllocateProducerIds', { brokerId: 1, brokerEpoch });
    expect(block()).toMatchObject({ producerIdStart: 0, producerIdLen: 1000, errorCode: 0 });
    expect(block()).toMatchObject({ producerIdStart: 1000, producerIdLen: 1000 });
    expect(cluster.image.nextProducerId).toBe(2000);
  });

  it('loses its replicas in a directory that failed', () => {
    const cluster = new TestCluster();
    const first = cluster.addBroker(1);
    cluster.addBroker(2);
    cluster.createTopic('t', { assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
    const offlineLogDirs = [...(cluster.image.cluster.broker(1)?.directories ?? [])];
    cluster.heartbeat(1, first, { offlineLogDirs });
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({ leader: 2, isr: [2] });
  });
});

describe('a lone node', () => {
  it('writes no NoOp records, because nobody waits for them', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    const before = cluster.log.length;
    cluster.advance(5000);
    expect(cluster.log.length).toBe(before);
    cluster.addBroker(2);
    cluster.advance(500);
    expect(cluster.log.at(-1)?.type).toBe('NoOp');
  });

  it('elects no one anew when it has nobody else', () => {
    const cluster = new TestCluster();
    const epoch = cluster.addBroker(1);
    cluster.createTopic('t');
    cluster.heartbeat(1, epoch, { wantFence: true });
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({
      leader: -1,
      isr: [],
      elr: [1],
      lastKnownElr: [1],
      leaderEpoch: 1,
    });
    cluster.heartbeat(1, epoch);
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({
      leader: 1,
      isr: [1],
      elr: [],
      lastKnownElr: [],
      leaderEpoch: 2,
    });
  });

  it('leads again after an unclean stop, in recovery', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    cluster.createTopic('t');
    cluster.now += SESSION_MS + 1;
    cluster.addBroker(1);
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({
      leader: 1,
      isr: [1],
      isRecovering: true,
    });
  });

  it('trusts its replicas after a clean stop', () => {
    const cluster = new TestCluster();
    const epoch = cluster.addBroker(1);
    cluster.createTopic('t');
    cluster.heartbeat(1, epoch, { wantShutDown: true });
    cluster.heartbeat(1, epoch, { wantShutDown: true });
    cluster.now += SESSION_MS + 1;
    const { brokerEpoch = -1 } = cluster.register(1, null, { previousBrokerEpoch: epoch });
    cluster.heartbeat(1, brokerEpoch);
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({
      leader: 1,
      isr: [1],
      isRecovering: false,
    });
  });
});

it('registers controllers too', () => {
  const cluster = new TestCluster();
  const incarnationId = cluster.random.uuid();
  const listeners = [{ name: 'CONTROLLER', host: 'localhost', port: 9093, securityProtocol: 0 }];
  const features = [{ name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 }];
  const about = { controllerId: 2, incarnationId, zkMigrationReady: false };
  const reply = cluster.submit('ControllerRegistration', { ...about, listeners, features });
  expect(reply.errorCode).toBe(0);
  expect(cluster.image.cluster.controllers.get(2)).toMatchObject({ incarnationId });
});
