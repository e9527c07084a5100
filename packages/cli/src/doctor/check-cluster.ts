import { sizeText } from '../cluster/describe-cluster.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Finding } from './finding.ts';

type Check = (view: ClusterView) => Finding[];

const SKEW_MS = 1000;
const LARGE_SKEW_MS = 30_000;
/** A voter that has not caught up for so long will not take over soon. */
const BEHIND_MS = 10_000;
const LOW_SPACE = 0.15;
const NO_SPACE = 0.05;

/** Controllers, brokers, clocks, disks, features and what brokers are told to do. */
export const clusterChecks: readonly Check[] = [
  controller,
  fencedBrokers,
  quorum,
  clocks,
  disks,
  durability,
  features,
  hangingTransactions,
];

function controller({ controllerId }: ClusterView): Finding[] {
  if (controllerId >= 0) return [];
  return [
    {
      severity: 'error',
      area: 'cluster',
      subject: 'controller',
      finding: 'there is no active controller: nothing can be created, changed or elected',
      advice:
        'start controllers until more than half of the voters run; `tidelog cluster quorum` shows them',
    },
  ];
}

function fencedBrokers({ brokers }: ClusterView): Finding[] {
  return brokers
    .filter(({ isFenced }) => isFenced)
    .map(({ id }) => ({
      severity: 'warning',
      area: 'cluster',
      subject: `broker ${id}`,
      finding: 'it is registered and not in service',
      advice: 'start it, or unregister it when it will not come back',
    }));
}

function quorum({ quorum, brokers }: ClusterView): Finding[] {
  if (quorum === null) return [];
  const { voters, leaderId } = quorum;
  const now = voters.find(({ replicaId }) => replicaId === leaderId)?.lastCaughtUpTimestamp ?? null;
  const behind = voters.filter(
    ({ lastCaughtUpTimestamp: at, replicaId }) =>
      replicaId !== leaderId && now !== null && at !== null && now - at > BEHIND_MS,
  );
  const findings = behind.map(
    ({ replicaId, lag }): Finding => ({
      severity: 'error',
      area: 'cluster',
      subject: `controller ${replicaId}`,
      finding: `it is behind by ${lag} offsets, and has been for more than ${BEHIND_MS / 1000} s`,
      advice: 'start it, or look at its log and its connection to the others',
    }),
  );
  if (voters.length === 1 && brokers.length > 1) {
    findings.push({
      severity: 'warning',
      area: 'cluster',
      subject: 'quorum',
      finding: 'one voter decides for the whole cluster: without it nothing can be changed',
      advice: 'run three controllers, or five',
    });
  } else if (voters.length % 2 === 0 && voters.length > 0) {
    findings.push({
      severity: 'info',
      area: 'cluster',
      subject: 'quorum',
      finding: `${voters.length} voters bear the loss of no more than ${voters.length - 1} would`,
      advice: 'use an odd number of voters',
    });
  }
  return findings;
}

/** The leader answers with its own time; only its clock can be seen from here. */
function clocks({ quorum, nowMs }: ClusterView): Finding[] {
  const leader = quorum?.voters.find(({ replicaId }) => replicaId === quorum.leaderId);
  const at = leader?.lastCaughtUpTimestamp ?? null;
  if (at === null || Math.abs(at - nowMs) < SKEW_MS) return [];
  const skewMs = at - nowMs;
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return [
    {
      severity: Math.abs(skewMs) >= LARGE_SKEW_MS ? 'error' : 'warning',
      area: 'cluster',
      subject: `controller ${leader!.replicaId}`,
      finding: `its clock is ${(Math.abs(skewMs) / 1000).toFixed(1)} s ${direction} the one here`,
      advice: 'let both follow a time server: retention, timestamps and tokens depend on it',
    },
  ];
}

function disks({ disks }: ClusterView): Finding[] {
  return disks.flatMap(({ brokerId, path, error, totalBytes, usableBytes }): Finding[] => {
    const about = { area: 'disk', subject: `broker ${brokerId}, ${path}` } as const;
    if (error !== null) {
      return [
        {
          severity: 'error',
          ...about,
          finding: `the directory is out of use (${error})`,
          advice: 'look for a failing disk in the log of the broker; replicas there are offline',
        },
      ];
    }
    if (totalBytes === null || usableBytes === null || totalBytes <= 0) return [];
    const share = usableBytes / totalBytes;
    if (share >= LOW_SPACE) return [];
    return [
      {
        severity: share < NO_SPACE ? 'error' : 'warning',
        ...about,
        finding: `${sizeText(usableBytes)} of ${sizeText(totalBytes)} are free`,
        advice: 'lower retention, move replicas, trim topics or add space before it is full',
      },
    ];
  });
}

function durability({ configs, brokers }: ClusterView): Finding[] {
  const findings: Finding[] = [];
  const having = (name: string, value: string): string[] =>
    configs
      .filter(({ values }) => values.get(name) === value)
      .map(({ brokerId }) => `broker ${brokerId}`);
  const relaxed = having('tidelog.durability', 'relaxed');
  if (relaxed.length > 0) {
    findings.push({
      severity: brokers.length > 1 ? 'info' : 'warning',
      area: 'config',
      subject: relaxed.join(', '),
      finding: 'acks=all is answered before a record is on stable storage',
      advice: 'set tidelog.durability=fsync where the loss of power must lose nothing',
    });
  }
  const single = having('default.replication.factor', '1');
  if (single.length > 0 && brokers.length > 1) {
    findings.push({
      severity: 'warning',
      area: 'config',
      subject: single.join(', '),
      finding: 'topics are created with one replica: the loss of a broker loses them',
      advice: 'set default.replication.factor=3 and min.insync.replicas=2',
    });
  }
  return findings;
}

function features({ features }: ClusterView): Finding[] {
  return features
    .filter(({ finalized, supported }) => finalized < supported)
    .map(({ feature, finalized, supported }) => ({
      severity: 'info',
      area: 'cluster',
      subject: feature,
      finding: `level ${finalized} is in use, and ${supported} could be`,
      advice: 'raise it once no older broker has to come back',
    }));
}

function hangingTransactions({ hanging }: ClusterView): Finding[] {
  return hanging.map(({ topic, partition, producerId, startOffset }) => ({
    severity: 'error',
    area: 'transaction',
    subject: `${topic}-${partition}`,
    finding: `a transaction of producer ${producerId} hangs since offset ${startOffset}, and holds read_committed up`,
    advice: `tidelog txn abort --topic ${topic} --partition ${partition} --start-offset ${startOffset}`,
  }));
}
