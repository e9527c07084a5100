import { jsonBytes } from '../records/json-line.ts';
import type { Plain } from '../terminal/yaml.ts';

/** Keys of users and brokers, which a dump that is handed around must not give away. */
const secretFields = new Set(['storedKey', 'serverKey', 'hmac', 'saltedPassword']);

/** What a decoder gave as plain data: bytes as text or base64, secrets hidden. */
export function plainData(value: unknown): Plain {
  if (Buffer.isBuffer(value)) return jsonBytes(value);
  if (Array.isArray(value)) return value.map(plainData);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value as Plain;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      secretFields.has(name) ? '(hidden)' : plainData(field),
    ]),
  );
}
