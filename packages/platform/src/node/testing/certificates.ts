import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key in PEM, as a broker would have them. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
  readonly name: string;
}

export interface CertificateRequest {
  readonly name: string;
  /** Host names and addresses that it is for; one at least where somebody else signs. */
  readonly hosts?: readonly string[];
  /** Who signs; itself when left out, and then it is an authority. */
  readonly issuer?: TestCertificate;
  readonly expired?: boolean;
}

/** Their leading bit is set, so that all have the same length. */
const FIRST_SERIAL = 0x8000_0000;
let serials = 0;

/** Makes an X.509 certificate that is valid from 2020 to 2049 (or to 2021), signed with ECDSA. */
export function makeCertificate(request: CertificateRequest): TestCertificate {
  const { name, issuer, hosts = [] } = request;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signedBy = issuer?.privateKey ?? privateKey;
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const toBeSigned = sequence(
    tagged(0xa0, integer(2)),
    integer(FIRST_SERIAL + serials++),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(time('200101000000Z'), time(request.expired ? '210101000000Z' : '490101000000Z')),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...(issuer === undefined ? [authority()] : []), ...hostNames(hosts))),
  );
  const signature = sign('sha256', toBeSigned, signedBy);
  const bits = tagged(0x03, Buffer.from([0]), signature);
  const der = sequence(toBeSigned, algorithm, bits);
  const body = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    name,
    privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), body]);
  return Buffer.concat([Buffer.from([tag, 0x82, size >> 8, size & 0xff]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const time = (utc: string): Buffer => tagged(0x17, Buffer.from(utc));

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  return tagged(0x02, bytes.subarray(value < 0x80 ? 4 : 0));
}

function nameOf(commonName: string): Buffer {
  const entry = sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName)));
  return sequence(tagged(0x31, entry));
}

/** basicConstraints with `cA` true. */
function authority(): Buffer {
  const value = sequence(tagged(0x01, Buffer.from([0xff])));
  return sequence(oid('551d13'), tagged(0x01, Buffer.from([0xff])), tagged(0x04, value));
}

/** subjectAltName. */
function hostNames(hosts: readonly string[]): Buffer[] {
  if (hosts.length === 0) return [];
  const names = hosts.map((host) =>
    isIP(host) === 0
      ? tagged(0x82, Buffer.from(host))
      : tagged(0x87, Buffer.from(host.split('.').map(Number))),
  );
  return [sequence(oid('551d11'), tagged(0x04, sequence(...names)))];
}
