import type { ConfigRule, CustomRule } from './config-rule.ts';
import type { ConfigValue } from './config-value.ts';
import { invalidValue, quoteValue } from './config-value.ts';

export const nonEmpty: ConfigRule = { kind: 'non-empty' };
export const nonNull: ConfigRule = { kind: 'non-null' };

/** zlib's levels, with -1 for its own default in between (KIP-390). */
export const gzipLevel: CustomRule = {
  kind: 'custom',
  valid: '[1,...,9] or -1',
  check(name, value) {
    const level = Number(value);
    if (level === -1 || (level >= 1 && level <= 9)) return undefined;
    return invalidValue(name, String(value), 'Value must be between 1 and 9 or equal to -1');
  },
};

/** Partition and broker pairs, or a star for every replica of the topic (KIP-73). */
export const throttledReplicas: CustomRule = {
  kind: 'custom',
  valid: '[partitionId]:[brokerId],[partitionId]:[brokerId],...',
  check(name, value) {
    const entries = entriesOf(value);
    if (entries.join('') === '*') return undefined;
    if (entries.every((entry) => /^([0-9]+:[0-9]+)?$/.test(entry))) return undefined;
    const reason =
      `${name} must be the literal '*' or a list of replicas in the following format: ` +
      throttledReplicas.valid;
    return invalidValue(name, quoteValue(value, 'list'), reason);
  },
};

const ISO_DURATION = /^\+?P(?=[0-9T+])(\+?[0-9]+D)?(T(?=[0-9+])(.*))?$/i;
const ISO_TIME = /^(\+?[0-9]+H)?(\+?[0-9]+M)?(\+?[0-9]+([.,][0-9]{0,9})?S)?$/i;

/** `earliest`, `latest` or a time back from now, `by_duration:P7D` (KIP-1106). */
export const shareOffsetReset: CustomRule = {
  kind: 'custom',
  valid: '[latest, earliest, by_duration:PnDTnHnMn.nS]',
  check(name, value) {
    const text = String(value);
    if (text === 'latest' || text === 'earliest') return undefined;
    if (text.startsWith('by_duration:')) {
      const duration = ISO_DURATION.exec(text.slice('by_duration:'.length));
      if (duration !== null && ISO_TIME.test(duration[3] ?? '')) return undefined;
    }
    const reason =
      `Invalid value \`${text}\` for configuration ${name}. The value must be either 'earliest', ` +
      "'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.";
    return invalidValue(name, text, reason);
  },
};

const HOST_AND_PORT = /^(?:[0-9a-zA-Z\-%._]*:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/;

/** The static voters of the metadata quorum, `id@host:port`. */
export const quorumVoters: CustomRule = {
  kind: 'custom',
  valid: 'non-empty list',
  check(name, value) {
    for (const entry of entriesOf(value)) {
      const parts = entry.split('@');
      const form = `${name}. Each entry should be in the form \`{id}@{host}:{port}\`.`;
      if (parts.length !== 2) return `Invalid configuration value for ${form}`;
      if (!/^[+-]?[0-9]+$/.test(parts[0] ?? '')) {
        return `Failed to parse voter ID as an integer from ${parts[0]}`;
      }
      if (!HOST_AND_PORT.test(parts[1] ?? '')) {
        return `Failed to parse host name from entry ${entry} for the configuration ${form}`;
      }
    }
    return undefined;
  },
};

/** Where a node finds the metadata quorum, `host:port` (KIP-853). */
export const bootstrapServers: CustomRule = {
  kind: 'custom',
  valid: 'non-empty list',
  check(name, value) {
    const bad = entriesOf(value).find((entry) => !HOST_AND_PORT.test(entry));
    if (bad === undefined) return undefined;
    return (
      `Failed to parse host name from ${bad} for the configuration ${name}. ` +
      'Each entry should be in the form "{host}:{port}"'
    );
  },
};

function entriesOf(value: ConfigValue): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
