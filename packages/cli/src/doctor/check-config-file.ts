import { readFileSync, statfsSync } from 'node:fs';
import { loadServerProperties } from '@tidelog/metadata';
import { CommandError } from '../command-error.ts';
import type { Finding } from './finding.ts';

const LOW_SPACE = 0.15;

/** What is wrong with a `server.properties`, without starting a broker with it. */
export function checkConfigFile(path: string): Finding[] {
  const loaded = loadServerProperties(readText(path));
  const findings = loaded.unknown.map(
    ({ name, nearest }): Finding => ({
      severity: 'error',
      area: 'config',
      subject: name,
      finding: 'no config of Kafka 4.3 is called so',
      advice: nearest === undefined ? 'remove it' : `did you mean ${nearest}?`,
    }),
  );
  if ('problems' in loaded) {
    const problems = loaded.problems.map(
      (finding): Finding => ({
        severity: 'error',
        area: 'config',
        subject: path,
        finding,
        advice: 'mend the value; a broker does not start with it',
      }),
    );
    return [...findings, ...problems];
  }
  const { config } = loaded;
  const warnings = loaded.warnings.map(
    (finding): Finding => ({
      severity: 'warning',
      area: 'config',
      subject: path,
      finding,
      advice: 'see docs of the config',
    }),
  );
  return [...findings, ...warnings, ...config.logDirs.flatMap(checkDirectory)];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

function checkDirectory(directory: string): Finding[] {
  const about = { area: 'disk', subject: directory } as const;
  try {
    const { bavail, blocks } = statfsSync(directory);
    if (bavail / blocks >= LOW_SPACE) return [];
    return [
      {
        severity: 'warning',
        ...about,
        finding: `${Math.floor((100 * bavail) / blocks)} % of the disk are free`,
        advice: 'add space, or keep the data elsewhere with log.dirs',
      },
    ];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [
        {
          severity: 'info',
          ...about,
          finding: 'the directory is not there yet',
          advice: '`tidelog format` or the first start makes it',
        },
      ];
    }
    return [
      {
        severity: 'error',
        ...about,
        finding: `it cannot be used: ${(error as Error).message}`,
        advice: 'let the user of the broker read and write it',
      },
    ];
  }
}
