import { apis } from '@tidelog/protocol';
import type { ServedName } from './requests.test-table.ts';
import { servedVersions } from './serve.ts';

const advertised = new Map(servedVersions().map((served) => [served.apiKey, served]));

/** The versions at which an API is really answered. */
export function versionsOf(name: ServedName): number[] {
  const { key, versions } = apis[name];
  const { minVersion, maxVersion } = advertised.get(key)!;
  // Produce is advertised from 0 on for the sake of old clients, and answered from 3 on.
  const lowest = Math.max(minVersion, versions[0]);
  return Array.from({ length: maxVersion - lowest + 1 }, (_, i) => lowest + i);
}
