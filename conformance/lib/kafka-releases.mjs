/** Other releases of Apache Kafka than the one that the suites' tools are of, as brokers. */

/** The release of the tools, and of the broker that checks run against where none is named. */
export const currentRelease = '4.3.1';

/**
 * @typedef {object} Lack
 * @property {RegExp} checks names of those that need it
 * @property {string} since the first release that has it
 * @property {string} reason
 */

/** @type {Lack[]} */
const features = [
  {
    checks: /\(consumer\)|^consumer: the assignor of the broker/,
    since: '4.0.0',
    reason:
      'The protocol `consumer` (KIP-848) is in 4.0; brokers before have a preview, switched off.',
  },
  {
    checks: /^share: |share groups/,
    since: '4.2.0',
    reason: 'Share groups (KIP-932) are in 4.2; brokers before have a preview, switched off.',
  },
  {
    checks: /topics by their ids/,
    since: '3.1.0',
    reason: 'Topics are described by their ids from 3.1 on.',
  },
  {
    checks: /replicas on a broker that is not there|a config that is not one/,
    since: '3.3.0',
    reason: 'Brokers with ZooKeeper do not look, or say it in another way.',
  },
  {
    checks: /admin: (features$|quorum)|the space of|cli: features/,
    since: '3.3.0',
    reason: 'The quorum and the space of disks are told from 3.3 on.',
  },
  {
    checks: /the greatest timestamp, the local log/,
    since: '3.6.0',
    reason: 'The greatest timestamp is found from 3.0 on, the start of the local log from 3.6 on.',
  },
  {
    checks: /groups by their type/,
    since: '3.8.0',
    reason: 'Groups have types from 3.8 on (KIP-848).',
  },
  {
    checks: /configs of groups and client metrics|brokers that are fenced/,
    since: '4.0.0',
    reason: 'Groups have configs, and fenced brokers are told, from 4.0 on.',
  },
  {
    checks: /features are changed/,
    since: '4.1.0',
    reason: 'There is a feature that can be set without an upgrade, `share.version`, from 4.1 on.',
  },
  {
    checks: /config resources|producers and transactions/,
    since: '4.1.0',
    reason: 'Resources of all kinds, and transactions by a pattern, are listed from 4.1 on.',
  },
  {
    checks: /cli: transactions/,
    since: '3.0.0',
    reason: 'Transactions are described from 3.0 on (KIP-664).',
  },
];

/** Compares releases by their numbers. @param {string} a @param {string} b */
export function compareReleases(a, b) {
  const [x, y] = [a, b].map((release) => release.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What a release has not. @param {string} release */
export function lacksOf(release) {
  return features.filter(({ since }) => compareReleases(release, since) < 0);
}

/** Before 3.3 KRaft was a preview: those brokers keep their metadata in ZooKeeper. @param {string} release */
export function needsZooKeeper(release) {
  return compareReleases(release, '3.3.0') < 0;
}
