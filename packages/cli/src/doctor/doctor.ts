import { createClient } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { connectionOf, type ConnectionSettings, inOneSentence } from '../connection/with-client.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';
import { clusterChecks } from './check-cluster.ts';
import { checkConnection } from './check-connection.ts';
import { checkGroups } from './check-groups.ts';
import { checkTopics } from './check-topics.ts';
import type { ClusterView } from './cluster-view.ts';
import { type Finding, sorted } from './finding.ts';
import { lookAtCluster } from './look-at-cluster.ts';
import { counted } from '../terminal/counted.ts';

export interface DoctorSettings extends ConnectionSettings, OutputSettings {
  readonly watch: number;
  readonly info?: boolean;
}

/** Says what is wrong with a cluster, or with a configuration file, and what to do. */
export async function doctor(call: Call<DoctorSettings>): Promise<void> {
  const { settings, terminal, args } = call;
  const [file] = args;
  const found = file === undefined ? await examineCluster(call) : await examineFile(file);
  const shown = sorted(found).filter(({ severity }) => severity !== 'info' || settings.info);
  if (shown.length === 0) terminal.tell('Nothing is wrong.\n');
  if (shown.length > 0 || settings.output !== 'table') {
    await writeRows(call, shown, [
      ['SEVERITY', ({ severity }) => severity],
      ['SUBJECT', ({ subject }) => subject],
      ['FINDING', ({ finding }) => finding],
      ['ADVICE', ({ advice }) => advice],
    ]);
  }
  const errors = shown.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new CommandError(`${counted(errors, 'error')} found`);
}

async function examineFile(path: string): Promise<readonly Finding[]> {
  const { checkConfigFile } = await import('./check-config-file.ts');
  return checkConfigFile(path);
}

async function examineCluster({ settings, terminal }: Call<DoctorSettings>): Promise<Finding[]> {
  const { client: options } = await connectionOf(settings, terminal);
  const { findings, isConnected } = await checkConnection(options);
  if (!isConnected) return [...findings];
  const unknown: Finding[] = [];
  const client = createClient(options);
  try {
    const view = await inOneSentence(() =>
      lookAtCluster(client.admin(), {
        watchMs: settings.watch,
        signal: terminal.stopped(),
        onUnknown: (finding) => unknown.push(finding),
      }),
    );
    return [...findings, ...unknown, ...diagnose(view)];
  } finally {
    await client.close();
  }
}

/** All that is wrong with what was seen. */
export function diagnose(view: ClusterView): Finding[] {
  return [...clusterChecks, checkTopics, checkGroups].flatMap((check) => check(view));
}
