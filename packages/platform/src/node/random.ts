import { randomBytes, randomFillSync } from 'node:crypto';
import { DerivedRandom } from '../ports/derived-random.ts';

const POOL_BYTES = 4096;

/** The system's cryptographic randomness, fetched in pools because each call into it costs a µs. */
export class NodeRandom extends DerivedRandom {
  readonly #pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  #used = POOL_BYTES;

  override uint32(): number {
    if (this.#used === POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const value = this.#pool.readUInt32LE(this.#used);
    this.#used += 4;
    return value;
  }

  override bytes(length: number): Buffer {
    return length > 64 ? randomBytes(length) : super.bytes(length);
  }
}
