/** Certificates in PEM, made by openssl for one run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, runOrThrow } from './process.mjs';
import { Missing } from './tools.mjs';

/** @typedef {{ cert: string, key: string, certFile: string, keyFile: string }} Certificate */

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority and what it signs. */
export class Authority {
  /** @param {string} directory @param {string} name */
  constructor(directory, name) {
    this.directory = directory;
    this.name = name;
  }

  /** @param {string} directory @param {string} name @returns {Promise<Authority & Certificate>} */
  static async make(directory, name) {
    if ((await run('openssl', ['version'])).code !== 0) {
      throw new Missing('openssl is not on this machine');
    }
    const authority = new Authority(directory, name);
    const files = authority.#files(name);
    const subject = ['-x509', '-days', '2', '-subj', `/CN=${name}`];
    await runOrThrow('openssl', ['req', ...subject, ...newKey, ...out(files)]);
    return Object.assign(authority, read(files));
  }

  /**
   * A certificate with its key, for these hosts (`DNS:localhost,IP:127.0.0.1`).
   * @param {string} name
   * @param {string} hosts
   * @returns {Promise<Certificate>}
   */
  async sign(name, hosts) {
    const files = this.#files(name);
    const authority = this.#files(this.name);
    const request = join(this.directory, `${name}.csr`);
    const extensions = join(this.directory, `${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${hosts}\n`);
    const subject = ['-subj', `/CN=${name}`];
    const asked = { ...files, certFile: request };
    await runOrThrow('openssl', ['req', '-new', ...subject, ...newKey, ...out(asked)]);
    const by = ['-CA', authority.certFile, '-CAkey', authority.keyFile, '-CAcreateserial'];
    const how = ['-days', '2', '-extfile', extensions, '-out', files.certFile];
    await runOrThrow('openssl', ['x509', '-req', '-in', request, ...by, ...how]);
    return read(files);
  }

  /** @param {string} name */
  #files(name) {
    const path = join(this.directory, name);
    return { certFile: `${path}.pem`, keyFile: `${path}.key` };
  }
}

/** @param {{ certFile: string, keyFile: string }} files */
function out({ certFile, keyFile }) {
  return ['-out', certFile, '-keyout', keyFile];
}

/** @param {{ certFile: string, keyFile: string }} files */
function read(files) {
  const text = (/** @type {string} */ file) => readFileSync(file, 'utf8');
  return { ...files, cert: text(files.certFile), key: text(files.keyFile) };
}
