import { randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { DerivedRandom } from '../ports/derived-random.ts';

const POOL_BYTES = 4096;
/** The kernel's own generator, by which Node's is seeded. */
const KERNEL_DEVICE = '/dev/urandom';

/** The system's cryptographic randomness, fetched in pools because each call into it costs a µs. */
export class NodeRandom extends DerivedRandom {
  readonly #pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  #used = POOL_BYTES;
  #isFilled = false;

  override uint32(): number {
    if (this.#used === POOL_BYTES) {
      this.#fill();
      this.#used = 0;
    }
    const value = this.#pool.readUInt32LE(this.#used);
    this.#used += 4;
    return value;
  }

  /** The first time from the kernel: to load Node's cryptography takes 3 ms of a start. */
  #fill(): void {
    const isFirst = !this.#isFilled;
    this.#isFilled = true;
    if (!isFirst || !readDevice(this.#pool)) randomFillSync(this.#pool);
  }

  override bytes(length: number): Buffer {
    return length > 64 ? randomBytes(length) : super.bytes(length);
  }
}

/** False where there is no such device. */
function readDevice(target: Buffer): boolean {
  try {
    const device = openSync(KERNEL_DEVICE, 'r');
    try {
      return readSync(device, target, 0, target.length, null) === target.length;
    } finally {
      closeSync(device);
    }
  } catch {
    return false;
  }
}
